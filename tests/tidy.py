#!/usr/bin/env python3
"""Holds the source tree to the rules of the house.

usage: tidy.py               prints each offence as file:line: sentence; exits 1 when there is one
       tidy.py --numbers     prints lengths and comment shares
       tidy.py --self-test   plants one offence of each kind and sees each found
       tidy.py --root DIR    looks at another tree
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

from tidy_cpp import Source, comment_offences, comment_shares, folder_of
from tidy_includes import include_offences

COLUMNS = 100
FUNCTION_LINES = 70
FILE_LINES = 500
FILE_LINES_HARD = 800
TYPE_LINES = 10  # from here on a type has a comment above it
FOLDER_FILES = 24

# Files over FILE_LINES, and why they stay whole.
LONG_FILES = {}
# Folders that may hold more than FOLDER_FILES files, and why.
WIDE_FOLDERS = {
    "server/core": "the words of the field, a header for each",
    "tests/fuzz/corpus": "seeds of the fuzzer, a file each",
}
# Names that keep a word which else says nothing, and why.
KEPT_NAMES = {
    ("server/config/settings.h", "Data"): "the section `data` of the settings",
}
# Pauses between two looks at a condition have their place here and nowhere else.
WAITING_FILES = ("tests/support/wait",)

PRODUCTION = ("server", "ops", "client-cli", "cmd")
EMPTY_WORDS = {"util", "utils", "common", "helper", "helpers", "manager", "misc", "handler"}
EMPTY_ENDINGS = {"info", "data"}  # `data_dir` says something, `user_data` does not
TABLE_ROWS = r"\w*(?:Command|Verb|Setting|CodeEntry|Route|CommandGroup)\b"
MEASURED = (".h", ".cc", ".proto", ".py", ".sh", ".sql")
WRAPPED = (".h", ".cc", ".proto", ".sql")  # scripts hold tables that read better unwrapped


def tree_files(root):
    """Every file that belongs to the project, as git sees it; without git, all but builds."""
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                            capture_output=True, text=True)
    top = subprocess.run(["git", "-C", root, "rev-parse", "--show-toplevel"],
                         capture_output=True, text=True)
    if listed.returncode == 0 and os.path.realpath(top.stdout.strip()) == os.path.realpath(root):
        return sorted(path for path in set(listed.stdout.splitlines())
                      if os.path.isfile(os.path.join(root, path)))
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not re.match(r"build|\.git$|__pycache__", name)]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(found)


def words_of(name):
    """`GroupTable` and `group_table` are group, table."""
    return re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)


def empty_words(name):
    words = [word.lower() for word in words_of(name)]
    return [word for word in words if word in EMPTY_WORDS] + \
           [word for word in words[-1:] if word in EMPTY_ENDINGS]


def name_offences(path, source):
    for word in empty_words(os.path.splitext(os.path.basename(path))[0]):
        yield path, 1, f"`{word}` in a file's name says nothing: name what it keeps or decides"
    for kind in source.types if source else ():
        for word in empty_words(kind.name):
            if (path, kind.name) not in KEPT_NAMES:
                yield path, kind.line, f"`{word}` in the type's name {kind.name} says nothing"


def length_offences(path, text, source):
    lines = text.split("\n")
    count = len(lines) - 1
    if count > FILE_LINES_HARD or (count > FILE_LINES and path not in LONG_FILES):
        yield path, 1, f"{count} lines: a file over {FILE_LINES} asks to be split"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS and path.endswith(WRAPPED):
            yield path, number, f"{len(line)} columns, {COLUMNS} are allowed"
        if line != line.rstrip():
            yield path, number, "white space at the end of the line"
    for function in source.functions if source else ():
        if function.lines > FUNCTION_LINES:
            yield (path, function.line,
                   f"{function.name} has {function.lines} lines, {FUNCTION_LINES} are allowed")


def text_offences(path, text, source):
    in_tests = path.startswith("tests/") and not path.startswith(WAITING_FILES)
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(r"\b(TODO|FIXME|XXX)\b", line):
            yield path, number, "an unfinished thought: do it, or write down why not"
    if source is None:
        return
    for number, line in enumerate(source.code.split("\n"), 1):
        if in_tests and re.search(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(", line):
            yield path, number, "a test waits for a condition, it does not sleep"
    for match in re.finditer(r"[^;{}]*?\bnew\s+[A-Za-z_:]", source.code):
        if path.startswith(PRODUCTION) and "unique_ptr" not in match.group(0):
            line = source.code.count("\n", 0, match.end()) + 1
            yield path, line, "a bare new: hand it to its owner in the same statement"


def header_offences(path, text, source):
    if not path.endswith(".h"):
        return
    if not text.startswith("//"):
        yield path, 1, "a header begins with what it promises"
    if "#pragma once" not in text:
        yield path, 1, "a header needs #pragma once"


def type_offences(path, source):
    if source is None or not path.startswith(PRODUCTION):
        return
    for kind in source.types:
        if kind.lines >= TYPE_LINES and not kind.documented:
            yield path, kind.line, f"{kind.name} has {kind.lines} lines and no comment above it"


def sorted_elsewhere(name, path, tree):
    """A header's table may be held in order by the source that gathers such tables."""
    return path.endswith(".h") and any(
        name in text and "is_sorted(" in text for other, (text, _) in tree.items() if other != path)


