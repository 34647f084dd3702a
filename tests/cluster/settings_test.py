#!/usr/bin/env python3
"""The settings of a whole cluster: changed once, followed by three real nodes that run on.

usage: settings_test.py BUILD
"""
import json
import os
import sys
import time
import unittest

from cluster_case import BUILD, ClusterCase
from node_processes import Node, Person, wait_for

SOON_S = 2.0
LIMITED = ("limits.user_messages_per_s=1", "limits.user_messages_burst=2")


class Settings(ClusterCase):
    def refused(self, person, count=6):
        """How many of so many sends at once are refused as too fast."""
        answers = [person.ask(f"SEND {person.uid} x{turn}") for turn in range(count)]
        for each in answers:
            self.assertRegex(each, r"^(\+OK|-ERR RATE_LIMITED)")
        return sum("RATE_LIMITED" in each for each in answers)

    def follows(self, node, version, patience_s=SOON_S):
        super().follows(node, version, patience_s)

    def ask(self, node, *words):
        done = node.ctl("setting", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    # [G47][O30] a limit is changed once, and three nodes hold people to it, without a restart
    def test_three_nodes_follow_one_change(self):
        nodes = self.nodes("one", "two", "three")
        people = [self.person(f"p{i}", node) for i, node in enumerate(nodes)]
        pids = [node.process.pid for node in nodes]
        for each in people:
            self.assertEqual(self.refused(each), 0)
        begun = time.monotonic()
        self.ask(nodes[0], "set", *LIMITED)
        for node in nodes:
            self.follows(node, 1)
        print(f"three nodes follow within {time.monotonic() - begun:.2f} s", file=sys.stderr)
        for each in people:
            self.assertGreaterEqual(self.refused(each), 3)
        # Another node takes it back: each has its own value again, at once.
        self.ask(nodes[2], "revert", "0")
        for node in nodes:
            self.follows(node, 2)
        for each in people:
            self.assertEqual(self.refused(each), 0)
        self.assertEqual([node.process.poll() for node in nodes], [None] * 3)
        self.assertEqual([node.process.pid for node in nodes], pids)
        self.assertEqual([node.metric("mpim_settings_version") for node in nodes], [2] * 3)
        wait_for(lambda: [row["settings"] for row in nodes[1].ctl_json("node", "ls")["items"]] ==
                 ["2"] * 3, "every node's version in its lease")

    # [O30] what is out of bounds, unknown, or read at a start alone is refused, and changes nothing
    def test_a_bad_value_is_refused(self):
        one, two = self.nodes("one", "two")
        for bad, code, why in (("limits.user_messages_per_s=many", 2, "a number from 0 to 1000000"),
                               ("limits.user_messages_per_s=1000001", 2, "a number from 0 to"),
                               ("limits.user_message_per_s=1", 5, "did you mean"),
                               ("line.listen=127.0.0.1:1", 2, "read when a node starts"),
                               ("log.level", 2, "NAME=VALUE")):
            done = one.ctl("setting", "set", "log.level=info", bad)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(why, done.stderr)
        self.assertIn("dry run", self.ask(one, "set", "log.level=error", "--dry-run").stderr)
        stale = one.ctl("setting", "set", "log.level=error", "--if-version", "7")
        self.assertEqual(stale.returncode, 6, stale.stderr)
        self.assertEqual(one.ctl_json("setting", "history")["items"], [])
        self.follows(two, 0)

    # [O30] who changed what, and when, is kept and audited; going back is a change of its own
    def test_history_audit_and_revert(self):
        one, two = self.nodes("one", "two")
        begun = time.time()
        self.ask(one, "set", "log.level=debug")
        self.follows(two, 1)
        self.ask(two, "set", "log.level=warn", "limits.requests_per_s=7", "--if-version", "1")
        self.follows(one, 2)
        self.ask(one, "unset", "log.level")
        self.ask(one, "revert", "1")
        self.follows(two, 4)
        rows = [[row[key] for key in ("version", "change", "name", "before", "after")]
                for row in two.ctl_json("setting", "history")["items"]]
        self.assertEqual(rows, [
            ["4", "revert to 1", "limits.requests_per_s", "7", None],
            ["4", "revert to 1", "log.level", None, "debug"],
            ["3", "unset log.level", "log.level", "warn", None],
            ["2", "set log.level, set limits.requests_per_s", "limits.requests_per_s", None, "7"],
            ["2", "set log.level, set limits.requests_per_s", "log.level", "debug", "warn"],
            ["1", "set log.level", "log.level", None, "debug"]])
        for row in two.ctl_json("setting", "history")["items"]:
            self.assertEqual(row["by"], f"uid {os.geteuid()}")
            self.assertLess(abs(int(row["atMs"]) / 1000 - begun), 60)
        database = self.store.split("/")[3].split("?")[0]
        audited = self.mariadb.client("mariadb", "--batch", "--skip-column-names", database, "-e",
                                      "SELECT action, subject FROM audit_log ORDER BY id").stdout
        self.assertEqual(audited.splitlines()[0],
                         "ChangeSettings\tversion 1: log.level from each its own to debug")
        self.assertEqual([line.split("\t")[0] for line in audited.splitlines()],
                         ["ChangeSettings"] * 3 + ["RevertSettings"])

    # [G47] a node that joins later, and one that was restarted, follow what holds
    def test_a_new_and_a_restarted_node_follow(self):
        one, two = self.nodes("one", "two")
        self.ask(one, "set", *LIMITED)
        self.follows(two, 1)
        two.end()
        for node_id in ("three", "two"):
            node = self.node(node_id)
            self.follows(node, 1)
            self.assertGreaterEqual(self.refused(self.person(f"of_{node_id}", node)), 3)

    # [G47] without Redis nothing is changed, and the nodes keep what they have
    def test_redis_away(self):
        one, two = self.nodes("one", "two")
        ann = self.person("ann", two)
        self.ask(one, "set", *LIMITED)
        self.follows(two, 1)
        self.redis.kill()
        one.sees("degraded", "redis")
        refused = one.ctl("setting", "set", "limits.user_messages_per_s=100")
        self.assertEqual(refused.returncode, 7, refused.stderr)
        self.assertIn("nothing was changed", refused.stderr)
        self.assertGreaterEqual(self.refused(ann), 3)
        shown = one.ctl("setting", "ls", "--set")
        self.assertIn("as the node last heard", shown.stderr)
        # Redis comes back empty: they are put back, with their history.
        self.redis.start()
        wait_for(lambda: self.redis.cli("EXISTS", "settings") == ["1"], "the settings in Redis")
        for node in (one, two):
            wait_for(lambda: "degraded" not in str(node.checks()), "the way back")
        self.ask(two, "set", "log.level=debug")
        self.follows(one, 2)
        self.assertEqual({row["version"] for row in one.ctl_json("setting", "history")["items"]},
                         {"1", "2"})

    # [O30] what another version has set, and this one does not know, is told and passed over
    def test_a_value_that_a_node_does_not_know(self):
        one, = self.nodes("one")
        text = "[1]\nat = 1\nby = uid 0\nchange = set\nlimits.of_tomorrow = 5\nlog.level = debug\n"
        self.redis.cli("SET", "settings", text)
        self.follows(one, 1, 5)
        told = one.checks()[1]["settings"]
        self.assertIn("unknown setting `limits.of_tomorrow`", told)
        self.assertEqual(one.checks()[0], 200)
        self.assertIn("event=settings.not_followed", one.said())
        degraded = {check["name"] for check in json.loads(one.get("/readyz")[1])["checks"]
                    if check.get("degraded")}
        self.assertEqual(degraded, {"settings"})
        self.ask(one, "unset", "limits.of_tomorrow")
        wait_for(lambda: "degraded" not in one.checks()[1]["settings"], "the way back")


class Alone(unittest.TestCase):
    # [O30] a node that is alone keeps them in its data directory
    def test_a_node_alone(self):
        node = Node(BUILD, "alone")
        self.addCleanup(node.end)
        ann = Person("ann").register(node)
        self.addCleanup(ann.drop)
        done = node.ctl("setting", "set", "auth.register_open=false", *LIMITED)
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_for(lambda: "version 1" in node.checks()[1]["settings"], "version 1")
        answers = [ann.ask(f"SEND {ann.uid} x{turn}") for turn in range(6)]
        self.assertTrue(any("RATE_LIMITED" in each for each in answers), answers)
        stranger = Person("bob")
        self.addCleanup(stranger.drop)
        stranger.connect(node)
        self.assertIn("-ERR DENIED", stranger.ask("REGISTER bob password"))
        copy = os.path.join(node.dir, "data", "cluster_settings")
        with open(copy, encoding="utf-8") as kept:
            self.assertIn("auth.register_open = false\n", kept.read())
        self.assertEqual(os.stat(copy).st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
