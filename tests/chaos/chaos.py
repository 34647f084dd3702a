#!/usr/bin/env python3
"""Does harm to a cluster under load, and judges what its clients saw.

usage: chaos.py BUILD [--short] [--only TEXT] [--people N] [--every SECONDS] [--sqlite] [--rounds N] [--page FILE]
       --short    the five quickest faults
       --only     faults whose name has TEXT in it
       --every    between two messages of one person
       --sqlite   one node by itself instead of three with MariaDB and Redis
       --rounds   all of it so many times
       --page     write the table of results into FILE
       --keep     leave the folder with the logs
"""
import argparse
import asyncio
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time

import checker
import page
from crowd import Crowd
from faults import FAULTS
from stage import Stage

CALM_BEFORE_S, CALM_AFTER_S, HEALS_WITHIN_S = 3, 4, 90
DISK_MIB = 400

# One thread does all that waits, for as long as we live: a process ends with the thread that started it.
HANDS = concurrent.futures.ThreadPoolExecutor(1)


def by_hand(deed, *args):
    return asyncio.get_running_loop().run_in_executor(HANDS, deed, *args)


# [P10] clients of a killed node go on at another, and nothing acknowledged is lost
# [M57] without Redis messages still arrive
# [M55] a send that fails is tried again with its client id, and is stored and shown once
async def run(stage, fault, number, args):
    """One fault, from calm to calm; what came of it."""
    before = stage.marks()
    crowd = Crowd(stage.address(), f"r{number}", args.people)
    await crowd.gather()
    crowd.start_writing(args.every)
    await asyncio.sleep(CALM_BEFORE_S)
    calm_before = crowd.quiet_since() == crowd.began
    began = time.monotonic()
    await by_hand(fault.begin, stage)
    await asyncio.sleep(max(0.0, fault.lasts_s - (time.monotonic() - began)))
    await by_hand(fault.end, stage)
    ended = time.monotonic()
    while time.monotonic() - max(ended, crowd.quiet_since()) < CALM_AFTER_S:
        if time.monotonic() - ended > HEALS_WITHIN_S:
            break
        await asyncio.sleep(0.2)
    healed_in_time = time.monotonic() - ended <= HEALS_WITHIN_S
    history = await crowd.settle()
    await crowd.leave()
    findings = checker.check(history)
    if not healed_in_time:
        findings.append(f"recovery: not calm {HEALS_WITHIN_S} s after the fault ended")
    findings += await by_hand(stage.left_behind, before)
    return page.Outcome(fault.name, ended - began, history, findings, *checker.whole_again(history, began),
                        calm_before)


def possible(fault, args):
    """Why it cannot be done here; empty when it can."""
    if fault.needs and args.sqlite:
        return "one node on SQLite has no such part"
    if fault.needs == "net" and not args.own_net:
        return "no network namespace can be made here, or nft is missing"
    if fault.needs == "disk" and not args.small_disk:
        return "no file system can be mounted here"
    return ""


def play(args, folder):
    """All faults that were asked for and can be done here; a full disk on a cluster of its own."""
    wanted = []
    for fault in FAULTS:
        if args.only in fault.name and (fault.short or not args.short):
            if why := possible(fault, args):
                print(f"skipped: {fault.name}: {why}", flush=True)
            else:
                wanted.append(fault)
    outcomes = []
    for disk in dict.fromkeys((None, args.small_disk)):
        faults = [fault for fault in wanted if (fault.needs == "disk") == (disk is not None)]
        if faults:
            outcomes += play_on(Stage(os.path.join(folder, "small" if disk else "large"), args.build, not args.sqlite,
                                      1 if args.sqlite else 3, args.own_net, disk), faults * args.rounds, args)
    return outcomes


def play_on(stage, faults, args):
    outcomes = []
    try:
        stage.start()
        for number, fault in enumerate(faults):
            outcomes.append(asyncio.run(run(stage, fault, number, args)))
            print(outcomes[-1].sentence(), flush=True)
            for finding in outcomes[-1].findings[:10]:
                print("   " + finding, flush=True)
            if args.page:  # at once: a long run may be ended early
                page.write(args.page, outcomes, args)
    finally:
        stage.close()
    return outcomes


def inside_namespaces():
    """Starts itself again with mounts and a network of its own, where the system allows it."""
    for flags, words in (("-mn", ["--own-net", "--own-mounts"]), ("-m", ["--own-mounts"])):
        if subprocess.run(["unshare", flags, "true"], stderr=subprocess.DEVNULL).returncode == 0:
            up = "ip link set lo up && " if "n" in flags else ""
            return subprocess.run(["unshare", flags, "sh", "-c", up + 'exec "$0" "$@"', sys.executable,
                                   os.path.abspath(__file__), *sys.argv[1:], *words, "--inside"]).returncode
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=os.path.abspath)
    parser.add_argument("--only", default="")
    parser.add_argument("--people", type=int, default=9)
    parser.add_argument("--every", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--page")
    for flag in ("--short", "--sqlite", "--keep", "--inside", "--own-net", "--own-mounts"):
        parser.add_argument(flag, action="store_true")
    args = parser.parse_args()
    if not args.inside and shutil.which("unshare") and (code := inside_namespaces()) is not None:
        return code
    folder = tempfile.mkdtemp(prefix="mpim-chaos-")
    args.own_net = args.own_net and shutil.which("nft", path="/usr/sbin:/sbin:/usr/bin") is not None
    args.small_disk = None
    try:
        if args.own_mounts and not args.sqlite:
            args.small_disk = os.path.join(folder, "disk")
            os.mkdir(args.small_disk)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", args.small_disk], check=True)
        outcomes = play(args, folder)
    finally:
        if not args.keep:
            if args.small_disk:
                subprocess.run(["umount", args.small_disk])
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print("kept:", folder)
    wrong = sum(1 for one in outcomes if one.findings)
    print(f"{len(outcomes)} fault runs, {wrong} with findings")
    return 1 if wrong or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
