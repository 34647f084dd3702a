#!/usr/bin/env python3
"""Measures mpim and the peers that are installed with one load generator, and writes docs/benchmarks.md.

The server runs on core 0, the generator on core 1; every run starts with an empty store. Each figure is
the median of several runs, and every run must end with nothing lost, repeated or reordered.

usage: bench.py [--runs 3] [--seconds 8] [--peers raw,redis,...] [--works online-w1,...] [--no-write]
"""
import argparse
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PEERS = os.path.join(ROOT, "tests", "bench", "peers")
MPIMD = os.path.join(ROOT, "build", "bin", "mpimd")
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"

# name, what it is, imload's work and options, the main figure, its unit
WORKS = [
    ("online-w1", "1:1 online, 100 pairs, 1 unacknowledged", ["online", "--pairs", "100", "--window", "1"], "delivered_per_s", "msg/s"),
    ("online-w32", "1:1 online, 100 pairs, 32 unacknowledged", ["online", "--pairs", "100", "--window", "32"], "delivered_per_s", "msg/s"),
    ("online-1000", "1:1 online, 1,000 pairs, 1 unacknowledged", ["online", "--pairs", "1000", "--window", "1"], "delivered_per_s", "msg/s"),
    ("steady", "1:1 at a fixed 1,000 msg/s: ack p50", ["online", "--pairs", "100", "--rate", "1000"], "ack_p50_ms", "ms"),
    ("steady-p99", "the same: ack p99", None, "ack_p99_ms", "ms"),
    ("store", "store for offline users", ["offline", "--users", "1000", "--senders", "100", "--window", "32", "--count", "100000"], "store_per_s", "msg/s"),
    ("drain", "drain of what waited", None, "drain_per_s", "msg/s"),
    ("fanout", "group of 1,000 online, window 16", ["fanout", "--users", "1000", "--window", "16"], "deliveries_per_s", "deliveries/s"),
    ("idle", "10,000 idle logged-in connections", ["idle", "--users", "10000", "--seconds", "5"], "rss_kb_per_connection", "KiB each"),
    ("login", "log-ins with a resume token", ["login", "--login-window", "32"], "logins_per_s", "log-ins/s"),
]
# Rows that come of another row's runs.
SAME_RUNS = {"drain": "store", "steady-p99": "steady"}
NEEDS = {"mosquitto": "mosquitto", "nats": "nats-server", "redis": "redis-server"}


def mpim_run(work, scratch, seconds):
    """One workload against a fresh mpimd on core 0."""
    data = tempfile.mkdtemp(dir=scratch)
    server = subprocess.Popen(
        ["taskset", "-c", "0", MPIMD, "--config", os.path.join(ROOT, "fixtures", "bench.toml"), "--data-dir", data,
         "--line", "127.0.0.1:0", "--http", "127.0.0.1:0", "--admin-socket", os.path.join(data, "admin.sock")],
        stdout=subprocess.PIPE, stderr=open(os.path.join(scratch, "mpimd.log"), "ab"), text=True)
    try:
        ready = dict(field.split("=", 1) for field in server.stdout.readline().split()[1:])
        env = dict(os.environ, PEERS_DIR=scratch, LINE_PORT=ready["line"].rsplit(":", 1)[1], LINE_PIDS=str(server.pid),
                   LINE_REGISTER="1")
        return load(["line"] + work, env, seconds)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
        shutil.rmtree(data, ignore_errors=True)


def load(words, env, seconds):
    if "--seconds" not in words and words[1] != "offline":
        words = words + ["--seconds", str(seconds)]
    done = subprocess.run([os.path.join(PEERS, "run.sh")] + words, env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=900)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not rows:
        print(" ".join(words), "gave no result:", done.stderr[-500:], file=sys.stderr)
        return None
    return rows[-1]


def measure(peer, work, args, scratch):
    results = []
    for _ in range(args.runs):
        if peer == "mpim":
            result = mpim_run(work, scratch, args.seconds)
        else:
            result = load([peer] + work, dict(os.environ, PEERS_DIR=scratch), args.seconds)
        if result is not None:
            results.append(result)
    return results


