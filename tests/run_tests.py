#!/usr/bin/env python3
"""Runs the tests of a build. Of those that fail it shows the last lines, without the servers' log;
all that they wrote stays in Testing/Temporary/LastTest.log there.

usage: run_tests.py BUILD [ARGUMENTS OF CTEST]
"""
import os
import re
import subprocess
import sys

LINES_MAX = 60  # of each test


def telling(output):
    lines = [line[:400] for line in output.splitlines() if line and not line.startswith("ts=")]
    return lines[-LINES_MAX:]


def outputs(build):
    with open(os.path.join(build, "Testing/Temporary/LastTest.log"), encoding="utf-8",
              errors="replace") as log:
        found = re.findall(r"Testing: (\S+)\n.*?\nOutput:\n-+\n(.*?)<end of output>", log.read(), re.S)
    return dict(found)


def main():
    build, *arguments = sys.argv[1:]
    failed_list = os.path.join(build, "Testing/Temporary/LastTestsFailed.log")
    ended = subprocess.run(["ctest", "--test-dir", build, *arguments], check=False).returncode
    if ended == 0 or not os.path.exists(failed_list):
        return ended
    wrote = outputs(build)
    with open(failed_list, encoding="utf-8") as failed:
        names = [line.strip().split(":", 1)[1] for line in failed]
    for name in names:
        print(f"== {name}, its last lines", *telling(wrote.get(name, "")), sep="\n", flush=True)
    print(f"== {len(names)} failed:", *names)
    return ended


if __name__ == "__main__":
    sys.exit(main())
