#!/usr/bin/env python3
"""A cluster whose MariaDB, Redis, or both are away: what people and operators are told.

usage: store_away_test.py BUILD
"""
import signal
import sys
import time
import unittest

from node_processes import MariaDb, Node, Person, Redis, wait_for

BUILD = sys.argv.pop(1)
AT_ONCE_S = 0.5
RECONNECT_S = 6  # one that hangs: who sends while it is called again waits for that to fail
IDLE_CPU = 0.05
WATCHED_S = 5


class StoreAway(unittest.TestCase):
    def setUp(self):
        self.redis, self.mariadb = Redis(), MariaDb()
        self.addCleanup(self.redis.end)
        self.addCleanup(self.mariadb.end)
        self.node = Node(BUILD, "one", STORE_URL=self.mariadb.make_store(BUILD),
                         REDIS_URL=f"redis://127.0.0.1:{self.redis.port}")
        self.addCleanup(self.node.end)
        self.assertIn("line", self.node.ready, self.node.said())
        self.ann, self.bob = (Person(name).register(self.node) for name in ("ann", "bob"))
        for each in (self.ann, self.bob):
            self.addCleanup(each.drop)
        self.assertIn("+OK", self.ann.ask(f"SEND {self.bob.uid} \"before\" cid=before"))
        self.bob.hears("before")
        self.bob.acknowledge()

    def health(self):
        """The exit code, and the states of the checks."""
        done = self.node.ctl("health")
        rows = [line.split() for line in done.stdout.splitlines()[1:]]
        return done.returncode, {row[0]: row[1] for row in rows}

    def becomes(self, code, **states):
        def so():
            seen = self.health()
            return seen[0] == code and all(seen[1].get(name) == state
                                           for name, state in states.items())
        try:
            wait_for(so, "health", 40)
        except AssertionError:
            self.fail(f"{code} {states}, not {self.health()}")

    def is_calm(self, refused_within_s=AT_ONCE_S):
        """Connections stay, PING and a refusal come at once, and nothing turns hot."""
        before, connections = self.node.cpu_s(), self.node.metric("mpim_connections")
        began = time.monotonic()
        slowest = 0
        asked = 0
        while time.monotonic() - began < WATCHED_S:
            for person in (self.ann, self.bob):
                start = time.monotonic()
                self.assertEqual(person.ask("PING"), "+OK pong")
                self.assertLess(time.monotonic() - start, AT_ONCE_S)
                answer = person.ask(f"SEND {self.ann.uid} lost{asked}")
                slowest = max(slowest, time.monotonic() - start)
                self.assertTrue(answer.startswith("-ERR UNAVAILABLE"), answer)
                asked += 1
            time.sleep(0.5)
        used = (self.node.cpu_s() - before) / (time.monotonic() - began)
        self.assertEqual(self.node.metric("mpim_connections"), connections)
        self.assertLess(used, IDLE_CPU)
        self.assertLess(slowest, refused_within_s)
        return f"CPU {used * 100:.1f} %, slowest answer {slowest * 1e3:.0f} ms"

    def comes_back(self):
        self.becomes(0, store="ok", redis="ok", registry="ok")
        self.assertEqual(self.node.metric("mpim_store_up"), 1)
        self.assertIn("+OK", self.ann.ask(f"SEND {self.bob.uid} \"after\" cid=after"))
        self.bob.hears("after", 6)
        # Definite refusals never appear later.
        self.assertNotIn("lost0", self.bob.texts() + self.ann.texts())
        self.assertIn("store.recovered", self.node.said())

    def first_refusal(self):
        """How long the first who sends waits: it is he who finds out."""
        start = time.monotonic()
        answer = self.ann.ask(f"SEND {self.bob.uid} first", 90)
        self.assertTrue(answer.startswith(("-ERR UNAVAILABLE", "-ERR UNKNOWN")), answer)
        return time.monotonic() - start

    def tells_of_itself(self):
        """Who runs it is answered by the node itself, at once, whatever the store does."""
        start = time.monotonic()
        self.assertTrue(self.node.ctl_json("version")["item"]["server"])
        self.assertEqual([row["id"] for row in self.node.ctl_json("node", "ls")["items"]], ["one"])
        self.assertLess(time.monotonic() - start, 5)

    # [M57][O28][O12] Redis away is told of, and takes nobody out
    def test_redis_is_away(self):
        self.redis.kill()
        self.becomes(0, redis="degraded", registry="degraded", store="ok")
        self.assertEqual(self.node.checks()[0], 200)
        self.assertEqual(self.node.metric("mpim_redis_up"), 0)
        self.assertIn("+OK", self.ann.ask(f"SEND {self.bob.uid} without"))
        self.bob.hears("without", 3)
        self.redis.start()
        self.becomes(0, redis="ok", registry="ok")

    # [O28][O12][O18] without the store nothing is half done, and operators see why
    def test_mariadb_is_killed(self):
        opened = self.node.metric("mpim_store_connections")
        seen = int(self.mariadb.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE db = 'mpim1'")[0])
        self.assertEqual(opened, seen)
        self.mariadb.kill()
        first = self.first_refusal()
        self.becomes(1, store="failed", redis="ok")
        self.assertEqual(self.node.checks()[0], 503)
        self.assertEqual(self.node.metric("mpim_store_up"), 0)
        self.tells_of_itself()
        calm = self.is_calm()
        self.assertIn("store.failed", self.node.said())
        self.mariadb.start()
        self.comes_back()
        print(f"MariaDB killed: first refusal {first:.1f} s, {calm}", file=sys.stderr)

    # [O28] a store that hangs is told of like one that is gone, and left by itself
    def test_mariadb_is_stopped(self):
        self.mariadb.signal(signal.SIGSTOP)
        first = self.first_refusal()
        self.becomes(1, store="failed", redis="ok")
        self.tells_of_itself()
        calm = self.is_calm(RECONNECT_S)
        self.mariadb.signal(signal.SIGCONT)
        self.comes_back()
        print(f"MariaDB stopped: first refusal {first:.1f} s, {calm}", file=sys.stderr)

    # [O28] without both, connections stay and nothing turns hot
    def test_both_are_killed(self):
        self.mariadb.kill()
        self.redis.kill()
        self.first_refusal()
        self.becomes(1, store="failed", redis="degraded")
        self.tells_of_itself()
        calm = self.is_calm()
        self.redis.start()
        self.mariadb.start()
        self.comes_back()
        print(f"both killed: {calm}", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
