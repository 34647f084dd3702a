"""A real mpimd, and clients of its WebSocket door that write what a test gives them."""
import json
import os
import select
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "ws_echo"))
from wire_client import CLOSE, FIN, PING, PONG, RSV1, TEXT, frame, inflate  # noqa: E402

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "build"
PATIENCE_S = 20
HEAD = {"Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13"}


class Node:
    """An mpimd with an empty store; `settings` are lines of its settings file."""

    def __init__(self, *settings):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "mpimd.toml")
        with open(path, "w") as file:
            cheap = [] if any("argon2" in one for one in settings) else [
                "auth.argon2_memory_kib = 8", "auth.argon2_passes = 1"]
            file.write("\n".join(["auth.registrations_per_minute = 0", *cheap, *settings, ""]))
        self.admin = os.path.join(self.folder.name, "admin.sock")
        self.log = open(os.path.join(self.folder.name, "log"), "w")
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "bin", "mpimd"), "--config", path, "--data-dir",
             os.path.join(self.folder.name, "data"), "--admin-socket", self.admin,
             "--line", "127.0.0.1:0", "--ws", "127.0.0.1:0", "--http", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        words = self.process.stdout.readline().split()
        self.ready = dict(word.split("=", 1) for word in words[1:])
        self.port = int(self.ready["ws"].rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.folder.cleanup()

    def ctl(self, *words):
        done = subprocess.run([os.path.join(BUILD, "bin", "mpimctl"), "--admin-socket",
                               self.admin, *words, "--output", "json"], capture_output=True, text=True)
        return json.loads(done.stdout)


class Client:
    """One connection. Without `head` it says nothing by itself. `before` goes in front of TLS."""

    def __init__(self, node, head=HEAD, path="/ws", method="GET", before=b"", tls=None, **more):
        self.socket = socket.create_connection(("127.0.0.1", node.port), PATIENCE_S)
        self.socket.sendall(before)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.bytes = b""
        self.asked = 0
        self.pushes = []
        self.packed = 0  # messages that came compressed
        if head is None:
            return
        named = {name.replace("_", "-"): value for name, value in more.items()}
        lines = [f"{name}: {value}" for name, value in {**head, **named}.items() if value]
        self.socket.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", ""]).encode())
        while b"\r\n\r\n" not in self.bytes:
            self._more()
        answer, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        self.head = answer.decode()
        self.status = int(self.head.split()[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _more(self):
        came = self.socket.recv(1 << 16)
        if not came:
            raise EOFError
        self.bytes += came

    def _take(self, length):
        while len(self.bytes) < length:
            self._more()
        taken, self.bytes = self.bytes[:length], self.bytes[length:]
        return taken

    def read(self):
        """The next frame: its opcode and payload."""
        first, second = self._take(2)
        length = second & 127
        if length > 125:
            length = int.from_bytes(self._take(2 if length == 126 else 8), "big")
        payload = self._take(length)
        if first & RSV1:
            self.packed += 1
            payload = inflate(payload)
        return first & 15, payload

    def said(self, answers_pings=True):
        """The next text, as JSON."""
        while True:
            opcode, payload = self.read()
            if opcode == TEXT:
                return json.loads(payload)
            if opcode == CLOSE:
                raise EOFError(payload)
            if opcode == PING and answers_pings:
                self.socket.sendall(frame(PONG, payload))

    def say(self, what, payload=None, **more):
        self.asked += 1
        text = {"type": what, "id": self.asked, "payload": payload or {}, **more}
        self.socket.sendall(frame(TEXT, json.dumps(text).encode()))
        return self.asked

    def ask(self, what, payload=None):
        number = self.say(what, payload)
        while True:
            answer = self.said()
            if answer.get("id") == number:
                return answer
            self.pushes.append(answer)

    def enter(self, name, **more):
        answer = self.ask("register", {"name": name, "password": "password-1", **more})
        if answer["type"] == "error":
            answer = self.ask("login", {"name": name, "password": "password-1", **more})
        assert answer["type"].endswith("_result"), answer
        return answer["payload"]

    def push(self, what):
        while True:
            for at, push in enumerate(self.pushes):
                if push["type"] == what:
                    return self.pushes.pop(at)["payload"]
            self.pushes.append(self.said())

    def end(self):
        """What the server closes with: code and reason. Pushes before it are kept."""
        while True:
            opcode, payload = self.read()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big"), payload[2:].decode()
            if opcode == TEXT:
                self.pushes.append(json.loads(payload))

    def silence(self, seconds):
        """Whether no close frame has come yet; does not answer what else comes."""
        while select.select([self.socket], [], [], seconds)[0]:
            came = self.socket.recv(1 << 16)
            self.bytes += came
            if not came or bytes([FIN | CLOSE]) in self.bytes:
                return False
        return True

    def is_closed(self):
        try:
            while self.socket.recv(1 << 16):
                pass
            return True
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False
