"""Writes what was measured into docs/benchmarks.md, between its two marks."""
import os
import platform

import burst
import scale_out
from results import DISTURBED_CORES, DISTURBED_MB_PER_S, disturbed, faults
from targets import NOTES, REFERENCE_RAW, possible_gain, verdicts
from works import BUILD, PEERS, ROOT, ROWS, WORKS

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
STORED = "10 million messages, 100,000 users, 10,000 groups"
PAGE = os.path.join(ROOT, "docs", "benchmarks.md")


def shown(value):
    if value is None:
        return "-"
    if value == 0:
        return "0"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    with open("/proc/meminfo") as file:
        memory = int(file.readline().split()[1]) // 1024 // 1024
    release = platform.release().split("-")[0]
    return f"{os.cpu_count()} cores of {names[0] if names else platform.machine()}, " \
           f"{memory} GiB, Linux {release}"


def heading(results):
    dates = results.dates()
    runs = [len(entry["results"]) for entry in results.entries.values()]
    seconds = sorted({entry["seconds"] for entry in results.entries.values()})
    when = " to ".join(sorted({dates[0][:10], dates[-1][:10]}))
    said = [f"{'; '.join(results.about('machine'))}. Measured {when}: "
            f"{'; '.join(results.about('version'))}.", "",
            f"Medians of {runs_text(runs)} of {' or '.join(map(str, seconds))} s each."]
    said += disturbances(results)
    return said


def runs_text(runs):
    if min(runs) == max(runs):
        return f"{runs[0]} run" + ("s" if runs[0] != 1 else "")
    return f"{min(runs)} to {max(runs)} runs"


def disturbances(results):
    found = [f"{name} ({disturbed(entry['results'])} of {len(entry['results'])})"
             for name, entry in sorted(results.entries.items()) if disturbed(entry["results"])]
    limits = f"more than {DISTURBED_CORES} of a core or wrote {DISTURBED_MB_PER_S} MB/s"
    if not found:
        return [f"No run was disturbed: nothing else used {limits} in any of them."]
    return [f"Something else used {limits} during runs of {', '.join(found)}: believe these less."]


def target_table(results):
    raw = results.median("raw", "online-w1", "delivered_per_s")
    lines = ["## Targets", ""]
    if raw:
        lines += [f"Absolute targets were set on a machine where raw does {REFERENCE_RAW:,} msg/s "
                  f"with 100 pairs and 1 unacknowledged; here it does {raw:,.0f}, so what is "
                  f"needed here is {shown(raw / REFERENCE_RAW)} of them.", ""]
    lines += ["| work | target | needed here | measured | unit | verdict |",
              "|---|---|---:|---:|---|---|"]
    for found in verdicts(results):
        target = found.target
        lines.append(f"| {target.work} | {target.says} | {shown(found.needed)} | "
                     f"{shown(found.measured)} | {target.unit} | {found.text()} |")
    for found in verdicts(results):
        note = NOTES.get((found.target.work, found.target.says))
        if note and found.met is False:
            lines += ["", f"*{found.target.work}, {found.target.says}*: {note}"]
    return lines


def figures_table(results):
    peers = [peer for peer in ["mpim", *PEERS] if peer in results.peers()]
    lines = ["## Side by side", "",
             "| work | unit | " + " | ".join(peers) + " | mpim / raw |",
             "|---|---|" + "---:|" * (len(peers) + 1)]
    for row in ROWS:
        values = {peer: results.median(peer, row.work, row.key) for peer in peers}
        known = values.get("mpim") is not None and values.get("raw")
        ratio = values["mpim"] / values["raw"] if known else None
        lines.append(f"| {row.title} | {row.unit} | " +
                     " | ".join(shown(values[peer]) for peer in peers) + f" | {shown(ratio)} |")
    return lines


def cost_table(results):
    """Of mpim alone; a work that has several rows is told once, unless its costs differ."""
    lines = ["## What it costs", "",
             "Of mpim: CPU of server and generator, flushes of the disk, and what went wrong.", "",
             "| work | server CPU s per 1,000 | generator CPU s per 1,000 | flushes per 1,000 "
             "| ack p50 / p99 ms | memory MiB | lost + repeated + reordered |",
             "|---|---:|---:|---:|---:|---:|---:|"]
    told = set()
    for row in ROWS:
        if (row.work, row.prefix) in told or not results.of("mpim", row.work):
            continue
        told.add((row.work, row.prefix))

        def cell(key, work=row.work):
            return shown(results.median("mpim", work, key))
        costs = [cell(row.prefix + key) for key in
                 ("server_cpu_s_per_1000", "client_cpu_s_per_1000", "flushes_per_1000")]
        if row.prefix in ("quiet_", "login_"):
            costs = [cell(row.prefix + "server_cpu_s_per_1000") if row.prefix == "login_" else "-",
                     "-", "-"]
        lines.append(f"| {row.title.split(': ack')[0]} | {' | '.join(costs)} | "
                     f"{cell('ack_p50_ms')} / {cell('ack_p99_ms')} | {cell(row.prefix + 'rss_mb')} "
                     f"| {faults(results.of('mpim', row.work))} |")
    return lines


