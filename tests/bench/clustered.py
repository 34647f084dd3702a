"""mpimd on MariaDB, and several of them with Redis: what the other store costs, and what a second node adds."""
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from server import MPIMCTL, SCRATCH, Mpimd
from works import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "cluster"))
from processes import Haproxy, Mariadb, Redis, free_ports  # noqa: E402,F401

MESSAGES = 2_000     # sent one after another, for the medians
GROUP_MEMBERS = 1_000
GROUP_MESSAGES = 50
NODES = 3


class BenchMariadb(Mariadb):
    """With room for what a benchmark writes, and every commit synced; on the core of the server it serves."""

    def __init__(self, folder, port, prefix):
        super().__init__(folder, port)
        self.prefix = list(prefix)

    def command(self):
        rest = [word for word in super().command()[1:]
                if not word.startswith(("--innodb-buffer-pool-size", "--innodb-log-file-size"))]
        return [*self.prefix, "mariadbd", *rest, "--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M",
                "--innodb-flush-log-at-trx-commit=1"]


@contextlib.contextmanager
def mariadb(prefix=("taskset", "-c", "0")):
    """A running one with our schema in it."""
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        database = BenchMariadb(folder, free_ports(1)[0], prefix).install().start()
        try:
            database.make_database()
            subprocess.run([MPIMCTL, "db", "migrate"], env=dict(os.environ, MPIM_STORE_URL=database.url()),
                           check=True, stdout=subprocess.DEVNULL)
            yield database
        finally:
            database.stop()


def mysql_run(work, seconds):
    """imload's work against mpimd and MariaDB on one core."""
    os.makedirs(SCRATCH, exist_ok=True)
    with mariadb() as database, Mpimd(env={"MPIM_STORE_URL": database.url()}) as server:
        return server.load(work.words, seconds, LINE_PIDS=f"{server.pid},{database.process.pid}")


class Person:
    """A session of the line protocol that waits for what it expects."""

    def __init__(self, node, name):
        host, port = node.ready["line"].rsplit(":", 1)
        self.link = socket.create_connection((host, int(port)), 30)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.link.makefile("r", encoding="utf-8", newline="\n")
        self.lines.readline()
        self.uid = self.ask(f"REGISTER {name} {name}-pass").split("uid=")[1].split()[0]

    def ask(self, line):
        self.say(line)
        answer = self.until("+OK", "-ERR")
        if answer.startswith("-ERR"):
            raise RuntimeError(f"{line}: {answer}")
        return answer

    def say(self, line):
        self.link.sendall(line.encode() + b"\n")

    def close(self):
        self.lines.close()
        self.link.close()

    def until(self, *starts):
        while not (line := self.lines.readline()).startswith(starts):
            if not line:
                raise RuntimeError("the connection was closed")
        return line


def deliveries_ms(sender, receiver, count=MESSAGES):
    """How long each took from the send to its push, one after another."""
    taken = []
    for _ in range(count):
        begun = time.perf_counter()
        sender.say(f"SEND {receiver.uid} hello")
        receiver.until("MSG")
        taken.append(1_000 * (time.perf_counter() - begun))
        sender.until("+OK")
    return taken


def total(nodes, name):
    return sum(node.metrics().get(name, 0) for node in nodes)


def group_publishes(nodes, people):
    """Packets published for one message to a group whose members sit on all nodes."""
    owner = people[0]
    gid = owner.ask("CREATEGROUP everybody").split("group_id=")[1].split()[0]
    for person in people[1:]:
        person.ask(f"JOINGROUP {gid}")
    time.sleep(1)  # the joins' own events
    before = total(nodes, "mpim_bus_published_total")
    for _ in range(GROUP_MESSAGES):
        owner.ask(f"SENDGROUP {gid} hello")
        people[-1].until("MSG")
    return (total(nodes, "mpim_bus_published_total") - before) / GROUP_MESSAGES


def cluster_run(_seconds):
    """Figures of three nodes on one MariaDB and one Redis."""
    os.makedirs(SCRATCH, exist_ok=True)
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(mariadb(prefix=()))
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=SCRATCH))
        redis = Redis(folder, free_ports(1)[0]).start()
        stack.callback(redis.stop)
        shared = {"MPIM_STORE_URL": database.url(), "MPIM_REDIS_URL": redis.url()}
        nodes = [stack.enter_context(Mpimd(prefix=(), env=dict(shared, MPIM_NODE_ID=f"node{number}")))
                 for number in range(NODES)]
        alice, bob, carol = Person(nodes[0], "alice"), Person(nodes[0], "bob"), Person(nodes[1], "carol")
        same, cross = [], []
        deliveries_ms(alice, carol, 100)  # the caches are warm, and both talks exist
        deliveries_ms(alice, bob, 100)
        before = total(nodes, "mpim_redis_commands_total")
        cross += deliveries_ms(alice, carol)
        commands = (total(nodes, "mpim_redis_commands_total") - before) / MESSAGES
        same += deliveries_ms(alice, bob)
        people = [alice, *(Person(nodes[number % NODES], f"member{number}")
                           for number in range(1, GROUP_MEMBERS))]
        return {"same_p50_ms": statistics.median(same), "cross_p50_ms": statistics.median(cross),
                "cross_adds_ms": statistics.median(cross) - statistics.median(same),
                "redis_commands": commands, "group_publishes": group_publishes(nodes, people)}
