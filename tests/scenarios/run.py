#!/usr/bin/env python3
"""Plays every scenario through every door, against an mpimd of its own.

usage: run.py BUILD [--door line|websocket|rpc] [--only TEXT] [--self-test]
       --self-test: wrong expectations, each of which must be noticed
"""
import argparse
import os
import subprocess
import sys
import tempfile

from json_doors import SESSION_KINDS, RpcDoor, WebSocketDoor
from line_door import LineDoor
from scenarios import SCENARIOS, Ask, Comes, Gets, GetsNothing, Leaves, Scenario

DOORS = {"line": LineDoor, "websocket": WebSocketDoor, "rpc": RpcDoor}
PASSWORD = "password-1"
PUSH_S = 20
SILENCE_S = 0.3
SETTINGS = "[auth]\nargon2_memory_kib = 8\nargon2_passes = 1\nregistrations_per_minute = 0\n"


class Broken(AssertionError):
    """What was expected is not what came."""


class Server:
    """An mpimd with an empty store."""

    def __init__(self, build):
        self.folder = tempfile.TemporaryDirectory()
        settings = os.path.join(self.folder.name, "mpimd.toml")
        with open(settings, "w") as file:
            file.write(SETTINGS)
        free = [word for flag in ("--line", "--ws", "--http") for word in (flag, "127.0.0.1:0")]
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen(
            [os.path.join(build, "bin", "mpimd"), "--config", settings, "--data-dir",
             os.path.join(self.folder.name, "data"), "--admin-socket",
             os.path.join(self.folder.name, "admin.sock"), *free],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("ready "):
            raise SystemExit("mpimd did not start: " + open(self.log.name).read()[-2000:])
        self.ready = dict(word.split("=", 1) for word in line.split()[1:])

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.folder.cleanup()


class Stage:
    """The people of one scenario at one door."""

    def __init__(self, door, ready, number, one, push_s):
        self.door, self.ready, self.push_s = door, ready, push_s
        self.names = {who: f"{who}-{number}" for who in one.people}
        self.listening = {step.who for step in one.steps
                          if getattr(step, "kind", None) in SESSION_KINDS}
        self.seen = {}
        self.clients = {}
        for who in one.people:
            self._enter(who, new=True)

    def _enter(self, who, new=False):
        self.clients[who] = DOORS[self.door](self.ready)
        done, answer = self.clients[who].enter(self.names[who], PASSWORD, new)
        if done and self.door == "rpc" and who in self.listening:
            done, answer = self.clients[who].listen(self.names[who], PASSWORD)
        if not done:
            raise Broken(f"{who} does not get in: {answer}")
        self.seen["$" + who] = str(answer["userId"])

    def play(self, step):
        if isinstance(step, Ask):
            return self._ask(step)
        if isinstance(step, Leaves):
            return self.clients.pop(step.who).leave()
        if isinstance(step, Comes):
            return self._enter(step.who)
        seconds = self.push_s if isinstance(step, Gets) else SILENCE_S
        push = self.clients[step.who].next_push(step.kind, seconds)
        if isinstance(step, GetsNothing):
            if push is not None:
                raise Broken(f"{step.who} gets {push}")
            return None
        if push is None:
            raise Broken(f"{step.who} gets no {step.kind}")
        self._compare(step.fields, push, step.kind)
        if step.kind in ("message", "event"):
            self.clients[step.who].acknowledge(push)
        return None

    def leave(self):
        for client in self.clients.values():
            client.leave()

    def _ask(self, step):
        done, answer = self.clients[step.who].ask(step.what, self._filled(step.payload))
        if isinstance(step.answer, str):
            if done or answer["code"] != step.answer:
                raise Broken(f"{step.what} answers {answer}, not {step.answer}")
        elif not done:
            raise Broken(f"{step.what} is refused: {answer}")
        else:
            self._compare(step.answer, answer, step.what)

    def _filled(self, value):
        if isinstance(value, dict):
            return {name: self._filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if isinstance(value, str) and value.startswith("$"):
            return self.seen[value]
        if isinstance(value, str) and value[1:] in self.names and value.startswith("@"):
            return self.names[value[1:]]
        return value

    def _compare(self, wanted, got, where):
        if isinstance(wanted, dict):
            for name, value in wanted.items():
                empty = {} if isinstance(value, dict) else [] if isinstance(value, list) else ""
                self._compare(value, got.get(name, empty), f"{where}.{name}")
        elif isinstance(wanted, list):
            if len(wanted) != len(got):
                raise Broken(f"{where} has {len(got)} rows, not {len(wanted)}: {got}")
            for number, (one, other) in enumerate(zip(wanted, got)):
                self._compare(one, other, f"{where}[{number}]")
        elif isinstance(wanted, str) and wanted.startswith("$") and wanted not in self.seen:
            if not got:
                raise Broken(f"{where} is missing")
            self.seen[wanted] = str(got)
        elif plain(self._filled(wanted)) != plain(got):
            raise Broken(f"{where} is {got!r}, not {self._filled(wanted)!r}")


def plain(value):
    """On every door the same: numbers and flags as text, and what is left out as empty."""
    if value in (True, "true"):
        return "1"
    return "" if value in (False, 0, "0", None) else str(value)


# [G18][G21][G25][G28][G31][G39] the line protocol, the WebSocket and the RPC pass the same scenarios
def play(door, ready, number, one, push_s=PUSH_S):
    """What is wrong with it at this door; nothing: None."""
    stage, step = None, "coming in"
    try:
        stage = Stage(door, ready, number, one, push_s)
        for step in one.steps:
            stage.play(step)
        stage.leave()
    except (Broken, OSError, KeyError) as why:
        return f"{door}: {one.name}\n    at {step}\n    {type(why).__name__}: {why}"
    return None


WRONG = [
    Scenario("a wrong field", ("alice",), (Ask("alice", "profile", {},
                                               {"profile": {"name": "bob"}}),)),
    Scenario("a wrong code", ("alice",), (Ask("alice", "group_info", {"groupId": "4000000"},
                                              "DENIED"),)),
    Scenario("an error for an answer", ("alice",), (Ask("alice", "group_info",
                                                        {"groupId": "4000000"}),)),
    Scenario("an answer for an error", ("alice",), (Ask("alice", "groups", {}, "DENIED"),)),
    Scenario("too many rows", ("alice",), (Ask("alice", "devices", {}, {"devices": []}),)),
    Scenario("what is not missing", ("alice", "bob"),
             (Ask("alice", "chat", {"toUserName": "@bob", "content": "x"}),
              GetsNothing("bob", "message"))),
    Scenario("another message", ("alice", "bob"),
             (Ask("alice", "chat", {"toUserName": "@bob", "content": "x"}),
              Gets("bob", "message", {"content": "y"}))),
    Scenario("a message that never comes", ("alice", "bob"), (Gets("bob", "message", {}),)),
    Scenario("another receipt", ("alice", "bob"),
             (Ask("alice", "chat", {"toUserName": "@bob", "content": "x"}),
              Gets("bob", "message", {}),
              Gets("alice", "receipt", {"userId": "$bob", "kind": "read"}))),
    Scenario("a receipt of somebody else", ("alice", "bob"),
             (Ask("alice", "chat", {"toUserName": "@bob", "content": "x"}),
              Gets("bob", "message", {}),
              Gets("alice", "receipt", {"userId": "$alice", "kind": "delivered"}))),
    Scenario("a receipt that never comes", ("alice", "bob"),
             (Ask("alice", "chat", {"toUserName": "@bob", "content": "x"}),
              Gets("alice", "receipt", {}))),
    Scenario("somebody else who is typing", ("alice", "bob"),
             (Ask("alice", "chat", {"toUserName": "@bob", "content": "x"}),
              Ask("alice", "typing", {"toUserId": "$bob"}),
              Gets("bob", "typing", {"userId": "$bob"}))),
    Scenario("who is typing without being so", ("alice", "bob"), (Gets("bob", "typing", {}),)),
    Scenario("another change", ("alice", "bob"),
             (Ask("alice", "add_friend", {"userName": "@bob"}),
              Gets("bob", "change", {"kind": "friend", "state": "friends"}))),
    Scenario("who is typing, and is told", ("alice", "bob"),
             (Ask("alice", "chat", {"toUserName": "@bob", "content": "x"}),
              Ask("alice", "typing", {"toUserId": "$bob"}), GetsNothing("bob", "typing"))),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--door", choices=DOORS)
    parser.add_argument("--only", default="")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    server = Server(args.build)
    wrong, played = [], 0
    try:
        table = WRONG if args.self_test else SCENARIOS
        for door in [args.door] if args.door else DOORS:
            for number, one in enumerate(table):
                if args.only in one.name:
                    played += 1
                    who = f"{door}{number}"
                    why = play(door, server.ready, who, one, 1 if args.self_test else PUSH_S)
                    if args.self_test:
                        why = None if why else f"{door}: {one.name} was not noticed"
                    wrong += [why] if why else []
    finally:
        server.stop()
    print("\n".join(wrong + [f"{played} played, {len(wrong)} went wrong"]))
    return 1 if wrong or not played else 0


if __name__ == "__main__":
    sys.exit(main())
