"""What must happen on every door: one table, each scenario with people of its own.

A step is what somebody asks, and what he is answered; or what somebody is told without asking. In
values "$name" stands for what was first seen in its place, and "$alice" for a person's id; "@alice"
is the name she has on the server. What is expected names a part: other fields may stand beside.
"""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Ask:
    who: str
    what: str
    payload: dict
    answer: object = field(default_factory=dict)  # what is in the answer, or the code of the error


@dataclass(frozen=True)
class Gets:
    """A push; at the RPC, where there is none, what waits in the inbox or a session is told."""
    who: str
    kind: str
    fields: dict


@dataclass(frozen=True)
class GetsNothing:
    who: str
    kind: str


@dataclass(frozen=True)
class Leaves:
    who: str


@dataclass(frozen=True)
class Comes:
    who: str


@dataclass(frozen=True)
class Scenario:
    name: str
    people: tuple
    steps: tuple


def scenario(name, people, *steps):
    return Scenario(name, tuple(people.split()), steps)


def group_of(*members):
    """alice makes a group, and the others join it, of which she is told."""
    steps = [Ask("alice", "create_group", {"name": "tea"},
                 {"group": {"groupId": "$tea", "sessionId": "$room"}})]
    for number, member in enumerate(members):
        steps.append(Ask(member, "join_group", {"groupId": "$tea"}))
        for other in ("alice", *members[:number]):
            steps.append(Gets(other, "event", {"kind": "join", "userId": "$" + member}))
    return steps


def said(who, text, to, message="m"):
    return Ask(who, "chat", {"toUserName": "@" + to, "content": text},
               {"messageId": "$" + message, "sessionId": "$talk"})


