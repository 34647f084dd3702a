"""What a message costs the server, counted in three runs of the same work.

No way of counting disturbs another: system calls, calls of the C library, nothing but the metrics.
"""
import contextlib
import os
import re
import struct
import subprocess
import time

from busy_server import MESSAGES, UNITS, Span, quietly, under_load
from server import SCRATCH
from works import HERE

# In the order of count_calls.cpp.
COUNTERS = ("allocations", "allocated_bytes", "frees", "locks", "copies", "copied_bytes", "wakes",
            "wal_frames")
# System calls in words of the page; what is in none of them is counted as other.
CALLS = {
    "reads of sockets": ("read", "readv", "recvfrom", "recvmsg"),
    "writes to sockets and eventfds": ("write", "writev", "sendto", "sendmsg"),
    "epoll_wait": ("epoll_wait", "epoll_pwait", "epoll_pwait2"),
    "epoll_ctl": ("epoll_ctl",),
    "futex": ("futex",),
    "fsync, fdatasync": ("fsync", "fdatasync"),
    "reads and writes of the store": ("pread64", "pwrite64", "preadv", "pwritev"),
}


def traced_by_perf():
    tried = quietly(["perf", "stat", "-x,", "-e", "syscalls:sys_enter_write", "true"])
    return tried.returncode == 0 and "not supported" not in tried.stderr


def perf_events():
    """The tracepoints of CALLS that this kernel has, and that of all system calls."""
    known = quietly(["perf", "list", "tracepoint"]).stdout
    names = sorted({name for group in CALLS.values() for name in group})
    return [event for event in ["raw_syscalls:sys_enter"] +
            [f"syscalls:sys_enter_{name}" for name in names]
            if re.search(rf"\b{event}\b", known)]


def count_with_perf(server, seconds, events):
    """Counts in the kernel, at next to no cost."""
    said = quietly(["perf", "stat", "-x,", "-e", ",".join(events), "-p", str(server.pid), "--",
                    "sleep", str(seconds)]).stderr
    found = {name: int(count) for count, name in
             re.findall(r"^(\d+),[^,]*,(\w+:\w+)", said, re.M)}
    total = found.pop("raw_syscalls:sys_enter", 0)
    calls = {name.split("sys_enter_")[1]: count for name, count in found.items()}
    return calls, max(total, sum(calls.values()))


def count_with_strace(server, seconds):
    told = os.path.join(SCRATCH, "strace.txt")
    tracer = subprocess.Popen(["strace", "-f", "-c", "-o", told, "-p", str(server.pid)],
                              stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    tracer.terminate()
    tracer.wait()
    with open(told) as file:
        rows = re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$",
                          file.read(), re.M)
    calls = {name: int(count) for count, name in rows if name != "total"}
    return calls, sum(calls.values())


def system_calls(work, seconds, by_perf):
    """(words of the page -> calls a message, all of them, how they were counted)."""
    events = perf_events() if by_perf else []
    with under_load(work, seconds) as (server, _), Span(server, work) as span:
        calls, total = count_with_perf(server, seconds, events) if events \
            else count_with_strace(server, seconds)
    # perf takes its time to look at every thread before it begins to count.
    messages = span.messages * seconds / span.seconds
    found = {words: sum(calls.get(name, 0) for name in names) / messages
             for words, names in CALLS.items()}
    found["others"] = max(0.0, total / messages - sum(found.values()))
    return found, total / messages, "perf stat" if events else "strace -c -f"


def library_calls(work, seconds):
    """What count_calls.cpp counts, a message, and WAL frames a batch."""
    library = os.path.join(SCRATCH, "build", "count_calls.so")
    subprocess.run(["g++", "-std=c++20", "-O2", "-fPIC", "-shared", "-fno-builtin",
                    os.path.join(HERE, "count_calls.cpp"), "-o", library], check=True)
    counts = os.path.join(SCRATCH, "counts")
    with contextlib.suppress(FileNotFoundError):
        os.remove(counts)

    def now():
        with open(counts, "rb") as file:
            cells = file.read()
        return [struct.unpack_from("<Q", cells, 64 * n)[0] for n in range(len(COUNTERS))]
    with under_load(work, seconds, env={"LD_PRELOAD": library, "COUNT_CALLS": counts}) as (
            server, _), Span(server, work) as span:
        before = now()
        time.sleep(seconds)
        after = now()
    found = {name: (b - a) / span.messages for name, a, b in zip(COUNTERS, before, after)}
    found["frames_per_batch"] = found["wal_frames"] * span.messages / max(1, span.batches)
    return found


def undisturbed(work, seconds):
    with under_load(work, seconds) as (server, results), Span(server, work) as span:
        time.sleep(seconds)
    return span, (results[0] or {}) if results else {}


def account(work, seconds, functions, by_perf):
    """The text of the page, a table and the hottest functions."""
    span, result = undisturbed(work, seconds)
    calls, total, counted = system_calls(work, seconds, by_perf and traced_by_perf())
    library = library_calls(work, seconds)
    unit = UNITS.get(work.words[0], MESSAGES)[2]
    rows = [("CPU of the server", f"{span.cpu / span.messages * 1e6:.1f} us"),
            ("CPU of the generator", f"{result.get('client_cpu_s_per_1000', 0) * 1000:.1f} us"),
            ("system calls", f"{total:.2f}")]
    rows += [(f"- {words}", f"{value:.3f}") for words, value in calls.items()]
    rows += [("context switches", f"{span.switches / span.messages:.3f}"),
             ("wake-ups of a thread through its eventfd", f"{library['wakes']:.3f}"),
             ("allocations", f"{library['allocations']:.1f}"),
             ("- bytes asked for", f"{library['allocated_bytes']:.0f}"),
             ("locks taken", f"{library['locks']:.2f}"),
             ("copies by memcpy and memmove", f"{library['copies']:.1f}"),
             ("- bytes copied", f"{library['copied_bytes']:.0f}"),
             (f"{unit}s in a transaction", f"{span.messages / max(1, span.batches):.0f}"),
             ("pages that a transaction writes to the write-ahead log",
              f"{library['frames_per_batch']:.1f}"),
             ("transactions per 1,000", f"{1000 * span.batches / span.messages:.2f}")]
    lines = [f"## What a {unit} costs", "",
             f"The server's part of a {unit} and of what comes of it at `{' '.join(work.words)}`: "
             f"{span.messages / span.seconds:,.0f} a second. System calls were counted by "
             f"{counted}, calls of the C library by a preloaded counter, each in a run of its own.",
             "", f"| a {unit} | |", "|---|---:|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += ["", "The functions that most of its time is spent in, by "
              f"{'perf' if by_perf else 'callgrind'}:", "", "| function | share |", "|---|---:|"]
    lines += [f"| `{name[:90]}` | {share:.1f} % |" for share, name in functions[:20]]
    return "\n".join(lines) + "\n"
