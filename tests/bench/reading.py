"""Reading back on one node: history and search in a conversation of a million messages, and the
log-in of somebody who belongs to 500 groups. All of it comes in through the line protocol, and every
time is what a client on the same machine sees: the server's own is less."""
import json
import random
import socket
import subprocess
import time

from server import MPIMCTL, Mpimd

MESSAGES = 1_000_000
GROUPS = 500
QUESTIONS = 2_000     # of each kind
LOG_INS = 300
PIPELINED = 20_000    # sends that wait for their answers
INDEX_TIMEOUT_S = 1_800
WORDS = ("harbour lantern meadow copper violin thunder saddle orchard pepper window candle river "
         "marble falcon timber anchor velvet hollow ginger summit").split()
CHINESE = "今天下午三点在会议室讨论新的项目计划请大家准时参加谢谢"


class Link:
    """A connection to the line protocol."""

    def __init__(self, server):
        host, port = server.ready["line"].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb", buffering=1 << 20)
        self.reply()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.file.close()
        self.socket.close()

    def line(self):
        line = self.file.readline()
        if not line:
            raise RuntimeError("mpimd closed the connection")
        return line

    def reply(self):
        """The answer that is due, passing over what is pushed."""
        while True:
            line = self.line()
            if line.startswith(b"-ERR"):
                raise RuntimeError(line.decode().strip())
            if line.startswith(b"+OK"):
                return line

    def ask(self, request):
        self.socket.sendall(request.encode() + b"\n")
        return self.reply()

    def rows(self, request, row):
        """Asks for a list; how many rows of this name came, and the milliseconds it took."""
        begun = time.perf_counter()
        self.socket.sendall(request.encode() + b"\n")
        count = int(field(self.reply(), "count"))
        for _ in range(count):
            while not self.line().startswith(row):
                pass
        return count, 1000 * (time.perf_counter() - begun)


def field(line, name):
    for word in line.decode().split():
        if word.startswith(name + "="):
            return word[len(name) + 1:]
    raise RuntimeError(f"no {name} in {line.decode().strip()}")


def text(number):
    """Common words, a rare one, a number that comes once, and every tenth time some Chinese."""
    chosen = random.Random(number)
    words = [chosen.choice(WORDS) for _ in range(8)]
    if number % 1000 == 7:
        words.append("quicksilver")
    if number % 10 == 3:
        words.append(CHINESE[number // 10 % 20:][:6])
    return f"n{number} " + " ".join(words)


def fill(link, group):
    """Sends all messages; answers the last id."""
    sent = answered = 0
    last = b""
    while answered < MESSAGES:
        batch = min(PIPELINED, MESSAGES - sent)
        lines = (f'GSEND {group} "{text(number)}"\n' for number in range(sent, sent + batch))
        link.socket.sendall("".join(lines).encode())
        sent += batch
        while answered < sent:
            last = link.reply()
            answered += 1
    return int(field(last, "msg_id"))


def wait_for_index(server):
    until = time.monotonic() + INDEX_TIMEOUT_S
    while time.monotonic() < until:
        said = subprocess.run([MPIMCTL, "msg", "index", "-o", "json", "--admin-socket",
                               server.ready["admin"]], capture_output=True, check=True)
        if int(json.loads(said.stdout)["item"]["indexed"]) >= MESSAGES:
            return
        time.sleep(0.5)
    raise RuntimeError("the index of words does not catch up")


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def told(kind, values):
    return {f"{kind}_p50_ms": percentile(values, 0.5), f"{kind}_p99_ms": percentile(values, 0.99),
            f"{kind}_max_ms": max(values)}


def history(link, last):
    """Pages of 50 at places all over the log, in both directions."""
    conversation = last >> 30
    chosen = random.Random(1)
    times = []
    for number in range(QUESTIONS):
        place = (conversation << 30) + chosen.randrange(60, (last & ((1 << 30) - 1)) - 60)
        count, took = link.rows(f"HISTORY {'before' if number % 2 else 'after'}={place} limit=50",
                                b"ENTRY")
        if count != 50:
            raise RuntimeError(f"a page of 50 has {count} entries")
        times.append(took)
    return told("history", times)


def search(link):
    """What comes once, rarely, everywhere, together, and in Chinese."""
    chosen = random.Random(2)
    times = []
    for number in range(QUESTIONS):
        words = (lambda: f"n{chosen.randrange(MESSAGES)}", lambda: "quicksilver",
                 lambda: chosen.choice(WORDS), lambda: " ".join(chosen.sample(WORDS, 3)),
                 lambda: CHINESE[(place := chosen.randrange(18)):place + 2])[number % 5]()
        count, took = link.rows(f'SEARCH "{words}" limit=20', b"FOUND")
        if count == 0:
            raise RuntimeError(f"a search for {words} finds nothing")
        times.append(took)
    return told("search", times)


def log_ins(server, token):
    times = []
    for _ in range(LOG_INS):
        with Link(server) as link:
            begun = time.perf_counter()
            reply = link.ask(f"AUTH {token} device=phone ack=client sync=manual")
            times.append(1000 * (time.perf_counter() - begun))
            token = field(reply, "token")
    return told("log_in", times)


def reading_run(_seconds):
    with Mpimd() as server, Link(server) as alice, Link(server) as bob:
        alice.ask("REGISTER alice wonderland")
        bob.ask("REGISTER bob wonderland")
        for number in range(GROUPS):
            group = int(field(alice.ask(f"CREATEGROUP group-{number}"), "group_id"))
            bob.ask(f"JOINGROUP {group}")
            alice.ask(f'GSEND {group} "hello"')
        with Link(server) as phone:
            token = field(phone.ask("LOGIN bob wonderland device=phone ack=client"), "token")
        begun = time.monotonic()
        last = fill(alice, group)
        result = {"filled_per_s": MESSAGES / (time.monotonic() - begun)}
        begun = time.monotonic()
        result |= log_ins(server, token)
        wait_for_index(server)
        result["indexed_s"] = time.monotonic() - begun
        result |= history(alice, last)
        result |= search(alice)
        return result
