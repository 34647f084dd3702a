#!/usr/bin/env python3
"""How one comes in by the WebSocket door: through TLS, behind a balancer, with a token; and that a
slow answer holds nobody up.

usage: entry_test.py BUILD
"""
import base64
import hashlib
import hmac
import json
import os
import sqlite3
import ssl
import subprocess
import tempfile
import unittest
import urllib.request

from door_client import Client, Node


def make_certificate(folder):
    """For localhost, its own authority: the paths of certificate and key."""
    made = [os.path.join(folder, name) for name in ("a.pem", "a.key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", made[1], "-out", made[0],
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-days", "30"], check=True, capture_output=True)
    return made


class Transport(unittest.TestCase):
    # a WebSocket comes in TLS where the listener has it, and then only so
    def test_a_websocket_in_tls(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = make_certificate(folder)
            trusting = ssl.create_default_context(cafile=certificate)
            with Node("ws.tls = true", f'tls.certificate = "{certificate}"',
                      f'tls.key = "{key}"') as node:
                with Client(node, tls=trusting) as alice, Client(node, tls=trusting) as bob:
                    self.assertEqual(alice.status, 101)
                    alice.enter("tls-a")
                    bob.enter("tls-b")
                    for at in range(20):  # more than one record of TLS holds
                        alice.say("chat", {"toUserName": "tls-b", "content": f"{at} " * 1_000})
                    for at in range(20):
                        self.assertEqual(bob.push("message")["content"], f"{at} " * 1_000)
                with Client(node, head=None) as plain:
                    plain.socket.sendall(b"GET /ws HTTP/1.1\r\nHost: a\r\n\r\n")
                    self.assertTrue(plain.is_closed())

    def test_behind_a_balancer_the_client_s_own_address_counts(self):
        header = b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 9001\r\n"
        with Node("ws.proxy = true", "proxy.timeout_ms = 300") as node:
            with Client(node, before=header) as client:
                client.enter("proxied")
                self.assertIn("192.0.2.7:4711",
                              [row["peer"] for row in node.ctl("session", "ls")["items"]])
            with Client(node, head=None) as silent:
                self.assertTrue(silent.is_closed())
            with Client(node, head=None) as bare:
                bare.socket.sendall(b"GET /ws HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertTrue(bare.is_closed())

    def test_tls_follows_the_proxy_header(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = make_certificate(folder)
            trusting = ssl.create_default_context(cafile=certificate)
            with Node("ws.tls = true", "ws.proxy = true", f'tls.certificate = "{certificate}"',
                      f'tls.key = "{key}"') as node, \
                    Client(node, before=b"PROXY UNKNOWN\r\n", tls=trusting) as client:
                self.assertIn("userId", client.enter("both"))


def coded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Forge:
    """Signs what it is asked to with the node's own key, out of its database."""

    def __init__(self, node):
        path = os.path.join(node.folder.name, "data", "mpim.db")
        found = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute(
            "SELECT kid, secret FROM signing_keys")
        self.kid, self.secret = found.fetchone()

    def token(self, claims, secret=None, **header):
        head = {"alg": "HS256", "kid": self.kid, "typ": "JWT", **header}
        text = coded(json.dumps(head).encode()) + "." + coded(json.dumps(claims).encode())
        signature = hmac.new(secret or self.secret, text.encode(), hashlib.sha256).digest()
        return text + "." + coded(signature)


class Tokens(unittest.TestCase):
    # [G19][G20] a token that is forged, late, early, misdirected or ended logs nobody in
    def test_a_bad_token_logs_nobody_in(self):
        with Node() as node:
            good = post(node, "/api/register", {"name": "alice", "password": "password-1"})
            forge = Forge(node)
            payload = good["accessToken"].split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            now = claims["iat"]
            with Client(node) as client:  # the forge itself works
                self.assertEqual(log_in(client, forge.token(claims)), "login_result")
            none = coded(b'{"alg":"none","typ":"JWT"}') + "." + payload + "."
            bad = [none, forge.token(claims, alg="none"), forge.token(claims, alg="ES256"),
                   forge.token(claims, kid="other"), forge.token(claims, secret=b"x" * 32),
                   forge.token({**claims, "exp": now - 600}), forge.token({**claims, "nbf": now + 600}),
                   forge.token({**claims, "aud": "mpim-admin"}),
                   forge.token({**claims, "sub": "9999"}), forge.token({**claims, "ver": 99}),
                   good["refreshToken"], good["accessToken"][:-1], "", "x" * 2_000]
            for token in bad:
                with self.subTest(token=token[:60]), Client(node) as client:
                    self.assertIn(log_in(client, token), ("BAD_TOKEN", "BAD_REQUEST"))
                    self.assertEqual(client.ask("conversations")["payload"]["code"], "NOT_LOGGED_IN")
            post(node, "/api/logout", {}, good["accessToken"])
            with Client(node) as client:
                self.assertEqual(log_in(client, good["accessToken"]), "BAD_TOKEN")


def log_in(client, token):
    answer = client.ask("login", {"token": token})
    return answer["payload"]["code"] if answer["type"] == "error" else answer["type"]


def post(node, path, told, token=""):
    request = urllib.request.Request(
        "http://" + node.ready["http"] + path, json.dumps(told).encode(),
        {"Content-Type": "application/json", "Authorization": "Bearer " + token})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


class SlowAnswers(unittest.TestCase):
    # [G21][G50] a push passes an answer that takes its time
    def test_a_push_passes_a_slow_answer(self):
        with Node("auth.argon2_memory_kib = 65536", "auth.argon2_passes = 16") as node, \
                Client(node) as alice, Client(node) as bob:
            alice.enter("slow-a")
            bob.enter("slow-b")
            slow = bob.say("password", {"oldPassword": "password-1", "newPassword": "password-2"})
            alice.ask("chat", {"toUserName": "slow-b", "content": "hello"})
            self.assertEqual(bob.said()["type"], "message")
            answer = bob.said()
            self.assertEqual((answer["id"], answer["type"]), (slow, "password_result"))


if __name__ == "__main__":
    unittest.main()
