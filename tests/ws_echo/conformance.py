#!/usr/bin/env python3
"""conformance.py WS_ECHO: RFC 6455 and RFC 7692 case by case, over a socket.

The cases and their numbers follow the list of the Autobahn test suite: 1 framing, 2 pings, 3 reserved
bits, 4 opcodes, 5 fragments, 6 UTF-8, 7 closing, 9 limits, 10 chopping, 12 and 13 compression.
"""
import random
import sys

from echo_process import EchoProcess
from wire_client import (BINARY, CLOSE, CONTINUATION, PING, PONG, RSV1, TEXT, WireClient, close_payload,
                         deflate, frame, inflate)

CASES_AT_LEAST = 800  # or a table was lost
LARGEST = 16 * 1024 * 1024
NORMAL = frame(CLOSE, close_payload(1000))
CLOSED = (CLOSE, 1000)


def fails(code):
    return [(CLOSE, code)]


def echoes(*frames):
    return [*frames, CLOSED]


def framing():
    """1: every length, chopped and not."""
    for opcode, letter in ((TEXT, b"*"), (BINARY, b"\xfe")):
        for number, length in enumerate((0, 125, 126, 127, 128, 65535, 65536), 1):
            payload = letter * length
            yield f"1.{opcode}.{number}", frame(opcode, payload) + NORMAL, echoes((opcode, payload)), 0
        yield f"1.{opcode}.8", frame(opcode, letter * 65536) + NORMAL, echoes((opcode, letter * 65536)), 997


def pings():
    for number, payload in enumerate((b"", b"Hello", bytes(range(125)), b"\xfe" * 125), 1):
        yield f"2.{number}", frame(PING, payload) + NORMAL, echoes((PONG, payload)), 0
        yield f"2.{number} chopped", frame(PING, payload) + NORMAL, echoes((PONG, payload)), 1
    yield "2.5", frame(PING, b"x" * 126), fails(1002), 0
    yield "2.7", frame(PONG) + NORMAL, echoes(), 0
    yield "2.8", frame(PONG, b"unasked") + NORMAL, echoes(), 0
    yield "2.9", frame(PONG, b"unasked") + frame(PING, b"p") + NORMAL, echoes((PONG, b"p")), 0
    ten = [b"payload-%d" % i for i in range(10)]
    for chop in (0, 1):
        yield (f"2.10 {chop}", b"".join(frame(PING, one) for one in ten) + NORMAL,
               echoes(*((PONG, one) for one in ten)), chop)


def reserved():
    for number, rsv in enumerate(range(1, 8), 1):
        for opcode in (TEXT, BINARY, PING, CLOSE):
            yield (f"3.{number} {opcode}", frame(TEXT, b"ok") + frame(opcode, b"x", rsv=rsv << 4),
                   [(TEXT, b"ok"), (CLOSE, 1002)], 0)
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        for payload in (b"", b"x"):
            yield f"4.{opcode} {len(payload)}", frame(opcode, payload), fails(1002), 0
        yield (f"4.{opcode} behind", frame(TEXT, b"ok") + frame(opcode) + frame(PING),
               [(TEXT, b"ok"), (CLOSE, 1002)], 1)


def fragments():
    def parts(*payloads, opcode=TEXT):
        return [frame(opcode if i == 0 else CONTINUATION, payload, fin=i + 1 == len(payloads))
                for i, payload in enumerate(payloads)]
    yield "5.1", frame(PING, b"a", fin=False) + frame(CONTINUATION, b"b"), fails(1002), 0
    yield "5.2", frame(PONG, b"a", fin=False) + frame(CONTINUATION, b"b"), fails(1002), 0
    for chop in (0, 1, 3):
        yield f"5.3 {chop}", b"".join(parts(b"one", b"two")) + NORMAL, echoes((TEXT, b"onetwo")), chop
        first, last = parts(b"one", b"two")
        yield (f"5.6 {chop}", first + frame(PING, b"p") + last + NORMAL,
               echoes((PONG, b"p"), (TEXT, b"onetwo")), chop)
    for number, fin in ((9, True), (10, True), (11, True), (12, False), (13, False), (14, False)):
        yield f"5.{number}", frame(CONTINUATION, b"x", fin=fin) + frame(TEXT, b"y"), fails(1002), 0
    yield "5.15", b"".join(parts(b"a", b"b")) + frame(CONTINUATION, b"c", fin=False), [
        (TEXT, b"ab"), (CLOSE, 1002)], 0
    yield "5.18", parts(b"a", b"b")[0] + frame(TEXT, b"b"), fails(1002), 0
    five = parts(b"1", b"2", b"3", b"4", b"5")
    between = b"".join(one + frame(PING, b"p") for one in five[:-1]) + five[-1]
    for chop in (0, 1):
        yield f"5.19 {chop}", between + NORMAL, echoes(*[(PONG, b"p")] * 4, (TEXT, b"12345")), chop
    yield "5.20", b"".join(parts(b"", b"", b"")) + NORMAL, echoes((TEXT, b"")), 0


