"""The line protocol as a door of the scenarios: requests as verbs, answers as the contract's JSON."""
import json
import re
import socket
import time

# What a field of a row is called in the contract's JSON.
NAMES = {
    "id": "messageId", "msg_id": "messageId", "read": "messageId", "conv": "sessionId",
    "from": "fromUserId", "to": "toUserId", "group": "groupId", "type": "messageType", "group_id": "groupId",
    "file": "fileId", "ts": "timestamp", "client_ts": "clientTimestamp", "cid": "clientMessageId",
    "text": "content", "dup": "duplicate", "uid": "userId", "user": "userId", "by": "fromUserId",
    "display": "displayName", "more": "hasMore", "join": "joinPolicy", "owner": "ownerUserId",
    "muted_until": "mutedUntil", "direct_messages": "directMessages", "member": "member",
}
# Where a name stands for something else.
OWN_NAMES = {
    "GROUP": {"id": "groupId"}, "CONVERSATION": {"last": "lastMessageId"},
    "UNREAD": {"count": "unread", "from": "userId"}, "MARK": {"read": "readAt",
                                                              "delivered": "deliveredAt"},
    "receipts": {"read": "read", "delivered": "delivered"}, "DEVICE": {"this": "current"},
    "groups": {"group_id": "groupId"}, "INVITE": {"by": "byUserId"},
    "REQUEST": {"ts": "askedAt"}, "TYPING": {"from": "userId"}, "FRIEND": {}, "block": {"state": "state"},
}
# The list that rows of a kind make.
LISTS = {
    "ENTRY": "messages", "FOUND": "messages", "UNREAD": "conversations",
    "CONVERSATION": "conversations", "MARK": "receipts", "PRESENT": "users", "FRIEND": "friends",
    "BLOCKED": "users", "DEVICE": "devices", "GROUP": "groups", "MEMBER": "members",
    "REQUEST": "requests", "INVITE": "invitations",
}
PUSHES = ("MSG", "EVENT", "RECEIPT", "PRESENCE", "TYPING", "CHANGE", "NOTICE")
FIELD = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)')


def quoted(text):
    return json.dumps(text, ensure_ascii=False)


def row_of(words):
    """A row: its first word and its fields, under the contract's names."""
    kind = words.split(" ", 1)[0]
    own = OWN_NAMES.get(kind, {})
    fields = {}
    for name, value in FIELD.findall(words):
        fields[own.get(name, NAMES.get(name, name))] = \
            json.loads(value) if value.startswith('"') else value
    return kind, fields


def user_of(payload):
    return "@" + payload["userName"] if "userName" in payload else payload["userId"]


def place_of(payload):
    if "sessionId" in payload:
        return "conv=" + payload["sessionId"]
    if "groupId" in payload:
        return "group=" + payload["groupId"]
    return "user=" + payload["userId"] if "userId" in payload else ""


def options(payload, **names):
    return "".join(f" {option}={payload[name]}" for name, option in names.items()
                   if name in payload)


def chat(payload):
    if "groupId" in payload:
        words = "SENDGROUP " + payload["groupId"]
    else:
        words = "SEND " + ("@" + payload["toUserName"] if "toUserName" in payload
                           else payload["toUserId"])
    words += " " + quoted(payload["content"])
    words += options(payload, clientMessageId="cid", messageType="type", fileId="file",
                     clientTimestamp="ts")
    return words + (" ext=" + quoted(payload["ext"]) if "ext" in payload else "")


def history(payload):
    return "HISTORY " + place_of(payload) + options(payload, before="before", after="after",
                                                    since="since", limit="limit")


def search(payload):
    place = place_of(payload)
    return "SEARCH " + quoted(payload["words"]) + (" " + place if place else "") + options(
        payload, before="before", limit="limit")


def set_profile(payload):
    words = "SETPROFILE"
    for name, option in (("displayName", "display"), ("about", "about")):
        if name in payload:
            words += f" {option}={quoted(payload[name])}"
    return words + options(payload, directMessages="direct_messages")


def to_user(verb):
    return lambda payload: verb + " " + user_of(payload)


def to_message(verb):
    return lambda payload: verb + " " + payload["messageId"]


def to_group(verb):
    return lambda payload: verb + " " + payload["groupId"]


def to_member(verb):
    return lambda payload: f"{verb} {payload['groupId']} {payload['userId']}"


