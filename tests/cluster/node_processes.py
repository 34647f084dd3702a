"""The parts of a cluster as processes that a test starts and ends, and people who talk over it."""
import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

PATIENCE_S = 20


def wait_for(condition, what, patience_s=PATIENCE_S):
    end = time.monotonic() + patience_s
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


class Zookeeper:
    """One server of ZooKeeper, with its data in a folder of its own. Its Java ends with it."""

    def __init__(self):
        self.port, self.dir = free_port(), tempfile.mkdtemp(prefix="mpim-zookeeper-")
        self.settings = os.path.join(self.dir, "zoo.cfg")
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(f"tickTime=200\nminSessionTimeout=400\nmaxClientCnxns=0\n"
                       f"admin.enableServer=false\n4lw.commands.whitelist=ruok\n"
                       f"dataDir={self.dir}/data\nclientPortAddress=127.0.0.1\n"
                       f"clientPort={self.port}\n")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["java", "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
             "-cp", "/usr/share/java/zookeeper.jar",
             "org.apache.zookeeper.server.quorum.QuorumPeerMain", self.settings],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.answers, "ZooKeeper", 60)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                probe.sendall(b"ruok")
                return probe.recv(4) == b"imok"
        except OSError:
            return False

    def url(self):
        return f"zookeeper://127.0.0.1:{self.port}/mpim"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.kill()
        shutil.rmtree(self.dir)


