#!/usr/bin/env python3
"""Nodes restarted one after the other, and one more that comes in, while people talk.

usage: rolling_test.py BUILD
"""
import signal
import sys
import time
import unittest

from cluster_case import ClusterCase
from node_processes import Gone, Talk, wait_for

NAMES = ("one", "two", "three")
LISTENERS_EACH = 2


class Rolling(ClusterCase):
    SETTINGS = {"SERVER_DRAIN_SPREAD_MS": 200}

    def setUp(self):
        super().setUp()
        self.nodes, self.logins = {}, {}

    def enter_node(self, name):
        self.nodes[name] = self.node(name)

    def everybody_sees(self, count):
        for node in self.nodes.values():
            node.sees(f"{count} nodes")

    def enter(self, person, name):
        person.login(self.nodes[name])
        self.logins[person] = self.logins.get(person, 0) + 1

    def join(self, name, node, group):
        person = self.person(name, self.nodes[node])
        self.logins[person] = 1
        self.assertIn("+OK", person.ask(f"JOINGROUP {group}"))
        return person

    # Reads, and logs in at the next node whoever was sent away from the one that is restarted.
    def listen(self, people, homes, leaving, enough):
        def look():
            for person in people:
                try:
                    person.read(0.01)
                    person.acknowledge()
                except Gone:
                    self.assertEqual(homes[person], leaving, "only who was on the node that ended is sent away")
                    homes[person] = NAMES[(NAMES.index(leaving) + 1) % len(NAMES)]
                    self.enter(person, homes[person])
            return enough()
        wait_for(look, f"what follows the end of {leaving}", 60)

    # [O37] each node is restarted in turn, and one more comes in, while the others serve
    def test_restarts_in_turn(self):
        for name in NAMES:
            self.enter_node(name)
        self.everybody_sees(3)
        ann = self.person("ann", self.nodes["one"])
        group = ann.ask("CREATEGROUP tea").split("group_id=")[1].split()[0]
        homes = {self.join(f"{node}{number}", node, group): node for node in NAMES for number in range(LISTENERS_EACH)}
        people = list(homes)
        talk = Talk(ann, self.nodes["one"], group, "w", verb="SENDGROUP", pause_s=0.01)
        talk.start()
        for place, name in enumerate(NAMES):
            others = [other for other in NAMES if other != name]
            kept = {person: self.logins[person] for person in people if homes[person] != name}
            talk.node = self.nodes[others[0]]
            old = self.nodes[name]
            self.assertEqual(old.ctl("node", "drain", "-y").returncode, 0)
            self.listen(people, homes, name, lambda: old.process.poll() is not None and name not in homes.values())
            self.assertEqual(old.wait(), 0)
            self.enter_node(name)
            self.everybody_sees(3)
            count = len(talk.acknowledged)
            self.listen(people, homes, name, lambda: len(talk.acknowledged) > count + 20)
            self.assertEqual({person: self.logins[person] for person in kept}, kept, f"restart {place}")
            self.assertEqual([self.nodes[other].process.poll() for other in others], [None, None])
        self.enter_node("four")
        self.everybody_sees(4)
        late = self.join("late", "four", group)
        count = len(talk.acknowledged)
        wait_for(lambda: len(talk.acknowledged) > count + 20, "messages beside the new node")
        sent = talk.finish()
        self.assertIn("+OK", late.ask(f"SENDGROUP {group} from-the-new-one"))
        end = time.monotonic() + 30
        for person in people:
            while not {*sent, "from-the-new-one"} <= set(person.texts()):
                self.assertLess(time.monotonic(), end, f"{person.name} misses messages")
                person.read(0.2)
                person.acknowledge()
            self.assertEqual(person.in_order(), "")
            self.assertEqual(len(person.texts()), len(set(person.texts())))
        late.hears(sent[-1])
        self.assertLessEqual(set(sent[count:]), set(late.texts()))
        print(f"three restarts and a fourth node: {len(sent)} messages, slowest answer {talk.slowest_s * 1e3:.0f} ms",
              file=sys.stderr)
        for node in self.nodes.values():
            node.process.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
