#!/usr/bin/env python3
"""Real nodes that meet in a real Redis: how they begin, go on without it, and end.

usage: redis_test.py BUILD
"""
import json
import signal
import sys
import unittest

from node_processes import Node, Person, Redis, wait_for

BUILD = sys.argv.pop(1)


class Cluster(unittest.TestCase):
    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.end)

    def node(self, node_id, who=""):
        node = Node(BUILD, node_id, REDIS_URL=f"redis://{who}127.0.0.1:{self.redis.port}")
        self.addCleanup(node.end)
        return node

    # [P11][O37] nodes know one another while they live
    def test_nodes_come_and_go(self):
        one, two = self.node("one"), self.node("two")
        one.sees("2 nodes")
        two.sees("2 nodes")
        self.assertEqual(two.end(signal.SIGTERM), 0)
        one.sees("1 nodes")
        self.assertEqual(self.redis.cli("SMEMBERS", "nodes"), ["one"])
        three = self.node("three")
        one.sees("2 nodes")
        three.end(signal.SIGKILL)
        one.sees("1 nodes")  # when its lease is over

    # [O18] what Redis holds is a gauge of each node
    def test_memory_of_redis_is_a_gauge(self):
        one = self.node("one")
        one.sees("1 nodes")
        wait_for(lambda: one.metric("mpim_redis_memory_bytes") > 100_000, "the memory of Redis")

    # [G25] two nodes with one id
    def test_a_second_node_of_one_id_does_not_start(self):
        one = self.node("one")
        again = self.node("one")
        self.assertEqual(again.ready, {})
        self.assertIn(f"CONFLICT another node named one runs at {one.ready['line']}", again.said())
        one.end(signal.SIGKILL)
        after = self.node("one")
        self.assertIn("line", after.ready)
        self.assertIn("registry.waiting", after.said())

    # [G25] a node whose id another one took wants no clients, and is said to have failed
    def test_an_id_that_was_taken_meanwhile(self):
        one = self.node("one")
        one.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: self.redis.cli("EXISTS", "node:one") == ["0"], "the end of its lease")
        self.assertIn("line", self.node("one").ready)
        one.process.send_signal(signal.SIGCONT)
        wait_for(lambda: "holds the lease" in one.checks()[1]["registry"], "word of the other one")
        done = one.ctl("health", "-o", "json")
        self.assertEqual(done.returncode, 1)
        row, = (row for row in json.loads(done.stdout)["items"] if row["name"] == "registry")
        self.assertEqual(row["state"], "failed")
        self.assertRegex(row["detail"], "^another node named one runs at ")

    # [G25] a Redis that refuses the node keeps it from starting, and the log says what to mend
    def test_a_wrong_password_is_told_at_once(self):
        self.redis.cli("CONFIG", "SET", "requirepass", "right")
        self.assertIn("put USER:PASSWORD@ into redis.url", self.node("one").said())
        self.assertIn("mend the user or the password", self.node("one", ":wrong@").said())
        self.assertIn("line", self.node("one", ":right@").ready)

    # [M57] without Redis users of one node talk as before, and everything comes back by itself
    def test_a_node_goes_on_without_redis(self):
        one = self.node("one")
        ann, bob = Person("ann").register(one), Person("bob").register(one)
        self.addCleanup(ann.drop)
        self.addCleanup(bob.drop)
        wait_for(lambda: self.redis.cli("EXISTS", "route:1001", "route:1002") == ["2"], "routes")
        self.assertIn("+OK", ann.ask("SEND 1002 with"))
        bob.hears("with")
        self.redis.kill()
        one.sees("degraded", "redis")
        self.assertEqual(one.checks()[0], 200)
        self.assertRegex(one.checks()[1]["registry"], "^degraded: Redis is away: ")
        wait_for(lambda: one.ctl_json("node", "ls")["items"] == [], "the lease's end")
        self.assertIn("has no lease: `mpimctl health` says why", one.ctl("node", "ls").stderr)
        self.assertIn("+OK", ann.ask("SEND 1002 without"))
        bob.hears("without")
        self.redis.start()
        wait_for(lambda: self.redis.cli("EXISTS", "route:1001", "route:1002", "node:one") == ["3"],
                 "routes and the lease")
        wait_for(lambda: "degraded" not in one.checks()[1]["redis"], "the way back")
        self.redis.cli("FLUSHALL")
        wait_for(lambda: self.redis.cli("EXISTS", "route:1001", "route:1002", "node:one") == ["3"],
                 "routes and the lease")
        self.assertIn("+OK", ann.ask("SEND 1002 again"))
        bob.hears("again")
        self.assertIn("bye", ann.ask("QUIT"))
        wait_for(lambda: self.redis.cli("EXISTS", "route:1001") == ["0"], "the route's end")


if __name__ == "__main__":
    unittest.main()
