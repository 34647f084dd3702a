#!/usr/bin/env python3
"""Draws a flame graph: `perf script` on stdin, an SVG on stdout.

Width is time, a frame stands on its caller, and the mouse over it tells its share.
"""
import html
import re
import sys
import zlib

WIDTH, ROW, LETTER = 1200, 17, 6.5
NARROWEST = 0.4  # pixels; narrower frames are left out


def folded(lines):
    """(program, outermost frame, ..., innermost frame) -> samples."""
    counts, stack, program = {}, [], None

    def close():
        if program is not None and stack:
            key = (program, *reversed(stack))
            counts[key] = counts.get(key, 0) + 1
    for line in lines:
        line = line.rstrip("\n")
        if not line:
            close()
            stack, program = [], None
        elif not line[0].isspace():
            program = re.split(r"\s+\d", line, maxsplit=1)[0].strip()
        else:
            stack.append(frame_name(line))
    close()
    return counts


def frame_name(line):
    """A line is an address, a name with `+0x` and an offset, and a file in brackets."""
    name = line.split(None, 1)[1].rsplit(" (/", 1)[0].rsplit(" ([", 1)[0].strip()
    name = re.sub(r"\+0x[0-9a-f]+$", "", name)
    name = re.sub(r"mpim::|\(anonymous namespace\)::", "", name)
    # Arguments of functions and templates say little here and take much room.
    while True:
        shorter = re.sub(r"<[^<>]*>|\([^()]*\)", "", name)
        if shorter == name:
            break
        name = shorter
    return name.strip() or "[unknown]"


def tree_of(counts):
    root = {"name": "all", "count": 0, "inside": {}}
    for stack, count in counts.items():
        root["count"] += count
        node = root
        for name in stack:
            node = node["inside"].setdefault(name, {"name": name, "count": 0, "inside": {}})
            node["count"] += count
    return root


def depth(node):
    return 1 + max((depth(inner) for inner in node["inside"].values()), default=0)


def boxes(node, left, level, scale):
    width = node["count"] * scale
    if width < NARROWEST:
        return
    yield node, left, level, width
    for inner in sorted(node["inside"].values(), key=lambda inner: inner["name"]):
        yield from boxes(inner, left, level + 1, scale)
        left += inner["count"] * scale


def colour(name):
    """Warm, and always the same for a name."""
    number = zlib.crc32(name.encode())
    return f"rgb({205 + number % 50},{80 + number // 50 % 130},{number // 6500 % 55})"


def drawn(counts, title):
    root = tree_of(counts)
    total = max(1, root["count"])
    height = (min(depth(root), 200) + 2) * ROW
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'font-family="monospace" font-size="11"><text x="6" y="13">{html.escape(title)}: '
             f'{total} samples</text>']
    for node, left, level, width in boxes(root, 0.0, 0, WIDTH / total):
        top = height - (level + 1) * ROW
        if top < ROW:
            continue
        name = html.escape(node["name"])
        room = int(width / LETTER)
        label = html.escape(node["name"][:room]) if room > 2 else ""
        parts.append(f'<g><title>{name}: {100 * node["count"] / total:.1f} %</title>'
                     f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}" '
                     f'fill="{colour(node["name"])}"/>'
                     f'<text x="{left + 2:.1f}" y="{top + 12}">{label}</text></g>')
    return "\n".join(parts + ["</svg>", ""])


def main():
    sys.setrecursionlimit(10_000)
    sys.stdout.write(drawn(folded(sys.stdin), sys.argv[1] if len(sys.argv) > 1 else "mpimd"))


if __name__ == "__main__":
    main()
