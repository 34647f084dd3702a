#!/usr/bin/env python3
"""What was queued and cannot be stored: put aside, shown, replayed, purged; with a real MariaDB.

usage: deadletter_test.py BUILD
"""
import json
import os
import re
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from node_processes import wait_for  # noqa: E402
from queued_parts import BUILD, Queued, packed  # noqa: E402


class DeadLetters(Queued):
    def letters(self, node):
        return node.ctl_json("deadletter", "ls")["items"]

    def bury(self, *bytes_of_each):
        rows = ", ".join(f"('intake q0-{number}-0', 'INTERNAL odd', '{each.hex()}', 1)"
                         for number, each in enumerate(bytes_of_each))
        self.sql(f"INSERT INTO dead_letters (source, reason, body, at) VALUES {rows}")

    # [M39][M54] poison is shown and stays dead, with its reason, and is refused again when replayed
    def test_poison_is_shown_and_stays_dead(self):
        one = self.node("one")
        ann, bob = self.people(one)
        self.db.kill()
        self.queue(ann, "SEND 1002 first")
        self.redis.cli("XADD", "{intake}:0", "*", "draft", "junk")
        self.queue(ann, "SEND 1002 second")
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        bob.hears("second")
        self.assertEqual(bob.texts(), ["first", "second"])
        letter, = self.letters(one)
        self.assertRegex(letter["reason"], "BAD_REQUEST .* it cannot be parsed")
        shown = one.ctl("deadletter", "show", letter["id"])
        self.assertIn(b"junk".hex(), shown.stdout)
        self.assertIn(letter["ticket"], shown.stdout)
        again = one.ctl("deadletter", "replay", letter["id"], "-o", "json")
        self.assertEqual(again.returncode, 1)
        row, = json.loads(again.stdout)["items"]
        self.assertEqual((row["outcome"], row["code"]), ("dead", "BAD_REQUEST"))
        self.assertEqual(len(self.letters(one)), 1)
        self.assertEqual(one.ctl("deadletter", "purge", letter["id"]).returncode, 2)
        self.assertEqual(one.ctl("deadletter", "purge", letter["id"], "--yes").returncode, 0)
        self.assertEqual(self.letters(one), [])

    # [M54] poison of any size is put aside as far as an operator needs it; a table that takes none is told
    def test_large_poison_blocks_nobody(self):
        one = self.node("one", INTAKE_AGAIN_MS=400)
        ann, bob = self.people(one)
        self.sql("ALTER TABLE dead_letters RENAME TO dead_letters_away")
        self.db.kill()
        self.queue(ann, "SEND 1002 first")
        junk = os.path.join(self.redis.dir, "junk")
        with open(junk, "wb") as file:
            file.write(b"j" * (20 << 20))
        with open(junk, "rb") as file:
            subprocess.run(["redis-cli", "-p", str(self.redis.port), "-x", "XADD", "{intake}:0", "*", "draft"],
                           stdin=file, stdout=subprocess.DEVNULL, check=True)
        self.queue(ann, "SEND 1002 second")
        self.db.start()
        wait_for(lambda: one.said().count("event=intake.not_buried") >= 3, "word of what blocks the shard")
        self.assertRegex(one.said(), "event=intake.not_buried .* again_ms=400 .*dead_letters")
        self.sql("ALTER TABLE dead_letters_away RENAME TO dead_letters")
        wait_for(self.drained, "the end of the queue")
        bob.hears("second")
        letter, = self.letters(one)
        self.assertIn(f"the first 65536 of {20 << 20} bytes are kept", letter["reason"])

    # [M53][M54] one that fails is tried with longer pauses, put aside, and stored once when replayed
    def test_what_fails_too_often_is_put_aside_and_replayed_once(self):
        one = self.node("one", INTAKE_ATTEMPTS_MAX=4, INTAKE_AGAIN_MS=400)
        ann, bob = self.people(one)
        self.sql("DELIMITER //\nCREATE TRIGGER odd BEFORE INSERT ON messages FOR EACH ROW IF "
                 "NEW.text = 'odd' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not this one'; "
                 "END IF//")
        self.db.kill()
        tickets = self.queue(ann, *(f"SEND 1002 {text}" for text in ("a", "b", "odd", "c", "d")))
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        bob.hears("d")
        self.assertEqual(bob.texts(), ["a", "b", "c", "d"])
        said = one.said()
        tries = re.findall(rf"event=intake.failed ticket={tickets[2]} attempt=(\d+) .*again_ms=(\d+) "
                           r".*not this one", said)
        self.assertEqual(tries, [("1", "100"), ("2", "200"), ("3", "400"), ("4", "400")])
        self.assertIn(f"event=intake.dead_letter ticket={tickets[2]}", said)
        self.assertEqual(one.metric("mpim_intake_retries_total"), 4)
        self.assertEqual(one.metric("mpim_dead_letters_total"), 1)
        self.assertEqual(one.metric("mpim_intake_stored_total"), 4)
        letter, = self.letters(one)
        self.assertEqual((letter["ticket"], letter["from"]["name"]), (tickets[2], "ann"))
        self.assertEqual(one.ctl_json("deadletter", "show", letter["id"])["item"]["text"], "odd")
        still = one.ctl("deadletter", "replay", letter["id"], "-o", "json")
        self.assertEqual(still.returncode, 1)
        self.assertIn("not this one", json.loads(still.stdout)["items"][0]["message"])
        wait_for(lambda: one.checks()[0] == 200, "the store")
        self.sql("DROP TRIGGER odd")
        row, = one.ctl_json("deadletter", "replay", letter["id"])["items"]
        self.assertEqual(row["outcome"], "stored")
        bob.hears("odd")
        self.assertEqual(bob.texts(), ["a", "b", "c", "d", "odd"])
        self.assertEqual(one.ctl("deadletter", "replay", letter["id"]).returncode, 5)
        self.assertEqual(self.sql("SELECT COUNT(*) FROM messages WHERE text = 'odd'"), ["1"])
        self.assertEqual(self.sql("SELECT COUNT(*) FROM audit_log WHERE action='ReplayDeadLetter'"),
                         ["1"])

    # [M54] replays that are killed midway, the node or the operator's, double and lose nothing
    def test_a_replay_that_is_killed_is_run_again(self):
        one = self.node("one")
        _, bob = self.people(one)
        self.bury(*(packed(1001, 1002, f"m{number}") for number in range(400)))

        def running(node):
            return subprocess.Popen([os.path.join(BUILD, "bin/mpimctl"), "--admin-socket", node.admin,
                                     "deadletter", "replay", "--all"], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL)

        def left():
            return int(self.sql("SELECT COUNT(*) FROM dead_letters")[0])
        both = [running(one), running(one)]
        wait_for(lambda: left() < 350, "the first of them")
        both[0].send_signal(signal.SIGKILL)
        wait_for(lambda: left() < 250, "some more")
        bob.drop()
        one.end()
        self.assertGreater(left(), 0)
        for each in both:
            each.wait(20)
        two = self.node("two")
        self.assertEqual(two.ctl("deadletter", "replay", "--all").returncode, 0)
        self.assertEqual(left(), 0)
        bob.login(two)
        bob.hears("m399")
        self.assertEqual(sorted(bob.texts()), sorted(f"m{number}" for number in range(400)))
        self.assertEqual(self.sql("SELECT COUNT(*), COUNT(DISTINCT text) FROM messages"),
                         ["400", "400"])

    # [M54] a letter whose reason has passed is stored, under the client id it had
    def test_a_letter_whose_reason_has_passed_is_stored(self):
        one = self.node("one")
        ann, bob = self.people(one)
        self.bury(packed(1001, 1002, "after all", "mine"))
        self.assertIn("+OK", bob.ask("BLOCK 1001"))
        refused = one.ctl("deadletter", "replay", "1", "-o", "json")
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.assertEqual(json.loads(refused.stdout)["items"][0]["code"], "BLOCKED")
        self.assertIn("+OK", bob.ask("UNBLOCK 1001"))
        self.assertEqual(one.ctl("deadletter", "replay", "1").returncode, 0)
        bob.hears("after all")
        self.assertIn("dup=1", ann.ask('SEND 1002 "after all" cid=mine'))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
