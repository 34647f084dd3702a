#!/usr/bin/env python3
"""python_websockets.py WS_ECHO: Debian's python3-websockets as a client of ws_echo."""
import asyncio
import os
import sys
import unittest

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from echo_process import EchoProcess

PROGRAM = sys.argv.pop(1)
MESSAGE_BYTES_MAX = 1_048_576
OFFERS = {
    "none": [],
    "default": None,
    "no takeover": [ClientPerMessageDeflateFactory(server_no_context_takeover=True,
                                                   client_no_context_takeover=True)],
    "small windows": [ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9)],
}


def connect(echo, offer):
    wish = {"compression": "deflate"} if OFFERS[offer] is None else {
        "compression": None, "extensions": OFFERS[offer]}
    return websockets.connect(f"ws://127.0.0.1:{echo.port}/", max_size=None, **wish)


async def in_every_way(check):
    for deflate in ("on", "off"):
        with EchoProcess(PROGRAM, "--deflate", deflate, "--message-bytes-max", str(MESSAGE_BYTES_MAX)) as echo:
            for offer in OFFERS:
                async with connect(echo, offer) as client:
                    await asyncio.wait_for(check(client, deflate == "on" and offer != "none"), 60)


class WebsocketsClient(unittest.TestCase):
    def test_messages_of_every_size_come_back(self):
        async def check(client, compressed):
            self.assertEqual(bool(client.extensions), compressed)
            for size in (0, 1, 125, 126, 65535, 65536, MESSAGE_BYTES_MAX):
                for message in ("x" * size, os.urandom(size)):
                    await client.send(message)
                    self.assertEqual(await client.recv(), message)
            for _ in range(3):  # nothing is kept from one to the next
                text = "你好 😀 häßlich " * 5000
                await client.send(text)
                self.assertEqual(await client.recv(), text)
        asyncio.run(in_every_way(check))

    def test_fragments_and_pings(self):
        async def check(client, _):
            await client.send(["Hel", "", "lo ", "you" * 1000])
            self.assertEqual(await client.recv(), "Hello " + "you" * 1000)
            await client.send([b"\xff", b"\xfe"])
            self.assertEqual(await client.recv(), b"\xff\xfe")
            for payload in (b"", b"p" * 125):
                await (await client.ping(payload))
        asyncio.run(in_every_way(check))

    def test_a_close_is_answered(self):
        async def check(client, _):
            await client.close(4321, "bye")
            self.assertEqual(client.close_code, 4321)
        asyncio.run(in_every_way(check))

    def test_a_message_over_the_limit(self):
        async def check(client, _):
            await client.send("x" * (MESSAGE_BYTES_MAX + 1))
            with self.assertRaises(websockets.ConnectionClosedError):
                await client.recv()
            self.assertEqual(client.close_code, 1009)
            self.assertEqual(client.close_reason, "a message may have 1048576 bytes")
        asyncio.run(in_every_way(check))


if __name__ == "__main__":
    unittest.main()