def table_offences(path, text, source, tree):
    """A table marked `// sorted`, or of commands, verbs or settings, is checked by the compiler."""
    if source is None or not path.startswith(PRODUCTION):
        return
    tables = {}
    marked = re.compile(r"// sorted\n[^\n;]*?\b(k[A-Z]\w*)")
    rows = re.compile(r"^(?:inline |static )*constexpr\s[^;={]*?" + TABLE_ROWS +
                      r"[^;={]*?\b(k[A-Z]\w*)\s*(?:\[\w*\])?\s*[={]", re.M)
    made = re.compile(r"^(?:inline |static )*constexpr\s+auto\s+(k[A-Z]\w*)\s*=\s*"
                      r"std::to_array<[^>]*?" + TABLE_ROWS, re.M)
    single = re.compile(r"constexpr\s+[\w:]+\s+k[A-Z]\w*\s*[={]")  # one row by itself is no table
    for pattern in (marked, rows, made):
        for match in pattern.finditer(text):
            if pattern is rows and single.match(match.group(0)):
                continue
            tables.setdefault(match.group(1), text.count("\n", 0, match.start(1)) + 1)
    for name, line in tables.items():
        checked = re.search(r"static_assert\(\s*(?:std::)?(?:ranges::)?is_sorted\(\s*" + name, text)
        if not checked and not sorted_elsewhere(name, path, tree):
            yield path, line, f"the table {name} needs static_assert(std::ranges::is_sorted({name}"


def build_offences(root, paths):
    """Every source is named in a CMakeLists.txt."""
    named = set()
    for path in paths:
        if os.path.basename(path) != "CMakeLists.txt":
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for token in re.findall(r"[^\s()\"]+\.cc\b", text):
            if token.startswith("${CMAKE_SOURCE_DIR}/"):
                named.add(os.path.normpath(token.removeprefix("${CMAKE_SOURCE_DIR}/")))
            else:
                token = token.removeprefix("${CMAKE_CURRENT_SOURCE_DIR}/")
                named.add(os.path.normpath(os.path.join(os.path.dirname(path), token)))
    for path in paths:
        if path.endswith(".cc") and path not in named:
            yield path, 1, "no CMakeLists.txt names this source"


def folder_offences(paths):
    counts = {}
    for path in paths:
        if os.path.basename(path) != "CMakeLists.txt":
            counts.setdefault(os.path.dirname(path), []).append(path)
    for folder, held in counts.items():
        if len(held) > FOLDER_FILES and not folder.startswith(tuple(WIDE_FOLDERS)):
            yield folder or ".", 1, f"{len(held)} files in one folder, {FOLDER_FILES} are allowed"


def read_tree(root):
    """path -> (text, Source or None) of every file with rules."""
    tree = {}
    for path in tree_files(root):
        if not path.endswith(MEASURED):
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        tree[path] = (text, Source(text) if path.endswith((".h", ".cc")) else None)
    return tree


def offences(root):
    paths = tree_files(root)
    tree = read_tree(root)
    found = []
    for path, (text, source) in tree.items():
        if not path.startswith("tests/tidy"):  # names the very words it looks for
            found += text_offences(path, text, source)
        found += comment_offences(path, text) if source else []
        found += name_offences(path, source)
        found += length_offences(path, text, source)
        found += header_offences(path, text, source)
        found += type_offences(path, source)
        found += table_offences(path, text, source, tree)
    found += include_offences(root, {path: text for path, (text, source) in tree.items() if source})
    found += build_offences(root, paths)
    found += folder_offences(paths)
    return sorted(set(found))


def percentile(numbers, share):
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def print_numbers(root):
    tree = {path: held for path, held in read_tree(root).items() if held[1]}
    production = {path: held for path, held in tree.items() if path.startswith(PRODUCTION)}
    functions = [f.lines for _, source in production.values() for f in source.functions]
    files = [text.count("\n") for text, _ in production.values()]
    tests = sum(text.count("\n") for path, (text, _) in tree.items() if path.startswith("tests"))
    headers, sources = comment_shares({path: text for path, (text, _) in production.items()})
    print(f"functions       {len(functions)}: median {percentile(functions, 0.5)} lines, "
          f"p95 {percentile(functions, 0.95)}, longest {max(functions, default=0)}")
    print(f"files           {len(files)}: median {percentile(files, 0.5)} lines, "
          f"p95 {percentile(files, 0.95)}, longest {max(files, default=0)}")
    print(f"comment share   headers {headers:.0%}, sources {sources:.0%}")
    print(f"lines           production {sum(files)}, tests {tests} "
          f"({tests / max(1, sum(files)):.0%})")
    folders = {}
    for path, (text, _) in production.items():
        folders[folder_of(path)] = folders.get(folder_of(path), 0) + text.count("\n")
    for folder, lines in sorted(folders.items()):
        print(f"  {folder:20s} {lines:6d}")


def self_test():
    import tidy_planted
    failed = tidy_planted.run(offences, tempfile.TemporaryDirectory)
    print("\n".join(failed) if failed else f"{len(tidy_planted.PLANTED)} planted offences found")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description="holds the source tree to the rules of the house")
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--root", default=os.path.dirname(here))
    parser.add_argument("--numbers", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    given = parser.parse_args()
    if given.self_test:
        return self_test()
    if given.numbers:
        print_numbers(given.root)
        return 0
    found = offences(given.root)
    for path, line, sentence in found:
        print(f"{path}:{line}: {sentence}")
    print(f"tidy: {len(found)} offence{'' if len(found) == 1 else 's'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
