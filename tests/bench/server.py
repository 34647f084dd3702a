"""An mpimd of our own on loopback, and the load generator that is run against it and its peers."""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from works import BUILD, KEPT, PEERS_DIR, ROOT

MPIMD = os.path.join(BUILD, "bin", "mpimd")
MPIMCTL = os.path.join(BUILD, "bin", "mpimctl")
SETTINGS = os.path.join(ROOT, "fixtures", "bench.toml")
SCRATCH = os.path.join(KEPT, "scratch")  # what run.sh calls PEERS_DIR
START_TIMEOUT_S = 300
RUN_TIMEOUT_S = 3600


class Mpimd:
    """A running mpimd: `data` is its data directory, by default an empty one that goes with it."""

    def __init__(self, data=None, prefix=("taskset", "-c", "0"), env=None):
        os.makedirs(SCRATCH, exist_ok=True)
        self.own = data is None
        self.data = tempfile.mkdtemp(dir=SCRATCH) if self.own else data
        self.prefix = list(prefix)
        self.env = dict(os.environ, **(env or {}))

    def __enter__(self):
        command = self.prefix + [
            MPIMD, "--config", SETTINGS, "--data-dir", self.data, "--line", "127.0.0.1:0",
            "--ws", "127.0.0.1:0", "--http", "127.0.0.1:0",
            "--admin-socket", os.path.join(self.data, "admin.sock")]
        begun = time.monotonic()
        with open(os.path.join(SCRATCH, "mpimd.log"), "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log,
                                            env=self.env)
        line = self._first_line()
        self.start_s = time.monotonic() - begun
        self.ready = dict(field.split("=", 1) for field in line.split()[1:])
        self.pid = self._pid()
        return self

    def __exit__(self, *failure):
        self.stop()
        if self.own:
            shutil.rmtree(self.data, ignore_errors=True)

    def stop(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        self.process.wait(timeout=START_TIMEOUT_S)
        self.process.stdout.close()

    def _first_line(self):
        overdue = threading.Timer(START_TIMEOUT_S, self.process.kill)
        overdue.start()
        line = self.process.stdout.readline().decode()
        overdue.cancel()
        if not line.startswith("ready "):
            self.process.kill()
            raise RuntimeError(f"mpimd is not ready: see {SCRATCH}/mpimd.log")
        return line

    def _pid(self):
        """The server's own: below strace or valgrind's launcher it is a child's."""
        pid = self.process.pid
        while True:
            with open(f"/proc/{pid}/task/{pid}/children") as file:
                children = file.read().split()
            if not children:
                return pid
            pid = int(children[0])

    def port(self, door):
        return self.ready[door].rsplit(":", 1)[1]

    def metrics(self):
        """Counters and gauges without labels, by name."""
        with urllib.request.urlopen(f"http://{self.ready['http']}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.split(" ", 1) for line in lines if line and line[0] != "#")
        return {name: float(value) for name, value in pairs if "{" not in name}

    def memory_mib(self, field="VmRSS"):
        """VmRSS, or VmHWM for the peak."""
        with open(f"/proc/{self.pid}/status") as file:
            found = next(line for line in file if line.startswith(field + ":"))
        return int(found.split()[1]) / 1024

    def load(self, words, seconds, door="line", **more):
        """Of imload, which comes in by the line protocol or by WebSocket ("ws")."""
        env = {"LINE_PORT": self.port(door), "LINE_PROTO": door, "LINE_PIDS": str(self.pid), "LINE_REGISTER": "1"}
        return load("line", words, seconds, dict(env, **more))


def load(peer, words, seconds, env=None):
    """Runs imload's work through run.sh; its result, or None."""
    words = list(words)
    if "--seconds" not in words and words[0] != "offline":
        words += ["--seconds", str(seconds)]
    done = subprocess.run([os.path.join(PEERS_DIR, "run.sh"), peer] + words,
                          env=dict(os.environ, PEERS_DIR=SCRATCH, **(env or {})),
                          capture_output=True, text=True, timeout=RUN_TIMEOUT_S)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not rows:
        print(peer, *words, "gave no result:", done.stderr[-500:], file=sys.stderr)
        return None
    return rows[-1]


def make_generator():
    subprocess.run(["make", "-s", "-C", PEERS_DIR, f"BUILD={SCRATCH}/build", "all"], check=True)


class IndexWatch:
    """Looks twice a second at how far the log's index is behind the log, and at the WAL's size."""

    EDGE_S = 10

    def __init__(self, server):
        self.server = server
        self.samples = []  # seconds, last entry, entries behind, bytes of the WAL
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.over.set()
        self.thread.join()

    def _look(self):
        path = os.path.join(self.server.data, "mpim.db")
        reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        while not self.over.wait(0.5):
            last, mark = reader.execute(
                "SELECT (SELECT MAX(pos) FROM messages), (SELECT pos FROM log_index)").fetchone()
            wal = self.server.metrics().get("mpim_store_wal_bytes", 0)
            self.samples.append((time.monotonic(), last or 0, (last or 0) - mark, wal))
        reader.close()

    def figures(self):
        """The most entries behind in the first and in the last ten seconds of the work."""
        busy = [after for before, after in zip(self.samples, self.samples[1:])
                if after[1] > before[1]]
        if not busy:
            return {}
        first = [s for s in busy if s[0] < busy[0][0] + self.EDGE_S]
        last = [s for s in busy if s[0] > busy[-1][0] - self.EDGE_S]
        return {"behind_at_start": max(s[2] for s in first),
                "behind_at_end": max(s[2] for s in last),
                "wal_mb_at_start": max(s[3] for s in first) / 1e6,
                "wal_mb_at_end": max(s[3] for s in last) / 1e6}
