#!/usr/bin/env python3
"""Measures what the capacity model of docs/scale.md is reckoned from and no benchmark of ours tells: what Redis does
in a second, what a row costs MariaDB, and what a connection costs the kernel.

Starts redis-server and mariadbd itself, on loopback or a socket of its own, in a directory of its own.

usage: costs.py [--quick]     --quick: so little work that the figures mean nothing
Ends with 77 when a program it needs is not installed.
"""
import argparse
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

NEEDED = ("redis-server", "redis-benchmark", "mariadbd", "mariadb-install-db", "mariadb")
VALUE = "x" * 300  # an envelope with a text of 128 bytes is about as long


def wait_until(ready, seconds=30):
    end = time.time() + seconds
    while not ready():
        if time.time() > end:
            sys.exit("a server did not start")
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def redis(home, quick):
    port = free_port()
    server = subprocess.Popen(["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", home],
                              stdout=subprocess.DEVNULL)
    ask = ["redis-cli", "-p", port]
    listener = None
    try:
        wait_until(lambda: subprocess.run(ask + ["ping"], capture_output=True, text=True).stdout == "PONG\n")
        listener = subprocess.Popen(ask + ["subscribe", "channel"], stdout=subprocess.DEVNULL)
        wait_until(lambda: "channel\n1" in subprocess.run(ask + ["pubsub", "numsub", "channel"],
                                                          capture_output=True, text=True).stdout)
        subprocess.run(ask + ["hset", "route:1", "node-1", "1"], stdout=subprocess.DEVNULL)
        for name, command in (("keys read", ["hgetall", "route:1"]), ("keys renewed", ["pexpire", "route:1", "120000"]),
                              ("keys written", ["hset", "route:1", "node-1", "1"]),
                              ("publishes", ["publish", "channel", VALUE])):
            for pipeline in (1, 16):
                run = ["redis-benchmark", "-p", port, "--csv", "-c", "50", "-P", str(pipeline),
                       "-n", "1000" if quick else "400000"] + command
                done = subprocess.run(run, capture_output=True, text=True).stdout.splitlines()[-1]
                yield f"Redis: {name} a second, {pipeline} at once", float(done.split('","')[1])
        count = 1000 if quick else 200000
        used = lambda: int(re.search(r"used_memory:(\d+)", subprocess.run(
            ask + ["info", "memory"], capture_output=True, text=True).stdout).group(1))
        subprocess.run(ask + ["flushall"], stdout=subprocess.DEVNULL)
        before = used()
        fill = "for i = 1, %d do redis.call('hset', 'route:' .. (1000000 + i), 'node-17', '42') " \
               "redis.call('pexpire', 'route:' .. (1000000 + i), 120000) end" % count
        subprocess.run(ask + ["eval", fill, "0"], stdout=subprocess.DEVNULL)
        yield "Redis: bytes of memory a route", (used() - before) / count
    finally:
        for process in filter(None, (listener, server)):
            process.terminate()
            process.wait()


def inserts(transactions):
    """A hundred messages and their client ids each, over 50,000 conversations."""
    dice, heads = random.Random(1), {}
    yield "USE costs;"
    for transaction in range(transactions):
        rows, ids = [], []
        for i in range(100):
            of = dice.randrange(50000)
            heads[of] = heads.get(of, 0) + 1
            rows.append(f"({of},{heads[of]},{of % 997},1,0,1,'c{transaction * 100 + i}','{'x' * 128}')")
            ids.append(f"({of},{of % 997},'c{transaction * 100 + i}',{heads[of]})")
        yield f"BEGIN; INSERT INTO messages VALUES {','.join(rows)}; INSERT INTO client_ids VALUES {','.join(ids)}; COMMIT;"


TABLES = """CREATE DATABASE costs; USE costs;
CREATE TABLE messages (conversation BIGINT, seq BIGINT, sender BIGINT, device BIGINT, kind TINYINT, at BIGINT,
  client_id VARCHAR(64), text MEDIUMTEXT, PRIMARY KEY (conversation, seq));
CREATE TABLE client_ids (conversation BIGINT, sender BIGINT, client_id VARCHAR(64), seq BIGINT,
  PRIMARY KEY (conversation, sender, client_id));"""


def mariadb(home, quick):
    data, path = os.path.join(home, "data"), os.path.join(home, "socket")
    subprocess.run(["mariadb-install-db", "--no-defaults", "--datadir=" + data, "--skip-test-db",
                    "--auth-root-authentication-method=normal", "--tmpdir=" + home],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = subprocess.Popen(["mariadbd", "--no-defaults", "--user=root", "--datadir=" + data, "--socket=" + path,
                               "--skip-networking", "--innodb-buffer-pool-size=512M", "--innodb-log-file-size=512M",
                               "--tmpdir=" + home],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ask = ["mariadb", "--no-defaults", "-S", path, "-u", "root"]
    try:
        wait_until(lambda: subprocess.run(ask + ["-e", "SELECT 1"], capture_output=True).returncode == 0)
        subprocess.run(ask, input=TABLES, text=True, check=True)
        transactions = 10 if quick else 2000
        work = "\n".join(inserts(transactions))
        began = time.time()
        subprocess.run(ask, input=work, text=True, check=True)
        yield "MariaDB: rows written a second, one connection", 200 * transactions / (time.time() - began)
        tables = [os.path.join(data, "costs", name + ".ibd") for name in ("messages", "client_ids")]
        yield "MariaDB: bytes on disk a message", sum(map(os.path.getsize, tables)) / (100 * transactions)
    finally:
        server.terminate()
        server.wait()


def kernel(quick):
    def slab():
        with open("/proc/meminfo") as file:
            return int(re.search(r"Slab: +(\d+)", file.read()).group(1))

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(1024)
        before, kept = slab(), []
        for _ in range(50 if quick else 9000):
            caller = socket.create_connection(door.getsockname())
            kept += [caller, door.accept()[0]]
        used = (slab() - before) / len(kept)
        for each in kept:
            each.close()
    yield "kernel: KiB of memory a silent socket", used


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    missing = [program for program in NEEDED if shutil.which(program) is None]
    if missing:
        print("not installed: " + ", ".join(missing))
        return 77
    home = tempfile.mkdtemp(prefix="mpim-costs-")
    try:
        print("| what | figure |\n|---|---:|")
        for measure in (redis(home, quick), mariadb(home, quick), kernel(quick)):
            for what, figure in measure:
                print(f"| {what} | {figure:,.0f} |" if figure >= 100 else f"| {what} | {figure:.2g} |", flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
