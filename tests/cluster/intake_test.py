#!/usr/bin/env python3
"""Sends while the database is away: real nodes, a real MariaDB and a real Redis.

usage: intake_test.py BUILD
"""
import os
import re
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from node_processes import PATIENCE_S, wait_for  # noqa: E402
from queued_parts import Queued  # noqa: E402


class Talk:
    """A connection that keeps its answers apart from what is pushed; requests are pipelined."""

    def __init__(self, node):
        host, port = node.ready["line"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), PATIENCE_S) as made:
            self.file = made.makefile("rw")  # which keeps it open
        self.file.readline()
        self.pushed = []

    def answer(self):
        while True:
            line = self.file.readline()
            assert line, "the connection ended"
            if line[0] in "+-":
                return line.rstrip()
            self.pushed.append(line.rstrip())

    def tell(self, *lines):
        self.file.write("".join(line + "\n" for line in lines))
        self.file.flush()

    def ask(self, line):
        self.tell(line)
        return self.answer()

    def pushes(self, part):
        self.ask("PING")
        return [line for line in self.pushed if part in line]


def texts(pushed):
    return [re.search(r'text="(.*)"', line)[1] for line in pushed]


class Intake(Queued):
    def node(self, node_id, **settings):
        return super().node(node_id, **{"INTAKE_SHARDS": 16, **settings})

    def people(self, *nodes):
        talks = []
        for number, (name, node) in enumerate(zip(("ann", "bob"), nodes)):
            talk = Talk(node)
            self.addCleanup(talk.file.close)
            self.assertIn(f"uid={1001 + number}", talk.ask(f"REGISTER {name} password{number}"))
            talks.append(talk)
        return talks

    def queue(self, talk, *sent):
        """Sends, of which each must be queued; answers the tickets."""
        talk.tell(*sent)
        answers = [talk.answer() for _ in sent]
        self.assertEqual([a for a in answers if not a.startswith("+OK queued=")], [])
        return [a.split("=", 1)[1] for a in answers]

    def stored(self):
        return self.sql("SELECT text FROM messages ORDER BY conversation, seq")

    # [M37][M33] everything that was queued is stored once, in its order, and delivered
    def test_sends_are_queued_while_the_database_is_away(self):
        one = self.node("one")
        ann, bob = self.people(one, one)
        self.assertIn("msg_id=", ann.ask("SEND 1002 before"))
        self.db.kill()
        tickets = self.queue(ann, *(f"SEND 1002 m{i}" for i in range(200)))
        self.assertEqual(len(set(tickets)), 200)
        self.assertIn("pong", ann.ask("PING"))
        one.sees("200 messages wait", "intake")
        self.assertEqual(one.checks()[1]["intake"][:9], "degraded:")
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        wanted = ["before"] + [f"m{i}" for i in range(200)]
        wait_for(lambda: len(bob.pushes("MSG ")) >= 201, "what was queued")
        self.assertEqual(texts(bob.pushes("MSG ")), wanted)
        self.assertIn("total=201", bob.ask("UNREAD"))
        wait_for(lambda: len(ann.pushes("MSG ")) >= 200, "the sender's own")
        self.assertEqual([re.search(r" cid=(\S+)", line)[1] for line in ann.pushes("MSG ")], tickets)
        wait_for(lambda: "msg_id=" in ann.ask("SEND 1002 after"), "the way straight to the store")
        one.sees("nothing waits", "intake")
        self.assertIn("intake.entered", one.said())
        wait_for(lambda: "intake.left" in one.said(), "the word of it")

    # [M34][M70] a node that dies while it stores leaves the rest to another: nothing twice
    def test_another_node_goes_on_where_one_died(self):
        one, two = self.node("one"), self.node("two")
        ann, bob = self.people(one, two)
        self.db.kill()
        sent = [f'SEND 1002 "{i}" cid=c{i}' if i % 2 else f"SEND 1002 {i}" for i in range(2000)]
        for start in range(0, 2000, 200):
            self.queue(ann, *sent[start:start + 200])
        self.db.start()
        wait_for(lambda: int(self.redis.cli("HGET", "{intake}:gates", "shards")[0]), "gates")
        wait_for(lambda: 0 < len(self.stored()) < 2000 or self.drained(), "the first of them")
        one.end()
        wait_for(self.drained, "the end of the queue")
        wait_for(lambda: len(bob.pushes("MSG ")) >= 2000, "what was queued")
        self.assertEqual(texts(bob.pushes("MSG ")), [str(i) for i in range(2000)])
        self.assertIn("total=1000+", bob.ask("UNREAD"))

    # [M33] what is sent while the queue is being stored comes behind it, from whichever node
    def test_nothing_overtakes_what_waits(self):
        one, two = self.node("one"), self.node("two")
        ann, bob = self.people(one, two)
        again = Talk(two)
        self.addCleanup(again.file.close)
        self.assertIn("uid=1001", again.ask("LOGIN ann password0 device=other"))
        self.db.kill()
        self.queue(ann, *(f"SEND 1002 {i}" for i in range(500)))
        self.db.start()
        number = 500
        while not (self.drained() and number > 700):
            for talk in (again, ann):
                answer = talk.ask(f"SEND 1002 {number}")
                self.assertEqual(answer[:3], "+OK", answer)
                number += 1
        wait_for(lambda: len(bob.pushes("MSG ")) >= number, "everything")
        self.assertEqual(texts(bob.pushes("MSG ")), [str(i) for i in range(number)])

    # [M34] what somebody took and never stored is claimed
    def test_what_a_dead_taker_had_is_claimed(self):
        one = self.node("one", INTAKE_SHARDS=1)
        ann, bob = self.people(one, one)
        self.db.kill()
        self.queue(ann, *(f"SEND 1002 {i}" for i in range(5)))
        self.redis.cli("XGROUP", "CREATE", "{intake}:0", "store", "0")
        subprocess.run(["redis-cli", "-p", str(self.redis.port), "XREADGROUP", "GROUP", "store",
                        "dead", "COUNT", "3", "STREAMS", "{intake}:0", ">"], check=True,
                       capture_output=True)
        self.assertEqual(self.redis.cli("XPENDING", "{intake}:0", "store")[0], "3")
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        wait_for(lambda: len(bob.pushes("MSG ")) >= 5, "the five")
        self.assertEqual(texts(bob.pushes("MSG ")), [str(i) for i in range(5)])
        self.assertEqual(self.redis.cli("XPENDING", "{intake}:0", "store")[0], "0")

    # [M39] what cannot be read becomes a dead letter, and the queue goes on
    def test_a_poison_entry_is_put_aside(self):
        one = self.node("one", INTAKE_SHARDS=1)
        ann, bob = self.people(one, one)
        self.db.kill()
        self.queue(ann, "SEND 1002 first")
        self.redis.cli("XADD", "{intake}:0", "*", "draft", "\\x01junk")
        self.queue(ann, "SEND 1002 second")
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        wait_for(lambda: len(bob.pushes("MSG ")) >= 2, "both")
        self.assertEqual(texts(bob.pushes("MSG ")), ["first", "second"])
        self.assertEqual(self.sql("SELECT COUNT(*) FROM dead_letters"), ["1"])
        self.assertIn("BAD_REQUEST", self.sql("SELECT reason FROM dead_letters"))

    # [M33] a full queue refuses and drops nothing
    def test_a_full_queue_says_busy(self):
        one = self.node("one", INTAKE_SHARDS=1, INTAKE_SHARD_ENTRIES_MAX=10)
        ann, bob = self.people(one, one)
        self.db.kill()
        self.queue(ann, *(f"SEND 1002 {i}" for i in range(10)))
        self.assertEqual(ann.ask("SEND 1002 more")[:9], "-ERR BUSY")
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        wait_for(lambda: len(bob.pushes("MSG ")) >= 10, "the ten")
        self.assertEqual(texts(bob.pushes("MSG ")), [str(i) for i in range(10)])

    # [M37] a refusal that comes later is told to the sender alone
    def test_a_later_refusal_reaches_its_sender(self):
        one = self.node("one")
        ann, bob = self.people(one, one)
        group = re.search(r"group_id=(\d+)", bob.ask("CREATEGROUP club"))[1]
        self.db.kill()
        ticket, = self.queue(ann, f'GSEND {group} "hello" cid=mine')
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        notice, = wait_for(lambda: ann.pushes("NOTICE kind=refused"), "the refusal")
        self.assertIn(f"queued={ticket} cid=mine code=NOT_MEMBER", notice)
        self.assertEqual(bob.pushes("NOTICE"), [])

    # [M37] with both away nothing is accepted, and connections stay
    def test_without_both_sends_are_refused(self):
        one = self.node("one")
        ann, _ = self.people(one, one)
        self.db.kill()
        self.redis.kill()
        one.sees("degraded", "redis")
        self.assertEqual(ann.ask("SEND 1002 lost")[:16], "-ERR UNAVAILABLE")
        self.assertIn("pong", ann.ask("PING"))

    # [G25] a Redis that may forget what it acknowledged is refused, with what to set
    def test_a_forgetful_redis_is_refused(self):
        self.redis.cli("CONFIG", "SET", "appendfsync", "everysec")
        self.assertIn("set appendonly yes and appendfsync always", self.node("one").said())
        self.assertIn("line", self.node("two", INTAKE_MAY_LOSE_A_SECOND="true").ready)
        self.assertIn("set intake.shards = 16", self.node(
            "three", INTAKE_SHARDS=4, INTAKE_MAY_LOSE_A_SECOND="true").said())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
