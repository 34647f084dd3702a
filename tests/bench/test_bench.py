#!/usr/bin/env python3
"""Tests of the benchmarks themselves: verdicts, what is kept, the load generator, a grown store.

usage: test_bench.py BUILD     the generator is made in it, and runs against its mpimd
"""
import io
import os
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import redirect_stdout

if len(sys.argv) > 1:
    os.environ["BUILD"] = sys.argv.pop(1)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import burst  # noqa: E402
import cpu_share  # noqa: E402
import flame  # noqa: E402
import grow  # noqa: E402
import page  # noqa: E402
import scale_out  # noqa: E402
from results import Results, disturbed, faults  # noqa: E402
from server import Mpimd, load, make_generator  # noqa: E402
from targets import TARGETS, Target, fixed, mpim, of, times, verdicts  # noqa: E402
from works import ROWS, WORKS, does, work_named  # noqa: E402

RATE = "delivered_per_s"


def planted(**figures):
    """Results of one work each: planted(raw=[10], mpim=[5]) are of online-w1."""
    results = Results(os.devnull + ".none")
    for peer, values in figures.items():
        results.put(peer, "online-w1", [{RATE: value} for value in values], seconds=1,
                    machine="a machine", version="1")
    return results


def verdict(results, **more):
    target = Target("work", "says", mpim("online-w1", RATE),
                    times(0.5, of("raw", "online-w1", RATE)), **more)
    return verdicts(results, [target])[0]


class Verdicts(unittest.TestCase):
    def test_met_is_measured_by_medians(self):
        self.assertEqual(verdict(planted(raw=[80, 100, 500], mpim=[50, 1, 60])).text(), "met")

    def test_short_says_by_how_much(self):
        self.assertEqual(verdict(planted(raw=[100], mpim=[40])).text(), "short by 20 %")
        self.assertEqual(verdict(planted(raw=[1000], mpim=[499])).text(), "short by 0.2 %")

    def test_a_ceiling_is_kept_or_passed(self):
        results = planted(raw=[100], mpim=[60])
        self.assertEqual(verdict(results, at_most=True).text(), "over by 20 %")
        self.assertEqual(verdict(planted(raw=[200], mpim=[60]), at_most=True).text(), "met")

    def test_what_is_missing_is_said(self):
        self.assertEqual(verdict(planted(raw=[100])).text(), "not measured")
        self.assertEqual(verdict(planted(mpim=[100])).text(), "nothing to compare with")

    def test_absolute_targets_shrink_with_the_machine(self):
        results = planted(raw=[61_000])
        results.put("mpim", "store", [{"store_per_s": 100_000}], seconds=1)
        store = next(found for found in verdicts(results) if found.target.work.startswith("store"))
        self.assertAlmostEqual(store.needed, 125_000)
        self.assertEqual(store.text(), "short by 20 %")

    def test_two_cores_are_held_against_what_both_could_do(self):
        results = planted()
        results.put("mpim", "online-w32", [{RATE: 100, "server_cpu_s_per_1000": 3,
                                            "client_cpu_s_per_1000": 1}], seconds=1)
        results.put("mpim", "two-cores", [{RATE: 120}], seconds=1)
        cores = next(found for found in verdicts(results)
                     if found.target.work.startswith("two cores"))
        self.assertAlmostEqual(cores.needed, 0.9 * 100 * 2 * 3 / 4)

    def test_a_stall_counts_in_any_run(self):
        results = planted()
        results.put("mpim", "steady-60", [{"ack_max_ms": 20}, {"ack_max_ms": 20},
                                          {"ack_max_ms": 75}], seconds=1)
        stall = next(found for found in verdicts(results) if "stall" in found.target.says)
        self.assertEqual(stall.text(), "over by 50 %")

    def test_every_target_has_a_row_when_nothing_was_measured(self):
        text = page.rendered(planted(raw=[100]))
        for target in TARGETS:
            self.assertIn(f"| {target.work} | {target.says} |", text)
        self.assertIn("not measured", text)