class MariaDb:
    """One server; each test has a database of its own in it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="mpim-mariadb-")
        self.socket, self.made = os.path.join(self.dir, "socket"), 0
        self.data = os.path.join(self.dir, "data")
        self.user = "--user=root" if os.geteuid() == 0 else "--skip-name-resolve"
        made = subprocess.run(["mariadb-install-db", "--no-defaults", self.user,
                               f"--datadir={self.data}",
                               "--skip-test-db", "--auth-root-authentication-method=normal",
                               "--skip-name-resolve", f"--tmpdir={self.dir}"],
                              capture_output=True, text=True)
        if made.returncode:
            raise AssertionError(f"no database: {made.stdout}{made.stderr}")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={self.data}", self.user,
             f"--socket={self.socket}", "--skip-networking", f"--pid-file={self.dir}/pid",
             f"--tmpdir={self.dir}",
             "--skip-name-resolve", "--skip-log-bin", "--innodb-buffer-pool-size=64M",
             "--innodb-log-file-size=32M", "--max-connections=200"], stderr=subprocess.DEVNULL)
        wait_for(lambda: self.client("mariadb-admin", "ping").returncode == 0, "MariaDB", 60)

    def client(self, program, *words):
        return subprocess.run([program, "--no-defaults", f"--socket={self.socket}", "--user=root",
                               *words], capture_output=True, text=True)

    def sql(self, statement):
        done = self.client("mariadb", "--batch", "--skip-column-names", "-e", statement)
        if done.returncode:
            raise AssertionError(f"{statement}: {done.stderr}")
        return done.stdout.split()

    def make_store(self, build):
        """The address of a new database that has the tables."""
        self.made += 1
        self.sql(f"CREATE DATABASE mpim{self.made} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        url = f"mysql://root@/mpim{self.made}?socket={self.socket}"
        subprocess.run([os.path.join(build, "bin/mpimctl"), "db", "migrate", "--data-dir",
                        os.path.join(self.dir, f"none{self.made}")], capture_output=True,
                       check=True, env={**os.environ, "MPIM_STORE_URL": url})
        return url

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.kill()
        shutil.rmtree(self.dir)


class Node:
    """A real mpimd. `settings` are as in its environment, without MPIM_."""

    def __init__(self, build, node_id, **settings):
        self.build, self.id = build, node_id
        self.dir = tempfile.mkdtemp(prefix="mpim-node-")
        self.admin = os.path.join(self.dir, "admin")
        self.log = open(os.path.join(self.dir, "log"), "w+", encoding="utf-8")
        quick = {"MPIM_NODE_LEASE_MS": "1500", "MPIM_REDIS_ANSWER_TIMEOUT_MS": "300",
                 "MPIM_REDIS_RETRY_MAX_MS": "100"}
        given = {f"MPIM_{name}": str(value) for name, value in settings.items()}
        self.process = subprocess.Popen(
            [os.path.join(build, "bin/mpimd"), "--data-dir", os.path.join(self.dir, "data"),
             "--node-id", node_id, "--line", "127.0.0.1:0", "--ws", "127.0.0.1:0",
             "--http", "127.0.0.1:0", "--admin-socket", self.admin],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, **quick, **given})
        # Nothing when it refuses to start.
        self.ready = dict(word.split("=", 1) for word in self.process.stdout.readline().split()[1:])

    def said(self):
        with open(self.log.name, encoding="utf-8") as log:
            return log.read()

    def get(self, path):
        link = http.client.HTTPConnection("localhost")
        link.sock = socket.socket(socket.AF_UNIX)
        link.sock.settimeout(PATIENCE_S)
        link.sock.connect(self.admin)
        link.request("GET", path)
        answer = link.getresponse()
        body = answer.read().decode()
        link.close()
        return answer.status, body

    def checks(self):
        """As an operator is told: the status of /readyz, and what each check saw."""
        status, body = self.get("/readyz")
        return status, {check["name"]: check["detail"] for check in json.loads(body)["checks"]}

    def sees(self, text, of="registry"):
        wait_for(lambda: text in self.checks()[1][of], f"{of}: {text}")

    def metric(self, name):
        return float(re.search(rf"^{name} (\S+)$", self.get("/metrics")[1], re.M).group(1))

    def ctl(self, *words):
        return subprocess.run([os.path.join(self.build, "bin/mpimctl"), "--admin-socket", self.admin,
                               *words], capture_output=True, text=True, timeout=60)

    def ctl_json(self, *words):
        done = self.ctl(*words, "-o", "json")
        if done.returncode:
            raise AssertionError(f"{words}: {done.returncode} {done.stderr}")
        return json.loads(done.stdout)

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait(self, patience_s=PATIENCE_S):
        return self.process.wait(patience_s)

    def end(self, number=signal.SIGKILL):
        if not self.log.closed:
            if self.process.poll() is None:
                self.process.send_signal(number)
            self.process.wait(PATIENCE_S)
            self.process.stdout.close()
            self.log.close()
            shutil.rmtree(self.dir)
        return self.process.returncode


class Gone(Exception):
    """The server closed the connection."""


class Person:
    """A device that remembers all it was ever shown, over all its connections."""

    def __init__(self, name, device="default"):
        self.name, self.device, self.socket = name, device, None
        self.shown, self.repeated, self.pushes = [], 0, []
        self.seen, self.told = set(), {}

    def connect(self, node):
        self.drop()
        host, port = node.ready["line"].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), PATIENCE_S)
        self.buffer, self.replies = b"", []
        self.line()

    def register(self, node):
        self.connect(node)
        answer = self.ask(f"REGISTER {self.name} password")
        self.uid = int(re.search(r"uid=(\d+)", answer).group(1))
        self.drop()
        return self.login(node)

    def login(self, node):
        self.connect(node)
        answer = self.ask(f"LOGIN {self.name} password device={self.device} ack=client")
        if not answer.startswith("+OK"):
            raise AssertionError(answer)
        return self

    def drop(self):
        if self.socket:
            self.socket.close()
            self.socket = None

    # What came is put where it belongs: replies to those who ask, entries once and in order.
    def read(self, timeout_s):
        if not select.select([self.socket], [], [], timeout_s)[0]:
            return False
        try:
            got = self.socket.recv(65536)
        except ConnectionError as why:
            raise Gone(str(why)) from why
        if not got:
            raise Gone("closed")
        self.buffer += got
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            self.take(line.decode().rstrip("\r"))
        return True

    def take(self, line):
        if line.startswith(("+OK", "-ERR")):
            self.replies.append(line)
            if own := re.match(r"\+OK msg_id=(\d+) ", line):
                at = (int(own.group(1)) >> 30, int(own.group(1)) & (1 << 30) - 1)
                if at not in self.seen:  # else an earlier answer of it was lost
                    self.seen.add(at)
                    self.shown.append((at, "own"))
        elif line.startswith(("MSG ", "EVENT ")):
            at = tuple(int(re.search(rf" {name}=(\d+)", line).group(1)) for name in ("conv", "seq"))
            if at in self.seen:
                self.repeated += 1
            else:
                self.seen.add(at)
                self.shown.append((at, line))
            self.told[at[0]] = max(self.told.get(at[0], 0), int(re.search(r" id=(\d+)", line).group(1)))
        else:
            self.pushes.append(line)

    def line(self, patience_s=PATIENCE_S):
        end = time.monotonic() + patience_s
        while not self.replies:
            if time.monotonic() > end:
                raise AssertionError(f"{self.name} gets no reply")
            self.read(0.5)
        return self.replies.pop(0)

    def say(self, line):
        try:
            self.socket.sendall((line + "\n").encode())
        except ConnectionError as why:
            raise Gone(str(why)) from why

    def ask(self, line, patience_s=PATIENCE_S):
        self.say(line)
        return self.line(patience_s)

    def acknowledge(self):
        if self.told:
            ids = " ".join(str(each) for each in self.told.values())
            self.told = {}
            return self.ask(f"ACK {ids}")
        return "+OK"

    def hears(self, text, patience_s=PATIENCE_S):
        """The entry with that text, how long it took to come."""
        start = time.monotonic()
        while not any(f'text="{text}"' in line for _, line in self.shown):
            if time.monotonic() - start > patience_s:
                raise AssertionError(f"{self.name} never heard {text}")
            self.read(0.2)
        return time.monotonic() - start

    def is_told(self, pattern, patience_s=PATIENCE_S):
        end = time.monotonic() + patience_s
        while True:
            for line in self.pushes:
                if re.search(pattern, line):
                    return line
            if time.monotonic() > end:
                raise AssertionError(f"{self.name} was not told {pattern}: {self.pushes}")
            self.read(0.1)

    def texts(self):
        return [re.search(r'text="([^"]*)"', line).group(1) for _, line in self.shown
                if line.startswith("MSG ")]

    def in_order(self):
        last = {}
        for (conversation, seq), _ in self.shown:
            if seq != last.get(conversation, seq - 1) + 1:
                return f"{self.name}: {seq} after {last[conversation]} in {conversation}"
            last[conversation] = seq
        return ""


class Talk(threading.Thread):
    """Sends numbered messages, one at a time, each until its outcome is known."""

    def __init__(self, person, node, to, label, verb="SEND", pause_s=0.005):
        super().__init__()
        self.person, self.node, self.to, self.label = person, node, to, label
        self.verb, self.pause_s, self.over, self.acknowledged = verb, pause_s, threading.Event(), []
        self.failure, self.slowest_s = None, 0

    def run(self):
        try:
            number = 0
            while not self.over.wait(self.pause_s):
                number += 1
                self.send(f"{self.label}{number}")
        except Exception as failure:  # shown where it is joined
            self.failure = failure

    def send(self, text):
        begun = time.monotonic()
        while True:
            try:
                if self.person.socket is None:
                    self.person.login(self.node)
                answer = self.person.ask(f'{self.verb} {self.to} "{text}" cid={text}')
            except (Gone, ConnectionError):
                self.person.drop()
                time.sleep(0.05)
                continue
            if answer.startswith("+OK"):
                self.acknowledged.append(text)
                self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
                return
            if not answer.startswith(("-ERR UNAVAILABLE", "-ERR UNKNOWN", "-ERR BUSY")):
                raise AssertionError(answer)
            time.sleep(0.05)

    def finish(self):
        self.over.set()
        self.join(60)
        if self.failure:
            raise self.failure
        return self.acknowledged
