#!/usr/bin/env python3
"""Where people are, as operators are told: one node alone, and two with a Redis.

usage: route_test.py BUILD
"""
import sys
import unittest

from node_processes import MariaDb, Node, Person, Redis, wait_for

BUILD = sys.argv.pop(1)


class Routes(unittest.TestCase):
    def person(self, name, node):
        person = Person(name).register(node)
        self.addCleanup(person.drop)
        return person

    def cluster(self):
        redis, mariadb = Redis(), MariaDb()
        self.addCleanup(redis.end)
        self.addCleanup(mariadb.end)
        store, nodes = mariadb.make_store(BUILD), []
        for name in ("one", "two"):
            nodes.append(Node(BUILD, name, STORE_URL=store, DIRECTORY_CACHED_MS=60000,
                              REDIS_URL=f"redis://127.0.0.1:{redis.port}"))
            self.addCleanup(nodes[-1].end)
            self.assertIn("line", nodes[-1].ready, nodes[-1].said())
        for node in nodes:
            node.sees("2 nodes")
        return redis, *nodes

    def explain(self, node, who):
        return node.ctl_json("route", "explain", who)["item"]

    def trace(self, node, sender, receiver):
        hops = node.ctl_json("route", "trace", "--from", sender, "--to", receiver)["items"]
        return [(hop["hop"], hop["at"]) for hop in hops], hops

    # [P1] a user's route is shown with its time to live, and whether cache and Redis agree
    def test_a_cluster(self):
        redis, one, two = self.cluster()
        ann, bob = self.person("ann", one), self.person("bob", two)
        wait_for(lambda: redis.cli("EXISTS", f"route:{bob.uid}") == ["1"], "a route")
        self.assertIn("+OK", ann.ask(f"SEND {bob.uid} hello"))
        bob.hears("hello")
        seen = self.explain(one, "bob")
        [route] = seen["routes"]
        self.assertEqual((route["node"], route["sessions"], route["alive"], route["here"],
                          route["cached"], route["stored"]), ("two", 1, True, False, True, True))
        self.assertTrue(seen["agrees"])
        self.assertTrue(60000 < int(seen["ttlMs"]) <= 120000, seen["ttlMs"])
        there = self.explain(two, "bob")
        self.assertTrue(there["routes"][0]["here"])
        self.assertEqual([row["deviceName"] for row in there["sessions"]], ["default"])
        # What Redis lost is seen, and mended by nobody who merely looks.
        redis.cli("HDEL", f"route:{bob.uid}", "two")
        self.assertFalse(self.explain(one, "bob")["agrees"])
        self.assertFalse(self.explain(two, "bob")["agrees"])
        self.assertIn("differ", one.ctl("route", "explain", "bob").stdout)

    # [X2] the path that is predicted is the path that is taken
    def test_a_path_is_predicted(self):
        redis, one, two = self.cluster()
        ann, bob = self.person("ann", one), self.person("bob", two)
        carl = self.person("carl", one)
        wait_for(lambda: redis.cli("EXISTS", f"route:{bob.uid}") == ["1"], "a route")
        before = one.metric("mpim_bus_published_total")  # of presence
        for asked in (one, two):
            self.assertEqual(self.trace(asked, "ann", "bob")[0],
                             [("accept", "one"), ("store", "store"), ("lookup", "one"),
                              ("deliver", "two")])
        self.assertIn("looked up in Redis", self.trace(one, "ann", "bob")[1][2]["what"])
        self.assertIn("one packet on channel", self.trace(one, "ann", "bob")[1][3]["what"])
        self.assertEqual(one.metric("mpim_bus_published_total"), before)  # nothing was sent
        self.assertIn("+OK", ann.ask(f"SEND {bob.uid} hello"))
        bob.hears("hello")
        self.assertEqual(one.metric("mpim_bus_published_total"), before + 1)
        self.assertIn("looked up in its cache", self.trace(one, "ann", "bob")[1][2]["what"])
        self.assertIn("same node", self.trace(one, "ann", "carl")[1][3]["what"])
        self.assertIn("+OK", carl.ask("QUIT"))
        wait_for(lambda: self.trace(one, "ann", "carl")[0][3] == ("inbox", "store"), "an inbox")

    def test_a_node_that_is_alone(self):
        alone = Node(BUILD, "alone")
        self.addCleanup(alone.end)
        self.person("ann", alone)
        Person("bob").register(alone).drop()
        seen = self.explain(alone, "ann")
        self.assertEqual((seen["routes"][0]["node"], seen["shared"]), ("alone", False))
        self.assertEqual(len(seen["sessions"]), 1)
        wait_for(lambda: self.trace(alone, "ann", "bob")[0][3] == ("inbox", "store"), "an inbox")
        self.assertEqual(self.trace(alone, "ann", "ann")[0][3], ("deliver", "alone"))
        self.assertEqual(alone.ctl("route", "explain", "nobody").returncode, 5)
        self.assertEqual(alone.ctl("route", "trace", "--from", "ann").returncode, 2)


if __name__ == "__main__":
    unittest.main()
