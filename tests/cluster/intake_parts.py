"""A node, a Redis and a line to talk over, as the test of queued messages wants them."""
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

BUILD = sys.argv[1]
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
