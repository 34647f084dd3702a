"""Some people who write to each other, in pairs and in a group, and the history of what they saw."""
import asyncio
import time

import checker
from history import History
from line_link import Lost, Refused
from person import ANSWER_S, Person

SETTLE_S = 90


class Crowd:
    """`prefix` makes names that nobody had before."""

    def __init__(self, address, prefix, people):
        self.people = [Person(f"{prefix}p{number}", address) for number in range(people)]
        self.members = {}   # conversation -> names
        self.names = {}     # number of a user -> name
        self.began = None

    async def gather(self):
        """Accounts, one group of all, and everybody logged in."""
        group = None
        for person in self.people:
            link, number = await person.register()
            self.names[number] = person.name
            if group is None:
                made, _ = await link.ask("CREATEGROUP everybody", ANSWER_S)
                group = made["group_id"]
                self.members[int(made["conv"])] = {one.name for one in self.people}
            else:
                await link.ask(f"JOINGROUP {group}", ANSWER_S)
            await link.close()
        count = len(self.people)
        for at, person in enumerate(self.people):
            others = {self.people[(at + step) % count].name for step in (1, 2, count - 1)} - {person.name}
            person.targets = [f"SEND @{name}" for name in sorted(others)] + [f"SENDGROUP {group}"]
        await asyncio.gather(*(person.come() for person in self.people))

    def start_writing(self, every_s):
        self.began = time.monotonic()
        for person in self.people:
            person.start_writing(every_s)

    def quiet_since(self):
        """When the last thing went wrong; an unanswered send or an absent person is wrong now."""
        now = time.monotonic()
        if not all(person.up.is_set() for person in self.people):
            return now
        for person in self.people:
            if person.saw.sends and person.saw.sends[-1].answered is None \
                    and now - person.saw.sends[-1].begun > checker.LATE_S:
                return now
        spans = checker.bad_spans(self.history({}))
        return max([until for _, until, _ in spans], default=self.began)

    async def settle(self):
        """Stops writing, waits until all have seen all, or the time is over; then the whole history."""
        await asyncio.gather(*(person.stop_writing(SETTLE_S) for person in self.people))
        self._name_direct()
        end = time.monotonic() + SETTLE_S
        while True:
            log = await self._logs(end)
            if self._all_seen(log) or time.monotonic() > end:
                break
            await asyncio.sleep(0.2)
        await asyncio.gather(*(person.settle(SETTLE_S) for person in self.people))
        return self.history(log)

    async def leave(self):
        await asyncio.gather(*(person.leave() for person in self.people))

    def history(self, log):
        return History({person.name: person.saw for person in self.people}, self.members, log)

    def _name_direct(self):
        for person in self.people:
            for send in person.saw.sends:
                if send.answered is not None and send.to.startswith("SEND @"):
                    self.members.setdefault(send.conversation, {person.name, send.to[len("SEND @"):]})

    async def _logs(self, end):
        """Each conversation as one of its members reads it."""
        logs = {}
        for conversation, members in self.members.items():
            reader = next(person for person in self.people if person.name in members)
            while True:
                try:
                    await asyncio.wait_for(reader.up.wait(), SETTLE_S)
                    log = await reader.log_of(conversation)
                    logs[conversation] = [(seq, self.names.get(sender, sender), text) for seq, sender, text in log]
                    break
                except (Lost, Refused, asyncio.TimeoutError):
                    if time.monotonic() > end:
                        raise
                    await asyncio.sleep(0.2)
        return logs

    def _all_seen(self, log):
        for person in self.people:
            seen = {(entry.conversation, entry.seq) for entry in person.saw.shown}
            seen |= {(send.conversation, send.seq) for send in person.saw.sends if send.answered is not None}
            for conversation, entries in log.items():
                if person.name in self.members[conversation] and any(
                        sender and (conversation, seq) not in seen for seq, sender, _ in entries):
                    return False
        return True