GOOD_UTF8 = ["κόσμε", "\0", "\x7f", "\x80", "\u07ff", "\u0800", "\uffff", "\U00010000", "\ud7ff", "\ue000",
             "\ufffd", "\U0010ffff", "\ufdd0", "\U0001fffe", "Hello-µ@ßöäüàá-UTF-8!!", "日本語", "😀" * 100]
BAD_UTF8 = [b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited", b"\xf8\x88\x80\x80\x80",
            b"\xfc\x84\x80\x80\x80\x80", b"\xf4\x90\x80\x80", b"\x80", b"\xbf", b"\x80\xbf\x80", b"\xfe", b"\xff",
            b"\xfe\xfe\xff\xff", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf",
            b"\xf0\x8f\xbf\xbf", b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80", b"\xc0\x80",
            b"\xf5\x80\x80\x80", b"\xc3 ", b"\xe2\x82 ", b"\xf0\x9f\x98 "]
CUT_UTF8 = [b"\xce", b"\xe1\xbd", b"\xf0\x9f\x98", b"good \xf4\x8f\xbf"]


def utf8():
    for number, text in enumerate(GOOD_UTF8):
        payload = text.encode()
        bytewise = b"".join(frame(TEXT if i == 0 else CONTINUATION, payload[i:i + 1], fin=i + 1 == len(payload))
                            for i in range(len(payload)))
        for name, wire in (("whole", frame(TEXT, payload)), ("bytewise", bytewise)):
            yield f"6.good {number} {name}", wire + NORMAL, echoes((TEXT, payload)), 0
        yield f"6.good {number} chopped", frame(TEXT, payload) + NORMAL, echoes((TEXT, payload)), 1
    for number, payload in enumerate(BAD_UTF8 + CUT_UTF8):
        yield f"6.bad {number}", frame(TEXT, payload), fails(1007), 0
        yield f"6.bad {number} behind", frame(TEXT, b"x" * 1000 + payload), fails(1007), 0
        yield f"6.bad {number} cut", (frame(TEXT, payload[:1], fin=False) +
                                      frame(CONTINUATION, payload[1:])), fails(1007), 0
        yield f"6.bad {number} binary", frame(BINARY, payload) + NORMAL, echoes((BINARY, payload)), 0
    for number, payload in enumerate(BAD_UTF8):  # at once: the message, even the frame, goes on
        yield f"6.4.1 {number}", frame(TEXT, b"good " + payload, fin=False), fails(1007), 0
        whole = frame(TEXT, payload + b"x" * 60_000)
        yield f"6.4.3 {number}", whole[:30_000], fails(1007), 0


def closing():
    yield "7.1.1", frame(TEXT, b"x") + NORMAL, echoes((TEXT, b"x")), 0
    yield "7.1.2", NORMAL + NORMAL, echoes(), 0
    yield "7.1.3", NORMAL + frame(PING), echoes(), 0
    yield "7.1.4", NORMAL + frame(TEXT, b"late"), echoes(), 0
    yield "7.1.5", frame(TEXT, b"a", fin=False) + NORMAL + frame(CONTINUATION, b"b"), echoes(), 0
    yield "7.1.6", frame(TEXT, b"x" * 262_144) + NORMAL + frame(PING), echoes((TEXT, b"x" * 262_144)), 0
    yield "7.3.1", frame(CLOSE), [(CLOSE, None)], 0
    yield "7.3.2", frame(CLOSE, b"a"), fails(1002), 0
    yield "7.3.3", frame(CLOSE, close_payload(1000)), echoes(), 1
    yield "7.3.4", frame(CLOSE, close_payload(1000, b"Hello")), echoes(), 0
    yield "7.3.5", frame(CLOSE, close_payload(1000, b"x" * 123)), echoes(), 0
    yield "7.3.6", frame(CLOSE, close_payload(1000, b"x" * 124)), fails(1002), 0
    yield "7.5.1", frame(CLOSE, close_payload(1000, b"\xce\xba\xed\xa0\x80")), fails(1007), 0
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield f"7.7 {code}", frame(CLOSE, close_payload(code)), fails(code), 0
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535):
        yield f"7.9 {code}", frame(CLOSE, close_payload(code)), fails(1002), 0


