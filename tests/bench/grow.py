#!/usr/bin/env python3
"""Makes a store as years of use leave it: 10 million messages, 100,000 users, 10,000 groups.

mpimd makes the file and the load generator registers its accounts u0, u1, ... in it; the rest is
written with the server stopped, row for row as the server would have written it, and `mpimctl db
verify` has the last word. The newest entries are left out of the index, as a crash leaves them.

usage: grow.py DIR [--messages N] [--users N] [--groups N]
"""
import argparse
import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass

from server import MPIMCTL, SCRATCH, Mpimd, make_generator

ACCOUNTS = 2_200       # of the load generator
MEMBERS = 20           # of a group
UNINDEXED = 16_000     # the newest entries: less than the index takes in at once
CLIENT_IDS_DAYS = 30   # the server knows a client id for so long
SPAN_DAYS = 365        # from the first message to the last
DAY_MS = 86_400_000
FILLING = (" Shall we meet at the usual place at eight,"
           " and will you bring the others along with you?")
JOIN, OWNER, MEMBER = 1, 2, 0  # kind of an entry, roles


@dataclass(frozen=True)
class Size:
    messages: int = 10_000_000
    users: int = 100_000
    groups: int = 10_000


def body_hash(text):
    """FNV-1a of the type, 0 for text, and the text, as a signed number."""
    value = 0xCBF29CE484222325
    for byte in b"\0" + text.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value - (1 << 64) if value >> 63 else value


class Talk:
    """A conversation as it grows."""
    __slots__ = ("id", "people", "group", "seq", "indexed", "at")

    def __init__(self, number, people, group=None):
        self.id, self.people, self.group = number, people, group
        self.seq = self.indexed = self.at = 0


