#!/usr/bin/env python3
"""What is stored of a queued message is stored in one transaction: all of it or nothing, whoever is killed.

usage: one_transaction_test.py BUILD
"""
import os
import random
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", folder) for folder in ("cluster", "faults")]

from fault_proxy import FaultProxy  # noqa: E402
from node_processes import wait_for  # noqa: E402
from queued_parts import Queued, TcpMariaDb  # noqa: E402

ROUNDS, EACH = 6, 120  # fewer than the window of entries that are pushed by themselves
SLOW_MS = 40  # injected, each way, so that a transaction takes a while
# Conversations whose messages, head and remembered client ids do not say the same.
TORN = """
SELECT conversations.id, head, stored.newest, stored.entries, known.ids FROM conversations
LEFT JOIN (SELECT conversation, MAX(seq) AS newest, COUNT(*) AS entries, COUNT(client_id) AS named
           FROM messages GROUP BY conversation) AS stored ON stored.conversation = conversations.id
LEFT JOIN (SELECT conversation, COUNT(*) AS ids, MAX(seq) AS newest FROM client_ids GROUP BY conversation) AS known
       ON known.conversation = conversations.id
WHERE head <> COALESCE(stored.newest, 0) OR head <> COALESCE(stored.entries, 0)
   OR COALESCE(stored.named, 0) <> COALESCE(known.ids, 0)"""
APART = """
SELECT COUNT(*) FROM messages LEFT JOIN client_ids USING (conversation, sender, client_id)
WHERE messages.client_id IS NOT NULL AND (client_ids.seq IS NULL OR client_ids.seq <> messages.seq)"""


class OneTransaction(Queued):
    def made_database(self):
        return TcpMariaDb()

    def setUp(self):
        super().setUp()
        self.proxy = FaultProxy(f"127.0.0.1:{self.db.port}")
        self.addCleanup(self.proxy.close)
        self.url = f"mysql://mpim:m@{self.proxy.address}/mpim1"

    def stored(self):
        """How many messages there are, after a look at whether all that is said of them fits."""
        self.assertEqual(self.sql(TORN), [])
        self.assertEqual(self.sql(APART), ["0"])
        return int(self.sql("SELECT COUNT(*) FROM messages")[0])

    def modified(self):
        """Rows that a transaction has changed which is not committed yet."""
        return int(self.db.sql("SELECT COALESCE(MAX(trx_rows_modified), 0) FROM information_schema.innodb_trx")[0])

    # [M39] a stored message, its place, what is unread and its client id are one transaction
    def test_all_or_nothing(self):
        random.seed(39)
        node = self.node("n0")
        ann, bob = self.people(node)
        ann.ask('SEND 1002 "first" cid=first')
        wanted, undone = ["first"], 0
        for turn in range(ROUNDS):
            self.proxy.refuse()
            self.proxy.reset()
            wait_for(lambda: ann.ask("PING") and not node.checks()[1]["store"].startswith("writable"), "no store")
            texts = [f"r{turn}m{number}" for number in range(EACH)]
            self.queue(ann, *(f'SEND 1002 "{text}" cid={text}' for text in texts))
            wanted += texts
            before = self.stored()
            self.proxy.heal()
            self.proxy.delay(SLOW_MS)
            rows = random.randrange(2, EACH)
            wait_for(lambda: self.modified() > rows or self.stored() > before, "a transaction under way")
            if turn % 2:
                self.db.kill()
                self.proxy.reset()
                self.db.start()  # at another port: nobody finds it yet
            else:
                node.end()
            self.assertIn(self.stored(), (before, before + EACH))
            undone += self.stored() == before
            if turn % 2:
                self.proxy.target = ("127.0.0.1", self.db.port)
            else:
                node = self.node(f"n{turn + 1}")
                for person in (ann, bob):
                    person.login(node)
            self.proxy.heal()
            wait_for(self.drained, "an empty queue", 60)
            self.assertEqual(self.stored(), len(wanted))
        while len(bob.texts()) < len(wanted):
            self.assertTrue(bob.read(20), "there is no more")
            bob.acknowledge()
        self.assertEqual(bob.texts(), wanted)
        self.assertEqual(bob.in_order(), "")
        # How many it were is chance: a kill may come behind the commit.
        sys.stderr.write(f"{undone} of {ROUNDS} kills undid a transaction of {EACH} messages\n")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
