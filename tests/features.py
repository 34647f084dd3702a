#!/usr/bin/env python3
"""Holds docs/features.md against the tests.

A row that is done or partly done must name tests ("the name" in quotes) that exist and carry the row's id as
a tag; a tag in a test must be a row of the page.

usage: features.py            exits 1 and lists what does not fit
       features.py --tags     prints every row id with the tests that carry it
"""
import glob
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROW = re.compile(r"^\| ([GMPOX]\d+) \|")
STATES = ("done", "part", "open")


def tests():
    """name -> set of row ids, from Catch2 cases and from scripts' `# [M48] name` lines."""
    found = {}
    case = re.compile(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', re.S)
    literal = re.compile(r'"((?:[^"\\]|\\.)*)"')
    for path in glob.glob(os.path.join(ROOT, "tests", "**", "*.cc"), recursive=True):
        with open(path) as file:
            text = file.read()
        for match in case.finditer(text):
            name = "".join(literal.findall(match.group(1)))
            found.setdefault(name, set()).update(re.findall(r"\[([GMPOX]\d+)\]", match.group(2)))
    marked = re.compile(r"^\s*(?:#|//) ((?:\[[GMPOX]\d+\])+) (.+)$", re.M)
    for ending in ("py", "mjs", "cjs"):
        for path in glob.glob(os.path.join(ROOT, "tests", "**", "*." + ending), recursive=True):
            with open(path) as file:
                for match in marked.finditer(file.read()):
                    found.setdefault(match.group(2), set()).update(
                        re.findall(r"\[([GMPOX]\d+)\]", match.group(1)))
    return found


def rows():
    with open(os.path.join(ROOT, "docs", "features.md")) as file:
        for number, line in enumerate(file, 1):
            if ROW.match(line):
                cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
                yield number, cells[0], cells[-2].strip(" |"), cells[-1].strip(" |")


def main():
    known = tests()
    if "--tags" in sys.argv:
        by_row = {}
        for name, ids in known.items():
            for row in ids:
                by_row.setdefault(row, []).append(name)
        for row in sorted(by_row, key=lambda r: (r[0], int(r[1:]))):
            print(row, " | ".join(f'"{name}"' for name in sorted(by_row[row])))
        return 0
    wrong, seen, count = [], set(), dict.fromkeys(STATES, 0)
    for number, row, state, shown_by in rows():
        seen.add(row)
        if state not in STATES:
            wrong.append(f"docs/features.md:{number}: {row} has the state `{state}`")
            continue
        count[state] += 1
        named = re.findall(r'"([^"]+)"', shown_by)
        if state != "open" and not named:
            wrong.append(f"docs/features.md:{number}: {row} is {state} and names no test")
        for name in named:
            if name not in known:
                wrong.append(f'docs/features.md:{number}: there is no test "{name}"')
            elif row not in known[name]:
                wrong.append(f'docs/features.md:{number}: the test "{name}" does not carry [{row}]')
    for name, ids in sorted(known.items()):
        for row in sorted(ids - seen):
            wrong.append(f'the test "{name}" carries [{row}], which is no row')
    for sentence in wrong:
        print(sentence)
    print(f"{len(seen)} rows: " + ", ".join(f"{count[s]} {s}" for s in STATES) + f"; {len(wrong)} offences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
