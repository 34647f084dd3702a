#!/usr/bin/env python3
"""Runs the tours of the pages for users: each `$ command` must print what stands below it, but for numbers that differ.

Each runs in a state directory of its own, and where the system lets it in a network namespace of its own, as
they use the standard ports.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "build")
PAGES = ("README.md", "docs/chat.md")


def steps(page):
    with open(os.path.join(ROOT, page)) as file:
        tour = file.read().split("<!-- tour -->")[1].split("<!-- /tour -->")[0]
    found = []
    for block in re.findall(r"```\n(.*?)```", tour, re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found:
                found[-1][1].append(line)
    return found


def plain(lines):
    text = "\n".join(line.rstrip() for line in lines).strip()
    text = re.sub(r"(token|epoch)=\S+", r"\1=*", text)
    text = re.sub(r'("client_id"):"[^"]*"', r"\1:*", text)
    text = re.sub(r"data in \S+", "data in *", text)
    text = re.sub(r"\d[\d:TZ-]*", "#", text)
    return re.sub(r" +", " ", text)


def play(page):
    """Plays the tour of one page; answers how many steps it has, and how many went wrong."""
    home = tempfile.mkdtemp(prefix="mpim-readme-")
    tree = os.path.join(home, "tree")  # the tour says build/bin, whichever build this is
    os.makedirs(tree)
    os.symlink(BUILD, os.path.join(tree, "build"))
    os.symlink(os.path.join(ROOT, "fixtures"), os.path.join(tree, "fixtures"))
    env = dict(os.environ, HOME=home, XDG_STATE_HOME=home, XDG_RUNTIME_DIR=home, XDG_CONFIG_HOME=home)
    wrong = 0
    run = steps(page)
    try:
        for command, expected in run:
            done = subprocess.run(["bash", "-c", command], cwd=tree, env=env, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60)
            got = plain(done.stdout.splitlines())
            if got != plain(expected):
                wrong += 1
                print(f"$ {command}\n-- {page} says\n{plain(expected)}\n-- it printed\n{got}\n")
    finally:
        subprocess.run([os.path.join(BUILD, "bin", "mpimctl"), "dev", "down"], env=env, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(home, ignore_errors=True)
    print(f"{page}: {len(run)} commands, {wrong} not as the page says")
    return len(run), wrong


def main():
    if "--inside" not in sys.argv and os.geteuid() == 0 and shutil.which("unshare"):
        inside = ["unshare", "-n", "sh", "-c", f"ip link set lo up 2>/dev/null; exec python3 {__file__} {BUILD} --inside"]
        if subprocess.run(["unshare", "-n", "true"], stderr=subprocess.DEVNULL).returncode == 0:
            return subprocess.run(inside).returncode
    played = [play(page) for page in PAGES]
    return 1 if any(wrong or not run for run, wrong in played) else 0


if __name__ == "__main__":
    sys.exit(main())
