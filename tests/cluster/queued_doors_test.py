#!/usr/bin/env python3
"""Sends that are queued, through every door, and what operators see of the queue meanwhile.

usage: queued_doors_test.py BUILD
"""
import json
import os
import re
import subprocess
import sys
import types
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from node_processes import Person, Redis, wait_for  # noqa: E402
from queued_parts import BUILD, KEPT, Queued, post  # noqa: E402

sys.path.insert(0, os.path.join(HERE, "..", "websocket"))
arguments, sys.argv = sys.argv, sys.argv[:1]
from door_client import Client  # noqa: E402
sys.argv = arguments


def web(node):
    return Client(types.SimpleNamespace(port=int(node.ready["ws"].rsplit(":", 1)[1])))


def sent_by_call(node, token, text="by call"):
    """The status of a send to Bob that shows this token, and what became of it."""
    status, told = post(node, "/mpim.v1.MessageService/SendMessage",
                        {"toUserId": "1002", "content": text}, token)
    return status, told.get("mpimCode", "queued" if "queued" in told else "stored")


def resume_token(node, name):
    person = Person(name)
    person.connect(node)
    answer = person.ask(f"REGISTER {name} password")
    person.drop()
    return re.search(r"token=(\S+)", answer)[1]


class Doors(Queued):
    # [M69] a send over WebSocket is told apart as stored, queued, refused later or not taken
    def test_each_door_says_queued_then_stored_or_refused(self):
        one = self.node("one", AUTH_REGISTRATIONS_PER_MINUTE=0)
        with web(one) as ann, web(one) as bob:
            ann.enter("ann")
            bob.enter("bob")
            made = bob.ask("create_group", {"name": "club"})["payload"]
            group = made["group"]["groupId"] if "group" in made else self.fail(made)
            status, told = post(one, "/api/login", {"name": "ann", "password": "password-1"})
            self.assertEqual(status, 200, told)
            token = told["accessToken"]
            stored = ann.ask("chat", {"toUserName": "bob", "content": "before"})["payload"]
            self.assertIn("messageId", stored)
            self.db.kill()
            queued = ann.ask("chat", {"toUserId": "1002", "content": "by ws", "clientMessageId": "w"})
            self.assertRegex(queued["payload"]["queued"], r"q0-\d+-0")
            self.assertNotIn("messageId", queued["payload"])
            status, told = post(one, "/mpim.v1.MessageService/SendMessage",
                                {"toUserId": "1002", "content": "by rpc"}, token)
            self.assertEqual((status, told["mpimCode"]), (503, "UNAVAILABLE"))
            refused = ann.ask("chat", {"groupId": group, "content": "no member",
                                       "clientMessageId": "g"})
            self.assertIn("queued", refused["payload"])
            named = ann.ask("chat", {"toUserName": "bob", "content": "by name"})
            self.assertIn("queued", named["payload"])
            named = ann.ask("chat", {"toUserName": "carol", "content": "by name"})
            self.assertEqual(named["payload"]["code"], "UNAVAILABLE")
            self.db.start()
            notice = ann.push("notice")
            self.assertEqual((notice["kind"], notice["clientMessageId"], notice["code"]),
                             ("refused", "g", "NOT_MEMBER"))
            self.assertEqual(notice["queued"], refused["payload"]["queued"])
            wait_for(self.drained, "the end of the queue")
            came = {}
            while "by name" not in came:
                push = bob.push("message")
                came.setdefault(push["content"], push)
            self.assertEqual(list(came), ["before", "by ws", "by name"])

    # [M35][M69][O10] how much waits, for how long, and what became of it, is seen from outside
    def test_the_queue_is_seen_from_outside(self):
        one, two = self.node("one"), self.node("two", INTAKE_SHARDS=1)
        ann, bob = self.people(one)
        self.assertIn("+OK group_id=", bob.ask("CREATEGROUP club"))
        self.db.kill()
        self.queue(ann, *(f"SEND 1002 {number}" for number in range(30)), "GSEND 1001 nothing")
        for node in (one, two):
            wait_for(lambda node=node: node.metric("mpim_intake_depth") == 31, "its depth")
            self.assertEqual(node.metric(r'mpim_intake_shard_depth{shard="0"}'), 31)
        self.assertEqual(one.metric("mpim_intake_queued_total"), 31)
        wait_for(lambda: one.metric("mpim_intake_oldest_seconds") > 1, "its age")
        health = one.ctl("health")
        self.assertRegex(health.stdout, r"intake +degraded .*31 messages wait for the store in 1 "
                                        r"shards, the oldest for \d+ s")
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        for node in (one, two):
            wait_for(lambda node=node: node.metric("mpim_intake_depth") == 0, "nothing waits")
            self.assertEqual(node.metric("mpim_intake_oldest_seconds"), 0)

        def counted(name):
            return sum(node.metric(f"mpim_intake_{name}_total") for node in (one, two))
        wait_for(lambda: counted("stored") + counted("refused") == 31, "all of them")
        self.assertEqual((counted("stored"), counted("refused")), (30, 1))
        bob.hears("29")

    # [M69][G19] a call whose token was shown here lately is queued; one that was heard to be
    # revoked, has expired, is forged or was not shown is not
    def test_calls_of_who_was_known_lately_are_queued(self):
        one = self.node("one", TOKENS_LEEWAY_S=0)
        two = self.node("two", TOKENS_LEEWAY_S=0, TOKENS_KNOWN_MS=2000)
        ann, bob = self.people(one)
        ann.login(two)

        send = sent_by_call

        def issued(device, ttl="1h"):
            return one.ctl_json("token", "issue", "ann", "--device", device, "--ttl", ttl)["item"]["token"]
        known, revoked, unseen, short = (issued("pad"), issued("phone"), issued("desk"),
                                         issued("tv", "10s"))
        for token in (known, revoked, short):
            self.assertEqual(send(one, token), (200, "stored"))
        self.assertEqual(send(two, known), (200, "stored"))
        ended = two.ctl("token", "revoke", "--user", "ann", "--device", "phone")
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("msg_id=", ann.ask("SEND 1002 told"))  # from two, where it was revoked, to one
        bob.hears("told")
        self.db.kill()
        self.assertEqual(send(one, known, "queued"), (200, "queued"))
        self.assertEqual(send(one, short, "queued"), (200, "queued"))
        for token in (revoked, unseen):
            self.assertEqual(send(one, token), (503, "UNAVAILABLE"))
        head, claims, signature = known.split(".")
        forged = ".".join((head, claims, signature[::-1]))
        self.assertEqual(send(one, forged), (401, "BAD_TOKEN"))
        status, told = post(one, "/mpim.v1.MessageService/ListUnread", {}, known)
        self.assertEqual((status, told["mpimCode"]), (503, "UNAVAILABLE"))
        wait_for(lambda: send(two, known) == (503, "UNAVAILABLE"), "the end of what two knew")
        wait_for(lambda: send(one, short) == (401, "BAD_TOKEN"), "the token's end")
        self.assertEqual(send(one, known, "last"), (200, "queued"))
        self.db.start()
        bob.hears("last")

    # [G19] a log-out and another password end a device's tokens at once on every node
    def test_tokens_that_their_user_ended_are_not_believed(self):
        one, two = self.node("one"), self.node("two")
        ann, bob = self.people(one)

        def signed_in(password="password"):
            status, told = post(two, "/api/login", {"name": "ann", "password": password})
            self.assertEqual(status, 200, told)
            token = told["accessToken"]
            for node in (one, two):
                self.assertEqual(sent_by_call(node, token), (200, "stored"))
            return token

        def is_not_believed(token, word):
            bob.ask(f"SEND 1002 {word}")  # from one to two, behind what one told of the token
            with_two.hears(word)
            self.db.kill()
            for node in (one, two):
                self.assertEqual(sent_by_call(node, token), (503, "UNAVAILABLE"))
            self.db.start()
            for node in (one, two):
                wait_for(lambda node=node: node.checks()[0] == 200, "a node that is ready")
        with_two = Person("bob", "phone").login(two)
        self.addCleanup(with_two.drop)
        token = signed_in()
        self.assertIn("+OK", ann.ask("LOGOUT"))
        is_not_believed(token, "out")
        ann.login(one)
        token = signed_in()
        self.assertIn("+OK", ann.ask("PASSWD password password-2"))
        is_not_believed(token, "changed")
        self.assertIn("+OK", ann.ask("PING"))  # his own session goes on

    # [G19] who shows a resume token while the store is away is to try again, and keeps the token
    def test_a_resume_token_waits_for_the_store(self):
        for accept in ("queued", "stored"):
            one = self.node(accept, MESSAGE_ACCEPT=accept)
            if accept == "queued":
                self.people(one)
            token = resume_token(one, f"carol-{accept}")
            self.assertEqual(sent_by_call(one, token), (200, "stored"))
            self.db.kill()
            self.assertEqual(sent_by_call(one, token), (503, "UNAVAILABLE"))
            self.assertEqual(sent_by_call(one, "no-token"), (401, "BAD_TOKEN"))
            self.db.start()
            wait_for(lambda node=one: node.checks()[0] == 200, "a node that is ready")
            wait_for(lambda node=one, shown=token: sent_by_call(node, shown) == (200, "stored"),
                     "a token that is good again")
            one.end()

    # [M37] nodes that do not queue store nothing of what waits, and say so until somebody did
    def test_what_was_left_behind_is_told(self):
        one = self.node("one")
        ann, bob = self.people(one)
        self.db.kill()
        wait_for(lambda: "queued=" in ann.ask(f"SEND {bob.uid} waits"), "a ticket")
        one.end()
        self.db.start()
        plain = self.node("plain", MESSAGE_ACCEPT="stored")
        wait_for(lambda: "nobody stores them" in plain.checks()[1].get("intake", ""), "what was left")
        self.assertEqual(plain.checks()[0], 200)
        self.assertIn("intake.left_behind", plain.said())
        again = self.node("again")
        bob.login(again)
        bob.hears("waits")
        wait_for(lambda: "intake" not in plain.checks()[1], "an empty queue")

    # [M35][M69] what waits behind a gate that was lost is told, and stored all the same
    def test_what_waits_behind_a_lost_gate_is_seen(self):
        one = self.node("one")
        ann, bob = self.people(one)
        self.db.kill()
        self.queue(ann, "SEND 1002 first", "SEND 1002 second")
        self.redis.cli("SET", "{intake}:lease:0", "somebody", "PX", "120000")
        self.db.start()
        wait_for(lambda: one.checks()[0] == 200, "a node that is ready")
        seen = []

        def lost_and_told():
            self.redis.cli("HDEL", "{intake}:gates", "s0", "t0")
            seen.append(one.ctl("health").stdout)
            return "behind closed gates" in seen[-1]
        wait_for(lost_and_told, "the word of closed gates")
        self.assertRegex(seen[-1], r"intake +degraded.* 2 messages wait for the store in 1 shards")
        self.assertNotIn("nothing waits", "".join(seen))
        self.redis.cli("DEL", "{intake}:lease:0")
        bob.hears("second")
        wait_for(self.drained, "the end of the queue")
        self.assertEqual(bob.texts(), ["first", "second"])

    # [M69] mpim-chat shows that a message is queued, and then that it is stored
    def test_a_chat_shows_queued_then_stored(self):
        one = self.node("one")
        _, bob = self.people(one)
        chat = subprocess.Popen(
            [os.path.join(BUILD, "bin/mpim-chat"), "--as", "ann", "--to", "bob", "-o", "jsonl"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "MPIM_SERVER": one.ready["line"], "MPIM_PASSWORD": "password"})
        self.addCleanup(chat.stdout.close)
        self.addCleanup(chat.wait, 20)
        self.addCleanup(chat.stdin.close)

        def say(text):
            chat.stdin.write(text + "\n")
            chat.stdin.flush()

        def event(*kinds):
            while True:
                told = json.loads(chat.stdout.readline())
                if told["event"] in kinds:
                    return told
        say("before")
        self.assertEqual(event("sent")["text"], "before")
        self.db.kill()
        say("first")
        queued = [event("queued", "sent", "not_sent")]
        say("second")
        queued.append(event("queued", "sent", "not_sent"))
        self.assertEqual([(told["event"], told["text"]) for told in queued],
                         [("queued", "first"), ("queued", "second")])
        self.db.start()
        for told in queued:
            stored = event("queued", "sent", "not_sent")
            self.assertEqual((stored["event"], stored["client_id"]), ("sent", told["client_id"]))
        bob.login(one)
        bob.hears("second")
        self.assertEqual(bob.texts(), ["before", "first", "second"])
        self.db.kill()
        say("third")
        self.assertEqual(event("queued", "sent", "not_sent")["event"], "queued")
        self.db.start()
        self.assertEqual(event("queued", "sent", "not_sent")["event"], "sent")

    # [M34] what is taken over from a node that died is counted
    def test_what_is_claimed_is_counted(self):
        one = self.node("one")
        ann, bob = self.people(one)
        self.db.kill()
        self.queue(ann, *(f"SEND 1002 {number}" for number in range(5)))
        self.redis.cli("XGROUP", "CREATE", "{intake}:0", "store", "0")
        subprocess.run(["redis-cli", "-p", str(self.redis.port), "XREADGROUP", "GROUP", "store",
                        "dead", "COUNT", "3", "STREAMS", "{intake}:0", ">"], check=True,
                       capture_output=True)
        self.db.start()
        wait_for(self.drained, "the end of the queue")
        self.assertEqual(one.metric("mpim_intake_claimed_total"), 3)
        self.assertIn("event=intake.claimed shard=0 entries=3", one.said())
        bob.hears("4")
        self.assertEqual(bob.texts(), [str(number) for number in range(5)])

    # [G25] a Redis that cannot do what the queue needs is refused at the start, with what to do
    def test_a_redis_that_cannot_queue_is_refused(self):
        self.assertIn("redis.url", self.node("none", REDIS_URL="").said())
        lacking = Redis(*KEPT, "--rename-command", "XAUTOCLAIM", "")
        self.addCleanup(lacking.end)
        url = f"redis://127.0.0.1:{lacking.port}"
        self.assertRegex(self.node("two", REDIS_URL=url).said(), "what the queue needs: .*XAUTOCLAIM|"
                                                                "what the queue needs: .*nknown Redis command")
        self.redis.cli("ACL", "SETUSER", "default", "-xpending")
        self.assertIn("what the queue needs", self.node("three").said())
        self.redis.cli("ACL", "SETUSER", "default", "+@all")
        self.redis.cli("CONFIG", "SET", "appendonly", "no")
        self.assertIn("set appendonly yes", self.node("four").said())
        self.redis.cli("CONFIG", "SET", "appendonly", "yes")
        self.assertIn("line", self.node("five").ready)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