def limits():
    for number, size in enumerate((64, 256, 1024, 4096, 8192, LARGEST // 1024), 1):
        for opcode, payload in ((TEXT, b"*" * size * 1024), (BINARY, b"\xfe" * size * 1024)):
            yield f"9.{opcode}.{number}", frame(opcode, payload) + NORMAL, echoes((opcode, payload)), 0
    whole = b"*" * 1_048_576
    for number, size in enumerate((64, 1024, 65536), 1):
        pieces = [whole[i:i + size] for i in range(0, len(whole), size)]
        wire = b"".join(frame(TEXT if i == 0 else CONTINUATION, piece, fin=i + 1 == len(pieces))
                        for i, piece in enumerate(pieces))
        yield f"9.3.{number}", wire + NORMAL, echoes((TEXT, whole)), 0
        yield f"9.5.{number}", frame(TEXT, whole) + NORMAL, echoes((TEXT, whole)), size
    yield "9.9.1", frame(TEXT, b"x" * (LARGEST + 1)), fails(1009), 0
    yield "9.9.2", frame(TEXT, b"x" * LARGEST, fin=False) + frame(CONTINUATION, b"x"), fails(1009), 0
    yield "9.9.3", b"\x81\xff" + b"\x7f" + b"\xff" * 7, fails(1009), 0
    yield "9.9.4", b"\x81\xff" + b"\x80" + b"\0" * 7, fails(1002), 0
    yield "9.9.5", frame(TEXT, b"x" * 125, length_form=2), fails(1002), 0
    yield "9.9.6", frame(TEXT, b"x" * 65535, length_form=8), fails(1002), 0
    yield "9.9.7", frame(TEXT, b"x", masked=False), fails(1002), 0
    yield "10.1", frame(TEXT, b"x" * 65536) + NORMAL, echoes((TEXT, b"x" * 65536)), 1300


def compressed(opcode, payload, **more):
    return frame(opcode, deflate(payload), rsv=RSV1, **more)


def compression():
    rng = random.Random(7)
    for size in (0, 16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072, 1_048_576):
        text = " ".join(rng.choice(GOOD_UTF8) for _ in range(size // 8)).encode()
        noise = rng.randbytes(size)
        for name, opcode, payload in (("text", TEXT, text), ("noise", BINARY, noise)):
            wire = compressed(opcode, payload) * 3 + NORMAL
            yield f"12.1 {size} {name}", wire, echoes(*[(opcode, payload)] * 3), 0
            packed = deflate(payload)
            middle = len(packed) // 2
            parts = (frame(opcode, packed[:middle], fin=False, rsv=RSV1) + frame(PING, b"p") +
                     frame(CONTINUATION, packed[middle:]))
            yield f"12.2 {size} {name}", parts + NORMAL, echoes((PONG, b"p"), (opcode, payload)), 0
    hello = deflate(b"Hello")
    yield "13.mixed", (compressed(TEXT, b"a") + frame(TEXT, b"b") + compressed(TEXT, b"c") + NORMAL,
                       echoes((TEXT, b"a"), (TEXT, b"b"), (TEXT, b"c")), 0)
    yield "13.empty", (frame(TEXT, b"\0", rsv=RSV1) + NORMAL, echoes((TEXT, b"")), 0)
    yield "13.continued", (frame(TEXT, hello[:2], fin=False, rsv=RSV1) +
                           frame(CONTINUATION, hello[2:], rsv=RSV1), fails(1002), 0)
    yield "13.control", (frame(PING, hello, rsv=RSV1), fails(1002), 0)
    yield "13.garbage", (frame(TEXT, b"\xff\xff\xff", rsv=RSV1), fails(1007), 0)
    yield "13.cut", (frame(TEXT, deflate(b"Hello " * 20)[:6], rsv=RSV1), fails(1007), 0)
    yield "13.utf8", (compressed(TEXT, b"\xed\xa0\x80"), fails(1007), 0)
    yield "13.bomb", (compressed(TEXT, b"x" * (LARGEST + 1)), fails(1009), 0)
    yield "13.largest", (compressed(TEXT, b"x" * LARGEST) + NORMAL, echoes((TEXT, b"x" * LARGEST)), 0)


def flat(cases):
    for case in cases:
        yield (case[0], *case[1]) if len(case) == 2 else case


def told(client):
    opcode, payload, packed = client.frame()
    if opcode == CLOSE:
        return opcode, int.from_bytes(payload[:2], "big") if payload else None
    if packed:
        plain = inflate(payload)
        assert len(payload) < len(plain), "compression made it longer"
        payload = plain
    return opcode, payload


def run(port, extensions, wire, expected, chop):
    with WireClient(port, extensions) as client:
        client.send(wire, chop)
        for one in expected:
            got = told(client)
            if got != one:
                return f"expected {str(one)[:80]}, got {str(got)[:80]}"
        return None if client.ended() else "more came than expected"


def main(program):
    groups = [framing, pings, reserved, fragments, utf8, closing, limits]
    count, failures = 0, []
    for deflate_flag, tried in (("off", groups), ("on", [*groups, compression])):
        extensions = "permessage-deflate; client_max_window_bits" if deflate_flag == "on" else ""
        with EchoProcess(program, "--deflate", deflate_flag, "--message-bytes-max", str(LARGEST)) as echo:
            for group in tried:
                for name, wire, expected, chop in flat(group()):
                    if deflate_flag == "on" and name.startswith("3.4 "):
                        continue  # RSV1 means something then
                    count += 1
                    try:
                        wrong = run(echo.port, extensions, wire, expected, chop)
                    except (AssertionError, EOFError, OSError) as why:
                        wrong = f"{type(why).__name__} {why}"
                    if wrong:
                        failures.append(f"{name}, deflate {deflate_flag}: {wrong}")
    print("\n".join(failures))
    print(f"{count} cases, {len(failures)} failed")
    return 1 if failures or count < CASES_AT_LEAST else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
