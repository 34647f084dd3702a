#!/usr/bin/env python3
"""Tells where mpimd's time goes on the send path and what a message costs, into build-profile/.

The hottest functions come from perf where it works, and else from callgrind; both look at the
server alone, after the warm-up. What a message costs is counted in runs of its own.

usage: profiler.py [WORK] [--seconds 5] [--without-perf]     WORK is a name of bench.py --list
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

import flame
from busy_server import quietly, under_load
from message_cost import account
from server import make_generator
from works import BUILD, work_named


def place(work, kind):
    """Where what is told about a work lies; the page quotes send-path.md."""
    return os.path.join(BUILD, ("send-path" if work.name == "online-w32" else work.name) + kind)


def perf_works():
    with tempfile.TemporaryDirectory() as folder:
        tried = quietly(["sh", "-c", f"perf record -F 499 -g -o {folder}/p -- sh -c "
                         "'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done' && "
                         f"perf script -i {folder}/p | grep -q ."])
    return tried.returncode == 0


def profile_with_perf(work, seconds):
    recorded = os.path.join(BUILD, "perf.data")
    with under_load(work, seconds) as (server, _):
        subprocess.run(["perf", "record", "-q", "-F", "499", "--call-graph", "fp", "-o", recorded,
                        "-p", str(server.pid), "--", "sleep", str(seconds)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    report = ["perf", "report", "-i", recorded, "--stdio", "-g", "none", "--percent-limit", "0.3",
              "--sort", "symbol"]
    own = quietly(report + ["--no-children"]).stdout
    whole = quietly(report + ["--children"]).stdout
    script = quietly(["perf", "script", "-i", recorded]).stdout
    counts = flame.folded(script.splitlines(keepends=True))
    with open(place(work, ".svg"), "w") as file:
        file.write(flame.drawn(counts, f"mpimd, {' '.join(work.words)}"))
    write_report(work, "By the time spent in the function itself:\n" + own +
                 "\nBy the time spent in it and in what it calls:\n" + whole)
    found = re.findall(r"^\s+([\d.]+)%\s+\[[.k]\]\s+(\S.*?)(?:\s{2}.*)?$", own, re.M)
    return hottest((float(share), flame.frame_name("0 " + name)) for share, name in found)


def profile_with_callgrind(work, seconds):
    made = os.path.join(BUILD, "callgrind.out")
    valgrind = ["taskset", "-c", "0", "valgrind", "-q", "--tool=callgrind", "--instr-atstart=no",
                f"--callgrind-out-file={made}"]
    with under_load(work, seconds + 20, prefix=valgrind) as (server, _):
        quietly(["callgrind_control", "--instr=on", str(server.pid)], check=True)
        time.sleep(seconds + 10)  # it runs some fifty times slower
        quietly(["callgrind_control", "--instr=off", str(server.pid)], check=True)
        quietly(["callgrind_control", f"--dump={server.pid}", str(server.pid)])
    dump = made + ".1" if os.path.exists(made + ".1") else made
    annotate = ["callgrind_annotate", "--show-percs=yes", "--auto=no", "--threshold=95", dump]
    own = quietly(annotate + ["--inclusive=no"]).stdout
    whole = quietly(annotate + ["--inclusive=yes"]).stdout
    write_report(work, "Instructions in the function itself:\n" + own +
                 "\nInstructions in it and in what it calls:\n" + whole)
    found = re.findall(r"^ *[\d,]+ \(\s*([\d.]+)%\)\s+[^\s:]+:(\S.*?)(?: \[(?:.*/)?(.*)\])?$",
                       own, re.M)
    return hottest((float(share), f"{library}, without a name" if name.startswith("0x") else
                    flame.frame_name("0 " + name)) for share, name, library in found)


def hottest(functions):
    """Shares of one name together, the largest first."""
    shares = {}
    for share, name in functions:
        shares[name] = shares.get(name, 0) + share
    return sorted(((share, name) for name, share in shares.items()), reverse=True)


def write_report(work, text):
    lines = [line.rstrip() for line in text.splitlines() if not line.startswith("#")]
    with open(place(work, ".txt"), "w") as file:
        file.write(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", nargs="?", default="online-w32")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--without-perf", action="store_true",
                        help="callgrind and strace, even where perf works")
    args = parser.parse_args()
    work = work_named(args.work)
    make_generator()
    by_perf = not args.without_perf and perf_works()
    functions = (profile_with_perf if by_perf else profile_with_callgrind)(work, args.seconds)
    text = account(work, args.seconds, functions, by_perf)
    with open(place(work, ".md"), "w") as file:
        file.write(text)
    print(text)
    print("Made:", *(place(work, kind) for kind in
                     (".md", ".txt", *((".svg",) if by_perf else ()))))


if __name__ == "__main__":
    sys.exit(main())
