"""A WebSocket client that sends what it is told to, byte by byte, and reads frames by the letter."""
import os
import socket
import struct
import zlib

FIN, RSV1 = 0x80, 0x40
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PATIENCE_S = 20


def frame(opcode, payload=b"", fin=True, rsv=0, masked=True, length_form=None):
    """`length_form`: 0, 2 or 8 bytes behind the second byte, whatever the length wants."""
    length = len(payload)
    form = length_form if length_form is not None else 0 if length < 126 else 2 if length < 65536 else 8
    short = {0: length, 2: 126, 8: 127}[form]
    head = bytes([(FIN if fin else 0) | rsv | opcode, (0x80 if masked else 0) | short])
    head += {0: b"", 2: struct.pack("!H", length & 0xffff), 8: struct.pack("!Q", length)}[form]
    if not masked:
        return head + payload
    mask = os.urandom(4)
    repeated = mask * (length // 4 + 1)
    hidden = int.from_bytes(payload, "big") ^ int.from_bytes(repeated[:length], "big")
    return head + mask + hidden.to_bytes(length, "big")


def close_payload(code, reason=b""):
    return struct.pack("!H", code) + reason


def deflate(payload, level=6):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflate(payload):
    return zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")


class WireClient:
    """One connection, its handshake done. `head` is the server's answer."""

    def __init__(self, port, extensions=""):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wish = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
        self.socket.sendall((
            "GET / HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"{wish}\r\n").encode())
        self.bytes = b""
        while b"\r\n\r\n" not in self.bytes:
            self.more()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        self.head = head.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def more(self):
        came = self.socket.recv(1 << 20)
        if not came:
            raise EOFError
        self.bytes += came

    def take(self, length):
        while len(self.bytes) < length:
            self.more()
        taken, self.bytes = self.bytes[:length], self.bytes[length:]
        return taken

    def send(self, data, chop=0):
        """In parts of `chop` bytes, each a write of its own; after a close it may fail."""
        try:
            for at in range(0, len(data), chop or max(len(data), 1)):
                self.socket.sendall(data[at:at + (chop or len(data))])
        except (BrokenPipeError, ConnectionResetError):
            pass

    def frame(self):
        """(opcode, payload, compressed); raises EOFError at the end."""
        first, second = self.take(2)
        assert first & FIN, "the server sends no fragments"
        assert not first & 0x30 and not second & 0x80, "reserved bits or a mask from the server"
        length = second & 0x7f
        if length == 126:
            length, = struct.unpack("!H", self.take(2))
            assert length > 125, "not the shortest form"
        elif length == 127:
            length, = struct.unpack("!Q", self.take(8))
            assert length > 65535, "not the shortest form"
        return first & 0x0f, self.take(length), bool(first & RSV1)

    def ended(self):
        try:
            self.take(1)
        except (EOFError, ConnectionResetError):
            return True
        return False
