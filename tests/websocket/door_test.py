#!/usr/bin/env python3
"""The WebSocket door of a real mpimd, byte by byte: how connections begin, are kept and end.

usage: door_test.py BUILD
"""
import json
import os
import select
import signal
import time
import unittest

from door_client import HEAD, PATIENCE_S, Client, Node
from wire_client import BINARY, CLOSE, FIN, PING, PONG, RSV1, TEXT, close_payload, frame


class Handshake(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node()

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__()

    def status(self, **more):
        with Client(self.node, **more) as client:
            if client.status != 101:
                self.assertTrue(client.is_closed())
            return client.status

    # [G14] a WebSocket begins with a handshake, and what is none is refused
    def test_what_is_a_handshake_is_taken(self):
        with Client(self.node, Sec_WebSocket_Protocol="mpim.v1") as client:
            self.assertEqual(client.status, 101)
            self.assertIn("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", client.head)
            self.assertIn("Sec-WebSocket-Protocol: mpim.v1", client.head)
            self.assertEqual(client.ask("ping")["type"], "ping_result")

    def test_what_is_none_is_refused_and_the_connection_closed(self):
        self.assertEqual(self.status(path="/"), 404)
        self.assertEqual(self.status(method="POST"), 405)
        self.assertEqual(self.status(Sec_WebSocket_Version="8"), 426)
        self.assertEqual(self.status(Upgrade=""), 426)
        self.assertEqual(self.status(Sec_WebSocket_Key="short"), 400)
        self.assertEqual(self.status(Sec_WebSocket_Protocol="other.v9"), 400)
        self.assertEqual(self.status(X=("x" * 9000)), 431)

    def test_a_page_of_another_host_is_refused(self):
        self.assertEqual(self.status(Origin="https://evil.example"), 403)
        self.assertEqual(self.status(Origin="http://127.0.0.1:8080"), 101)
        with Node('ws.origins = "https://chat.example"') as node:
            for origin, status in (("https://chat.example", 101), ("http://127.0.0.1", 403)):
                with Client(node, Origin=origin) as client:
                    self.assertEqual(client.status, status)

    # [G20] a token in the address is no log-in
    def test_a_token_in_the_address_is_no_log_in(self):
        with Client(self.node) as alice:
            token = alice.enter("urly")["token"]
        with Client(self.node, path="/ws?token=" + token) as client:
            if client.status == 101:
                self.assertEqual(client.ask("groups")["payload"]["code"], "NOT_LOGGED_IN")

    def test_frames_right_behind_the_handshake_are_read(self):
        head = "".join(f"{name}: {value}\r\n" for name, value in HEAD.items())
        with Client(self.node, head=None) as client:
            client.socket.sendall(b"GET /ws HTTP/1.1\r\n" + head.encode() + b"\r\n"
                                  + frame(TEXT, b'{"type":"ping","id":7}'))
            while b"pong" not in client.bytes and b"ping_result" not in client.bytes:
                client._more()


class Talking(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node("ws.message_bytes_max = 8192", "ws.deflate_over_bytes = 200",
                        "limits.requests_per_s = 0")

    @classmethod
    def tearDownClass(cls):
        cls.node.__exit__()

    # [G21][G23] every request is answered once, under its id
    def test_every_request_is_answered_once_under_its_id(self):
        with Client(self.node) as client:
            client.enter("counter")
            ids = {client.say("ping" if number % 3 else "groups") for number in range(200)}
            answered = [client.said()["id"] for _ in range(200)]
            self.assertEqual(sorted(answered), sorted(ids))

    # [G24][G27] the flat form of a message is answered under its client id
    def test_the_flat_form_is_answered_under_its_client_id(self):
        with Client(self.node) as client:
            client.enter("flat")
            text = {"toUserName": "flat", "messageType": "text", "content": "to myself",
                    "clientMessageId": "c1", "clientTimestamp": 1767225600123}
            for more, of_it in (({}, {}), ({}, {"duplicate": True}),
                                ({"content": "other"}, {"code": "CONFLICT"}),
                                ({"toUserName": "nobody-there"}, {"code": "NOT_FOUND"})):
                client.socket.sendall(frame(TEXT, json.dumps({**text, **more}).encode()))
                answer = client.said()
                self.assertNotIn("id", answer)
                self.assertLessEqual({"clientMessageId": "c1", **of_it}.items(),
                                     answer["payload"].items())

    # [G14] what is no frame or no text closes with its code
    def test_what_is_no_frame_or_no_text_closes_with_its_code(self):
        for data, code in ((frame(TEXT, b"{}", masked=False), 1002),
                           (frame(TEXT, b"\xff"), 1007), (frame(BINARY, b"{}"), 1003),
                           (frame(TEXT, b"x" * 8193), 1009), (frame(3, b""), 1002),
                           (frame(TEXT, b"{}", rsv=0x20), 1002),
                           (frame(CLOSE, close_payload(1005)), 1002)):
            with self.subTest(code=code), Client(self.node) as client:
                client.socket.sendall(data)
                self.assertEqual(client.end()[0], code)
                self.assertTrue(client.is_closed())

    def test_a_message_of_the_largest_size_is_read(self):
        with Client(self.node) as client:
            text = b'{"type":"ping","id":1}'
            client.socket.sendall(frame(TEXT, text + b" " * (8192 - len(text))))
            self.assertEqual(client.said()["type"], "ping_result")

    def test_a_bomb_costs_no_more_than_a_message(self):
        import zlib
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = packer.compress(b" " * (64 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
        with Client(self.node, Sec_WebSocket_Extensions="permessage-deflate") as client:
            client.socket.sendall(frame(TEXT, bomb[:8000], rsv=RSV1))
            self.assertEqual(client.end()[0], 1009)

    def test_what_is_asked_is_answered_before_the_client_s_close_is(self):
        with Client(self.node) as client:
            client.enter("closer")
            client.say("groups")
            client.socket.sendall(frame(CLOSE, close_payload(1000, b"bye")))
            self.assertEqual(client.end()[0], 1000)
            self.assertEqual(client.pushes[-1]["type"], "groups_result")

    # [M23] long messages are packed for those who can unpack them
    def test_long_messages_are_packed_for_those_who_can_unpack_them(self):
        with Client(self.node, Sec_WebSocket_Extensions="permessage-deflate") as packed, \
                Client(self.node) as plain, Client(self.node) as sender:
            for client, name in ((packed, "packed"), (plain, "plain"), (sender, "sender")):
                client.enter(name)
            group = sender.ask("create_group", {"name": "room"})["payload"]["group"]["groupId"]
            for client in (packed, plain):
                client.ask("join_group", {"groupId": group})
            packed.packed = 0
            sender.ask("chat", {"groupId": group, "content": "long " * 100})
            self.assertEqual(packed.push("message")["content"], "long " * 100)
            self.assertEqual(plain.push("message")["content"], "long " * 100)
            self.assertEqual((packed.packed, plain.packed), (1, 0))
            sender.ask("chat", {"groupId": group, "content": "x"})
            packed.push("message")
            self.assertEqual(packed.packed, 1)

    # [G28] what a WebSocket does not acknowledge is pushed again
    def test_what_is_not_acknowledged_is_pushed_again(self):
        with Client(self.node) as alice, Client(self.node) as bob:
            alice.enter("again-a")
            bob.enter("again-b")
            alice.ask("chat", {"toUserName": "again-b", "content": "hello"})
            first, second = bob.push("message"), bob.push("message")
            self.assertEqual(first["messageId"], second["messageId"])
            self.assertEqual(bob.ask("ack", {"messageId": first["messageId"],
                                             "ackType": "received"})["type"], "ack_result")

    def test_operators_see_by_which_door_a_session_came(self):
        with Client(self.node) as client:
            client.enter("seen")
            rows = self.node.ctl("session", "ls")["items"]
            self.assertIn("websocket", [row["protocol"] for row in rows])


# A sanitizer keeps what was freed.
measures_memory = unittest.skipIf(os.environ.get("MPIM_SANITIZE"), "memory is not what it is")


class Ending(unittest.TestCase):
    # [G15] who answers no ping is closed, and no longer there
    def test_who_answers_no_ping_is_closed_and_no_longer_there(self):
        ping_ms, missed, grace_ms, linger_ms = 600, 2, 100, 2_000  # in ratio what is standard
        with Node(f"ws.ping_ms = {ping_ms}", f"ws.pings_missed_max = {missed}",
                  f"presence.offline_grace_ms = {grace_ms}",
                  "presence.min_interval_ms = 20") as node, Client(node) as there, \
                Client(node) as silent:
            there.enter("there")
            user = silent.enter("silent")["userId"]
            group = there.ask("create_group", {"name": "room"})["payload"]["group"]["groupId"]
            silent.ask("join_group", {"groupId": group})
            there.ask("watch", {"userIds": [user]})
            began_ms = self._answer_one_ping(silent)
            while silent.silence(0.02):  # and answers no other
                there.ask("ping")
            closed_ms = time.time() * 1000
            code, reason = silent.end()
            self.assertEqual(code, 1008)
            self.assertTrue(reason.startswith("DEADLINE"), reason)
            # A busy machine may have let us see the ping late.
            least_ms = (missed + 1) * ping_ms - ping_ms / 2
            self.assertGreaterEqual(closed_ms - began_ms, least_ms)
            self.assertLess(closed_ms - began_ms, 10 * (missed + 1) * ping_ms)
            while (news := there.push("presence"))["state"] != "offline":
                pass
            told_ms, left_ms = time.time() * 1000, int(news["since"])
            self.assertGreaterEqual(left_ms, began_ms + least_ms)
            self.assertLess(left_ms - began_ms, 10 * ((missed + 1) * ping_ms + linger_ms))
            self.assertGreaterEqual(told_ms, left_ms + grace_ms)
            self.assertEqual(there.ask("ping")["type"], "ping_result")

    def test_a_device_that_logs_in_again_ends_its_older_session(self):
        with Node() as node, Client(node) as first, Client(node) as second:
            first.enter("twice")
            second.enter("twice")
            code, reason = first.end()
            self.assertEqual(code, 1008)
            self.assertTrue(reason.startswith("REPLACED"), reason)
            notice = first.push("notice")
            self.assertEqual((notice["kind"], notice["code"]), ("closing", "REPLACED"))

    def test_a_node_that_goes_down_says_so(self):
        with Node() as node, Client(node) as client:
            client.enter("drained")
            node.process.send_signal(signal.SIGTERM)
            code, reason = client.end()
            self.assertEqual(code, 1001)
            self.assertTrue(reason.startswith("DRAINING"), reason)
            self.assertEqual(node.process.wait(PATIENCE_S), 0)

    def test_who_does_not_log_in_is_closed(self):
        with Node("auth.login_timeout_ms = 200") as node:
            with Client(node) as client:
                self.assertEqual(client.end()[0], 1008)
                self.assertTrue(client.is_closed())
            with Client(node, head=None) as client:
                client.socket.sendall(b"GET /ws HTTP/1.1\r\nHost")
                while b"\r\n\r\n" not in client.bytes:
                    client._more()
                self.assertIn(b" 408 ", client.bytes)

    def test_a_full_server_says_so_in_http(self):
        with Node("server.connections_max = 1") as node, Client(node) as client:
            client.enter("only")
            with Client(node) as other:
                self.assertEqual(other.status, 503)
                self.assertIn(b"LIMIT", other.bytes + other.socket.recv(1 << 16))

    @measures_memory
    def test_pings_of_who_reads_no_pong_cost_no_more_than_the_buffer(self):
        with Node("session.output_bytes_max = 65536") as node, Client(node) as client:
            before = self._memory(node)
            client.socket.settimeout(1)
            flood = frame(PING, b"x" * 125) * 5000
            try:
                for _ in range(64):
                    client.socket.sendall(flood)
            except TimeoutError:
                pass  # it is not read from any more
            self.assertLess(self._memory(node) - before, 16 << 20)

    @measures_memory
    def test_a_reader_that_is_slow_costs_no_more_than_its_buffer(self):
        with Node("session.output_bytes_max = 65536") as node, Client(node) as sender, \
                Client(node) as slow:
            sender.enter("sender")
            slow.enter("slow")
            before = self._memory(node)
            for number in range(12000):
                sender.say("chat", {"toUserName": "slow", "content": f"{number} " + "x" * 4000})
                if number % 50 == 49:
                    for _ in range(50):
                        sender.said()
            self.assertLess(self._memory(node) - before, 32 << 20)
            seen = set()
            until = time.monotonic() + PATIENCE_S
            while len(seen) < 1000 and time.monotonic() < until:
                message = slow.push("message")
                seen.add(message["seq"])
                if len(seen) % 100 == 0:
                    slow.say("ack", {"messageId": message["messageId"], "ackType": "received"})
            self.assertEqual(len(seen), 1000)

    @staticmethod
    def _answer_one_ping(client):
        """A time just before that ping: what is silence begins there, a whole interval long."""
        opcode = None
        while opcode != PING:
            before_ms = time.time() * 1000
            if client.bytes or select.select([client.socket], [], [], 0.02)[0]:
                opcode, payload = client.read()
        client.socket.sendall(frame(PONG, payload))
        return before_ms

    @staticmethod
    def _memory(node):
        with open(f"/proc/{node.process.pid}/statm") as file:
            return int(file.read().split()[1]) * 4096


if __name__ == "__main__":
    unittest.main()