VERBS = {
    "accept_friend": to_user("ACCEPT"),
    "add_friend": to_user("ADDFRIEND"),
    "approve_join": to_member("APPROVE"),
    "block": to_user("BLOCK"),
    "blocks": lambda p: "BLOCKS",
    "chat": chat,
    "confirm": lambda p: "ACK " + " ".join(p["messageIds"]),
    "conversations": lambda p: "CONVERSATIONS" + options(p, before="before", limit="limit"),
    "create_group": lambda p: f"CREATEGROUP {quoted(p['name'])} {p.get('description', '')}",
    "decline_invite": to_group("DECLINE"),
    "devices": lambda p: "DEVICES",
    "dissolve_group": to_group("DISSOLVE"),
    "edit": lambda p: f"EDIT {p['messageId']} {quoted(p['content'])}",
    "friends": lambda p: "GETFRIENDS" + options(p, state="state"),
    "group_info": to_group("GROUPINFO"),
    "groups": lambda p: "GROUPS",
    "hide": to_message("DELETE"),
    "history": history,
    "invite": lambda p: f"INVITE {p['groupId']} {user_of(p)}",
    "invites": lambda p: "INVITES",
    "join_group": to_group("JOINGROUP"),
    "join_requests": to_group("REQUESTS"),
    "kick": to_member("KICK"),
    "leave_group": to_group("LEAVEGROUP"),
    "members": to_group("MEMBERS"),
    "mute_group": lambda p: f"MUTE {p['groupId']} *",
    "mute_member": to_member("MUTE"),
    "presence": lambda p: "PRESENCE " + " ".join(p.get("userIds", [])),
    "profile": lambda p: "PROFILE " + (user_of(p) if p else ""),
    "read": to_message("READ"),
    "recall": to_message("RECALL"),
    "receipts": to_message("RECEIPTS"),
    "refuse_join": to_member("REFUSE"),
    "reject_friend": to_user("REJECT"),
    "remove_friend": to_user("REMOVEFRIEND"),
    "rename_group": lambda p: f"RENAMEGROUP {p['groupId']} {quoted(p['name'])}",
    "search": search,
    "set_notice": lambda p: f"GROUPNOTICE {p['groupId']} {quoted(p['notice'])}",
    "set_policy": lambda p: f"GROUPPOLICY {p['groupId']} {p['joinPolicy']}",
    "set_profile": set_profile,
    "set_role": lambda p: f"ROLE {p['groupId']} {p['userId']} {p['role']}",
    "transfer_group": to_member("TRANSFER"),
    "typing": lambda p: "TYPING " + ("group=" + p["groupId"] if "groupId" in p else p["toUserId"]),
    "unblock": to_user("UNBLOCK"),
    "unmute_group": lambda p: f"UNMUTE {p['groupId']} *",
    "unmute_member": to_member("UNMUTE"),
    "unread": lambda p: "UNREAD",
}
# Answers that the contract puts into an object of their own.
WRAPPED = {"profile": "profile", "set_profile": "profile", "group_info": "group",
           "create_group": "group"}
BESIDE = ("role", "invited")  # what stays beside that object


class LineDoor:
    """One client at the line protocol."""

    def __init__(self, ready):
        host, port = ready["line"].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.bytes = b""
        self.pushes = []
        self._line()  # the greeting

    def enter(self, name, password, new):
        answer = self._ask(f"{'REGISTER' if new else 'LOGIN'} {name} {password}"
                           + ("" if new else " ack=client"))
        if new and answer[0]:  # REGISTER's session acknowledges by TCP
            answer = self._ask(f"LOGIN {name} {password} ack=client")
        return answer

    def ask(self, what, payload):
        """Whether it was done, and the answer, or the error with its code."""
        done, answer = self._ask(VERBS[what](payload))
        if done and "messageId" in answer:  # an id is the conversation and, in 30 bits, the seq
            answer.setdefault("sessionId", str(int(answer["messageId"]) >> 30))
        if done and what in WRAPPED:
            beside = {name: answer.pop(name) for name in BESIDE if name in answer}
            answer = {WRAPPED[what]: answer, **beside}
        return done, answer

    def next_push(self, wanted, seconds):
        until = time.monotonic() + seconds
        while True:
            for at, push in enumerate(self.pushes):
                if push[0] == wanted:
                    return self.pushes.pop(at)[1]
            self.socket.settimeout(max(0.01, until - time.monotonic()))
            try:
                self._take_push(self._line())
            except TimeoutError:
                return None
            finally:
                self.socket.settimeout(20)

    def acknowledge(self, message):
        self._ask("ACK " + message["messageId"])

    def leave(self):
        self.socket.sendall(b"QUIT\n")
        while self.socket.recv(1 << 16):
            pass
        self.socket.close()

    def _line(self):
        while b"\n" not in self.bytes:
            came = self.socket.recv(1 << 16)
            if not came:
                raise ConnectionError("the server closed the connection")
            self.bytes += came
        line, self.bytes = self.bytes.split(b"\n", 1)
        return line.decode().rstrip("\r")

    def _take_push(self, line):
        kind, fields = row_of(line)
        kind = {"MSG": "message", "EVENT": "event"}.get(kind, kind.lower())
        if kind == "message":
            fields.setdefault("messageType", "text")
        self.pushes.append((kind, fields))

    def _ask(self, words):
        self.socket.sendall(words.encode() + b"\n")
        while True:
            line = self._line()
            if not line.startswith(PUSHES) or line.startswith("PRESENT"):
                break
            self._take_push(line)
        if line.startswith("-ERR "):
            code, message = line[5:].split(" ", 1)
            return False, {"code": code, "message": message}
        _, answer = row_of(line[4:])
        rows = int(answer.pop("count", 0)) if re.match(r"\+OK [a-z]+ ", line) else 0
        while rows:
            kind, fields = row_of(self._line())
            if kind in LISTS:
                answer.setdefault(LISTS[kind], []).append(fields)
            rows -= 1
        return True, answer