SCENARIOS = [
    scenario("a message reaches him who is there, and his answer comes back", "alice bob",
             said("alice", "hello", "bob"),
             Gets("bob", "message", {"messageId": "$m", "fromUserId": "$alice",
                                     "content": "hello", "seq": "1", "sessionId": "$talk"}),
             Ask("bob", "chat", {"toUserId": "$alice", "content": "hello yourself"},
                 {"messageId": "$back", "seq": "2", "sessionId": "$talk"}),
             Gets("alice", "message", {"messageId": "$back", "content": "hello yourself"})),
    scenario("any text arrives as it was written", "alice bob",
             said("alice", "\"a\\b\"\n\té 你好 😀 text=\"x\" {}", "bob"),
             Gets("bob", "message", {"content": "\"a\\b\"\n\té 你好 😀 text=\"x\" {}"})),
    scenario("what is sent to somebody away waits for him, in order", "alice bob",
             Leaves("bob"),
             said("alice", "one", "bob", "m1"), said("alice", "two", "bob", "m2"),
             Comes("bob"),
             Gets("bob", "message", {"messageId": "$m1", "content": "one", "seq": "1"}),
             Gets("bob", "message", {"messageId": "$m2", "content": "two", "seq": "2"}),
             Leaves("bob"), Comes("bob"),
             GetsNothing("bob", "message")),
    scenario("a message repeated under its client id is stored once", "alice bob",
             Ask("alice", "chat", {"toUserName": "@bob", "content": "once",
                                   "clientMessageId": "c1"}, {"messageId": "$m"}),
             Ask("alice", "chat", {"toUserName": "@bob", "content": "once",
                                   "clientMessageId": "c1"},
                 {"messageId": "$m", "duplicate": True}),
             Ask("alice", "chat", {"toUserName": "@bob", "content": "other",
                                   "clientMessageId": "c1"}, "CONFLICT"),
             Gets("bob", "message", {"messageId": "$m", "content": "once"}),
             GetsNothing("bob", "message")),
    scenario("the kind of a message, its client's time and its extension are kept", "alice bob",
             Ask("alice", "chat", {"toUserName": "@bob", "content": "x", "ext": "{\"w\": [1]}"},
                 {"messageId": "$m"}),
             Gets("bob", "message", {"ext": "{\"w\": [1]}", "messageType": "text"}),
             Ask("alice", "chat", {"toUserName": "@bob", "content": "x", "messageType": "video"},
                 "BAD_REQUEST"),
             Ask("alice", "chat", {"toUserName": "@bob", "content": "x", "messageType": "image",
                                   "fileId": "999999"}, "NOT_FOUND"),
             Ask("alice", "chat", {"toUserName": "@bob", "content": "x", "ext": "[1]"},
                 "BAD_REQUEST")),
    scenario("nobody is there to be written to", "alice",
             Ask("alice", "chat", {"toUserId": "4000000", "content": "x"}, "NOT_FOUND"),
             Ask("alice", "chat", {"toUserName": "nobody-there", "content": "x"}, "NOT_FOUND"),
             Ask("alice", "chat", {"groupId": "4000000", "content": "x"}, "NOT_FOUND"),
             Ask("alice", "chat", {"toUserId": "0", "content": "x"}, "BAD_REQUEST"),
             Ask("alice", "chat", {"toUserId": "99999999999999999999", "content": "x"},
                 "BAD_REQUEST")),
    scenario("a text has its bounds", "alice bob",
             Ask("alice", "chat", {"toUserName": "@bob", "content": "x" * 4096}),
             Ask("alice", "chat", {"toUserName": "@bob", "content": "x" * 4097}, "TOO_LARGE"),
             Ask("alice", "chat", {"toUserName": "@bob", "content": ""}, "BAD_REQUEST"),
             Ask("alice", "chat", {"toUserName": "@bob", "content": "a\0b"}, "BAD_TEXT"),
             Ask("alice", "chat", {"toUserName": "@bob", "content": "x",
                                   "clientMessageId": "c" * 65}, "BAD_REQUEST")),
    scenario("the sender sees who has received and read his message", "alice bob",
             said("alice", "hello", "bob"),
             Gets("bob", "message", {"messageId": "$m"}),
             Gets("alice", "receipt", {"userId": "$bob", "kind": "delivered", "messageId": "$m"}),
             Ask("alice", "receipts", {"messageId": "$m"},
                 {"recipients": "1", "delivered": "1", "read": "0"}),
             Ask("bob", "unread", {}, {"total": "1"}),
             Ask("bob", "read", {"messageId": "$m"}, {"messageId": "$m"}),
             Gets("alice", "receipt", {"kind": "read", "messageId": "$m"}),
             Ask("alice", "receipts", {"messageId": "$m"}, {"delivered": "1", "read": "1"}),
             Ask("bob", "unread", {}, {"total": "0"})),
    scenario("nobody touches a message that is not his", "alice bob carol",
             said("alice", "secret", "bob"),
             Gets("bob", "message", {"messageId": "$m"}),
             Ask("carol", "confirm", {"messageIds": ["$m"]}, "NOT_FOUND"),
             Ask("carol", "read", {"messageId": "$m"}, "NOT_FOUND"),
             Ask("carol", "recall", {"messageId": "$m"}, "NOT_FOUND"),
             Ask("carol", "edit", {"messageId": "$m", "content": "x"}, "NOT_FOUND"),
             Ask("carol", "hide", {"messageId": "$m"}, "NOT_FOUND"),
             Ask("carol", "receipts", {"messageId": "$m"}, "NOT_FOUND"),
             Ask("carol", "history", {"sessionId": "$talk"}, "NOT_FOUND"),
             Ask("carol", "history", {"before": "$m"}, "NOT_FOUND"),
             Ask("carol", "search", {"words": "secret"}, {"messages": []}),
             Ask("bob", "recall", {"messageId": "$m"}, "DENIED"),
             Ask("bob", "edit", {"messageId": "$m", "content": "x"}, "DENIED"),
             Ask("alice", "recall", {"messageId": "9223372036854775807"}, "NOT_FOUND"),
             Ask("alice", "recall", {"messageId": "1"}, "BAD_REQUEST")),
    scenario("an edit is seen by both, and in history", "alice bob",
             said("alice", "at eight", "bob"),
             Gets("bob", "message", {"content": "at eight"}),
             Ask("alice", "edit", {"messageId": "$m", "content": "at nine"},
                 {"messageId": "$edit"}),
             Gets("bob", "event", {"kind": "edit", "ref": "$m", "content": "at nine"}),
             Ask("bob", "history", {"sessionId": "$talk"},
                 {"messages": [{"messageId": "$m", "content": "at nine", "state": "edited"},
                               {"kind": "edit"}]})),
    scenario("a recalled message leaves a tombstone, and search forgets it", "alice bob",
             said("alice", "quetzalcoatl", "bob"),
             Gets("bob", "message", {"messageId": "$m"}),
             Ask("bob", "search", {"words": "quetzalcoatl"}, {"messages": [{"messageId": "$m"}]}),
             Ask("alice", "recall", {"messageId": "$m"}, {"messageId": "$recall"}),
             Gets("bob", "event", {"kind": "recall", "ref": "$m"}),
             Ask("bob", "history", {"sessionId": "$talk"},
                 {"messages": [{"messageId": "$m", "content": "", "state": "recalled"},
                               {"kind": "recall"}]}),
             Ask("bob", "search", {"words": "quetzalcoatl"}, {"messages": []}),
             Ask("alice", "edit", {"messageId": "$m", "content": "x"}, "CONFLICT")),
    scenario("who deletes a message for himself deletes it for nobody else", "alice bob",
             said("alice", "gone", "bob"),
             Gets("bob", "message", {"messageId": "$m"}),
             Ask("bob", "hide", {"messageId": "$m"}),
             Ask("bob", "history", {"sessionId": "$talk"}, {"messages": []}),
             Ask("alice", "history", {"sessionId": "$talk"},
                 {"messages": [{"content": "gone"}]})),
    scenario("history is paged both ways", "alice bob",
             said("alice", "1", "bob", "m1"), said("alice", "2", "bob", "m2"),
             said("alice", "3", "bob", "m3"),
             Ask("alice", "history", {"sessionId": "$talk", "limit": 2},
                 {"messages": [{"content": "2"}, {"content": "3"}], "hasMore": True,
                  "next": "$m2"}),
             Ask("alice", "history", {"before": "$m2", "limit": 2},
                 {"messages": [{"content": "1"}], "hasMore": False}),
             Ask("alice", "history", {"after": "$m1", "limit": 1},
                 {"messages": [{"content": "2"}], "hasMore": True}),
             Ask("alice", "history", {"sessionId": "$talk", "limit": 1001}, "BAD_REQUEST"),
             Ask("alice", "history", {}, "BAD_REQUEST")),
    scenario("conversations are listed with what is unread", "alice bob",
             said("alice", "look", "bob"),
             Gets("bob", "message", {"messageId": "$m"}),
             Ask("bob", "conversations", {},
                 {"conversations": [{"sessionId": "$talk", "userId": "$alice", "unread": "1",
                                     "name": "@alice"}], "hasMore": False})),
    scenario("people become friends, and part", "alice bob",
             Ask("alice", "add_friend", {"userName": "@bob"}, {"state": "asked"}),
             Gets("bob", "change", {"kind": "friend", "userId": "$alice", "state": "requested"}),
             Ask("bob", "friends", {}, {"friends": [{"userId": "$alice", "state": "requested"}]}),
             Ask("bob", "accept_friend", {"userId": "$alice"}, {"state": "friends"}),
             Ask("alice", "friends", {}, {"friends": [{"userId": "$bob", "name": "@bob",
                                                       "state": "friends"}]}),
             Ask("alice", "presence", {"userIds": ["$bob"]}, {"users": [{"userId": "$bob"}]}),
             Ask("alice", "remove_friend", {"userId": "$bob"}, {"state": "none"}),
             Ask("bob", "friends", {}, {"friends": []}),
             Ask("bob", "accept_friend", {"userId": "$alice"}, "NOT_FOUND"),
             Ask("alice", "add_friend", {"userId": "$alice"}, "BAD_REQUEST"),
             Ask("alice", "add_friend", {"userName": "nobody-there"}, "NOT_FOUND")),
    scenario("a request to be friends may be turned down", "alice bob",
             Ask("alice", "add_friend", {"userId": "$bob"}),
             Ask("bob", "reject_friend", {"userId": "$alice"}, {"state": "none"}),
             Ask("alice", "friends", {}, {"friends": []})),
    scenario("who is blocked writes no more", "alice bob",
             Ask("alice", "block", {"userId": "$bob"}),
             Ask("alice", "blocks", {}, {"users": [{"userId": "$bob"}]}),
             Ask("bob", "chat", {"toUserId": "$alice", "content": "x"}, "BLOCKED"),
             Ask("alice", "unblock", {"userId": "$bob"}),
             said("bob", "again", "alice"),
             Gets("alice", "message", {"content": "again"})),
    scenario("who takes messages from friends only gets no others", "alice bob",
             Ask("alice", "set_profile", {"directMessages": "friends"},
                 {"profile": {"directMessages": "friends"}}),
             Ask("bob", "chat", {"toUserId": "$alice", "content": "x"}, "DENIED")),
    scenario("a profile is shown and changed", "alice bob",
             Ask("alice", "set_profile", {"displayName": "Alice \"A\"", "about": "tea"},
                 {"profile": {"displayName": "Alice \"A\"", "about": "tea"}}),
             Ask("bob", "profile", {"userName": "@alice"},
                 {"profile": {"userId": "$alice", "name": "@alice", "displayName": "Alice \"A\"",
                              "about": "tea", "directMessages": ""}}),
             Ask("bob", "profile", {"userId": "4000000"}, "NOT_FOUND"),
             Ask("alice", "set_profile", {"displayName": "x" * 65}, "BAD_REQUEST")),
    scenario("a message to a group reaches its members and nobody else", "alice bob carol",
             *group_of("bob"),
             Ask("bob", "chat", {"groupId": "$tea", "content": "hello"},
                 {"messageId": "$m", "sessionId": "$room"}),
             Gets("alice", "message", {"messageId": "$m", "groupId": "$tea", "content": "hello"}),
             GetsNothing("carol", "message"),
             Ask("carol", "chat", {"groupId": "$tea", "content": "x"}, "NOT_MEMBER"),
             Ask("carol", "history", {"groupId": "$tea"}, "NOT_FOUND"),
             Ask("alice", "receipts", {"messageId": "$m"}, "DENIED")),
    scenario("a group is looked at, and its members are listed", "alice bob",
             *group_of("bob"),
             Ask("bob", "group_info", {"groupId": "$tea"},
                 {"group": {"groupId": "$tea", "name": "tea", "members": "2",
                            "joinPolicy": "open", "ownerUserId": "$alice"}, "role": "member"}),
             Ask("bob", "members", {"groupId": "$tea"},
                 {"members": [{"userId": "$alice", "role": "owner"},
                              {"userId": "$bob", "role": "member"}]}),
             Ask("bob", "groups", {}, {"groups": [{"groupId": "$tea", "name": "tea"}]}),
             Ask("bob", "group_info", {"groupId": "4000000"}, "NOT_FOUND")),
    scenario("who leaves, and who is removed, gets nothing more", "alice bob carol",
             *group_of("bob", "carol"),
             Ask("carol", "leave_group", {"groupId": "$tea"}),
             Gets("alice", "event", {"kind": "leave", "userId": "$carol"}),
             Gets("bob", "event", {"kind": "leave", "userId": "$carol"}),
             Ask("alice", "kick", {"groupId": "$tea", "userId": "$bob"}),
             Gets("bob", "event", {"kind": "kick", "userId": "$bob"}),
             Ask("alice", "chat", {"groupId": "$tea", "content": "alone"}),
             GetsNothing("bob", "message"), GetsNothing("carol", "message"),
             Ask("bob", "chat", {"groupId": "$tea", "content": "x"}, "NOT_MEMBER")),
    scenario("members may not do what admins may", "alice bob carol",
             *group_of("bob", "carol"),
             Ask("bob", "rename_group", {"groupId": "$tea", "name": "x"}, "DENIED"),
             Ask("bob", "kick", {"groupId": "$tea", "userId": "$carol"}, "DENIED"),
             Ask("bob", "set_role", {"groupId": "$tea", "userId": "$bob", "role": "admin"},
                 "DENIED"),
             Ask("bob", "dissolve_group", {"groupId": "$tea"}, "DENIED"),
             Ask("bob", "mute_group", {"groupId": "$tea"}, "DENIED"),
             Ask("alice", "set_role", {"groupId": "$tea", "userId": "$bob", "role": "admin"}),
             Gets("bob", "event", {"kind": "role", "userId": "$bob", "content": "admin"}),
             Ask("bob", "rename_group", {"groupId": "$tea", "name": "green tea"}),
             Gets("carol", "event", {"kind": "role"}),
             Gets("carol", "event", {"kind": "rename", "content": "green tea"}),
             Ask("bob", "set_notice", {"groupId": "$tea", "notice": "bring cups"}),
             Ask("carol", "group_info", {"groupId": "$tea"},
                 {"group": {"name": "green tea", "notice": "bring cups"}})),
    scenario("who is muted does not send", "alice bob",
             *group_of("bob"),
             Ask("alice", "mute_member", {"groupId": "$tea", "userId": "$bob"}),
             Ask("bob", "chat", {"groupId": "$tea", "content": "x"}, "MUTED"),
             Ask("alice", "unmute_member", {"groupId": "$tea", "userId": "$bob"}),
             Ask("bob", "chat", {"groupId": "$tea", "content": "x"}),
             Ask("alice", "mute_group", {"groupId": "$tea"}),
             Ask("bob", "chat", {"groupId": "$tea", "content": "x"}, "MUTED"),
             Ask("alice", "chat", {"groupId": "$tea", "content": "admins may"}),
             Ask("alice", "unmute_group", {"groupId": "$tea"}),
             Ask("bob", "chat", {"groupId": "$tea", "content": "x"})),
    scenario("admins let in who asks", "alice bob carol",
             *group_of(),
             Ask("alice", "set_policy", {"groupId": "$tea", "joinPolicy": "approval"}),
             Ask("bob", "join_group", {"groupId": "$tea"}, {"pending": True}),
             Ask("carol", "join_group", {"groupId": "$tea"}, {"pending": True}),
             Ask("alice", "join_requests", {"groupId": "$tea"},
                 {"requests": [{"userId": "$bob", "name": "@bob"}, {"userId": "$carol"}]}),
             Ask("alice", "refuse_join", {"groupId": "$tea", "userId": "$carol"}),
             Ask("alice", "approve_join", {"groupId": "$tea", "userId": "$bob"}),
             Ask("bob", "chat", {"groupId": "$tea", "content": "in"}),
             Ask("carol", "chat", {"groupId": "$tea", "content": "x"}, "NOT_MEMBER"),
             Ask("alice", "set_policy", {"groupId": "$tea", "joinPolicy": "ajar"},
                 "BAD_REQUEST")),
    scenario("a closed group is entered by invitation", "alice bob carol",
             *group_of(),
             Ask("alice", "set_policy", {"groupId": "$tea", "joinPolicy": "closed"}),
             Ask("bob", "join_group", {"groupId": "$tea"}, "DENIED"),
             Ask("alice", "invite", {"groupId": "$tea", "userId": "$bob"}),
             Ask("alice", "invite", {"groupId": "$tea", "userId": "$carol"}),
             Ask("bob", "invites", {}, {"invitations": [{"groupId": "$tea", "name": "tea",
                                                         "byUserId": "$alice"}]}),
             Ask("carol", "decline_invite", {"groupId": "$tea"}),
             Ask("carol", "join_group", {"groupId": "$tea"}, "DENIED"),
             Ask("bob", "join_group", {"groupId": "$tea"}),
             Gets("alice", "event", {"kind": "join", "userId": "$bob"})),
    scenario("a group is handed over, and dissolved", "alice bob",
             *group_of("bob"),
             Ask("alice", "transfer_group", {"groupId": "$tea", "userId": "$bob"}),
             Ask("alice", "dissolve_group", {"groupId": "$tea"}, "DENIED"),
             Ask("bob", "dissolve_group", {"groupId": "$tea"}),
             Ask("bob", "chat", {"groupId": "$tea", "content": "x"}, "DISSOLVED"),
             Ask("alice", "join_group", {"groupId": "$tea"}, "DISSOLVED")),
    scenario("who is typing is told to whom he talks to", "alice bob",
             said("alice", "hello", "bob"),
             Gets("bob", "message", {}),
             Ask("alice", "typing", {"toUserId": "$bob"}),
             Gets("bob", "typing", {"userId": "$alice"})),
    scenario("one's devices are listed", "alice",
             Ask("alice", "devices", {}, {"devices": [{"name": "default", "current": True}]})),
]
