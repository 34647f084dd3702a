#!/usr/bin/env python3
"""Measures mpim and the installed peers with one load generator, and writes docs/benchmarks.md.

The server runs on core 0, the generator on core 1; every run starts with an empty store, unless it
is about a grown one. Every run must end with nothing lost, repeated or reordered. What was measured
is kept in build/bench/results.json (BUILD names another folder than build): measuring one work or
one peer again replaces its results alone, and the page is rendered from all that is kept.

usage: bench.py [--runs 3] [--seconds 8] [--peers mpim,raw,...] [--works login,...] [--no-write]
       bench.py --render      only writes the page
       bench.py --list        the works and the peers
"""
import argparse
import os
import shutil
import subprocess
import sys

import burst
import clustered
import growth
import page
import reading
import scale_out
from results import Results, faults
from server import MPIMD, SCRATCH, IndexWatch, Mpimd, load, make_generator
from works import KEPT, PEERS, ROOT, WORKS, does, installed


OWN_PROGRAMS = {"growth": growth.growth_run, "reading": reading.reading_run,
                "start-up": growth.start_up_run, "cluster": clustered.cluster_run,
                "scale-out": scale_out.scale_out_run, "burst": burst.burst_run}


def mpim_run(work, seconds):
    if work.store == "mysql":
        return clustered.mysql_run(work, seconds)
    prefix = ("taskset", "-c", "0") if work.pinned else ()
    with Mpimd(prefix=prefix) as server:
        pin = {} if work.pinned else {"PIN": "0"}
        if not work.watched:
            return server.load(work.words, seconds, door=work.door, **pin)
        with IndexWatch(server) as watch:
            result = server.load(work.words, seconds, door=work.door, **pin)
        return result and {**result, **watch.figures()}


def measure(peer, work, runs, seconds):
    if work.name in OWN_PROGRAMS:
        results = [OWN_PROGRAMS[work.name](seconds) for _ in range(runs)]
    elif peer == "mpim":
        results = [mpim_run(work, seconds) for _ in range(runs)]
    else:
        results = [load(peer, work.words, seconds) for _ in range(runs)]
    return [result for result in results if result is not None]


def versions():
    said = subprocess.run([MPIMD, "--version"], capture_output=True, text=True).stdout.strip()
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"],
                            capture_output=True, text=True).stdout.strip()
    return f"{said} ({commit})" if commit else said


def version_of(peer):
    program = {"ejabberd-mysql": ["ejabberd", "mariadb-server"], "nats": ["nats-server"],
               "redis": ["redis-server"], "mosquitto": ["mosquitto"]}.get(peer, [])
    found = []
    for package in program:
        said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}", package],
                              capture_output=True, text=True).stdout
        found.append(said or package)
    return ", ".join(found)


def shown_result(result):
    keys = ("delivered_per_s", "deliveries_per_s", "store_per_s", "drain_per_s", "logins_per_s",
            "ack_p50_ms", "rss_kb_per_connection", "quiet_server_cores", "cold_s", "w1_ratio")
    return ", ".join(f"{key} {result[key]}" for key in keys if key in result)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=int(os.environ.get("RUNS", "3")))
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("SECONDS_EACH", "8")))
    parser.add_argument("--peers", default=os.environ.get("PEERS", "mpim," + ",".join(PEERS)))
    parser.add_argument("--works", help="names from --list; all by default")
    parser.add_argument("--no-write", action="store_true", help="leave docs/benchmarks.md alone")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--list", action="store_true", help="name the works and the peers")
    args = parser.parse_args()
    asked = set(args.works.split(",")) if args.works else {work.name for work in WORKS}
    args.peers = [peer for peer in args.peers.replace(" ", ",").split(",") if peer]
    unknown = asked - {work.name for work in WORKS}
    unknown |= {peer for peer in args.peers if peer not in PEERS and peer != "mpim"}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; --list names what there is")
    args.works = [work for work in WORKS if work.name in asked]
    args.peers = [peer for peer in args.peers if installed(peer)]
    return args


def measure_all(args, results):
    """Measures, keeping after each; how many messages mpim lost, repeated or reordered."""
    make_generator()
    wrong = 0
    for work in args.works:
        for peer in args.peers:
            if not does(peer, work):
                continue
            seconds = work.seconds or args.seconds
            measured = measure(peer, work, args.runs, seconds)
            results.put(peer, work.name, measured, seconds=seconds, machine=page.machine(),
                        version=versions() if peer == "mpim" else version_of(peer))
            results.save()
            wrong += faults(measured) if peer == "mpim" else 0
            for result in measured:
                print(f"{work.name}: {peer}: {shown_result(result)}", flush=True)
    for name in os.listdir(SCRATCH):
        if name != "build":
            path = os.path.join(SCRATCH, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    return wrong


def main():
    args = arguments()
    if args.list:
        print("works:", *(work.name for work in WORKS))
        print("peers:", "mpim", *(peer + ("" if installed(peer) else " (not installed)")
                                  for peer in PEERS))
        return 0
    results = Results(os.path.join(KEPT, "results.json"))
    wrong = 0 if args.render else measure_all(args, results)
    text = page.rendered(results)
    print(text)
    if not args.no_write:
        page.write(text)
    if wrong:
        print(f"{wrong} messages were lost, repeated or reordered", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
