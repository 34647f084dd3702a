#!/usr/bin/env python3
"""Each fault of the proxy is what it says, between an echo and its client."""
import os
import select
import socket
import subprocess
import sys
import threading
import time
import unittest

from fault_proxy import FaultProxy

PATIENCE_S = 20
SILENCE_S = 0.3


def echo_server():
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(client):
        with client:
            try:
                while piece := client.recv(65_536):
                    client.sendall(piece)
            except ConnectionError:
                pass

    def accept():
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listening


class Faults(unittest.TestCase):
    def setUp(self):
        self.echo = echo_server()
        self.proxy = FaultProxy("127.0.0.1:%d" % self.echo.getsockname()[1])

    def tearDown(self):
        self.proxy.close()
        self.echo.close()

    def connect(self):
        host, port = self.proxy.address.split(":")
        return socket.create_connection((host, int(port)), PATIENCE_S)

    def says(self, client, text):
        client.sendall(text)
        heard = b""
        while len(heard) < len(text):
            piece = client.recv(65_536)
            self.assertTrue(piece, "the proxy ended the connection")
            heard += piece
        self.assertEqual(heard, text)

    def is_reset(self):
        """A new connection: while it is made, or as soon as it is read."""
        with self.assertRaises(ConnectionResetError), self.connect() as client:
            while client.recv(1):
                pass

    def silent(self, client):
        return not select.select([client], [], [], SILENCE_S)[0]

    def test_nothing_is_wrong_at_first(self):
        with self.connect() as client:
            self.says(client, b"hello")
            self.says(client, os.urandom(3_000_000))
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(client.recv(1), b"")

    def test_what_is_held_goes_on_when_it_is_well_again(self):
        with self.connect() as client:
            self.says(client, b"before")
            self.proxy.hold()
            client.sendall(b"held")
            self.assertTrue(self.silent(client))
            self.proxy.heal()
            self.assertEqual(client.recv(4), b"held")

    def test_what_is_dropped_is_lost(self):
        with self.connect() as client:
            self.says(client, b"before")
            self.proxy.drop()
            client.sendall(b"lost")
            self.assertTrue(self.silent(client))
            self.proxy.heal()
            self.says(client, b"after")

    def test_what_is_delayed_is_late_and_in_order(self):
        with self.connect() as client:
            self.says(client, b"before")
            self.proxy.delay(300)
            begun = time.monotonic()
            self.says(client, b"later")
            self.assertGreaterEqual(time.monotonic() - begun, 0.6)  # there and back

    def test_what_trickles_takes_its_time(self):
        with self.connect() as client:
            self.says(client, b"before")
            self.proxy.trickle(10_000)
            begun = time.monotonic()
            self.says(client, b"x" * 5_000)
            self.assertGreaterEqual(time.monotonic() - begun, 0.4)

    def test_a_reset_is_one_and_the_next_connection_is_good(self):
        with self.connect() as client:
            self.says(client, b"before")
            self.proxy.reset()
            with self.assertRaises(ConnectionResetError):
                while client.recv(1):
                    pass
        with self.connect() as client:
            self.says(client, b"after")

    def test_who_is_refused_hears_nothing_else(self):
        self.proxy.refuse()
        self.is_reset()
        self.proxy.heal()
        with self.connect() as client:
            self.says(client, b"after")
            self.assertEqual(self.proxy.connections(), 1)

    def test_a_target_that_is_gone_resets(self):
        self.echo.shutdown(socket.SHUT_RDWR)
        self.is_reset()

    def test_it_takes_commands(self):
        proxy = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fault_proxy.py")
        with subprocess.Popen([sys.executable, proxy, "127.0.0.1:0", self.proxy.address],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            address = running.stdout.readline().split()[1].split(":")
            for command, answer in (("delay 10", "ok"), ("hold", "ok"), ("heal", "ok"),
                                    ("delay", "what?"), ("delay x", "what?"), ("break", "what?")):
                running.stdin.write(command + "\n")
                running.stdin.flush()
                self.assertEqual(running.stdout.readline().strip(), answer, command)
            with socket.create_connection((address[0], int(address[1])), PATIENCE_S) as client:
                self.says(client, b"through both")
            running.stdin.close()
            self.assertEqual(running.wait(PATIENCE_S), 0)


if __name__ == "__main__":
    unittest.main()