class Kept(unittest.TestCase):
    def test_measuring_again_replaces_that_work_of_that_peer_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "bench", "results.json")
            results = Results(path)
            results.put("mpim", "login", [{"logins_per_s": 1}], seconds=1)
            results.put("raw", "login", [{"logins_per_s": 2}], seconds=1)
            results.save()
            again = Results(path)
            again.put("mpim", "login", [{"logins_per_s": 3}, {"logins_per_s": 5}], seconds=1)
            again.save()
            read = Results(path)
            self.assertEqual(read.median("mpim", "login", "logins_per_s"), 4)
            self.assertEqual(read.median("raw", "login", "logins_per_s"), 2)
            self.assertIsNone(read.median("nats", "login", "logins_per_s"))

    def test_a_disturbed_run_is_told(self):
        results = planted()
        results.put("mpim", "store", [{"store_other_cores": 0.01, "drain_other_cores": 0.9},
                                      {"store_other_cores": 0.01}], seconds=1, machine="m",
                    version="v")
        self.assertEqual(disturbed(results.of("mpim", "store")), 1)
        self.assertIn("mpim/store (1 of 2)", page.rendered(results))

    def test_only_what_stands_between_the_marks_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "page.md")
            with open(path, "w") as file:
                file.write(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
            page.write("new", path)
            with open(path) as file:
                self.assertEqual(file.read(), f"before\n{page.BEGIN}\nnew\n{page.END}\nafter\n")

    def test_rows_name_works(self):
        self.assertLessEqual({row.work for row in ROWS}, {work.name for work in WORKS})
        self.assertTrue(does("raw", work_named("online-w1")))
        self.assertFalse(does("raw", work_named("store")))
        self.assertFalse(does("ejabberd-mysql", work_named("idle")))


class FlameGraph(unittest.TestCase):
    def test_stacks_are_counted_from_the_outermost_frame(self):
        sample = ("mpimd 12 1.5:  9 cpu-clock:\n"
                  "\t5 inner(int)+0x1 (/lib/x)\n\t6 outer+0x2 (/lib/x)\n\n")
        self.assertEqual(flame.folded((sample * 2).splitlines(keepends=True)),
                         {("mpimd", "outer", "inner"): 2})
        self.assertIn("<title>inner: 100.0 %</title>",
                      flame.drawn({("mpimd", "outer", "inner"): 2}, "a <title>"))


class Generator(unittest.TestCase):
    """Against the real server."""

    @classmethod
    def setUpClass(cls):
        make_generator()

    def test_every_conversation_is_acknowledged(self):
        with Mpimd(prefix=()) as server:
            result = server.load(["offline", "--users", "20", "--senders", "5", "--window", "4",
                                  "--count", "300"], 1, PIN="0")
            acked = server.metrics()["mpim_deliveries_acked_total"]
        self.assertEqual(faults([result]), 0)
        self.assertEqual(result["stored"], 300)
        self.assertEqual(result["drained"], 300)
        self.assertEqual(acked, 300)

    def test_events_are_acknowledged_with_the_texts(self):
        with Mpimd(prefix=()) as server:
            result = server.load(["fanout", "--users", "10", "--window", "4", "--warmup", "0"], 1,
                                 PIN="0")
            repeated = server.metrics()["mpim_deliveries_repushed_total"]
        self.assertEqual(faults([result]), 0)
        self.assertEqual(repeated, 0)

    def test_raw_answers_the_same_generator(self):
        result = load("raw", ["online", "--pairs", "2", "--warmup", "0"], 1, {"PIN": "0"})
        self.assertEqual(faults([result]), 0)
        self.assertGreater(result["client_cpu_s_per_1000"], 0)


class MoreNodes(unittest.TestCase):
    @unittest.skipUnless(cpu_share.hierarchy(), "no control group can be made here")
    def test_a_process_is_held_to_its_part_of_a_core(self):
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            with cpu_share.held_to(busy.pid, 0.1):
                begun, before = time.monotonic(), cpu_s(busy.pid)
                while time.monotonic() - begun < 1:
                    os.sched_yield()
                used = (cpu_s(busy.pid) - before) / (time.monotonic() - begun)
        finally:
            busy.kill()
            busy.wait()
        self.assertLess(used, 0.2)

    # [O35] what each number of nodes carries is measured with nothing lost, and shown as a curve
    @unittest.skipUnless(cpu_share.hierarchy(), "no control group can be made here")
    def test_more_nodes_behind_a_balancer_lose_nothing(self):
        with redirect_stdout(io.StringIO()):
            result = scale_out.carried(2, 1, cores_each=0.5)
        self.assertEqual(faults([result]), 0)
        self.assertGreater(result["delivered_per_s"], 0)

    def test_the_curve_says_what_a_node_adds(self):
        results = planted()
        results.put("mpim", "scale-out", [{f"nodes{nodes}_{key}": nodes * 90 + 10 for nodes in scale_out.NODES
                                           for key in ("per_s", "p50_ms")}], seconds=1, machine="m", version="v")
        self.assertIn("\n| 4 | 370 | 3.70 | 0.93 |", page.rendered(results))


class Burst(unittest.TestCase):
    # [O39] a peak while the database stands still waits, is gone soon after, and is drawn
    def test_a_peak_waits_and_is_gone(self):
        with redirect_stdout(io.StringIO()):
            run = burst.burst_run(0)
        self.assertEqual(faults([run]), 0)
        self.assertGreater(run["peak"], 0)
        self.assertEqual(run["waiting"][0], 0)
        results = planted()
        results.put("mpim", "burst", [run], seconds=1, machine="m", version="v")
        self.assertIn("\n" + burst.chart(run["waiting"]) + "\n", page.rendered(results))

    def test_the_chart_is_as_high_as_the_highest(self):
        self.assertEqual(burst.chart([0, 1, 40, 80]), " ▁▄█")


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class GrownStore(unittest.TestCase):
    def test_a_filled_store_is_sound_and_serves(self):
        with tempfile.TemporaryDirectory() as folder:
            store = os.path.join(folder, "grown")
            with redirect_stdout(io.StringIO()):
                grow.make(store, grow.Size(messages=20_000, users=1_000, groups=50), quiet=True)
            with Mpimd(data=store, prefix=()) as server:
                result = server.load(["online", "--pairs", "5", "--warmup", "0"], 1, PIN="0")
        self.assertEqual(faults([result]), 0)
        self.assertGreater(result["delivered_per_s"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
