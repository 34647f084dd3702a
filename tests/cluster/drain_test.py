#!/usr/bin/env python3
"""A node of a cluster is drained: its people go over a window, and miss and repeat nothing.

usage: drain_test.py BUILD
"""
import os
import re
import select
import signal
import sys
import time
import types
import unittest

from cluster_case import BUILD, ClusterCase
from node_processes import Gone, Node, Person, Talk, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "websocket"))
from door_client import Client  # noqa: E402 (it takes the build's place from the command line)
WINDOW_MS = 2000
PEOPLE = 24


class Drain(ClusterCase):
    SETTINGS = {"SERVER_DRAIN_SPREAD_MS": WINDOW_MS}

    def people(self, count, node):
        made = [Person(f"person{i}").register(node) for i in range(count)]
        for each in made:
            self.addCleanup(each.drop)
        return made

    def audited(self):
        number = re.search(r"/(mpim\d+)\?", self.store).group(1)
        return self.mariadb.sql(f"SELECT CONCAT(action, '|', subject) FROM {number}.audit_log")

    def state_of(self, node_id, seen_by):
        rows = {row["id"]: row["state"] for row in seen_by.ctl_json("node", "ls")["items"]}
        return rows.get(node_id)

    # [X12] people of a drained node come back elsewhere, evenly over the window, and miss nothing
    def test_people_of_a_drained_node_come_back_elsewhere(self):
        one, two = self.node("one"), self.node("two")
        one.sees("2 nodes")
        self.assertEqual([self.state_of(each, two) for each in ("one", "two")], ["active"] * 2)
        people = self.people(PEOPLE, one)
        owner = Person("owner").register(two)
        self.addCleanup(owner.drop)
        group = owner.ask("CREATEGROUP tea").split("group_id=")[1].split()[0]
        for each in people:
            self.assertIn("+OK", each.ask(f"JOINGROUP {group}"))
        talk = Talk(owner, two, group, "w", verb="SENDGROUP", pause_s=0.02)
        talk.start()
        people[0].hears("w10")
        self.assertEqual(two.ctl("node", "drain", "one", "-y").returncode, 0)
        began = time.monotonic()
        wait_for(lambda: self.state_of("one", two) == "draining", "a node that drains")
        came_back, window = self.follow(people, two, began)
        self.assertEqual(one.wait(), 0)
        sent = talk.finish()
        for each in people:
            self.catch_up(each, sent)
        self.assertIn(f"{WINDOW_MS} ms", window)
        self.assertRegex(window, r" window_ms=\d+ ")
        self.assertIn("DrainNode", two.said())
        self.assertIn("DrainNode|one", self.audited())
        thirds = [sum(low <= at < low + WINDOW_MS / 3000 for at in came_back)
                  for low in (0, WINDOW_MS / 3000, WINDOW_MS / 1500)]
        for third in thirds:  # evenly, give or take what a busy machine adds
            self.assertGreaterEqual(third, PEOPLE / 3 - 4, came_back)
        print(f"drain of {PEOPLE} people over {WINDOW_MS} ms: {len(sent)} messages, came back in "
              f"thirds {thirds}, pushed again {sum(each.repeated for each in people)}",
              file=sys.stderr)
        wait_for(lambda: self.state_of("one", two) is None, "the end of the lease")

    # Whoever is closed logs in on the other node at once; answers when each did.
    def follow(self, people, elsewhere, began):
        came_back, window, still = [], "", set(people)
        end = began + WINDOW_MS / 1000 + 10
        while still:
            self.assertLess(time.monotonic(), end, "somebody was never sent away")
            ready = select.select([each.socket for each in still], [], [], 0.1)[0]
            for each in [each for each in still if each.socket in ready]:
                try:
                    each.read(0)
                    each.acknowledge()
                except Gone:
                    came_back.append(time.monotonic() - began)
                    window = each.is_told("kind=closing code=DRAINING", 0)
                    each.login(elsewhere)
                    still.discard(each)
        return came_back, window

    def catch_up(self, person, texts):
        end = time.monotonic() + 20
        while not set(texts) <= set(person.texts()):
            self.assertLess(time.monotonic(), end, f"{person.name} misses messages")
            person.read(0.2)
            person.acknowledge()
        self.assertEqual(person.in_order(), "")
        self.assertEqual(len(person.texts()), len(set(person.texts())))

    # a drain that is taken back keeps whoever has not gone yet, and lets others in again
    def test_a_drain_is_taken_back(self):
        one = self.node("one")
        people = self.people(PEOPLE, one)
        self.assertEqual(one.ctl("node", "drain", "-y").returncode, 0)
        self.assertEqual(self.state_of("one", one), "draining")
        self.assertEqual(one.checks()[0], 503)
        with self.assertRaises(ConnectionError):
            Person("late").connect(one)
        wait_for(lambda: one.metric("mpim_connections") < PEOPLE, "the first who goes")
        self.assertEqual(one.ctl("node", "undrain", "one").returncode, 0)
        wait_for(lambda: self.state_of("one", one) == "active", "a node that stays")
        self.assertEqual(one.checks()[0], 200)
        gone = sum(self.was_sent_away(each, 0.05) for each in people)
        self.assertLess(gone, PEOPLE)
        time.sleep(WINDOW_MS / 1000)  # the window is over, and nobody else went
        self.assertEqual(sum(self.was_sent_away(each, 0.05) for each in people), gone)
        self.assertIsNone(one.process.poll())
        late = Person("late").register(one)
        self.addCleanup(late.drop)
        self.assertIn("+OK", late.ask(f"SEND {people[0].uid} hello"))
        one.end(signal.SIGTERM)

    def was_sent_away(self, person, patience_s):
        try:
            while person.read(patience_s):
                pass
        except Gone:
            pass
        return any("kind=closing" in line for line in person.pushes)

    # a node that ends at once names the time over which its people should come back
    def test_sigterm_names_the_window(self):
        one = self.node("one")
        [ann] = self.people(1, one)
        one.process.send_signal(signal.SIGTERM)
        self.assertRegex(ann.is_told("kind=closing code=DRAINING"), f"window_ms={WINDOW_MS} ")
        self.assertEqual(one.wait(), 0)

    # whoever is on a WebSocket is told the same, by a drain and by SIGTERM, and his close says why
    def test_a_websocket_is_told_too(self):
        for order in ("drain", "SIGTERM"):
            with self.subTest(order):
                one = self.node("one")
                port = int(one.ready["ws"].rsplit(":", 1)[1])
                with Client(types.SimpleNamespace(port=port)) as page:
                    page.enter(f"page-{order}")
                    if order == "drain":
                        self.assertEqual(one.ctl("node", "drain", "-y").returncode, 0)
                    else:
                        one.process.send_signal(signal.SIGTERM)
                    code, _ = page.end()
                    notice = page.push("notice")
                self.assertEqual((notice["kind"], notice["code"]), ("closing", "DRAINING"))
                self.assertTrue(0 < int(notice["windowMs"]) <= WINDOW_MS, notice)
                self.assertIn(code, (1001, 1012), code)
                self.assertEqual(one.wait(), 0)

    # a node can be sent away while its store is gone; its log has who did it
    def test_a_drain_without_the_store(self):
        one = self.node("one", SERVER_DRAIN_TIMEOUT_MS=1000)
        self.mariadb.kill()
        self.addCleanup(self.mariadb.start)
        self.assertEqual(one.ctl("node", "drain", "-y").returncode, 0)
        self.assertEqual(one.wait(60), 0)

    # [X12] a store that hangs holds the end of a node up no longer than its time-out and a little
    def test_the_store_hangs(self):
        for order in ("drain", "SIGTERM"):
            with self.subTest(order):
                one = self.node("one", SERVER_DRAIN_TIMEOUT_MS=3000)
                ann, bob = (Person(f"{name}-{order}").register(one) for name in ("ann", "bob"))
                for each in (ann, bob):
                    self.addCleanup(each.drop)
                self.assertIn("+OK", ann.ask(f"SEND {bob.uid} hello"))
                bob.hears("hello")
                self.mariadb.signal(signal.SIGSTOP)
                self.addCleanup(self.mariadb.signal, signal.SIGCONT)
                bob.say("ACK *")
                ann.say(f"SEND {bob.uid} unanswered")
                began = time.monotonic()
                window_s = 0
                if order == "drain":
                    answer = one.ctl_json("node", "drain", "-y")["item"]
                    self.assertEqual(answer["state"], "draining")
                    window_s = WINDOW_MS / 1000
                else:
                    one.process.send_signal(signal.SIGTERM)
                self.assertEqual(one.wait(60), 0)
                took_s = time.monotonic() - began
                self.mariadb.signal(signal.SIGCONT)
                print(f"the end of a node whose store hangs, by {order}: {took_s:.1f} s", file=sys.stderr)
                self.assertLess(took_s, window_s + 3 + 6)

    # [P11] nodes are listed with their state, and one that is alone can be sent away, too
    def test_a_node_that_is_alone(self):
        alone = Node(BUILD, "alone", SERVER_DRAIN_SPREAD_MS=100)
        self.addCleanup(alone.end)
        [row] = alone.ctl_json("node", "ls")["items"]
        self.assertEqual((row["id"], row["state"], row["self"]), ("alone", "active", True))
        self.assertEqual(alone.ctl("node", "drain", "other", "-y").returncode, 5)
        self.assertEqual(alone.ctl("node", "show", "other").returncode, 5)
        shown = alone.ctl("node", "show").stdout
        self.assertTrue(re.search(r"Line protocol\s+" + re.escape(alone.ready["line"]), shown), shown)
        self.assertEqual(alone.ctl("node", "drain", "-y").returncode, 0)
        self.assertEqual(alone.wait(), 0)


if __name__ == "__main__":
    unittest.main()
