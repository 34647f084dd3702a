#!/usr/bin/env python3
"""A whole cluster on this machine, to look at: MariaDB, Redis and three nodes behind HAProxy, with demo data.

usage: cluster.py BUILD [--line PORT] [--ws PORT] [--http PORT] [--users N] [--messages N]
       Free ports are taken where none is given; the nodes have the same ports at 127.0.0.11, .12 and .13.
       Everything lives in a private folder that is gone afterwards. Ctrl-C ends it; so does the end of any part.
"""
import argparse
import os
import shutil
import signal
import sys
import tempfile
import time

import balancers
from processes import ROOT, Haproxy, Mariadb, Node, Redis, free_ports, missing_packages

NODES = 3
LOOK_EVERY_S = 0.2
LAST_LINES = 12
SETTINGS = """[data]
dir = "{data}"
[files]
dir = "{files}"
[http]
proxy = true
[line]
proxy = true
[node]
id = "{name}"
[redis]
url = "{redis}"
[store]
url = "{store}"
[ws]
proxy = true
"""


class Ended(Exception):
    """A part of the cluster that should be running is not."""


class Cluster:
    """Starts its parts in the order in which they need each other, and stops them in reverse."""

    def __init__(self, folder, build, ports):
        *_, sql, redis = self.ports = [*ports, *free_ports(2)]
        self.front = ports
        self.mariadb, self.redis = Mariadb(folder, sql), Redis(folder, redis)
        files = os.path.join(folder, "files")
        self.nodes = [Node(f"node{number}", folder, build, balancers.host(number), ports, SETTINGS.format(
            name=f"node{number}", files=files, data=os.path.join(folder, f"node{number}", "data"),
            redis=self.redis.url(), store=self.mariadb.url())) for number in range(1, NODES + 1)]
        self.balancer = Haproxy(folder, balancers.settings("haproxy.cfg", ports), ports)
        self.parts = []

    def start(self, say):
        say("MariaDB ...")
        self._start(self.mariadb.install())
        self.mariadb.make_database()
        say("Redis ...")
        self._start(self.redis)
        self.nodes[0].migrate()
        for node in self.nodes:
            say(f"{node.name} ...")
            self._start(node)
        say("HAProxy ...")
        self._start(self.balancer)

    def seed(self, users, messages):
        node = self.nodes[0]
        for words in (("apply", "-f", os.path.join(ROOT, "fixtures", "demo.json")),
                      ("seed", "--users", str(users), "--groups", "3", "--messages", str(messages))):
            done = node.mpimctl(*words)
            if done.returncode:
                raise Ended(f"mpimctl {' '.join(words)}: {done.stderr.strip()}")

    def watch(self):
        """Until one of them ends by itself."""
        while True:
            for part in self.parts:
                if not part.alive():
                    raise Ended(f"{part.name} ended with {part.process.returncode}; its last lines:\n"
                                + part.last_words(LAST_LINES))
            time.sleep(LOOK_EVERY_S)

    def stop(self):
        for part in reversed(self.parts):
            part.stop(20)

    def _start(self, part):
        self.parts.append(part)
        part.start()


def guide(cluster, folder):
    line, ws, http = cluster.front
    rows = [("line", f"127.0.0.1:{line}"), ("WebSocket", f"ws://127.0.0.1:{ws}/ws"),
            ("HTTP", f"http://127.0.0.1:{http}"), ("console", f"http://127.0.0.1:{http}/"),
            ("MariaDB", cluster.mariadb.url()), ("Redis", cluster.redis.url())]
    lines = [f"  {name:10s} {address}" for name, address in rows]
    lines += [f"  {node.name:10s} {node.host}, mpimctl --admin-socket {node.admin}" for node in cluster.nodes]
    return "\n".join([
        "The cluster is up: three nodes behind HAProxy.", *lines, f"  {'logs':10s} {folder}/*/log", "",
        "Demo users alice, bob and carol have the passwords demo-alice, demo-bob and demo-carol. Try:",
        f"  printf 'LOGIN alice demo-alice\\nSEND @bob \"hello\"\\nQUIT\\n' | nc -N 127.0.0.1 {line}",
        f"  MPIM_PASSWORD=demo-bob build/bin/mpim-chat --server 127.0.0.1:{line} --as bob --to alice", "",
        "Ctrl-C stops it all."])


def interrupted(*_):
    raise KeyboardInterrupt


def run(args, folder):
    ports = [given or free for given, free in zip((args.line, args.ws, args.http), free_ports(3))]
    cluster = Cluster(folder, args.build, ports)
    try:
        cluster.start(lambda words: print(words, flush=True))
        cluster.seed(args.users, args.messages)
        print(guide(cluster, folder), flush=True)
        cluster.watch()
    except (Ended, RuntimeError, TimeoutError) as why:
        print(why, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave something running
        print("stopping ...", flush=True)
        cluster.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=os.path.abspath)
    for door in ("--line", "--ws", "--http"):
        parser.add_argument(door, type=int, default=0)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--messages", type=int, default=200)
    args = parser.parse_args()
    if missing := missing_packages(["mariadbd", "mariadb-install-db", "mariadb", "redis-server", "haproxy"]):
        sys.exit("To start a cluster, install what is missing: apt-get install " + " ".join(missing))
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, interrupted)
    folder = tempfile.mkdtemp(prefix="mpim-cluster-")
    try:
        return run(args, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
