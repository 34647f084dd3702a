"""The doors that speak the contract's JSON: WebSocket, and RPC over HTTP."""
import asyncio
import http.client
import json
import threading
import time

import websockets

METHODS = {
    "chat": "MessageService/SendMessage", "edit": "MessageService/EditMessage",
    "recall": "MessageService/RecallMessage", "hide": "MessageService/HideMessage",
    "confirm": "MessageService/ConfirmMessages", "read": "MessageService/MarkRead",
    "conversations": "MessageService/ListConversations",
    "receipts": "MessageService/ListReceipts", "unread": "MessageService/ListUnread",
    "history": "MessageService/ReadHistory", "search": "MessageService/SearchMessages",
    "sync_offline_messages": "MessageService/ReadInbox",
    "presence": "PresenceService/GetPresence", "typing": "PresenceService/SendTyping",
    "profile": "UserService/GetProfile", "set_profile": "UserService/SetProfile",
    "friends": "UserService/ListFriends", "add_friend": "UserService/AddFriend",
    "accept_friend": "UserService/AcceptFriend", "reject_friend": "UserService/RejectFriend",
    "remove_friend": "UserService/RemoveFriend", "blocks": "UserService/ListBlocks",
    "block": "UserService/BlockUser", "unblock": "UserService/UnblockUser",
    "devices": "UserService/ListDevices", "create_group": "GroupService/CreateGroup",
    "group_info": "GroupService/GetGroup", "groups": "GroupService/ListGroups",
    "members": "GroupService/ListMembers", "join_group": "GroupService/JoinGroup",
    "leave_group": "GroupService/LeaveGroup", "dissolve_group": "GroupService/DissolveGroup",
    "rename_group": "GroupService/RenameGroup", "set_notice": "GroupService/SetNotice",
    "set_policy": "GroupService/SetJoinPolicy", "kick": "GroupService/KickMember",
    "set_role": "GroupService/SetMemberRole", "transfer_group": "GroupService/TransferGroup",
    "mute_member": "GroupService/MuteMember", "unmute_member": "GroupService/UnmuteMember",
    "mute_group": "GroupService/MuteGroup", "unmute_group": "GroupService/UnmuteGroup",
    "join_requests": "GroupService/ListJoinRequests", "approve_join": "GroupService/ApproveJoin",
    "refuse_join": "GroupService/RefuseJoin", "invite": "GroupService/InviteUser",
    "invites": "GroupService/ListInvitations", "decline_invite": "GroupService/DeclineInvitation",
}

# What is told to sessions only; messages and events wait in the inbox too.
SESSION_KINDS = ("receipt", "presence", "typing", "change", "notice")

LOOP = asyncio.new_event_loop()
threading.Thread(target=LOOP.run_forever, daemon=True).start()


def wait_for(coroutine, seconds=20):
    return asyncio.run_coroutine_threadsafe(asyncio.wait_for(coroutine, seconds), LOOP).result()


async def connected(address):
    return await websockets.connect(f"ws://{address}/ws", subprotocols=["mpim.v1"])


class WebSocketDoor:
    """One client at the WebSocket, with somebody else's library."""

    def __init__(self, ready):
        self.socket = wait_for(connected(ready["ws"]))
        self.pushes = []
        self.asked = 0

    def enter(self, name, password, new, **more):
        return self._ask("register" if new else "login",
                         {"name": name, "password": password, **more})

    def ask(self, what, payload):
        if what == "confirm":
            return self._ask("ack", {"ackType": "received", **payload})
        if what == "read":
            return self._ask("ack", {"ackType": "read", **payload})
        return self._ask(what, payload)

    def next_push(self, wanted, seconds):
        until = time.monotonic() + seconds
        while True:
            for at, push in enumerate(self.pushes):
                if push[0] == wanted:
                    return self.pushes.pop(at)[1]
            try:
                self._take(wait_for(self.socket.recv(), max(0.01, until - time.monotonic())))
            except (TimeoutError, asyncio.TimeoutError):
                return None

    def acknowledge(self, message):
        self._ask("ack", {"messageId": message["messageId"], "ackType": "received"})

    def leave(self):
        wait_for(self.socket.close())

    def _take(self, text):
        said = json.loads(text)
        if "id" in said:
            return said
        self.pushes.append((said["type"], said["payload"]))
        return None

    def _ask(self, what, payload):
        self.asked += 1
        wait_for(self.socket.send(json.dumps({"type": what, "id": self.asked, "payload": payload})))
        while True:
            said = self._take(wait_for(self.socket.recv()))
            if said is None:
                continue
            if said["id"] != self.asked:
                raise AssertionError(f"an answer to {said['id']}, not to {self.asked}")
            done = said["type"] == what + "_result"
            if not done and said["type"] != "error":
                raise AssertionError(f"{what} was answered with {said['type']}")
            return done, said.get("payload", {})


class RpcDoor:
    """One client of the RPC: it asks for its messages, nothing is pushed to it.

    What sessions alone are told is heard by a WebSocket of the same user, which asks and
    acknowledges nothing: whatever is done, is done through the RPC.
    """

    def __init__(self, ready):
        self.http = http.client.HTTPConnection(ready["http"], timeout=20)
        self.ready = ready
        self.token = None
        self.listener = None
        self.seen = set()

    def enter(self, name, password, new):
        status, answer = self._post("/api/register" if new else "/api/login",
                                    {"name": name, "password": password})
        self.token = answer.get("accessToken")
        return status // 100 == 2, answer

    def ask(self, what, payload):
        status, answer = self._post("/mpim.v1." + METHODS[what], payload)
        if status == 200:
            return True, answer
        return False, {"code": answer["mpimCode"], "message": answer["message"]}

    def listen(self, name, password):
        """For those scenarios alone that need it: a session is a device, and makes one online."""
        self.listener = WebSocketDoor(self.ready)
        return self.listener.enter(name, password, False, device="listener", sync="manual")

    def next_push(self, wanted, seconds):
        if wanted in SESSION_KINDS:
            return self.listener.next_push(wanted, seconds)
        until = time.monotonic() + seconds
        while True:
            _, page = self.ask("sync_offline_messages", {"limit": 1000})
            for message in page.get("messages", []):
                kind = "message" if message["kind"] == "message" else "event"
                if kind == wanted and message["messageId"] not in self.seen:
                    self.seen.add(message["messageId"])
                    return message
            if time.monotonic() > until:
                return None

    def acknowledge(self, message):
        self.ask("confirm", {"messageIds": [message["messageId"]]})

    def leave(self):
        self.http.close()
        if self.listener:
            self.listener.leave()

    def _post(self, path, payload):
        headers = {"Content-Type": "application/json", "Connect-Protocol-Version": "1"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        self.http.request("POST", path, json.dumps(payload), headers)
        answer = self.http.getresponse()
        return answer.status, json.loads(answer.read() or b"{}")
