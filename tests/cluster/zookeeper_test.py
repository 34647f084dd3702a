#!/usr/bin/env python3
"""Real nodes whose leases and settings are in a real ZooKeeper; routes and hints stay in Redis.

usage: zookeeper_test.py BUILD
"""
import json
import os
import signal
import subprocess
import sys
import time
import unittest

from cluster_case import BUILD, ClusterCase
from node_processes import Zookeeper, free_port, wait_for

LEASE_S = 1.5
LIVE_S = 1.0  # what comes sooner came by way of Redis: the sweep takes up to five


class WithZookeeper(ClusterCase):
    SETTINGS = {"SESSION_SWEEP_MS": 5000}

    def setUp(self):
        super().setUp()
        self.zookeeper = Zookeeper()
        self.addCleanup(self.zookeeper.end)

    def start(self, node_id, **settings):
        return super().start(node_id, **{"REGISTRY_URL": self.zookeeper.url(), **settings})

    def nodes(self, *ids):
        made = [self.node(each) for each in ids]
        for each in made:
            each.sees(f"{len(ids)} nodes in {self.zookeeper.url()}")
        return made

    def person(self, name, node):
        person = super().person(name, node)
        wait_for(lambda: node.id in self.redis.cli("HKEYS", f"route:{person.uid}"), "a route")
        return person

    # [G46] nodes find one another in ZooKeeper, and people on them talk live
    def test_two_nodes(self):
        one, two = self.nodes("one", "two")
        self.assertEqual(self.redis.cli("EXISTS", "node:one", "nodes", "settings"), ["0"])
        ann, bob = self.person("ann", one), self.person("bob", two)
        for turn in range(5):
            self.assertIn("+OK", ann.ask(f"SEND {bob.uid} word{turn}"))
            bob.hears(f"word{turn}", LIVE_S)
            bob.acknowledge()
        rows = {row["id"]: row for row in two.ctl_json("node", "ls")["items"]}
        self.assertEqual(set(rows), {"one", "two"})
        self.assertEqual({row["state"] for row in rows.values()}, {"active"})

    # [G46] a killed node is gone when its lease is over, and one that joins is seen at once
    def test_a_node_comes_and_goes(self):
        one, two = self.nodes("one", "two")
        begun = time.monotonic()
        two.end(signal.SIGKILL)
        one.sees("1 nodes")
        gone_s = time.monotonic() - begun
        self.assertLess(gone_s, LEASE_S + 1)
        three = self.node("three")
        begun = time.monotonic()
        one.sees("2 nodes")
        self.assertLess(time.monotonic() - begun, LEASE_S / 3)
        begun = time.monotonic()
        three.end(signal.SIGTERM)
        one.sees("1 nodes")
        print(f"a killed node was gone after {gone_s:.2f} s, one that left after "
              f"{time.monotonic() - begun:.2f} s, its end included", file=sys.stderr)

    # [G46] an id is taken while its node lives, and free again when its session is over
    def test_an_id_that_is_taken(self):
        first = self.node("one")
        second = self.start("one")
        self.assertEqual(second.ready, {})
        self.assertNotEqual(second.wait(), 0, second.said())
        self.assertIn("another node named one runs at", second.said())
        first.end(signal.SIGKILL)
        again = self.node("one")
        again.sees("1 nodes")

    # [G46] a node is sent away by way of another one
    def test_drain(self):
        one, two = self.nodes("one", "two")
        done = one.ctl("node", "drain", "two", "-y")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(two.wait(30), 0, two.said())
        one.sees("1 nodes")

    # [G47][O30] settings in ZooKeeper: followed by all, kept while it is away, and after
    def test_settings(self):
        one, two = self.nodes("one", "two")
        ann = self.person("ann", two)
        changed = one.ctl("setting", "set", "limits.user_messages_per_s=1",
                          "limits.user_messages_burst=2")
        self.assertEqual(changed.returncode, 0, changed.stderr)
        self.follows(two, 1)

        def refused():
            return sum("RATE_LIMITED" in ann.ask(f"SEND {ann.uid} x") for _ in range(6))

        self.assertGreaterEqual(refused(), 3)
        self.zookeeper.kill()
        one.sees("degraded")
        away = one.ctl("setting", "set", "log.level=debug")
        self.assertEqual(away.returncode, 7, away.stderr)
        self.assertIn("nothing was changed", away.stderr)
        self.assertGreaterEqual(refused(), 3)
        self.zookeeper.start()
        one.sees("2 nodes")
        wait_for(lambda: one.ctl("setting", "revert", "0").returncode == 0, "a change again")
        self.follows(two, 2)
        self.assertEqual(refused(), 0)

    # [G46] while ZooKeeper is away messages arrive, and afterwards live again
    def test_zookeeper_dies_under_traffic(self):
        one, two = self.nodes("one", "two")
        ann, bob = self.person("ann", one), self.person("bob", two)
        self.zookeeper.kill()
        one.sees("degraded")
        two.sees("degraded")
        self.assertEqual(one.checks()[0], 200)
        wait_for(lambda: one.ctl_json("node", "ls")["items"] == [], "the leases' end")
        self.assertIn("has no lease: `mpimctl health` says why", one.ctl("node", "ls").stderr)
        self.assertIn("`mpimctl health` says why", one.ctl("node", "show").stderr)
        self.assertRegex(one.checks()[1]["registry"], "^degraded: ZooKeeper is away: not connected to 127")
        self.assertIn("+OK", ann.ask(f"SEND {bob.uid} meanwhile"))
        bob.hears("meanwhile", 3)
        self.zookeeper.start()
        for node in (one, two):
            node.sees("2 nodes")
        wait_for(lambda: one.id in self.redis.cli("HKEYS", f"route:{ann.uid}"), "a route")
        # A session that ended meanwhile is made anew, for which its node is gone for a moment: the sweep delivers.
        took_s, in_a_row = [], 0
        while in_a_row < 5:
            self.assertLess(len(took_s), 25, took_s)
            self.assertIn("+OK", ann.ask(f"SEND {bob.uid} live{len(took_s)}"))
            took_s.append(bob.hears(f"live{len(took_s)}", 10))
            bob.acknowledge()
            in_a_row = in_a_row + 1 if took_s[-1] < LIVE_S else 0

    # [G46] a node starts without ZooKeeper, joins when it comes, and ends without it
    def test_it_is_away_at_the_start_and_at_the_end(self):
        self.zookeeper.kill()
        one = self.node("one")
        one.sees("degraded")
        self.zookeeper.start()
        one.sees("1 nodes")
        self.zookeeper.kill()
        one.sees("degraded")
        begun = time.monotonic()
        self.assertEqual(one.end(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - begun, 10)

    # [G46] with a name and a password nobody else reads or changes what is there, and nodes run as before
    def test_rights(self):
        def guarded(who):
            return self.zookeeper.url().replace("//", f"//{who}@") if who else self.zookeeper.url()

        one = self.node("one", REGISTRY_URL=guarded("mpim:secret"))
        two = self.node("two", REGISTRY_URL=guarded("mpim:secret"))
        one.sees(f"2 nodes in {self.zookeeper.url()}")
        changed = one.ctl("setting", "set", "limits.user_messages_per_s=7")
        self.assertEqual(changed.returncode, 0, changed.stderr)
        self.follows(two, 1)
        for who in ("", "mpim:wrong"):
            stranger = self.start("three", REGISTRY_URL=guarded(who))
            self.assertEqual(stranger.ready, {}, who)
            self.assertNotEqual(stranger.wait(), 0)
            self.assertIn("mend USER:PASSWORD@ in registry.url", stranger.said())
            self.assertNotIn("wrong", stranger.said())
        self.zookeeper.kill()
        one.sees("degraded")
        self.zookeeper.start()
        one.sees("2 nodes")
        self.assertNotIn("secret", one.said() + two.said() + str(one.checks()))

    # [G25] nodes beyond registry.nodes_max are passed over in ZooKeeper, too, and counted
    def test_more_nodes_than_may_be_known(self):
        one, two = (self.node(each, REGISTRY_NODES_MAX=2) for each in ("one", "two"))
        one.sees("2 nodes")
        self.assertEqual(one.metric("mpim_over_limit_total"), 0)
        three = self.node("three")
        three.sees("3 nodes")
        wait_for(lambda: one.metric("mpim_over_limit_total") > 0, "the third")
        one.sees("2 nodes")
        self.assertIn("event=cluster.over_limit", one.said())

    # [X6] the doctor asks each server of a ZooKeeper
    def test_doctor(self):
        def registry_row(url):
            path = os.path.join(self.redis.dir, "mpimd.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(f'[redis]\nurl = "redis://127.0.0.1:{self.redis.port}"\n[registry]\nurl = "{url}"\n'
                           f'[data]\ndir = "{self.redis.dir}/none"\n')
            done = subprocess.run([os.path.join(BUILD, "bin/mpimctl"), "doctor", "--config", path, "-o", "json"],
                                  capture_output=True, text=True)
            return {row["id"]: row for row in json.loads(done.stdout)["items"]}["registry"]

        fine = registry_row(self.zookeeper.url().replace("//", "//mpim:secret@"))
        self.assertEqual(fine["verdict"], "ok", fine)
        self.assertIn("1 of 1 servers answer", fine["evidence"])
        self.assertNotIn("secret", str(fine))
        half = registry_row(self.zookeeper.url().replace("/mpim", f",127.0.0.1:{free_port()}/mpim"))
        self.assertEqual(half["verdict"], "fail", half)
        self.assertIn("1 of 2 servers answer", half["evidence"])
        self.zookeeper.kill()
        self.assertEqual(registry_row(self.zookeeper.url())["verdict"], "fail")

    # registry.url alone makes no cluster
    def test_it_needs_redis(self):
        node = self.start("one", REDIS_URL="")
        self.assertEqual(node.ready, {})
        self.assertIn("set redis.url", node.said())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
