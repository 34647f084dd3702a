#!/usr/bin/env python3
"""Calls over HTTP to two nodes, of which one stands still and dies: who calls again elsewhere repeats nothing.

usage: rpc_test.py BUILD
"""
import http.client
import json
import signal
import sys
import threading
import time
import unittest

from node_processes import MariaDb, Node, Redis, wait_for

BUILD = sys.argv.pop(1)
CALL_S = 1  # how long an answer is waited for
CALLERS = 4
HELD_S = 5  # how long a node that stands still in a transaction may keep others from a row (mysql_driver.h)


class Caller(threading.Thread):
    """Sends numbered messages by RPC, each to the next node until one answers."""

    def __init__(self, nodes, token, to, label):
        super().__init__()
        self.nodes, self.token, self.to, self.label = nodes, token, to, label
        self.over, self.sent, self.again, self.slowest_s, self.failure = threading.Event(), {}, 0, 0, None

    def run(self):
        try:
            number = 0
            while not self.over.wait(0.005):
                number += 1
                begun = time.monotonic()
                self.send(number)
                self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        except Exception as failure:  # shown where it is joined
            self.failure = failure

    def send(self, number):
        text = f"{self.label}.{number}"
        for turn in range(100):
            try:
                answer = call(self.nodes[(number + turn) % 2], "/mpim.v1.MessageService/SendMessage",
                              {"toUserId": str(self.to), "content": text, "clientMessageId": text}, self.token)
                self.sent[text] = answer["messageId"]
                return
            except (OSError, http.client.HTTPException):
                self.again += 1
        raise AssertionError(f"{text} has no answer")


def call(node, path, body, token=None):
    host, port = node.ready["http"].rsplit(":", 1)
    link = http.client.HTTPConnection(host, int(port), timeout=CALL_S)
    try:
        named = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        link.request("POST", path, json.dumps(body), named)
        answer = link.getresponse()
        told = json.loads(answer.read())
        if answer.status >= 500:
            raise http.client.HTTPException(told)
        if answer.status not in (200, 201):
            raise AssertionError(f"{answer.status} {told}")
        return told
    finally:
        link.close()


class Rpc(unittest.TestCase):
    # [G45] a call that a node does not answer is made again at another, in bounded time, and stored once
    def test_calls_survive_their_node(self):
        redis, mariadb = Redis(), MariaDb()
        self.addCleanup(redis.end)
        self.addCleanup(mariadb.end)
        store, nodes = mariadb.make_store(BUILD), []
        for name in ("one", "two"):
            nodes.append(Node(BUILD, name, STORE_URL=store, REDIS_URL=f"redis://127.0.0.1:{redis.port}",
                              AUTH_REGISTRATIONS_PER_MINUTE=0))
            self.addCleanup(nodes[-1].end)
        one, two = nodes
        one.sees("2 nodes")
        tokens = [call(one, "/api/register", {"name": f"user{i}", "password": "password-1"})
                  for i in range(CALLERS + 1)]
        to = int(tokens[-1]["userId"])
        callers = [Caller(nodes, each["accessToken"], to, f"c{i}") for i, each in enumerate(tokens[:-1])]
        for each in callers:
            each.start()
        enough = lambda more: wait_for(  # noqa: E731
            lambda so_far=[len(each.sent) for each in callers]:
            all(each.failure or len(each.sent) >= before + more for each, before in zip(callers, so_far)),
            "messages", 60)
        enough(20)
        two.process.send_signal(signal.SIGSTOP)
        enough(5)
        two.process.send_signal(signal.SIGCONT)
        enough(20)
        two.end(signal.SIGKILL)
        enough(20)
        for each in callers:
            each.over.set()
            each.join(60)
            self.assertIsNone(each.failure)
            self.assertLess(each.slowest_s, HELD_S + 4 * CALL_S)
        sent = {text: number for each in callers for text, number in each.sent.items()}
        stored = mariadb.sql("SELECT CONCAT(text, '|', id) FROM mpim1.messages")
        self.assertEqual(sorted(stored), sorted(f"{text}|{number}" for text, number in sent.items()))
        self.assertGreater(sum(each.again for each in callers), CALLERS)
        print(f"{len(sent)} calls, {sum(each.again for each in callers)} made again, slowest "
              f"{max(each.slowest_s for each in callers):.2f} s", file=sys.stderr)


if __name__ == "__main__":
    unittest.main()
