#!/usr/bin/env python3
"""Acknowledgements while the database is away: they wait in a queue of their own.

usage: queued_acks_test.py BUILD
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from node_processes import Person, wait_for  # noqa: E402
from queued_parts import Queued  # noqa: E402

CURSORS = "SELECT device > 0, MAX(seq) FROM cursors WHERE user = {} GROUP BY device > 0"
LONG_MS = 120_000


class QueuedAcks(Queued):
    def talk(self, node):
        """Ann has sent Bob ten messages; he was shown them and acknowledged none."""
        ann, bob = self.people(node)
        for number in range(10):
            self.assertIn("msg_id=", ann.ask(f"SEND 1002 {number}"))
        bob.hears("9")
        wait_for(lambda: self.stored(1001) == (10, 0), "her own cursor")
        return ann, bob

    def acks(self):
        return int(self.redis.cli("XLEN", "{intake}:acks")[0])

    def stored(self, user=1002):
        """His delivered and read cursors."""
        rows = iter(self.sql(CURSORS.format(user)))
        found = dict(zip(rows, rows))
        return int(found.get("1", 0)), int(found.get("0", 0))

    def counted(self, name, *nodes):
        return sum(node.metric(f"mpim_intake_acks_{name}_total") for node in nodes)

    # [M35] what a device acknowledged and its user read while the database was away is stored once
    # it is back, by another node, when that which took it is dead; nothing is shown again
    def test_acknowledgements_are_stored_once_when_the_database_is_back(self):
        one, two = self.node("one"), self.node("two")
        _, bob = self.talk(one)
        newest = max(bob.told.values())
        self.db.kill()
        self.assertEqual(bob.acknowledge(), "+OK")
        wait_for(lambda: self.acks() == 1, "the acknowledgement in its queue")
        self.assertRegex(bob.ask(f"READ {newest}"), rf"^\+OK .*{newest}")
        wait_for(lambda: self.acks() == 2, "what he read")
        self.assertEqual(self.counted("queued", one), 2)
        self.assertEqual((bob.repeated, bob.ask("PING")), (0, "+OK pong"))
        for node in (one, two):
            wait_for(lambda node=node: node.metric("mpim_intake_acks_depth") == 2, "the lag")
            self.assertGreater(node.metric("mpim_intake_acks_oldest_seconds"), 0)
            self.assertEqual(node.metric("mpim_intake_depth"), 0)
            self.assertRegex(node.ctl("health").stdout, r"intake +degraded .*2 acknowledgements wait "
                                                        r"for it, the oldest for \d+ s")
        one.end()
        self.db.start()
        wait_for(lambda: self.acks() == 0, "an empty queue")
        wait_for(lambda: self.counted("stored", two) == 2, "both")
        self.assertEqual(self.counted("refused", two), 0)
        self.assertEqual(self.stored(), (10, 10))
        wait_for(lambda: two.metric("mpim_intake_acks_depth") == 0, "no lag")
        two.sees("nothing waits", "intake")
        bob.login(two)
        self.assertIn("total=0", bob.ask("UNREAD"))
        self.assertEqual((bob.repeated, bob.texts()), (0, [str(n) for n in range(10)]))

    # [M35] neither consumer holds up the other
    def test_the_two_consumers_are_independent(self):
        one = self.node("one")
        ann, bob = self.talk(one)
        through = 10
        for held, free, depth_of_held, depth_of_free in (
                ("0", "acks", "mpim_intake_depth", "mpim_intake_acks_depth"),
                ("acks", "0", "mpim_intake_acks_depth", "mpim_intake_depth")):
            self.redis.cli("SET", f"{{intake}}:lease:{held}", "somebody", "PX", str(LONG_MS))
            self.db.kill()
            self.queue(ann, f"SEND 1002 held-{held}")
            self.assertEqual(bob.acknowledge(), "+OK")
            wait_for(lambda: one.metric("mpim_intake_acks_depth") == 1, "an acknowledgement")
            wait_for(lambda: one.metric("mpim_intake_depth") == 1, "a message")
            self.db.start()
            wait_for(lambda free=free: self.redis.cli("XLEN", f"{{intake}}:{free}") == ["0"], free)
            wait_for(lambda name=depth_of_free: one.metric(name) == 0, "its lag")
            self.assertEqual(one.metric(depth_of_held), 1)
            self.redis.cli("DEL", f"{{intake}}:lease:{held}")
            wait_for(lambda name=depth_of_held: one.metric(name) == 0, "the other's lag")
            wait_for(self.drained, "closed gates")
            for person in (ann, bob):
                person.hears(f"held-{held}")
            ann.acknowledge()
            through += 1
            wait_for(lambda: self.stored(1001)[0] == through, "her own cursor")
        bob.acknowledge()
        wait_for(lambda: self.stored()[0] == 12, "what came last")

    # [M35] what is not legal is not taken, or dropped when its turn comes
    def test_only_what_is_legal_is_stored(self):
        one = self.node("one")
        _, bob = self.talk(one)
        newest = max(bob.told.values())
        self.db.kill()
        self.assertIn("-ERR BAD_REQUEST", bob.ask(f"ACK {newest + 1}"))
        self.assertIn("-ERR UNAVAILABLE", bob.ask(f"READ {newest + 1}"))
        self.assertEqual(bob.ask(f"ACK {newest}"), "+OK")
        wait_for(lambda: self.acks() == 1, "the acknowledgement")
        self.redis.cli("SET", "{intake}:lease:acks", "somebody", "PX", str(LONG_MS))
        self.redis.cli("XADD", "{intake}:acks", "*", "ack", "junk")
        self.db.start()
        wait_for(lambda: one.checks()[0] == 200, "a node that is ready")
        bob.login(one)
        self.redis.cli("DEL", "{intake}:lease:acks")
        wait_for(lambda: self.acks() == 0, "an empty queue")
        wait_for(lambda: self.counted("refused", one) == 1, "a refusal that is counted")
        self.assertEqual(self.stored()[0], 0)
        self.assertEqual(self.sql("SELECT COUNT(*) FROM dead_letters"), ["1"])
        self.assertRegex(one.ctl("deadletter", "ls").stdout, r"no acknowledgement that this version")
        wait_for(lambda: bob.repeated == 10 or not bob.read(0.1), "all of it again")

    # [M35] a database that comes back as a replica that was behind gives the places of what it lost to
    # what was queued: acknowledgements of what was lost are not taken for those
    def test_an_acknowledgement_is_of_one_entry_not_of_its_place(self):
        one = self.node("one")
        ann, bob = self.talk(one)
        self.redis.cli("SET", "{intake}:lease:acks", "somebody", "PX", str(LONG_MS))
        newest = max(bob.told.values())
        self.sql(f"DELETE FROM messages WHERE conversation = {newest >> 30} AND seq > 8; "
                 "UPDATE conversations SET head = 8; UPDATE cursors SET seq = 8 WHERE seq > 8")
        self.db.kill()
        self.assertEqual(bob.acknowledge(), "+OK")
        self.assertRegex(bob.ask(f"READ {newest}"), rf"^\+OK .*{newest}")
        wait_for(lambda: self.acks() == 2, "both in their queue")
        bob.drop()
        self.queue(ann, "SEND 1002 new-8", "SEND 1002 new-9")
        self.db.start()
        wait_for(self.drained, "the messages")
        self.redis.cli("DEL", "{intake}:lease:acks")
        wait_for(lambda: self.acks() == 0, "an empty queue")
        wait_for(lambda: self.counted("refused", one) == 2, "both refused")
        self.assertIn("event=acks.refused", one.said())
        self.assertEqual(self.stored()[0], 0)
        again = Person("bob")
        again.login(one)
        self.addCleanup(again.drop)
        again.hears("new-9")
        self.assertEqual(again.texts()[-2:], ["new-8", "new-9"])

    # [M57] who cannot queue acknowledgements says so, and clients hear nothing of Redis
    def test_a_redis_that_refuses_them_is_seen(self):
        one = self.node("one")
        _, bob = self.talk(one)
        newest = max(bob.told.values())
        refuses = r'mpim_redis_refuses\{part="acks"\}'
        for begin, end in ((("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
                           (("ACL", "SETUSER", "default", "resetkeys", "~node*", "~route:*", "~slot:*",
                             "~settings", "~{intake}:gates", "~{intake}:0", "~{intake}:lease:0"),
                            ("ACL", "SETUSER", "default", "allkeys"))):
            self.assertEqual(self.redis.cli(*begin), ["OK"])
            wait_for(lambda: one.metric(refuses) == 1, "the refusal")
            one.sees("acknowledgements cannot wait: Redis refuses", "intake")
            self.assertIn("part=acks", one.said())
            self.db.kill()
            before = self.counted("not_kept", one)
            answer = bob.ask(f"READ {newest}")
            self.assertIn("-ERR UNAVAILABLE", answer)
            self.assertNotIn("Redis", answer)
            self.assertEqual(bob.acknowledge(), "+OK")
            wait_for(lambda: self.counted("not_kept", one) > before, "what is lost")
            self.assertEqual(self.redis.cli(*end), ["OK"])
            wait_for(lambda: one.metric(refuses) == 0, "the way back")
            self.db.start()
            wait_for(lambda: one.checks()[0] == 200, "a node that is ready")
            bob.ask("PING")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
