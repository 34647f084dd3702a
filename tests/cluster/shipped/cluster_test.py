#!/usr/bin/env python3
"""`make cluster`, as a person uses it: what it prints works, and Ctrl-C leaves nothing behind.

usage: cluster_test.py BUILD
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.request

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, HERE)
from processes import wait_for  # noqa: E402

BUILD = os.path.abspath(sys.argv.pop(1))
PATIENCE_S = 120
LAST_LINE = "Ctrl-C stops it all."


def processes_of(folder):
    """(number, program) of every process that works in this folder; programs may change their command lines."""
    found = []
    for number in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{number}/cwd").startswith(folder):
                with open(f"/proc/{number}/comm") as file:
                    found.append((int(number), file.read().strip()))
        except OSError:
            continue
    return found


class Running:
    """cluster.py with a folder for temporary things of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mpim-cluster-test-")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "cluster.py"), BUILD, "--users", "5", "--messages", "20"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env=dict(os.environ, TMPDIR=self.folder))
        self.lines = []
        self.reading = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")))
        self.reading.start()
        wait_for(lambda: LAST_LINE in "".join(self.lines) or self.process.poll() is not None, "the cluster is up",
                 PATIENCE_S)

    def said(self):
        return "".join(self.lines)

    def address(self, name):
        return re.search(rf"^  {name} +(\S+?),?(?: |$)", self.said(), re.M)[1]

    def end(self):
        code = self.process.wait(PATIENCE_S)
        self.reading.join()
        self.process.stdout.close()
        return code

    def clean(self):
        if self.process.poll() is None:
            self.process.kill()
            self.end()
        shutil.rmtree(self.folder, ignore_errors=True)


class Cluster(unittest.TestCase):
    def setUp(self):
        self.running = Running()
        self.addCleanup(self.running.clean)
        self.assertIn(LAST_LINE, self.running.said())

    def nothing_is_left(self):
        self.assertEqual(os.listdir(self.running.folder), [])
        self.assertEqual(processes_of(self.running.folder), [])

    def test_what_it_prints_works_and_ctrl_c_ends_it(self):
        netcat = re.search(r"^  (printf .*)$", self.running.said(), re.M)[1]
        done = subprocess.run(["bash", "-c", netcat], capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertRegex(done.stdout, r"\+OK msg_id=\d+ seq=\d+")
        with urllib.request.urlopen(self.running.address("console")) as page:
            self.assertIn("<!doctype html>", page.read().decode().lower())
        for number in (1, 2, 3):
            admin = re.search(rf"^  node{number} .*--admin-socket (\S+)$", self.running.said(), re.M)[1]
            done = subprocess.run([os.path.join(BUILD, "bin", "mpimctl"), "--admin-socket", admin, "user", "ls"],
                                  capture_output=True, text=True, timeout=PATIENCE_S)
            self.assertIn("carol", done.stdout, f"node{number} does not know the people of node1")
        self.running.process.send_signal(signal.SIGINT)
        self.assertEqual(self.running.end(), 0)
        self.nothing_is_left()

    def test_when_one_part_dies_all_end_and_it_is_named(self):
        parts = processes_of(self.running.folder)
        self.assertEqual(sorted(name for _, name in parts), ["haproxy", "mariadbd", "mpimd", "mpimd", "mpimd", "redis-server"])
        redis = next(number for number, name in parts if name == "redis-server")
        os.kill(redis, signal.SIGKILL)
        self.assertEqual(self.running.end(), 1)
        self.assertIn("redis ended with -9; its last lines:", self.running.said())
        self.nothing_is_left()


class Missing(unittest.TestCase):
    @unittest.skipIf(os.geteuid() != 0, "only root can hide a program")
    def test_a_missing_program_is_named_by_its_package(self):
        hidden = shutil.which("haproxy", path="/usr/sbin")
        done = subprocess.run(["unshare", "-m", "sh", "-c", 'mount --bind /dev/null "$0" && exec "$@"', hidden,
                               sys.executable, os.path.join(HERE, "cluster.py"), BUILD],
                              capture_output=True, text=True, timeout=PATIENCE_S)
        self.assertEqual((done.returncode, done.stderr),
                         (1, "To start a cluster, install what is missing: apt-get install haproxy\n"))


if __name__ == "__main__":
    unittest.main()
