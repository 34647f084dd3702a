#!/usr/bin/env python3
"""Sends while the database is slow: with intake.slow_ms they are queued, and do not wait for it.

usage: slow_store_test.py BUILD
"""
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "faults")]

from fault_proxy import FaultProxy  # noqa: E402
from node_processes import Talk, wait_for  # noqa: E402
from queued_parts import Queued, TcpMariaDb, post  # noqa: E402

SLOW_MS = 200       # injected, each way
FLAT_S = SLOW_MS / 1000  # a send that waited for the database would take twice that at least
LULL_PER_S, BURST_PER_S = 20, 200


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


class SlowStore(Queued):
    def made_database(self):
        return TcpMariaDb()

    def setUp(self):
        super().setUp()
        self.proxy = FaultProxy(f"127.0.0.1:{self.db.port}")
        self.addCleanup(self.proxy.close)
        self.url = f"mysql://mpim:m@{self.proxy.address}/mpim1"

    def send_at(self, person, per_s, seconds, label):
        """How long each took, from when it was due: one that is late makes the next ones late."""
        took, begun = [], time.monotonic()
        for number in range(int(per_s * seconds)):
            due = begun + number / per_s
            time.sleep(max(0, due - time.monotonic()))
            answer = person.ask(f"SEND 1002 {label}{number}")
            self.assertEqual(answer[:3], "+OK", answer)
            took.append(time.monotonic() - due)
            self.tickets += "queued=" in answer
        return took

    # [M36][M66][O40] with a slow database sends wait for it no more; a burst drains
    def test_a_slow_store_holds_no_send_up(self):
        one = self.node("one", INTAKE_SLOW_MS=100)
        ann, bob = self.people(one)
        bob.drop()
        self.tickets = 0
        quick = self.send_at(ann, LULL_PER_S, 1, "q")
        self.assertEqual(self.tickets, 0)
        self.proxy.delay(SLOW_MS)
        begun = time.monotonic()
        self.assertIn("+OK msg_id=", ann.ask("SEND 1002 noticed"))
        slow_s = time.monotonic() - begun
        self.assertGreater(slow_s, 2 * SLOW_MS / 1000)
        wait_for(lambda: ann.ask("SEND 1002 settled").startswith("+OK queued="), "the queue")
        self.tickets = 0
        lull = self.send_at(ann, LULL_PER_S, 5, "l")
        burst = self.send_at(ann, BURST_PER_S, 3, "b")
        self.assertEqual(self.tickets, len(lull) + len(burst))
        deepest = one.metric("mpim_intake_depth")
        for took in (lull, burst):
            self.assertLess(percentile(took, 0.99), FLAT_S)
        begun = time.monotonic()
        wait_for(lambda: one.metric("mpim_intake_depth") == 0, "an empty queue", 60)
        drained_s = time.monotonic() - begun
        self.assertIn("queued=", ann.ask("SEND 1002 last"))
        self.proxy.heal()
        wait_for(self.drained, "the way straight to the store")
        wait_for(lambda: "msg_id=" in ann.ask("SEND 1002 after"), "a quick store")
        bob.login(one)
        bob.hears("after")
        wanted = [f"q{n}" for n in range(len(quick))] + ["noticed"] + ["settled"] * \
            bob.texts().count("settled") + [f"l{n}" for n in range(len(lull))] + \
            [f"b{n}" for n in range(len(burst))] + ["last"]
        self.assertEqual(bob.texts()[:len(wanted)], wanted)
        sys.stderr.write(f"straight to a slow store {slow_s * 1e3:.0f} ms; queued, P50/P99: "
                         f"{LULL_PER_S}/s {percentile(lull, .5) * 1e3:.1f}/{percentile(lull, .99) * 1e3:.1f} ms, "
                         f"{BURST_PER_S}/s {percentile(burst, .5) * 1e3:.1f}/"
                         f"{percentile(burst, .99) * 1e3:.1f} ms; {deepest:.0f} waited, "
                         f"gone {drained_s:.1f} s later\n")

    # [M65] what is stored is told while the next is being stored, and in its order
    def test_telling_and_storing_overlap(self):
        one = self.node("one", INTAKE_SLOW_MS=100)
        ann, bob = self.people(one)
        self.proxy.delay(SLOW_MS / 2)
        wait_for(lambda: ann.ask("SEND 1002 settled").startswith("+OK queued="), "the queue")
        wait_for(lambda: one.metric("mpim_intake_depth") == 0, "an empty queue")
        wanted = [f"m{number}" for number in range(700)]
        begun = time.monotonic()
        for text in wanted:
            ann.say(f"SEND 1002 {text}")
        for text in wanted:
            self.assertIn("queued=", ann.line())
        told_meanwhile = first_s = 0
        while len(heard := [text for text in bob.texts() if text != "settled"]) < len(wanted):
            bob.read(0.2)
            bob.acknowledge()
            if heard and not first_s:
                first_s = time.monotonic() - begun
            if one.metric("mpim_intake_depth") > 0:
                told_meanwhile = len(heard)
            self.assertLess(time.monotonic() - begun, 60)
        sys.stderr.write(f"the first of 700 was told after {first_s:.1f} s, the last after "
                         f"{time.monotonic() - begun:.1f} s; {told_meanwhile} while others waited\n")
        self.assertGreater(told_meanwhile, len(wanted) / 4)
        self.assertEqual(heard, wanted)
        self.assertEqual((bob.in_order(), bob.repeated), ("", 0))

    # [M70] a node that is killed while a slow database keeps much waiting loses and doubles nothing
    def test_a_kill_loses_and_doubles_nothing(self):
        one, two = (self.node(name, INTAKE_SLOW_MS=100) for name in ("one", "two"))
        ann, bob = self.people(one)
        bob.drop()
        talk = Talk(ann, one, 1002, "t")
        talk.start()
        try:
            wait_for(lambda: len(talk.acknowledged) > 20, "the first of them")
            self.proxy.delay(SLOW_MS / 4)
            wait_for(lambda: two.metric("mpim_intake_depth") > 50, "a queue")
            talk.node = two
            one.end()
            held = len(talk.acknowledged)
            wait_for(lambda: len(talk.acknowledged) > held + 100, "more, over the other node")
            self.proxy.heal()
            wait_for(self.drained, "the way straight to the store")
        finally:
            sent = talk.finish()
        ann.drop()
        bob.login(two)
        while len(bob.texts()) < len(sent):
            self.assertTrue(bob.read(20), "there is no more")
            bob.acknowledge()
        self.assertEqual(bob.texts(), sent)
        self.assertEqual((bob.in_order(), bob.repeated), ("", 0))

    # [M69] a call of the RPC says queued, with the ticket, when the database is slow
    def test_a_call_says_queued(self):
        one = self.node("one", INTAKE_SLOW_MS=100)
        ann, bob = self.people(one)
        status, told = post(one, "/api/login", {"name": "ann", "password": "password"})
        self.assertEqual(status, 200, told)
        self.proxy.delay(SLOW_MS / 4)
        wait_for(lambda: ann.ask("SEND 1002 settled").startswith("+OK queued="), "the queue")
        status, sent = post(one, "/mpim.v1.MessageService/SendMessage",
                            {"toUserId": "1002", "content": "by call", "clientMessageId": "c1"},
                            told["accessToken"])
        self.assertEqual(status, 200, sent)
        self.assertRegex(sent["queued"], r"q0-\d+-\d+")
        self.assertNotIn("messageId", sent)
        self.proxy.heal()
        bob.hears("by call")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