class Filler:
    def __init__(self, path, size):
        self.size = size
        self.db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -524288",
                       "temp_store = FILE", "locking_mode = EXCLUSIVE"):
            self.db.execute(f"PRAGMA {pragma}").fetchall()
        self.db.create_function("body_hash", 1, body_hash, deterministic=True)
        self.now = int(time.time() * 1000)
        # Every entry counts: the joins come first.
        self.entries = size.messages + size.groups * MEMBERS
        self.mark = max(size.groups * MEMBERS, self.entries - UNINDEXED)
        self.pos = 0

    def at(self, pos):
        """Entries are spread evenly over the time that ended an hour ago."""
        return self.now - 3_600_000 - (self.entries - pos) * (SPAN_DAYS * DAY_MS) // self.entries

    def fill(self):
        for step in (self.users, self.devices, self.talks, self.messages, self.conversations,
                     self.cursors, self.index):
            begun = time.monotonic()
            self.db.execute("BEGIN")
            step()
            self.db.execute("COMMIT")
            print(f"  {step.__name__}: {time.monotonic() - begun:.1f} s", flush=True)
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute("PRAGMA journal_mode = WAL").fetchall()
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.db.close()

    def users(self):
        known = dict(self.db.execute("SELECT name, id FROM users WHERE id > 1000"))
        missing = range(self.size.users - len(known))
        self.db.executemany(
            "INSERT INTO users (name, name_key, password_hash, created_at) VALUES (?, ?, '', ?)",
            ((f"g{n}", f"g{n}", self.at(0)) for n in missing))
        known.update(self.db.execute("SELECT name, id FROM users WHERE id > 1000"))
        # The generator's accounts first and by number, so that its pairs know each other already.
        self.people = [known[name] for name in
                       sorted(known, key=lambda name: (name[0] != "u", int(name[1:])))]

    def devices(self):
        self.db.execute(
            "INSERT INTO devices (user, name, generation, created_at, seen_at)"
            " SELECT u.id, 'default', 1, ?, ? FROM users u WHERE u.id > 1000 AND NOT EXISTS"
            " (SELECT 1 FROM devices d WHERE d.user = u.id AND d.name = 'default')",
            (self.at(0), self.at(self.entries)))
        self.device_of = dict(self.db.execute(
            "SELECT user, id FROM devices WHERE name = 'default'"))

    def talks(self):
        """Direct talks with the next two people, and of every other one with the third; groups."""
        people, count = self.people, len(self.people)
        pairs = [(one, one + step) for step in (1, 2, 3) for one in range(0, count - step)
                 if step < 3 or one % 2 == 0]
        self.directs = [Talk(number, tuple(sorted((people[one], people[other]))))
                        for number, (one, other) in enumerate(pairs, 1)]
        stride, step = count // MEMBERS + 1, max(1, count // self.size.groups)
        self.groups = [Talk(len(pairs) + 1 + number,
                            [people[(number * step + n * stride) % count] for n in range(MEMBERS)],
                            1001 + number) for number in range(self.size.groups)]
        rows = self.db.executemany
        rows("INSERT INTO members (conversation, user, from_seq, role, joined_at)"
             " VALUES (?, ?, 0, 0, ?)",
             ((talk.id, user, self.at(0)) for talk in self.directs for user in talk.people))
        rows("INSERT INTO members (conversation, user, from_seq, role, joined_at)"
             " VALUES (?, ?, ?, ?, ?)",
             ((talk.id, user, n, MEMBER if n else OWNER, self.at(0))
              for talk in self.groups for n, user in enumerate(talk.people)))
        rows("INSERT INTO `groups` (id, conversation, name, description, owner, members,"
             " created_at) VALUES (?, ?, ?, '', ?, ?, ?)",
             ((talk.group, talk.id, f"group {talk.group}", talk.people[0], MEMBERS, self.at(0))
              for talk in self.groups))

    def messages(self):
        self.db.executemany(
            "INSERT INTO messages (pos, conversation, seq, kind, type, sender, device, subject,"
            " ref, at, client_id, text) VALUES (?, ?, ?, ?, 0, ?, ?, ?, 0, ?, ?, ?)", self.log())

    def log(self):
        for talk in self.groups:
            for user in talk.people:
                yield self.entry(talk, JOIN, user, user, None, "")
        for talk in self.turns():
            sender = talk.people[talk.seq % len(talk.people)]
            subject = 0 if talk.group else talk.people[1 - talk.seq % 2]
            text = f"{self.pos:039d}{FILLING}"
            yield self.entry(talk, 0, sender, subject, f"c{self.pos}", text)

    def turns(self):
        """Half of the messages in direct talks, half in groups, each in its turn."""
        left = self.size.messages
        direct = group = 0
        while left > 0:
            yield self.directs[direct * 7919 % len(self.directs)]
            if left > 1:
                yield self.groups[group * 7919 % len(self.groups)]
            left, direct, group = left - 2, direct + 1, group + 1

    def entry(self, talk, kind, sender, subject, client_id, text):
        self.pos += 1
        talk.seq += 1
        at = self.at(self.pos)
        if self.pos <= self.mark:
            talk.indexed, talk.at = talk.seq, at
        return (self.pos, talk.id, talk.seq, kind, sender, self.device_of[sender], subject, at,
                client_id, text)

    def conversations(self):
        self.db.executemany(
            "INSERT INTO conversations (id, kind, user_low, user_high, group_id, head, floor,"
            " members_version, changed_at) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
            ((talk.id, 0, *talk.people, None, talk.indexed, 1, talk.at or self.at(0))
             for talk in self.directs))
        self.db.executemany(
            "INSERT INTO conversations (id, kind, user_low, user_high, group_id, head, floor,"
            " members_version, changed_at) VALUES (?, 1, NULL, NULL, ?, ?, 1, ?, ?)",
            ((talk.id, talk.group, talk.indexed, 1 + MEMBERS, talk.at) for talk in self.groups))

    def cursors(self):
        """Everybody has received and read everything."""
        self.db.executemany(
            "INSERT INTO cursors (user, device, conversation, seq) VALUES (?, ?, ?, ?)",
            sorted((user, device, talk.id, talk.seq) for talk in self.directs + self.groups
                   if talk.seq for user in talk.people for device in (0, self.device_of[user])))

    def index(self):
        forgotten = self.entries - self.entries * CLIENT_IDS_DAYS // SPAN_DAYS
        self.db.execute(
            "INSERT INTO messages_by_seq (id, pos) SELECT conversation * 1073741824 + seq, pos"
            " FROM messages WHERE pos <= ? ORDER BY 1", (self.mark,))
        self.db.execute(
            "INSERT INTO client_ids (conversation, sender, client_id, seq, body_hash, at)"
            " SELECT conversation, sender, client_id, seq, body_hash(text), at FROM messages"
            " WHERE pos <= ? AND pos > ? AND client_id IS NOT NULL ORDER BY 1, 2, 3",
            (self.mark, forgotten))
        self.db.execute("UPDATE retention SET client_id_pos = ?", (min(forgotten, self.mark),))
        self.db.execute("UPDATE log_index SET pos = ?", (self.mark,))


def make(folder, size, quiet=False):
    """Fills `folder`, which does not exist yet; nothing of it is left when that fails."""
    begun = time.monotonic()
    made = folder + ".new"
    shutil.rmtree(made, ignore_errors=True)
    os.makedirs(made)
    make_generator()
    with Mpimd(data=made, prefix=()) as server:
        subprocess.run([os.path.join(SCRATCH, "build", "imload"), "--proto", "line", "--port",
                        server.port("line"), "--work", "register", "--users",
                        str(min(ACCOUNTS, size.users)), "--login-window", "32", "--limit", "120"],
                       check=True, stdout=subprocess.DEVNULL)
    Filler(os.path.join(made, "mpim.db"), size).fill()
    print(f"  filled in {time.monotonic() - begun:.0f} s, now mpimctl db verify", flush=True)
    verified = time.monotonic()
    subprocess.run([MPIMCTL, "db", "verify", "--data-dir", made], check=True,
                   stdout=subprocess.DEVNULL if quiet else None,
                   stderr=subprocess.DEVNULL if quiet else None)
    print(f"  verified in {time.monotonic() - verified:.0f} s", flush=True)
    with contextlib.suppress(OSError):
        os.remove(os.path.join(made, "admin.sock"))
    os.rename(made, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    for name, standard in vars(Size()).items():
        parser.add_argument(f"--{name}", type=int, default=standard)
    args = parser.parse_args()
    make(args.folder, Size(args.messages, args.users, args.groups))


if __name__ == "__main__":
    sys.exit(main())
