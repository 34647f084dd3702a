#!/usr/bin/env python3
"""A Redis that answers, and refuses what a node needs: that is seen, heals by itself, and loses nothing.

usage: rights_test.py BUILD
"""
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from node_processes import MariaDb, Node, Person, Redis, free_port, wait_for  # noqa: E402

BUILD = sys.argv.pop(1)
SWEEP_S = 6  # within which an idle gap heals


class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mariadb = MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.mariadb.end()

    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.end)
        self.store = self.mariadb.make_store(BUILD)
        self.nodes = [self.node(each) for each in ("one", "two")]
        for node in self.nodes:
            node.sees("2 nodes")
        self.ann, self.bob = (self.person(name, node) for name, node in zip(("ann", "bob"), self.nodes))
        self.said = 0
        self.talk()

    def node(self, node_id):
        node = Node(BUILD, node_id, STORE_URL=self.store, REDIS_URL=f"redis://127.0.0.1:{self.redis.port}")
        self.addCleanup(node.end)
        return node

    def person(self, name, node):
        person = Person(name).register(node)
        self.addCleanup(person.drop)
        return person

    def talk(self):
        """One message from node to node: how long it took."""
        self.said += 1
        word = f"word{self.said}"
        self.assertIn("+OK msg_id=", self.ann.ask(f"SEND {self.bob.uid} {word}"))
        took_s = self.bob.hears(word, SWEEP_S)
        self.bob.acknowledge()
        return took_s

    def refused(self, command):
        self.assertEqual(self.redis.cli(*command.split()), ["OK"])

    def refuses(self, node, part):
        return node.metric(re.escape(f'mpim_redis_refuses{{part="{part}"}}'))

    def told(self, node, check, words, part=None):
        """In /readyz, `mpimctl health`, the metrics and the log; and the node stays in its balancer."""
        node.sees(words, check)
        node.sees("degraded", check)
        self.assertEqual(node.checks()[0], 200)
        health = node.ctl("health", "-o", "json")
        self.assertEqual(health.returncode, 0, health.stdout)
        [row] = [row for row in node.ctl_json("health")["items"] if row["name"] == check]
        self.assertEqual(row["state"], "degraded")
        self.assertIn(words, row["detail"])
        if part:
            self.assertEqual(self.refuses(node, part), 1)
            wait_for(lambda: self.logged(node, "redis.refuses", f"part={part} ", words), "a line in the log")

    def logged(self, node, event, *words):
        return [line for line in node.said().splitlines()
                if f"event={event} " in line + " " and all(word in line + " " for word in words)]

    def healed(self, parts=()):
        for node in self.nodes:
            node.sees(f"{len(self.nodes)} nodes")
            wait_for(lambda: not any("degraded" in node.checks()[1][of] for of in ("redis", "registry")),
                     "the way back")
            for part in parts:
                self.assertEqual(self.refuses(node, part), 0)
                for event in ("redis.refuses", "redis.refuses_no_more"):
                    self.assertEqual(len(self.logged(node, event, f"part={part} ")), 1, node.said())
        wait_for(lambda: self.talk() < 1, "what is live again")
        self.assertEqual((self.bob.in_order(), self.bob.repeated), ("", 0))

    # [M57] a right to publish that is taken away is told before anybody has something to say
    def test_publish(self):
        self.nodes.append(self.node("silent"))
        self.nodes[0].sees("3 nodes")
        self.refused("ACL SETUSER default -publish")
        for node in self.nodes:
            self.told(node, "redis", "NOPERM", "publish")
        self.talk()
        self.refused("ACL SETUSER default +publish")
        self.healed(["publish"])

    # [M57] who may not listen listens again by himself
    def test_channels(self):
        self.refused("ACL SETUSER default resetchannels")
        for node in self.nodes:
            self.told(node, "redis", "NOPERM", "listen")
        self.talk()
        self.refused("ACL SETUSER default allchannels")
        self.healed(["listen", "publish"])

    # [M57] nodes that cannot be read are not forgotten at once, and their leases' end is no end
    def test_reading(self):
        self.refused("ACL SETUSER default -hgetall")
        for node in self.nodes:
            self.told(node, "registry", "Redis refuses HGETALL")
            self.assertEqual(node.metric("mpim_registry_blind"), 1)
            self.assertEqual(len(self.logged(node, "registry.not_read", "NOPERM")), 1)
        self.talk()
        wait_for(lambda: self.talk() and self.refuses(self.nodes[0], "route_read"), "a look for a route")
        self.told(self.nodes[0], "redis", "Redis refuses HGETALL", "route_read")
        self.refused("ACL SETUSER default +hgetall")
        self.healed()
        for node in self.nodes:
            self.assertEqual(len(self.logged(node, "registry.read_again")), 1)

    # [M57] routes that could not be written are, as soon as they can
    def test_routes(self):
        self.refused("ACL SETUSER default resetkeys ~node:* ~nodes ~slot:* ~settings")
        carol = self.person("carol", self.nodes[1])
        self.told(self.nodes[1], "redis", "NOPERM", "route_write")
        self.assertNotIn("degraded", self.nodes[1].checks()[1]["registry"])
        self.talk()
        self.refused("ACL SETUSER default allkeys")
        wait_for(lambda: self.redis.cli("HKEYS", f"route:{carol.uid}") == ["two"], "her route")
        self.healed()

    # [M57] a Redis that a fail-over has made a replica
    def test_replica(self):
        self.refused(f"REPLICAOF 127.0.0.1 {free_port()}")
        for node in self.nodes:
            self.told(node, "registry", "READONLY")
            self.told(node, "redis", "READONLY", "channel")
            self.assertEqual(node.metric("mpim_registry_held"), 0)
        self.talk()
        self.refused("REPLICAOF NO ONE")
        self.healed(["channel"])

    # [M57] a Redis without memory
    def test_memory(self):
        self.refused("CONFIG SET maxmemory 1")
        for node in self.nodes:
            self.told(node, "registry", "OOM command not allowed")
            self.told(node, "redis", "OOM command not allowed", "channel")
        self.talk()
        self.refused("CONFIG SET maxmemory 0")
        self.healed(["channel"])

    # [M57] a Redis that cannot save, and therefore refuses writes
    def test_disk(self):
        os.rename(self.redis.dir, self.redis.dir + ".gone")
        os.mkdir(self.redis.dir)
        os.rmdir(self.redis.dir + ".gone")
        self.redis.cli("CONFIG", "SET", "save", "3600 1")
        self.redis.cli("BGSAVE")
        for node in self.nodes:
            self.told(node, "registry", "MISCONF")
        self.talk()
        self.refused("CONFIG SET stop-writes-on-bgsave-error no")
        self.healed(["channel"])


if __name__ == "__main__":
    unittest.main()
