#!/usr/bin/env python3
"""Several real nodes on one MariaDB and one Redis, and what happens when a part of them dies.

usage: nodes_test.py BUILD
"""
import contextlib
import signal
import statistics
import sys
import time
import unittest

from cluster_case import ClusterCase
from node_processes import Gone, Person, Talk, wait_for

SLOW_SWEEP_MS = 5000
LIVE_S = 10.0
# Where nothing fails, a machine that is busy elsewhere must not look like a failure.
CALM = {"NODE_LEASE_MS": 20000, "REDIS_ANSWER_TIMEOUT_MS": 10000}


class Nodes(ClusterCase):
    SETTINGS = {"SESSION_SWEEP_MS": SLOW_SWEEP_MS, "PRESENCE_OFFLINE_GRACE_MS": 0,
                "PRESENCE_MIN_INTERVAL_MS": 0}

    @contextlib.contextmanager
    def live(self, *nodes):
        """What comes meanwhile comes by way of Redis; the sweep may be first once by chance."""
        before = [node.metric("mpim_sweep_wakes_total") for node in nodes]
        yield
        for node, count in zip(nodes, before):
            self.assertLessEqual(node.metric("mpim_sweep_wakes_total") - count, 1, node.id)

    def hears_all(self, person, texts, patience_s=30):
        """Everything once, in order, and acknowledged."""
        end = time.monotonic() + patience_s
        while not set(texts) <= set(person.texts()):
            missing = sorted(set(texts) - set(person.texts()))
            self.assertLess(time.monotonic(), end, f"{person.name} misses {missing[:5]}")
            person.read(0.2)
            person.acknowledge()
        self.assertEqual(person.in_order(), "")
        self.assertEqual(len(person.texts()), len(set(person.texts())))

    # [M1] two people on two nodes hear each other by way of Redis
    def test_two_people_on_two_nodes(self):
        one, two = self.nodes("one", "two", **CALM)
        ann, bob = self.person("ann", one), self.person("bob", two)
        took = []
        with self.live(one, two):
            for turn in range(20):
                for sender, hearer in ((ann, bob), (bob, ann)):
                    text = f"{sender.name}{turn}"
                    self.assertIn("+OK", sender.ask(f"SEND {hearer.uid} {text}"))
                    took.append(hearer.hears(text, LIVE_S))
                    hearer.acknowledge()
        print(f"cross-node: median {statistics.median(took) * 1e3:.1f} ms, "
              f"slowest {max(took) * 1e3:.1f} ms", file=sys.stderr)
        self.assertEqual([each.in_order() for each in (ann, bob)], ["", ""])
        for node in (one, two):
            self.assertGreaterEqual(node.metric("mpim_bus_published_total"), 20)
            self.assertGreaterEqual(node.metric("mpim_bus_received_total"), 20)

    # [G9] a group costs one packet for each other node, however many members are there
    def test_a_group_over_three_nodes(self):
        nodes = self.nodes("one", "two", "three", **CALM)
        people = [self.person(f"member{i}", nodes[i % 3]) for i in range(9)]
        group = people[0].ask("CREATEGROUP tea").split("group_id=")[1].split()[0]
        for each in people[1:]:
            self.assertIn("+OK", each.ask(f"JOINGROUP {group}"))
        with self.live(*nodes):
            for turn in range(10):
                sender = people[turn % 9]
                before = nodes[turn % 3].metric("mpim_bus_published_total")
                self.assertIn("+OK", sender.ask(f"SENDGROUP {group} word{turn}"))
                for each in people:
                    if each is not sender:
                        each.hears(f"word{turn}", LIVE_S)
                self.assertLessEqual(nodes[turn % 3].metric("mpim_bus_published_total") - before, 2)
        for each in people:
            self.assertEqual(each.in_order(), "")

    # [P20] who is kicked on one node may not write on another, and hears nothing more, at once
    def test_who_is_kicked_is_out_on_every_node(self):
        nodes = self.nodes("one", "two", "three")
        ann, bob, eve = (self.person(name, node) for name, node in zip(("ann", "bob", "eve"), nodes))
        group = ann.ask("CREATEGROUP tea").split("group_id=")[1].split()[0]
        for each in (bob, eve):
            self.assertIn("+OK", each.ask(f"JOINGROUP {group}"))
            self.assertIn("+OK", each.ask(f"SENDGROUP {group} from-{each.name}"))
        for turn in range(5):
            self.assertIn("+OK", ann.ask(f"KICK {group} {eve.uid}"))
            self.assertIn("NOT_MEMBER", eve.ask(f"SENDGROUP {group} late{turn}"))
            self.assertIn("+OK", bob.ask(f"SENDGROUP {group} without{turn}"))
            ann.hears(f"without{turn}", LIVE_S)
            self.assertIn("+OK", eve.ask(f"JOINGROUP {group}"))
            self.assertIn("+OK", eve.ask(f"SENDGROUP {group} again{turn}"))
            bob.hears(f"again{turn}", LIVE_S)
            eve.acknowledge()
        self.assertFalse([text for text in eve.texts() if text.startswith("without")])
        self.assertFalse([text for text in bob.texts() + ann.texts() if text.startswith("late")])

    # one device is one session, wherever it logs in
    def test_a_device_that_logs_in_elsewhere_ends_its_first_session(self):
        one, two = self.nodes("one", "two", **CALM)
        ann = self.person("ann", one)
        bob = self.person("bob", one)
        again = Person("ann")
        again.uid = ann.uid
        self.addCleanup(again.drop)
        again.login(two)
        self.assertIn("code=REPLACED", ann.is_told("NOTICE kind=closing", LIVE_S))
        self.assertIn("+OK", bob.ask(f"SEND {ann.uid} after"))
        again.hears("after", LIVE_S)
        wait_for(lambda: self.redis.cli("HKEYS", f"route:{ann.uid}") == ["two"], "one route")

    # who is there, and who types, is told across nodes
    def test_presence_and_typing_across_nodes(self):
        one, two = self.nodes("one", "two", **CALM)
        ann, bob = self.person("ann", one), self.person("bob", two)
        group = ann.ask("CREATEGROUP tea").split("group_id=")[1].split()[0]
        self.assertIn("+OK", bob.ask(f"JOINGROUP {group}"))
        self.assertIn("+OK", ann.ask(f"SEND {bob.uid} hello"))
        bob.hears("hello", LIVE_S)
        self.assertIn("watched=1", ann.ask(f"WATCH {bob.uid}"))
        self.assertIn("+OK", bob.ask(f"TYPING {ann.uid}"))
        self.assertIn(f"from={bob.uid}", ann.is_told("^TYPING", LIVE_S))
        self.assertIn("+OK", bob.ask("AWAY"))
        ann.is_told(f"PRESENCE user={bob.uid} state=away", LIVE_S)
        self.assertIn("+OK", bob.ask("QUIT"))
        ann.is_told(f"PRESENCE user={bob.uid} state=offline", LIVE_S)
        ann.pushes.clear()
        bob.login(two)
        ann.is_told(f"PRESENCE user={bob.uid} state=online", LIVE_S)

    # [M57][G17] Redis killed under traffic: everything arrives meanwhile, and live afterwards
    def test_redis_dies_under_traffic(self):
        one, two = self.nodes("one", "two")
        ann, bob = self.person("ann", one), self.person("bob", two)
        talk = Talk(ann, one, bob.uid, "w")
        talk.start()
        bob.hears("w20")
        self.redis.kill()
        killed = time.monotonic()
        count = len(talk.acknowledged)
        one.sees("degraded", "redis")
        two.sees("degraded", "redis")
        wait_for(lambda: len(talk.acknowledged) > count + 50, "messages without Redis")
        bob.hears(talk.acknowledged[-1], 3)
        self.redis.start()
        self.assertIsNone(talk.failure)
        for node in (one, two):
            wait_for(lambda: "degraded" not in str(node.checks()), "the way back")
        sent = talk.finish()
        self.hears_all(bob, sent)
        print(f"Redis killed: {len(sent)} sent in {time.monotonic() - killed:.1f} s, slowest answer "
              f"{talk.slowest_s * 1e3:.0f} ms, repeated {bob.repeated}", file=sys.stderr)
        with self.live(two):
            for turn in range(5):
                self.assertIn("+OK", ann.ask(f"SEND {bob.uid} live{turn}"))
                bob.hears(f"live{turn}", LIVE_S)

    # [P5][G17] a flushed Redis is one that forgot: routes and leases come back by themselves
    def test_redis_is_flushed_under_traffic(self):
        one, two = self.nodes("one", "two")
        ann, bob = self.person("ann", one), self.person("bob", two)
        talk = Talk(ann, one, bob.uid, "w")
        talk.start()
        for _ in range(3):
            bob.hears(f"w{len(talk.acknowledged) + 20}")
            self.redis.cli("FLUSHALL")
            wait_for(lambda: self.redis.cli("EXISTS", f"route:{ann.uid}", f"route:{bob.uid}",
                                            "node:one", "node:two") == ["4"], "routes and leases")
        self.hears_all(bob, talk.finish())
        with self.live(two):
            for turn in range(5):
                self.assertIn("+OK", ann.ask(f"SEND {bob.uid} live{turn}"))
                bob.hears(f"live{turn}", LIVE_S)

    # [P10][G9][O27][O37] a killed node's people come back elsewhere, and miss and repeat nothing
    def test_a_node_is_killed_under_traffic(self):
        one, two = self.nodes("one", "two")
        ann, bob = self.person("ann", one), self.person("bob", two)
        there = Talk(ann, one, bob.uid, "w")
        there.start()
        bob.hears("w20")
        bob.acknowledge()
        two.end(signal.SIGKILL)
        with self.assertRaises(Gone):
            while True:
                bob.read(1)
        shown = len(bob.shown)
        wait_for(lambda: len(there.acknowledged) > shown + 50, "messages meanwhile")
        bob.login(one)
        sent = there.finish()
        self.hears_all(bob, sent)
        print(f"node killed: {len(sent)} sent, {bob.repeated} pushed again", file=sys.stderr)
        one.sees("1 nodes")
        # And the one who sends, when his own node dies with requests under way.
        three = self.node("three")
        back = Talk(bob, one, ann.uid, "b")
        ann.drop()
        ann.login(three)
        back.start()
        ann.hears("b20")
        ann.acknowledge()
        one.end(signal.SIGKILL)
        back.node = three
        wait_for(lambda: len(back.acknowledged) > 60, "messages by way of the third node")
        self.hears_all(ann, back.finish())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
