#!/usr/bin/env python3
"""The connections of a node to its MariaDB: how many, how often used, and what waits for them.

usage: pool_test.py BUILD
"""
import os
import re
import signal
import sys
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("cluster", "faults")]

from fault_proxy import FaultProxy  # noqa: E402
from node_processes import Node, Person, Redis, wait_for  # noqa: E402
from queued_parts import TcpMariaDb  # noqa: E402

BUILD = sys.argv[1]
READERS, APPENDERS = 4, 2
SLOW_MS = 30        # injected, each way
WAIT_MAX_MS = 1_000
PROCESSLIST = "SELECT COUNT(*) FROM information_schema.processlist WHERE db='mpim1'"


class Pool(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = TcpMariaDb()
        cls.addClassCleanup(cls.db.end)

    def setUp(self):
        self.db.made = 0
        self.db.sql("DROP DATABASE IF EXISTS mpim1; SET GLOBAL wait_timeout=28800")
        self.db.make_store(BUILD)
        self.proxy = FaultProxy(f"127.0.0.1:{self.db.port}")
        self.addCleanup(self.proxy.close)

    def node(self, **settings):
        given = {"STORE_URL": f"mysql://mpim:m@{self.proxy.address}/mpim1", "SEARCH_ENABLED": "false",
                 "SESSION_SWEEP_MS": 5_000, **settings}
        node = Node(BUILD, "one", **given)
        self.addCleanup(node.end)
        self.assertIn("line", node.ready, node.said())
        return node

    def person(self, name, node):
        person = Person(name).register(node)
        self.addCleanup(person.drop)
        return person

    def connections(self):
        return int(self.db.sql(PROCESSLIST)[0])

    def kill_all(self):
        for number in self.db.sql(PROCESSLIST.replace("COUNT(*)", "id")):
            self.db.client("mariadb", "-e", f"KILL {number}")

    # [G48][O4] connections come with the load and go with it, and each is used many times
    def test_they_grow_shrink_and_are_reused(self):
        node = self.node(STORE_READERS=READERS, STORE_APPENDERS=APPENDERS, STORE_IDLE_S=1)
        people = [self.person(f"p{number}", node) for number in range(12)]
        calm = wait_for(lambda: self.connections() <= 2 and self.connections(), "few connections")
        made, run = self.counted(node)
        self.proxy.delay(SLOW_MS)
        over, failed = threading.Event(), []

        def talk(person):
            while not over.is_set():
                for line in (f"SEND {people[0].uid} hello", "UNREAD", "GROUPS"):
                    answer = person.ask(line)
                    if not answer.startswith("+OK"):
                        failed.append(answer)
        threads = [threading.Thread(target=talk, args=(person,)) for person in people[1:]]
        for thread in threads:
            thread.start()
        try:
            peak = wait_for(lambda: self.connections() == 1 + APPENDERS + READERS and self.connections(),
                            "as many connections as may be")
            wait_for(lambda: node.metric("mpim_store_connections") == peak, "the node's own count")
            time.sleep(2)
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.proxy.heal()
        self.assertEqual(failed, [])
        connects, statements = (after - before for after, before in zip(self.counted(node), (made, run)))
        reuse = 1 - connects / statements
        self.assertLessEqual(connects, 2 * (APPENDERS + READERS))
        self.assertGreater(reuse, 0.9)
        wait_for(lambda: self.connections() <= 2, "few connections again")
        sys.stderr.write(f"{calm} connections, {peak} under load, {self.connections()} after it; {connects:.0f} made "
                         f"for {statements:.0f} statements: {reuse:.1%} found one that was there\n")

    def counted(self, node):
        return [node.metric(f"mpim_store_{what}_total") for what in ("connects", "statements")]

    # [G48][O5] a connection that the server has ended costs no call, and is made again
    def test_a_stale_connection_is_replaced(self):
        self.db.sql("SET GLOBAL wait_timeout=2")
        node = self.node(STORE_IDLE_S=0)
        ann, bob = self.person("ann", node), self.person("bob", node)
        lines = (f"SEND {bob.uid} hello", "UNREAD", "GROUPS", f"PROFILE {bob.uid}")

        def all_answered():
            for line in lines * 3:
                self.assertTrue(ann.ask(line).startswith("+OK"), line)
        all_answered()
        made, _ = self.counted(node)
        most = self.connections()
        wait_for(lambda: self.connections() < most, "an idle connection that the server ends")
        for _ in range(5):
            all_answered()
            self.kill_all()
            all_answered()
        self.assertGreater(self.counted(node)[0], made + 5)
        self.assertEqual(node.metric("mpim_store_failures_total"), 0)

    # [O5] what waits for a database that stands still is refused in time, and never done afterwards
    def test_waiting_is_bounded_in_time(self):
        node = self.node(STORE_WAIT_MAX_MS=WAIT_MAX_MS, STORE_ANSWER_TIMEOUT_MS=60_000)
        ann, bob, carl = (self.person(name, node) for name in ("ann", "bob", "carl"))
        for each in (ann, carl):
            self.assertIn("+OK", each.ask(f"SEND {bob.uid} before"))
        self.db.signal(signal.SIGSTOP)
        stopped = time.monotonic()
        try:
            ann.say(f"SEND {bob.uid} begun")
            ann.read(0.3)  # it is in a transaction now
            asked = time.monotonic()
            carl.say(f"SEND {bob.uid} late")
            answer = carl.line()
            waited_ms = (time.monotonic() - asked) * 1_000
            self.assertTrue(answer.startswith("-ERR UNAVAILABLE"), answer)
            self.assertGreaterEqual(waited_ms, WAIT_MAX_MS)
            self.assertLess(waited_ms, 3 * WAIT_MAX_MS)
            self.assertFalse(ann.replies)
        finally:
            self.db.signal(signal.SIGCONT)
        self.assertIn("+OK msg_id=", ann.line())
        held_ms = (time.monotonic() - stopped) * 1_000
        self.assertGreater(held_ms, WAIT_MAX_MS)
        wait_for(lambda: carl.ask(f"SEND {bob.uid} after").startswith("+OK"), "a store that is back")
        bob.hears("after")
        bob.hears("begun")
        self.assertNotIn("late", bob.texts())
        self.assertEqual(self.db.sql("SELECT COUNT(*) FROM mpim1.messages WHERE text = 'late'"), ["0"])
        self.assertGreaterEqual(node.metric("mpim_store_overdue_total"), 1)
        sys.stderr.write(f"refused after {waited_ms:.0f} ms of {WAIT_MAX_MS}; what had begun was answered after "
                         f"{held_ms:.0f} ms\n")

    # [O18] database connections, Redis' memory, errors by code and the store's size, for both stores
    def test_gauges(self):
        redis = Redis()
        self.addCleanup(redis.end)
        node = self.node(REDIS_URL=f"redis://127.0.0.1:{redis.port}")
        self.errors_are_counted(node)
        self.assertEqual(node.metric("mpim_store_connections"), self.connections())
        wait_for(lambda: node.metric("mpim_redis_memory_bytes") > 500_000, "what Redis holds")
        size = int(self.db.sql("SELECT SUM(data_length + index_length) FROM information_schema.tables "
                               "WHERE table_schema='mpim1'")[0])
        self.assertAlmostEqual(node.metric("mpim_store_bytes"), size, delta=size / 4)
        alone = Node(BUILD, "alone")
        self.addCleanup(alone.end)
        self.errors_are_counted(alone)
        self.assertEqual(alone.metric("mpim_store_bytes"),
                         os.path.getsize(os.path.join(alone.dir, "data", "mpim.db")))

    def errors_are_counted(self, node):
        """As many of each code as were heard, and no others; of how many requests is known too."""
        ann = self.person("ann", node)

        def counted():
            found = re.findall(r'^mpim_errors_total\{code="(\w+)"\} (\S+)$', node.get("/metrics")[1], re.M)
            return {code: float(count) for code, count in found}
        before, requests = counted(), node.metric("mpim_requests_total")
        heard = {}
        for line in ["SEND 999999999 x"] * 3 + ["NONSENSE"] * 2 + ["PING"] * 14 + ["SEND"]:
            answer = ann.ask(line)
            if answer.startswith("-ERR"):
                code = answer.split()[1]
                heard[code] = heard.get(code, 0) + 1
        after = counted()
        self.assertEqual({code: after[code] - before[code] for code in after if after[code] != before[code]}, heard)
        self.assertEqual(sum(heard.values()), 6)
        # Looking at the metrics is a request, too.
        share = sum(heard.values()) / (node.metric("mpim_requests_total") - requests)
        self.assertAlmostEqual(share, 6 / 20, delta=0.1)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