def median(results, key):
    values = [row[key] for row in results if key in row]
    return statistics.median(values) if values else None


def shown(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def cost_keys(name):
    prefix = {"store": "store_", "drain": "drain_"}.get(name, "")
    return prefix + "server_cpu_s_per_1000", prefix + "flushes_per_1000"


def faults(results):
    return sum(int(row.get(key, 0)) for row in results for key in ("lost", "duplicates", "reordered"))


def machine():
    cpu = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(next(line.split()[1] for line in open("/proc/meminfo"))) // 1024 // 1024
    return f"{os.cpu_count()} cores of {cpu}, {memory} GiB, Linux {platform.release()}, GCC and Debian 12 packages"


def table(all_results, peers):
    lines = ["| work | unit | " + " | ".join(peers) + " | mpim / raw |", "|---|---|" + "---:|" * (len(peers) + 1)]
    for name, title, _, key, unit in WORKS:
        row = {peer: median(all_results.get((peer, name), []), key) for peer in peers}
        ratio = row["mpim"] / row["raw"] if row.get("mpim") and row.get("raw") else None
        lines.append(f"| {title} | {unit} | " + " | ".join(shown(row[p]) for p in peers) + f" | {shown(ratio)} |")
    lines += ["", "What a thousand of those cost mpim, how often the disk was made to write, and whether anything went wrong:", "",
              "| work | server CPU s per 1,000 | flushes per 1,000 | ack p50 / p99 ms | lost + repeated + reordered |", "|---|---:|---:|---:|---:|"]
    for name, title, _, _, _ in WORKS:
        results = all_results.get(("mpim", name), [])
        cpu, flushes = cost_keys(name)
        ack = f"{shown(median(results, 'ack_p50_ms'))} / {shown(median(results, 'ack_p99_ms'))}"
        lines.append(f"| {title} | {shown(median(results, cpu))} | {shown(median(results, flushes))} | {ack} | {faults(results)} |")
    return "\n".join(lines)


def write_document(text):
    path = os.path.join(ROOT, "docs", "benchmarks.md")
    with open(path) as file:
        before = file.read()
    head, rest = before.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    with open(path, "w") as file:
        file.write(head + BEGIN + "\n" + text + "\n" + END + tail)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=int(os.environ.get("RUNS", "3")))
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("SECONDS_EACH", "8")))
    parser.add_argument("--peers", default=os.environ.get("PEERS", "raw,redis,mosquitto,nats"))
    parser.add_argument("--works")
    parser.add_argument("--no-write", action="store_true")
    args = parser.parse_args()
    peers = ["mpim"] + [p for p in args.peers.replace(" ", ",").split(",") if p and shutil.which(NEEDS.get(p, "sh"))]
    scratch = tempfile.mkdtemp(prefix="mpim-bench-")
    env = dict(os.environ, PEERS_DIR=scratch)
    subprocess.run(["make", "-s", "-C", PEERS, f"BUILD={scratch}/build", "all"], check=True, env=env)
    all_results = {}
    try:
        for name, title, work, _, _ in WORKS:
            if work is None or (args.works and name not in args.works.split(",")):
                continue
            for peer in peers:
                if peer == "raw" and work[0] == "offline":
                    continue
                results = measure(peer, work, args, scratch)
                all_results[(peer, name)] = results
                for row, source in SAME_RUNS.items():
                    if source == name:
                        all_results[(peer, row)] = results
                print(f"{title}: {peer}: {[row.get(next(w[3] for w in WORKS if w[0] == name)) for row in results]}", flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    text = f"{machine()}.\nMedians of {args.runs} runs of {args.seconds} s.\n\n" + table(all_results, peers)
    print(text)
    if not args.no_write:
        write_document(text)
    return 1 if any(faults(r) for (peer, _), r in all_results.items() if peer == "mpim") else 0


if __name__ == "__main__":
    sys.exit(main())
