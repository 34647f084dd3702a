#!/usr/bin/env python3
"""The shipped settings of HAProxy and nginx before three real nodes: who gets how much, and how soon a node that is
gone gets nothing.

usage: balancer_test.py BUILD [--page FILE]      FILE: docs/cluster.md, which gets the figures
"""
import argparse
import base64
import collections
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import balancers  # noqa: E402
from processes import Haproxy, Nginx, Node, free_ports, missing_packages, wait_for  # noqa: E402

SETTINGS = """[auth]
argon2_memory_kib = 8
argon2_passes = 1
[http]
connections_max = 4096
proxy = {http}
[line]
proxy = true
[node]
id = "{name}"
[ws]
proxy = {http}
"""
NAME, PASSWORD = "probe", "password-1"
HELD, NAMES = 300, 120
PROBE_EVERY_S, PROBE_S = 0.02, 1
FILLED = "least connections (node3 comes when the others hold 200)"
EVEN, HASHED = 0.02, 0.25   # how far a share may be from what it should be
# nginx_nodes and HAProxy look each second, and believe the second look; a slow machine is given more.
GONE_S = {"kill": 10, "stop": 10, "start": 15}
BEGIN, END = "<!-- balancers -->", "<!-- /balancers -->"


class Wrong(AssertionError):
    """A balancer does not do what its settings are for."""


class Line(contextlib.AbstractContextManager):
    """A connection at the line protocol, from an address of 127.0.0.0/8 that it is told."""

    def __init__(self, port, source="127.0.0.1", host="127.0.0.1", prologue=b""):
        self.link = socket.create_connection((host, port), PROBE_S, (source, 0))
        self.link.settimeout(PROBE_S)
        self.bytes = self.link.makefile("rb")
        try:
            self.link.sendall(prologue)
            self.line()
        except OSError:
            self.close()
            raise

    def line(self):
        if not (line := self.bytes.readline()):
            raise ConnectionError("closed")
        return line.decode()

    def ask(self, words):
        self.link.sendall(words.encode() + b"\n")
        return self.line()

    def close(self):
        self.bytes.close()
        self.link.close()

    def __exit__(self, *_):
        self.close()


