"""A peak while the database stands still: what waits in Redis meanwhile, and how soon it is gone."""
import contextlib
import os
import re
import signal
import statistics
import tempfile
import threading
import time
import urllib.request

from clustered import Person, Redis, free_ports, mariadb
from server import SCRATCH, Mpimd

LULL_PER_S, PEAK_PER_S = 50, 500
LULL_S, PEAK_S = 2, 10
LAST = "the-last-one"
ANSWER_TIMEOUT_MS = 1_000
LOOK_S = 0.25
DRAIN_MAX_S = 60
BARS = " ▁▂▃▄▅▆▇█"


class KeepingRedis(Redis):
    """As who answers with a ticket must have it: every write is on the disk before its answer."""

    def command(self):
        rest = super().command()
        at = rest.index("--appendonly") if "--appendonly" in rest else len(rest)
        return [*rest[:at], *rest[at + 2:], "--appendonly", "yes", "--appendfsync", "always"]


class Backlog(threading.Thread):
    """Looks at how many messages wait, until it is told to end."""

    def __init__(self, node):
        super().__init__()
        self.node, self.over, self.waiting = node, threading.Event(), []

    def now(self):
        with urllib.request.urlopen(f"http://{self.node.ready['http']}/metrics", timeout=10) as answer:
            return int(float(re.search(r"^mpim_intake_depth (\S+)$", answer.read().decode(), re.M)[1]))

    def run(self):
        while not self.over.wait(LOOK_S):
            self.waiting.append(self.now())


class Answers(threading.Thread):
    """Reads the sender's answers: how long each took from when its message was due."""

    def __init__(self, sender, due):
        super().__init__()
        self.sender, self.due, self.taken_ms, self.refused = sender, due, [], 0

    def run(self):
        for due in iter(self.due.pop_next, None):
            answer = self.sender.until("+OK", "-ERR")
            self.taken_ms.append(1_000 * (time.monotonic() - due))
            self.refused += answer.startswith("-ERR")


class Due:
    """When each message was due, in the order in which they were sent."""

    def __init__(self):
        self.times, self.more, self.closed = [], threading.Condition(), False

    def push(self, moment):
        with self.more:
            self.times.append(moment)
            self.more.notify()

    def close(self):
        with self.more:
            self.closed = True
            self.more.notify()

    def pop_next(self):
        with self.more:
            self.more.wait_for(lambda: self.times or self.closed)
            return self.times.pop(0) if self.times else None


def send_at(sender, receiver, due, per_s, seconds, first):
    """Numbered messages at that rate, whatever becomes of them; the number after the last."""
    begun = time.monotonic()
    for number in range(int(per_s * seconds)):
        moment = begun + number / per_s
        time.sleep(max(0.0, moment - time.monotonic()))
        due.push(moment)
        sender.say(f"SEND {receiver.uid} n{first + number}")
    return first + int(per_s * seconds)


def heard(receiver, numbers):
    """Takes the numbers in the order in which they are pushed, until the last message comes."""
    while LAST not in (line := receiver.until("MSG")):
        numbers.append(int(re.search(r'text="n(\d+)"', line)[1]))
        if len(numbers) % 100 == 0:
            receiver.say(f"ACK {re.search(r' id=([0-9]+)', line)[1]}")


def burst_run(_seconds):
    """The backlog over time, how long it took to go, how long answers took, and what was lost."""
    os.makedirs(SCRATCH, exist_ok=True)
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(mariadb(prefix=()))
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=SCRATCH))
        redis = KeepingRedis(folder, free_ports(1)[0]).start()
        stack.callback(redis.stop)
        node = stack.enter_context(Mpimd(prefix=(), env={
            "MPIM_STORE_URL": database.url(), "MPIM_REDIS_URL": redis.url(), "MPIM_MESSAGE_ACCEPT": "queued",
            "MPIM_STORE_ANSWER_TIMEOUT_MS": str(ANSWER_TIMEOUT_MS), "MPIM_INTAKE_SLOW_MS": "100"}))
        sender, receiver = Person(node, "sender"), Person(node, "receiver")
        for person in (sender, receiver):
            stack.callback(person.close)
        due, backlog, numbers = Due(), Backlog(node), []
        answers = Answers(sender, due)
        pushes = threading.Thread(target=heard, args=(receiver, numbers))
        for each in (backlog, answers, pushes):
            each.start()
        sent = send_at(sender, receiver, due, LULL_PER_S, LULL_S, 0)
        database.process.send_signal(signal.SIGSTOP)
        stack.callback(database.process.send_signal, signal.SIGCONT)
        sent = send_at(sender, receiver, due, PEAK_PER_S, PEAK_S, sent)
        database.process.send_signal(signal.SIGCONT)
        healed = time.monotonic()
        due.close()
        answers.join()
        while backlog.now() > 0:
            if time.monotonic() > healed + DRAIN_MAX_S:
                raise RuntimeError(f"{backlog.now()} messages still wait")
            time.sleep(0.02)
        drain_s = time.monotonic() - healed
        backlog.over.set()
        sender.ask(f"SEND {receiver.uid} {LAST}")
        for each in (backlog, pushes):
            each.join()
        return {"waiting": backlog.waiting, "peak": max(backlog.waiting), "drain_s": drain_s, "sent": sent,
                "ack_p50_ms": statistics.median(answers.taken_ms), "ack_max_ms": max(answers.taken_ms),
                "refused": answers.refused, "lost": sent - answers.refused - len(set(numbers)),
                "duplicates": len(numbers) - len(set(numbers)),
                "reordered": sum(after < before for before, after in zip(numbers, numbers[1:]))}


def chart(waiting):
    """A bar for each look, the highest as high as a line."""
    top = max([*waiting, 1])
    return "".join(BARS[-(-each * (len(BARS) - 1) // top)] for each in waiting)
