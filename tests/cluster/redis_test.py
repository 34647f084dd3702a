#!/usr/bin/env python3
"""Real nodes that meet in a real Redis: how they begin, go on without it, and end.

usage: redis_test.py BUILD
"""
import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = sys.argv.pop(1)
PATIENCE_S = 20


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE_S
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"{what} never came true")
        select.select([], [], [], 0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    def __init__(self, *settings):
        self.port, self.settings = free_port(), settings
        self.dir = tempfile.mkdtemp(prefix="mpim-redis-")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--dir", self.dir, *self.settings], stdout=subprocess.DEVNULL)
        wait_for(lambda: self.answers(), "Redis")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def cli(self, *command):
        return subprocess.run(["redis-cli", "-p", str(self.port), *command], text=True,
                              capture_output=True, check=True).stdout.split()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.kill()
        shutil.rmtree(self.dir)


class Node:
    def __init__(self, url, node_id):
        self.dir = tempfile.mkdtemp(prefix="mpim-node-")
        self.log = open(os.path.join(self.dir, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "bin/mpimd"), "--data-dir", os.path.join(self.dir, "data"),
             "--node-id", node_id, "--line", "127.0.0.1:0", "--ws", "127.0.0.1:0",
             "--http", "127.0.0.1:0", "--admin-socket", os.path.join(self.dir, "admin")],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, "MPIM_REDIS_URL": url, "MPIM_NODE_LEASE_MS": "1500",
                 "MPIM_REDIS_ANSWER_TIMEOUT_MS": "300", "MPIM_REDIS_RETRY_MAX_MS": "100"})
        # Nothing when it refuses to start.
        self.ready = dict(word.split("=", 1) for word in self.process.stdout.readline().split()[1:])

    def said(self):
        with open(self.log.name, encoding="utf-8") as log:
            return log.read()

    def checks(self):
        """As an operator is told: the status of /readyz, and what each check saw."""
        link = http.client.HTTPConnection("localhost")
        link.sock = socket.socket(socket.AF_UNIX)
        link.sock.settimeout(PATIENCE_S)
        link.sock.connect(os.path.join(self.dir, "admin"))
        link.request("GET", "/readyz")
        answer = link.getresponse()
        body = json.loads(answer.read())
        link.close()
        return answer.status, {check["name"]: check["detail"] for check in body["checks"]}

    def sees(self, text, of="registry"):
        wait_for(lambda: text in self.checks()[1][of], f"{of}: {text}")

    def end(self, number=signal.SIGKILL):
        if not self.log.closed:
            self.process.send_signal(number)
            self.process.wait(PATIENCE_S)
            self.process.stdout.close()
            self.log.close()
            shutil.rmtree(self.dir)
        return self.process.returncode


class Line:
    def __init__(self, node):
        host, port = node.ready["line"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), PATIENCE_S) as made:
            self.file = made.makefile("rw")  # which keeps it open
        self.file.readline()

    def ask(self, line):
        self.file.write(line + "\n")
        self.file.flush()
        return self.file.readline()


class Cluster(unittest.TestCase):
    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.end)

    def node(self, node_id, who=""):
        node = Node(f"redis://{who}127.0.0.1:{self.redis.port}", node_id)
        self.addCleanup(node.end)
        return node

    # [P11] nodes know one another while they live
    def test_nodes_come_and_go(self):
        one, two = self.node("one"), self.node("two")
        one.sees("2 nodes")
        two.sees("2 nodes")
        self.assertEqual(two.end(signal.SIGTERM), 0)
        one.sees("1 nodes")
        self.assertEqual(self.redis.cli("SMEMBERS", "nodes"), ["one"])
        three = self.node("three")
        one.sees("2 nodes")
        three.end(signal.SIGKILL)
        one.sees("1 nodes")  # when its lease is over

    # [G25] two nodes with one id
    def test_a_second_node_of_one_id_does_not_start(self):
        one = self.node("one")
        again = self.node("one")
        self.assertEqual(again.ready, {})
        self.assertIn(f"CONFLICT another node named one runs at {one.ready['line']}", again.said())
        one.end(signal.SIGKILL)
        after = self.node("one")
        self.assertIn("line", after.ready)
        self.assertIn("registry.waiting", after.said())

    # [G25] a Redis that refuses the node keeps it from starting, and the log says what to mend
    def test_a_wrong_password_is_told_at_once(self):
        self.redis.cli("CONFIG", "SET", "requirepass", "right")
        self.assertIn("put USER:PASSWORD@ into redis.url", self.node("one").said())
        self.assertIn("mend the user or the password", self.node("one", ":wrong@").said())
        self.assertIn("line", self.node("one", ":right@").ready)

    # [M57] without Redis users of one node talk as before, and everything comes back by itself
    def test_a_node_goes_on_without_redis(self):
        one = self.node("one")
        ann, bob = Line(one), Line(one)
        self.addCleanup(ann.file.close)
        self.addCleanup(bob.file.close)
        self.assertIn("uid=1001", ann.ask("REGISTER ann password1"))
        self.assertIn("uid=1002", bob.ask("REGISTER bob password2"))
        wait_for(lambda: self.redis.cli("EXISTS", "route:1001", "route:1002") == ["2"], "routes")
        self.assertIn("+OK", ann.ask("SEND 1002 with"))
        self.assertIn('text="with"', bob.file.readline())
        self.redis.kill()
        one.sees("degraded", "redis")
        self.assertEqual(one.checks()[0], 200)
        self.assertIn("+OK", ann.ask("SEND 1002 without"))
        self.assertIn('text="without"', bob.file.readline())
        self.redis.start()
        wait_for(lambda: self.redis.cli("EXISTS", "route:1001", "route:1002", "node:one") == ["3"],
                 "routes and the lease")
        wait_for(lambda: "degraded" not in one.checks()[1]["redis"], "the way back")
        self.redis.cli("FLUSHALL")
        wait_for(lambda: self.redis.cli("EXISTS", "route:1001", "route:1002", "node:one") == ["3"],
                 "routes and the lease")
        self.assertIn("+OK", ann.ask("SEND 1002 again"))
        self.assertIn('text="again"', bob.file.readline())
        self.assertIn("bye", ann.ask("QUIT"))
        wait_for(lambda: self.redis.cli("EXISTS", "route:1001") == ["0"], "the route's end")


if __name__ == "__main__":
    unittest.main()
