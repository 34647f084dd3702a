#!/usr/bin/env python3
"""Breaks the core in one way after another and sees that the simulation notices each.

A simulation that passes whatever the code does proves nothing. Each mutant below is one small change of
the sources, made in a copy of the tree; the simulation must fail with every one of them, and must pass
without. What a cluster asks of its directory stands in the simulated one, so that the mutant of that rule
changes it there.

usage: mutants.py [--seeds N] [--only NAME] [--build-dir DIR]
"""
import argparse
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# name, file, what stands there, what the mutant has instead
MUTANTS = [
    ("a gap is pushed over", "server/session/session.cc",
     "const bool next = reading.known && entry.seq == reading.pushed.next();",
     "const bool next = reading.known && entry.seq > reading.pushed;"),
    ("a push counts as an acknowledgement", "server/session/session.cc",
     "  reading.advance(entry.seq, entry.at);\n  count(Counter::kDeliveriesPushed);",
     "  reading.advance(entry.seq, entry.at);\n  reading.acked = entry.seq;\n  mark_moved();\n"
     "  count(Counter::kDeliveriesPushed);"),
    ("catch-up is skipped", "server/session/session.cc",
     "  if (!reading_now_ && may_push()) ask();", "  if (!reading_now_ && may_push()) reading_now_ = false;"),
    ("an entry is published before it is committed", "server/service/message_service.cc",
     "  storage_.append(std::exchange(drafts_, {}), home_.clock().wall(),\n",
     "  storage_.write<AppendOutcomes>(ConversationId{},\n"
     "      [this, drafts = std::exchange(drafts_, {}), now = home_.clock().wall()](\n"
     "          Store& store) -> Result<AppendOutcomes> {\n"
     "        AppendOutcomes made;\n"
     "        for (const Draft& draft : drafts) made.push_back(store.log().append(draft, now));\n"
     "        fanout_.committed(made);\n"
     "        return made;\n"
     "      },\n"),
    ("a route is removed whoever wrote it", "tests/sim/redis/sim_redis.cc",
     "if (entry->second.epoch != epoch) return;", "if (epoch == 0) return;"),
    ("whose cursors are refused goes on", "server/session/hub.cc",
     "if (Session* session = find(id)) session->end(replaced_elsewhere());",
     "if (Session* session = find(id)) session->on_sending();"),
    ("nothing is pushed again, and nobody given up", "server/session/session.cc",
     "  switch (redelivery_.tick(home_.clock().steady())) {",
     "  switch (Redelivery::Verdict::kWait) {"),
    ("an acknowledgement may go beyond what was given", "server/session/session.cc",
     "if (through.seq() > found->second.given)", "if (through.seq() > kSeqMax)"),
    ("a page is passed over when it did not fit", "server/session/session.cc",
     "    if (!may_push()) return;\n    if (pull_", "    if (!may_push()) break;\n    if (pull_"),
    ("the sweep wakes nobody", "server/session/hub_envelopes.cc",
     "void Hub::on(const HeadMoved& moved) {", "void Hub::on(const HeadMoved& moved) {\n  if (moved.head >= Seq(0)) return;"),
    ("the inbox is not read at log-in", "server/session/session.cc",
     "    if (standing.head <= standing.delivered && heard == readings_.end()) continue;",
     "    if (heard == readings_.end()) continue;"),
    ("who left goes on listening", "server/session/hub_envelopes.cc",
     "each_of(entry.subject, [&](Held& held) { let_go(held, entry); });",
     "each_of(entry.subject, [&](Held&) {});"),
    ("a slow reader is pushed to all the same", "server/session/session.cc",
     "flight_.size() < limits_.in_flight_max && !outlet_.congested();",
     "flight_.size() < 1'000'000;"),
    ("a client id is not looked up", "server/store/sql/sql_message_log.cc",
     "  if (!draft.client_id.empty()) {", "  if (false) {"),
    ("intervals are not looked at when reading", "server/store/sql/reading/readable.cc",
     "found.intervals.push_back({std::max(rows.seq(3), before_floor), found.last});",
     "found.intervals.push_back({before_floor, found.last});"),
    ("members are not asked for when the list is behind", "server/session/hub_envelopes.cc",
     "return known != 0 && (now <= known", "return now != 0 || (now <= known"),
    ("an entry overtaken by a join goes to everybody", "server/session/hub_envelopes.cc",
     "    if (!overtaken) {", "    if (true) {"),
    ("the newest part of the log is not looked at", "server/store/sql/rows/log_view.h",
     "tail_->head(of, upto_)", "tail_->head(ConversationId(of.value * 0), upto_)"),
    ("what a failed transaction added stays in the tail", "server/store/sql/sql_store.cc",
     "    view_.tail().drop_above(view_.tail().published());\n", ""),
]


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)


def copy_tree(to):
    listed = run(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"]).stdout.split("\n")
    for name in filter(None, listed):
        source, target = os.path.join(ROOT, name), os.path.join(to, name)
        if not os.path.isfile(source):
            continue
        with open(source, "rb") as file:
            data = file.read()
        if os.path.exists(target):
            with open(target, "rb") as file:
                if file.read() == data:
                    continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)


def build(source, build_dir):
    if not os.path.exists(os.path.join(build_dir, "build.ninja")):
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        configured = run(["cmake", "-G", "Ninja", "-S", source, "-B", build_dir, "-DCMAKE_BUILD_TYPE=Release"] + launcher)
        if configured.returncode != 0:
            sys.exit(configured.stdout)
    built = run(["ninja", "-C", build_dir, f"-j{os.cpu_count()}", "test_sim"])
    return built.returncode == 0, built.stdout


def simulate(build_dir, seeds):
    env = dict(os.environ, MPIM_SIM_SEEDS=str(seeds))
    try:
        return run([os.path.join(build_dir, "bin", "test_sim"), "every promise*"], env=env, timeout=900)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess([], 1, "the simulation did not end", "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--only")
    parser.add_argument("--build-dir", default=os.path.join(ROOT, "build-mutants"))
    args = parser.parse_args()
    source, build_dir = os.path.join(args.build_dir, "source"), os.path.join(args.build_dir, "build")
    os.makedirs(source, exist_ok=True)
    copy_tree(source)

    ok, text = build(source, build_dir)
    if not ok:
        sys.exit(text)
    unharmed = simulate(build_dir, args.seeds)
    if unharmed.returncode != 0:
        sys.exit("the simulation fails without any mutant:\n" + unharmed.stdout[-3000:])
    print(f"unharmed: passes {args.seeds} seeds")

    missed = []
    chosen = [m for m in MUTANTS if args.only is None or args.only in m[0]]
    for name, path, old, new in chosen:
        target = os.path.join(source, path)
        with open(target) as file:
            before = file.read()
        if before.count(old) != 1:
            missed.append(f"{name}: {path} no longer has the line it changes")
            continue
        started = time.time()
        with open(target, "w") as file:
            file.write(before.replace(old, new))
        try:
            built, text = build(source, build_dir)
            caught = built and simulate(build_dir, args.seeds).returncode != 0
        finally:
            with open(target, "w") as file:
                file.write(before)
        if not built:
            missed.append(f"{name}: does not compile\n{text[-2000:]}")
        elif not caught:
            missed.append(f"{name}: {args.seeds} seeds did not notice")
        print(f"{'caught' if built and caught else 'MISSED'}: {name} ({time.time() - started:.0f} s)", flush=True)
    for sentence in missed:
        print(sentence)
    print(f"{len(chosen) - len(missed)} of {len(chosen)} mutants caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
