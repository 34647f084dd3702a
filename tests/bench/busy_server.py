"""A server in the middle of a work, and what it does in a span of time."""
import contextlib
import os
import subprocess
import threading
import time

from server import Mpimd

# What costs are divided by, for each of imload's works, and from how many on it is under way: a
# log-in of each account comes before.
MESSAGES = ("mpim_messages_sent_total", 200, "message")
UNITS = {"fanout": ("mpim_messages_sent_total", 20, "message"),
         "login": ("mpim_logins_total", 1_500, "log-in")}
WARM_S = 2


def quietly(command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


@contextlib.contextmanager
def under_load(work, seconds, prefix=("taskset", "-c", "0"), env=None):
    """A server at work, past its warm-up, for `seconds` at least."""
    with Mpimd(prefix=prefix, env=env) as server:
        results = []
        words = list(work.words)
        if words[0] != "offline":
            words += ["--warmup", "1", "--limit", "600"]
        loader = threading.Thread(
            target=lambda: results.append(server.load(words, seconds + WARM_S + 2)))
        loader.start()
        wait_for_work(server, loader, work)
        yield server, results
        loader.join()


def wait_for_work(server, loader, work):
    """The accounts are made and the work goes on for WARM_S."""
    metric, enough, _ = UNITS.get(work.words[0], MESSAGES)
    began = None
    while loader.is_alive():
        time.sleep(0.1)
        if began is None and server.metrics().get(metric, 0) > enough:
            began = time.monotonic()
        if began is not None and time.monotonic() - began > WARM_S:
            return


class Span:
    """What the server did while something looked at it."""

    def __init__(self, server, work):
        self.server = server
        self.unit = UNITS.get(work.words[0], MESSAGES)[0]

    def __enter__(self):
        self.before, self.switches, self.cpu = self._now()
        self.begun = time.monotonic()
        return self

    def __exit__(self, *failure):
        self.seconds = time.monotonic() - self.begun
        after, switches, cpu = self._now()
        self.messages = max(1, after[self.unit] - self.before[self.unit])
        self.batches = after["mpim_store_batches_total"] - self.before["mpim_store_batches_total"]
        self.switches = switches - self.switches
        self.cpu = cpu - self.cpu

    def _now(self):
        tasks = f"/proc/{self.server.pid}/task"
        switches = 0
        for task in os.listdir(tasks):
            with open(f"{tasks}/{task}/status") as file:
                switches += sum(int(line.split()[1]) for line in file
                                if "ctxt_switches" in line)
        with open(f"/proc/{self.server.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return self.server.metrics(), switches, cpu
