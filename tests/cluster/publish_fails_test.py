#!/usr/bin/env python3
"""A Redis that answers, and refuses to pass anything on: what is sent arrives all the same.

usage: publish_fails_test.py BUILD
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from node_processes import MariaDb, Node, Person, Redis, wait_for  # noqa: E402

BUILD = sys.argv.pop(1)
SWEEP_S = 5  # within which an idle gap heals


class PublishFails(unittest.TestCase):
    def setUp(self):
        self.redis, self.mariadb = Redis(), MariaDb()
        self.addCleanup(self.redis.end)
        self.addCleanup(self.mariadb.end)
        url = self.mariadb.make_store(BUILD)
        self.one, self.two = (Node(BUILD, name, STORE_URL=url,
                                   REDIS_URL=f"redis://127.0.0.1:{self.redis.port}")
                              for name in ("one", "two"))
        for node in (self.one, self.two):
            self.addCleanup(node.end)
        self.ann = Person("ann").register(self.one)
        self.bob, self.carol = (Person(name).register(self.two) for name in ("bob", "carol"))
        for each in (self.ann, self.bob, self.carol):
            self.addCleanup(each.drop)

    # [M40][M55] who is there is pushed to though publishing fails, who is away finds it at his log-in
    def test_what_cannot_be_published_arrives(self):
        for each in (self.bob, self.carol):
            self.assertIn("+OK", self.ann.ask(f'SEND {each.uid} "before"'))
            each.hears("before")
            each.acknowledge()
        self.carol.drop()
        wait_for(lambda: self.two.metric("mpim_sessions") == 1, "carol's leave")
        pushed, woken = (self.two.metric(f"mpim_{name}_total")
                         for name in ("deliveries_pushed", "sweep_wakes"))
        self.redis.cli("ACL", "SETUSER", "default", "-publish")
        sent = [self.ann.ask(f'SEND {each.uid} "unpublished" cid=c{each.uid}')
                for each in (self.bob, self.carol)]
        self.assertTrue(all(answer.startswith("+OK msg_id=") for answer in sent), sent)
        self.assertLess(self.bob.hears("unpublished"), SWEEP_S)
        self.assertGreater(self.two.metric("mpim_sweep_wakes_total"), woken)
        # To him who is there, and to nobody else.
        self.assertEqual(self.two.metric("mpim_deliveries_pushed_total"), pushed + 1)
        waiting = self.two.ctl_json("offline", "ls", "--user", "carol")["items"]
        self.assertEqual([row["pending"] for row in waiting], ["1"])
        # Whoever is in doubt sends again: it is stored once.
        self.assertIn("dup=1", self.ann.ask(f'SEND {self.carol.uid} "unpublished" cid=c{self.carol.uid}'))
        self.carol.login(self.two)
        self.carol.hears("unpublished")
        self.carol.acknowledge()
        self.redis.cli("ACL", "SETUSER", "default", "+publish")
        self.assertIn("+OK", self.ann.ask(f'SEND {self.carol.uid} "after"'))
        self.carol.hears("after")
        for each in (self.bob, self.carol):
            self.assertEqual((each.in_order(), each.repeated), ("", 0))
        self.assertEqual(self.carol.texts(), ["before", "unpublished", "after"])


if __name__ == "__main__":
    unittest.main()