class Three:
    """Three nodes that know nothing of each other, so that the number that a name has tells which one answers."""

    def __init__(self, folder, build, proxied=True):
        self.front = free_ports(3)
        self.proxied = proxied
        self.nodes = [Node(f"node{number}", folder, build, balancers.host(number), self.front,
                           SETTINGS.format(name=f"node{number}", http=str(proxied).lower())).start()
                      for number in (1, 2, 3)]
        self.names = {}     # number of the user -> node
        for count, node in enumerate(self.nodes):
            with Line(node.line, host=node.host, prologue=b"PROXY UNKNOWN\r\n") as line:
                for other in range(count):
                    line.ask(f"REGISTER other{other} {PASSWORD}")
                answer = line.ask(f"REGISTER {NAME} {PASSWORD}")
            self.names[answer.split("uid=")[1].split()[0]] = node.name

    def stop(self):
        for node in self.nodes:
            node.stop()

    def open_connections(self):
        return {node.name: node.metrics(self.proxied)["mpim_connections"] for node in self.nodes if node.alive()}

    def by_line(self, source="127.0.0.1"):
        """Which node answers a client at this address."""
        with Line(self.front[0], source) as line:
            return self.names[line.ask(f"LOGIN {NAME} {PASSWORD}").split("uid=")[1].split()[0]]

    def by_http(self, name):
        """Which node answers a request in somebody's name."""
        body = json.dumps({"name": NAME, "password": PASSWORD})
        with socket.create_connection(("127.0.0.1", self.front[2]), PROBE_S) as link:
            link.sendall(f"POST /api/login HTTP/1.1\r\nHost: mpim\r\nX-Mpim-User: {name}\r\n"
                         f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                         f"Connection: close\r\n\r\n{body}".encode())
            answer = link.makefile("rb").read().decode()
        return self.names[answer.split('"userId":"')[1].split('"')[0]]

    def by_ws(self, name):
        """Which node gets the WebSocket of somebody: the one that has accepted one more."""
        before = self._accepted()
        with self.open_ws(name):
            after = wait_for(lambda: (now := self._accepted()) != before and now, "a connection", 5, 0.002)
        return next(node for node in after if after[node] != before[node])

    def open_ws(self, name):
        link = socket.create_connection(("127.0.0.1", self.front[1]), PROBE_S)
        key = base64.b64encode(os.urandom(16)).decode()
        link.sendall(f"GET /ws?user={name} HTTP/1.1\r\nHost: mpim\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        if not link.recv(4096).startswith(b"HTTP/1.1 101"):
            raise Wrong("no WebSocket through the balancer")
        return link

    def _accepted(self):
        return {node.name: node.metrics(self.proxied)["mpim_connections_accepted_total"] for node in self.nodes if node.alive()}


# Shares

def share_of(places):
    counts = collections.Counter(places)
    total = sum(counts.values())
    return [counts[f"node{number}"] / total for number in (1, 2, 3)]


def held_share(three, opened):
    """So many connections at once; the share each node holds."""
    with contextlib.ExitStack() as held:
        for _ in range(HELD):
            held.enter_context(opened())
        holds = three.open_connections()
    wait_for(lambda: not any(three.open_connections().values()), "all are closed", 10)
    return [holds[f"node{number}"] / sum(holds.values()) for number in (1, 2, 3)]


def filled_share(three):
    """node3 dies, two thirds come, node3 is back, the last third comes: the share each node holds."""
    three.nodes[2].kill()
    with contextlib.ExitStack() as held:
        for _ in range(HELD * 2 // 3):
            held.enter_context(Line(three.front[0]))
        three.nodes[2].start()
        with Prober(three) as prober:
            wait_for(lambda: prober.came_to("node3", 0), "clients come to node3 again", 30)
        wait_for(lambda: sum(three.open_connections().values()) == HELD * 2 // 3, "the probes have gone", 10)
        for _ in range(HELD // 3):
            held.enter_context(Line(three.front[0]))
        holds = three.open_connections()
    wait_for(lambda: not any(three.open_connections().values()), "all are closed", 10)
    return [holds[f"node{number}"] / sum(holds.values()) for number in (1, 2, 3)]


def near(share, wanted, tolerance, what):
    if any(abs(one - other) > tolerance for one, other in zip(share, wanted)):
        raise Wrong(f"{what}: {[f'{one:.0%}' for one in share]}, and should be {[f'{one:.0%}' for one in wanted]}")
    return share


# [G13][G11] a name or an address stays with its node, and when one dies only its own move
def hash_figures(three, place, what):
    """`place(n)` is where the nth name or address comes: its share, and what moves when node3 is killed."""
    first = [place(number) for number in range(NAMES)]
    if first != [place(number) for number in range(NAMES)]:
        raise Wrong(f"{what}: the same name does not always come to the same node")
    share = near(share_of(first), [1 / 3] * 3, HASHED, what)
    three.nodes[2].kill()
    try:
        wait_for(lambda: settled(place), "node3 is passed over", 20)
        without = [place(number) for number in range(NAMES)]
    finally:
        three.nodes[2].start()
    stayed = [after == before for before, after in zip(first, without) if before != "node3"]
    moved = 1 - sum(stayed) / len(stayed)
    if moved > 0.02:
        raise Wrong(f"{what}: {moved:.0%} of the names of the living nodes move when one dies")
    wait_for(lambda: [place(number) for number in range(NAMES)] == first, "all are back", 30, 0.5)
    return share, moved


def settled(place):
    """Nobody comes to node3, or to nobody, any more."""
    try:
        return all(place(number) != "node3" for number in range(NAMES))
    except (OSError, IndexError, StopIteration, Wrong):
        return False


# Times

class Prober:
    """Tries a new client each PROBE_EVERY_S, and notes when it began and which node answered it, if any did."""

    def __init__(self, three):
        self.three, self.seen, self.going = three, [], True
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        self.thread.join()

    def unanswered(self, since):
        with self.lock:
            return [begun for begun, node in self.seen if begun >= since and node is None]

    def came_to(self, name, since):
        with self.lock:
            return next((begun for begun, node in self.seen if begun >= since and node == name), None)

    def _run(self):
        trying = []
        while self.going:
            trying.append(threading.Thread(target=self._try))
            trying[-1].start()
            time.sleep(PROBE_EVERY_S)
        for one in trying:
            one.join()

    def _try(self):
        begun, node = time.monotonic(), None
        with contextlib.suppress(OSError, IndexError):
            node = self.three.by_line()
        with self.lock:
            self.seen.append((begun, node))


# [P25][G11][G45][O27] a node that is gone gets no clients within seconds, and others answer them
def times(three, harm, mend, bound_s):
    """A node is harmed and mended under a stream of new clients: how long some of them got no answer, how many,
    and how long until it gets clients again."""
    with Prober(three) as prober:
        wait_for(lambda: prober.came_to("node2", 0), "clients come to node2", 20)
        begun = time.monotonic()
        harm(three.nodes[1])
        time.sleep(bound_s + 2)
        mended = time.monotonic()
        mend(three.nodes[1])
        back = wait_for(lambda: prober.came_to("node2", mended + 0.2), "clients come to node2 again", 30) - mended
        time.sleep(PROBE_S + 0.2)
        lost = [one for one in prober.unanswered(begun) if one < mended]
    gone = max([one - begun for one in lost], default=0.0)
    if gone > bound_s:
        raise Wrong(f"after {gone:.1f} s clients still came to a node that was gone, {bound_s} s are allowed")
    if prober.unanswered(mended + GONE_S["start"]):
        raise Wrong("clients get no answer although all nodes are well")
    return gone, len(lost), back


# The two balancers

@contextlib.contextmanager
def haproxy(three, folder, choose=None, weights=None):
    text = balancers.settings("haproxy.cfg", three.front, choose, weights)
    running = Haproxy(folder, text, three.front).start()
    try:
        time.sleep(0.2)
        yield running
    finally:
        running.kill()


@contextlib.contextmanager
def nginx(three, folder, choose=None, weights=None, name="nginx.conf", watched=False):
    text = balancers.settings(name, three.front, choose, weights)
    running = Nginx(folder, text, [port for port in three.front if f"listen 127.0.0.1:{port}" in text]).start()
    watcher = None
    try:
        if watched:
            asks = [f"{node.name}={node.host}:{node.http}" for node in three.nodes]
            watcher = subprocess.Popen(
                [sys.executable, os.path.join(balancers.FOLDER, "nginx_nodes.py"), running.settings, *asks, "--proxy",
                 "--reload", f"kill -HUP {running.process.pid}"], stdout=subprocess.DEVNULL)
        yield running
    finally:
        if watcher:
            watcher.kill()
            watcher.wait()
        running.stop(5)


def source(number):
    return f"127.0.1.{number + 1}"


def line_rows(three, folder, name, opened, algorithms):
    """A row of the page for each way of sharing out the line protocol."""
    rows = []
    for words, choose, weights in algorithms:
        with opened(three, folder, choose, weights):
            wanted = [1 / 3] * 3 if not weights else [0.5, 0.25, 0.25]
            share = filled_share(three) if words == FILLED else held_share(three, lambda: Line(three.front[0]))
            rows.append((name, "line", words, near(share, wanted, EVEN, f"{name}, {words}"), None))
    return rows


# [G12] three nodes share clients by turns, by weight and by how many each has
def shares(three, folder):
    rows = line_rows(three, folder, "HAProxy", haproxy, [
        ("round robin", "balance roundrobin", None), (FILLED, "balance leastconn", None),
        ("weights 200, 100, 100", "balance roundrobin", {1: 200})])
    rows += line_rows(three, folder, "nginx", nginx, [
        ("round robin", "", None), (FILLED, "least_conn;", None), ("weights 2, 1, 1", "", {1: 2})])
    with haproxy(three, folder, "balance leastconn"):
        rows.append(("HAProxy", "WebSocket", "least connections", near(
            held_share(three, lambda: three.open_ws("")), [1 / 3] * 3, EVEN, "WebSocket"), None))
    for name, opened, choose in (("HAProxy", haproxy, "balance source"),
                                 ("nginx", nginx, "hash $remote_addr consistent;")):
        with opened(three, folder, choose):
            share, moved = hash_figures(three, lambda number: three.by_line(source(number)), f"{name} by source")
            rows.append((name, "line", "consistent hash of the source", share, moved))
    for door, place, choose in (("WebSocket", three.by_ws, "balance url_param user"),
                                ("HTTP", three.by_http, "balance hdr(X-Mpim-User)")):
        with haproxy(three, folder, choose):
            share, moved = hash_figures(three, lambda number, by=place: by(f"user-{number}"), f"HAProxy, {door}")
            rows.append(("HAProxy", door, "consistent hash of the name", share, moved))
    return rows


def shares_by_name(three, folder):
    rows = []
    with nginx(three, folder, name="nginx_by_name.conf"):
        for door, place in (("WebSocket", three.by_ws), ("HTTP", three.by_http)):
            share, moved = hash_figures(three, lambda number, by=place: by(f"user-{number}"), f"nginx, {door}")
            rows.append(("nginx", door, "consistent hash of the name", share, moved))
    return rows


def clients_address_is_told(three):
    with Line(three.front[0], "127.0.1.77") as line:
        line.ask(f"LOGIN {NAME} {PASSWORD}")
        if not any("127.0.1.77" in node.mpimctl("session", "ls", "-o", "json").stdout for node in three.nodes):
            raise Wrong("the node does not know its client's address")


def removals(three, folder):
    rows = []
    for name, opened in (("HAProxy", lambda: haproxy(three, folder, "balance roundrobin")),
                         ("nginx with nginx_nodes.py", lambda: nginx(three, folder, "", watched=True))):
        with opened():
            clients_address_is_told(three)
            rows.append((name, "kill -9", *times(three, Node.kill, Node.start, GONE_S["kill"])))
            rows.append((name, "SIGSTOP", *times(three, Node.pause, Node.resume, GONE_S["stop"])))
    with nginx(three, folder, ""):
        rows.append(("nginx alone", "kill -9", *times(three, Node.kill, Node.start, GONE_S["kill"])))
    return rows


def page(shared, removed):
    lines = [f"{HELD} connections held at once, or {NAMES} names or addresses, each twice:", "",
             "| balancer | door | shared out by | node1 | node2 | node3 | others that move when node3 dies |",
             "|---|---|---|---|---|---|---|"]
    for name, door, words, share, moved in shared:
        cells = [name, door, words, *(f"{one:.1%}" for one in share), "" if moved is None else f"{moved:.1%}"]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", f"A new client each {PROBE_EVERY_S * 1000:.0f} ms that logs in, while node2 is harmed and mended. "
              f"Unanswered is who had no answer within {PROBE_S} s:", "",
              "| balancer | node2 gets | the last unanswered client came after | unanswered | clients again after |",
              "|---|---|---|---|---|"]
    for name, harm, gone, count, back in removed:
        lines.append(f"| {name} | {harm} | {gone:.1f} s | {count} | {back:.1f} s |")
    return "\n".join(lines)


def write(path, text):
    with open(path) as file:
        before, rest = file.read().split(BEGIN)
    with open(path, "w") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=os.path.abspath)
    parser.add_argument("--page")
    args = parser.parse_args()
    if missing := missing_packages(["haproxy", "nginx"]):
        sys.exit("these packages are missing: " + " ".join(missing))
    folder = tempfile.mkdtemp(prefix="mpim-balancers-")
    try:
        three = Three(os.path.join(folder, "proxied"), args.build)
        try:
            shared = shares(three, folder)
            removed = removals(three, folder)
        finally:
            three.stop()
        plain = Three(os.path.join(folder, "plain"), args.build, proxied=False)
        try:
            shared += shares_by_name(plain, folder)
        finally:
            plain.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text = page(shared, removed)
    print(text)
    if args.page:
        write(args.page, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