def growth_lines(results):
    def figure(work, key):
        return shown(results.median("mpim", work, key))
    lines = []
    if results.of("mpim", "growth"):
        lines += ["## With 10 million messages stored", "",
                  "| store | 1 unacknowledged, msg/s | 32 unacknowledged, msg/s "
                  "| memory at the end MiB | peak MiB |",
                  "|---|---:|---:|---:|---:|"]
        lines += [f"| {title} | {figure('growth', kind + '_w1')} | "
                  f"{figure('growth', kind + '_w32')} | {figure('growth', kind + '_rss_mb')} | "
                  f"{figure('growth', kind + '_peak_mb')} |"
                  for kind, title in (("empty", "empty"), ("grown", STORED))]
    if results.of("mpim", "start-up"):
        lines += ["", f"Such a store of {figure('start-up', 'store_gb')} GB, with "
                  f"{figure('start-up', 'unindexed')} entries that the index had not taken in, "
                  f"as after a crash, was ready {figure('start-up', 'cold_s')} s after the program "
                  f"was called with nothing of it in the page cache, "
                  f"{figure('start-up', 'warm_s')} s with it there, and took "
                  f"{figure('start-up', 'rss_mb')} MiB then."]
    return lines


def two_cores_lines(results):
    gain = possible_gain(results)
    both = results.median("mpim", "two-cores", "delivered_per_s")
    if gain is None or both is None:
        return []
    one = results.median("mpim", "online-w32", "delivered_per_s")
    return ["## Two cores", "",
            f"With server and generator on a core each: {one:,.0f} msg/s, for which the server "
            f"used {shown(results.median('mpim', 'online-w32', 'server_cpu_s_per_1000'))} s and "
            f"the generator {shown(results.median('mpim', 'online-w32', 'client_cpu_s_per_1000'))}"
            f" s of CPU per 1,000. Were neither of two shared cores ever idle, that would be "
            f"{gain:,.0f} msg/s; it was {both:,.0f}, {shown(both / gain)} of it."]


def scale_out_lines(results):
    """The curve: what one more node adds, each held to the same part of a core."""
    def figure(nodes, key):
        return results.median("mpim", "scale-out", f"nodes{nodes}_{key}")
    one = figure(1, "per_s")
    if not one:
        return []
    lines = ["## More nodes", "",
             f"Behind HAProxy, on one MariaDB and one Redis, each node held to {scale_out.CORES_EACH:g} of a core: 100 pairs, "
             "1 unacknowledged, sender and receiver on the same node by chance only.", "",
             "| nodes | msg/s | of one node's | of what as many times one would do | ack p50 ms |",
             "|---:|---:|---:|---:|---:|"]
    for nodes in scale_out.NODES:
        rate = figure(nodes, "per_s")
        lines.append(f"| {nodes} | {rate:,.0f} | {rate / one:.2f} | {rate / one / nodes:.2f} | "
                     f"{shown(figure(nodes, 'p50_ms'))} |")
    return lines


def burst_lines(results):
    """A run's backlog over time: the one whose peak is in the middle."""
    runs = sorted(results.of("mpim", "burst"), key=lambda run: run["peak"])
    if not runs:
        return []
    run = runs[len(runs) // 2]
    return ["## A peak while the database stands still", "",
            f"With `message.accept = queued`: {burst.LULL_S} s at {burst.LULL_PER_S} messages a second, then MariaDB is stopped "
            f"(SIGSTOP, `store.answer_timeout_ms` {burst.ANSWER_TIMEOUT_MS}) and one person sends {burst.PEAK_PER_S} a second for "
            f"{burst.PEAK_S} s, then it goes on. What waits in Redis, every {burst.LOOK_S:g} s:", "",
            "```text", burst.chart(run["waiting"]), "```", "",
            f"At most {run['peak']:,} waited; {shown(run['drain_s'])} s after MariaDB went on, none did. Of {run['sent']:,} messages "
            f"{run['refused']} were refused, {run['lost']} lost, {run['duplicates']} repeated, {run['reordered']} out of order. "
            f"The slowest answer took {run['ack_max_ms'] / 1_000:.1f} s: the first one sent to a database that hangs "
            "finds it out, and those behind it wait for it."]


def index_lines(results):
    def figure(key):
        return shown(results.median("mpim", "sustained", key))
    if not results.values("mpim", "sustained", "behind_at_end"):
        return []
    return ["## The index", "",
            f"In 60 s with 32 unacknowledged the index was at most {figure('behind_at_start')} "
            f"entries behind the log in the first ten seconds and {figure('behind_at_end')} in the "
            f"last ten, the write-ahead log {figure('wal_mb_at_start')} MB and "
            f"{figure('wal_mb_at_end')} MB long."]


def message_lines():
    """What `make profile` wrote last, if it did."""
    path = BUILD + "-profile/send-path.md"
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return file.read().rstrip("\n").split("\n")


def command_lines(results):
    lines = ["## Commands", "",
             "`tests/bench/bench.py --works NAME --peers NAME` measures one again.", "",
             "| name | the generator's work | runs of mpim | measured |", "|---|---|---|---|"]
    for work in WORKS:
        entry = results.entries.get(f"mpim/{work.name}")
        words = f"`{' '.join(work.words)}`" if work.words else "online-w1 and online-w32" \
            if work.name == "growth" else "none"
        runs = f"{len(entry['results'])} of {entry['seconds']} s" if entry else "-"
        lines.append(f"| {work.name} | {words} | {runs} | {entry['date'] if entry else '-'} |")
    return lines


def rendered(results):
    if not results.entries:
        return "Nothing was measured yet."
    parts = [heading(results), target_table(results), figures_table(results), cost_table(results),
             two_cores_lines(results), scale_out_lines(results), burst_lines(results), index_lines(results), growth_lines(results),
             message_lines(), command_lines(results)]
    return "\n\n".join("\n".join(part) for part in parts if part)


def write(text, path=PAGE):
    with open(path) as file:
        before = file.read()
    head, rest = before.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    with open(path, "w") as file:
        file.write(head + BEGIN + "\n" + text + "\n" + END + tail)
