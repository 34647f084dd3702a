#!/usr/bin/env python3
"""The log's months at MariaDB, kept by the nodes themselves while people talk.

usage: months_test.py BUILD
"""
import signal
import sys
import unittest

from node_processes import MariaDb, Node, Person, Redis, wait_for

BUILD = sys.argv.pop(1)
DAY_MS = 86_400_000
PARTS = ("SELECT partition_name FROM information_schema.partitions WHERE table_name = 'messages' AND "
         "table_schema = '{}' ORDER BY partition_ordinal_position")


class Months(unittest.TestCase):
    def setUp(self):
        self.redis, self.mariadb = Redis(), MariaDb()
        self.addCleanup(self.redis.end)
        self.addCleanup(self.mariadb.end)
        self.store = self.mariadb.make_store(BUILD)

    def sql(self, statement):
        return self.mariadb.sql(f"USE mpim1; {statement}")

    def parts(self):
        return self.mariadb.sql(PARTS.format("mpim1"))

    def nodes(self):
        made = []
        for name in ("one", "two"):
            made.append(Node(BUILD, name, STORE_URL=self.store, RETENTION_HISTORY_DAYS=60,
                             REDIS_URL=f"redis://127.0.0.1:{self.redis.port}"))
            self.addCleanup(made[-1].end)
            self.assertIn("line", made[-1].ready, made[-1].said())
        return made

    # [M21] nodes make the months to come by themselves, drop the old ones, and nobody notices
    def test_nodes_keep_the_months(self):
        ready = self.parts()
        self.assertEqual((len(ready), ready[-1]), (4, "p_rest"))
        self.sql("ALTER TABLE messages PARTITION BY RANGE (at) (PARTITION p_rest VALUES LESS THAN MAXVALUE)")
        nodes = self.nodes()
        wait_for(lambda: self.parts() == ready, "the months to come")
        ann, bob = (Person(name).register(node) for name, node in zip(("ann", "bob"), nodes))
        for i in range(3):
            self.assertIn("+OK", ann.ask(f"SEND {bob.uid} old{i}"))
        bob.hears("old2")
        bob.acknowledge()
        for node in nodes:
            self.assertEqual(node.end(signal.SIGTERM), 0)
        # Time passes: what was said is a hundred days old, and in a month of its own.
        [at] = {int(each) // DAY_MS * DAY_MS for each in self.sql("SELECT MIN(at) FROM messages")}
        self.sql(f"UPDATE messages SET at = at - {100 * DAY_MS}; ALTER TABLE messages PARTITION BY RANGE (at) "
                 f"(PARTITION old VALUES LESS THAN ({at - 90 * DAY_MS}), PARTITION late VALUES LESS THAN "
                 f"({at - 80 * DAY_MS}), PARTITION p_rest VALUES LESS THAN MAXVALUE); "
                 f"UPDATE messages SET at = {at} WHERE seq = 3")
        nodes = self.nodes()
        for person, node in ((ann, nodes[0]), (bob, nodes[1])):
            person.login(node)
        said = 0
        while said < 20 or "old" in self.parts() or self.parts()[-2:] != ready[-2:]:
            said += 1
            self.assertLess(said, 2000, self.parts())
            self.assertIn("+OK", ann.ask(f"SEND {bob.uid} new{said}"))
        bob.hears(f"new{said}")
        self.assertEqual(bob.in_order(), "")
        self.assertEqual(self.sql("SELECT COUNT(*) FROM messages WHERE seq < 3"), ["0"])
        self.assertIn("old2", bob.ask("HISTORY @ann limit=1000") + str(bob.texts()))
        self.assertTrue(any("event=months.dropped part=old" in node.said() for node in nodes))
        self.assertFalse(any("months.failed" in node.said() for node in nodes))
        for node in nodes:
            self.assertEqual(node.end(signal.SIGTERM), 0)


if __name__ == "__main__":
    unittest.main()
