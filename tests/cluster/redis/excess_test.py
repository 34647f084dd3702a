#!/usr/bin/env python3
"""A Redis that hands out more than anybody of ours put there: nodes go on, say so, and clear away what is nobody's.

usage: excess_test.py BUILD
"""
import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from node_processes import MariaDb, Node, Person, Redis, wait_for  # noqa: E402

BUILD = sys.argv.pop(1)
NAMES = 20_000
ROUTES = 100_000
LEASE_BYTES = 10_000_000
PATIENCE_S = 60


class Excess(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mariadb = MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.mariadb.end()

    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.end)
        store = self.mariadb.make_store(BUILD)
        self.nodes = [Node(BUILD, each, STORE_URL=store, REDIS_URL=f"redis://127.0.0.1:{self.redis.port}")
                      for each in ("one", "two")]
        for node in self.nodes:
            self.addCleanup(node.end)
            node.sees("2 nodes")
        self.ann, self.bob = (Person(name).register(node) for name, node in zip(("ann", "bob"), self.nodes))
        for each in (self.ann, self.bob):
            self.addCleanup(each.drop)
        self.said = 0

    def put(self, *words):
        """One command of any length; its answer's first line."""
        words = [str(word).encode() for word in words]
        with socket.create_connection(("127.0.0.1", self.redis.port), PATIENCE_S) as link:
            link.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(each), each) for each in words))
            return link.recv(100)

    def talk(self):
        self.said += 1
        self.assertIn("+OK msg_id=", self.ann.ask(f"SEND {self.bob.uid} word{self.said}"))
        took_s = self.bob.hears(f"word{self.said}")
        self.bob.acknowledge()
        return took_s

    def over_limit(self, node, what):
        return [line for line in node.said().splitlines()
                if "event=cluster.over_limit " in line and f" what={what} " in line.replace('"', "")]

    def told(self, what):
        for node in self.nodes:
            wait_for(lambda: node.metric("mpim_over_limit_total") > 0 and self.over_limit(node, what), what)

    # [G25] tens of thousands of names that are no nodes' are passed over, and cleared away
    def test_names(self):
        self.put("SADD", "nodes", *(f"nobody{i}" for i in range(NAMES)))
        self.told("nodes")
        self.talk()
        wait_for(lambda: sorted(self.redis.cli("SMEMBERS", "nodes")) == ["one", "two"], "the nodes alone", PATIENCE_S)
        for node in self.nodes:
            node.sees("2 nodes")
        wait_for(lambda: self.talk() < 1, "what is live")

    # [G25] a lease of ten million bytes is none of ours
    def test_lease(self):
        self.put("HSET", "node:fat", "epoch", "7", "line", "x" * LEASE_BYTES)
        self.put("SADD", "nodes", "fat")
        self.told("texts of a lease")
        for node in self.nodes:
            node.sees("2 nodes")
        self.talk()
        rows = self.nodes[0].ctl_json("node", "ls")["items"]
        self.assertEqual([row["id"] for row in rows], ["one", "two"])

    # [G25] of a route with a hundred thousand nodes some are looked at, and who is there hears all the same
    def test_route(self):
        fields = (word for i in range(ROUTES) for word in (f"n{i}", "7 1 77"))
        self.put("HSET", f"route:{self.bob.uid}", *fields)
        for _ in range(3):
            self.talk()
        wait_for(lambda: self.talk() and self.over_limit(self.nodes[0], "nodes of a user"), "a line in the log")
        self.assertEqual(self.nodes[0].checks()[0], 200)


if __name__ == "__main__":
    unittest.main()
