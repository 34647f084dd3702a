"""One person with one device: writes, reads, acknowledges, comes back after every fault, and notes it all."""
import asyncio
import random
import time

from history import PersonSaw, Send, Shown
from line_link import RETRYABLE, LineLink, Lost, Refused

PASSWORD = "password-1"
SEQ_BITS = 30
OPEN_S, ANSWER_S, PING_EVERY_S, PING_S = 3, 5, 1, 3
BACK_OFF_S = (0.05, 0.5)
ACK_EVERY_S = 0.05
READ_EVERY_S = 0.7
PAGE = 1000


def seq_of(message_id):
    return int(message_id) & ((1 << SEQ_BITS) - 1)


def conversation_of(message_id):
    return int(message_id) >> SEQ_BITS


class Person:
    """`address` is where a client of the product would connect: the balancer."""

    def __init__(self, name, address):
        self.saw = PersonSaw(name)
        self.name, self.address = name, address
        self.targets = []       # `SEND @name` or `SENDGROUP gid`, taken in turn
        self.link = None
        self.up = asyncio.Event()
        self.pushed = {}        # of this session: conversation -> highest id, until it is acknowledged
        self.met = {}           # conversation -> highest id ever shown
        self.tried_read = {}    # conversation -> highest id a READ was tried with
        self.writing = self.settling = False
        self.tasks = []
        self.random = random.Random(name)

    async def register(self):
        """In good weather; the connection, on which groups can be joined, and the user's number."""
        link = LineLink(lambda *_: None)
        await link.open(*self.address, OPEN_S)
        answer, _ = await link.ask(f"REGISTER {self.name} {PASSWORD}", ANSWER_S)
        return link, answer["uid"]

    async def come(self):
        self.tasks.append(asyncio.ensure_future(self._stay()))
        await self.up.wait()
        self.saw.away.clear()
        self.reading = asyncio.ensure_future(self._read())
        self.tasks += [self.reading, asyncio.ensure_future(self._acknowledge())]

    def start_writing(self, every_s):
        self.writing = True
        self.writer = asyncio.ensure_future(self._write(every_s))
        self.tasks.append(self.writer)

    async def stop_writing(self, patience_s):
        """What was begun is still sent to its end."""
        self.writing = False
        await asyncio.wait([self.writer], timeout=patience_s)

    async def settle(self, patience_s):
        """Comes back on a new connection, makes sure of what was read, and asks for the counts."""
        end = time.monotonic() + patience_s
        self.settling = True
        self.reading.cancel()
        await asyncio.gather(self.reading, return_exceptions=True)
        self.up.clear()
        await self.link.close()
        while True:
            try:
                await asyncio.wait_for(self.up.wait(), max(0.1, end - time.monotonic()))
                for message_id in self.tried_read.values():
                    await self._read_through(message_id)
                _, rows = await self.link.ask("UNREAD", ANSWER_S)
                self.saw.unread = {int(row["conv"]): int(row["count"]) for row in rows}
                return
            except (Lost, Refused, asyncio.TimeoutError) as why:
                if time.monotonic() > end:
                    self.saw.wrong.append(f"does not get its counts: {why}")
                    return
                await asyncio.sleep(0.2)

    async def log_of(self, conversation):
        """All of a conversation, as the store has it: (seq, sender's number or 0, text)."""
        log, place = [], f"conv={conversation}"
        while True:
            answer, rows = await self.link.ask(f"HISTORY {place} limit={PAGE}", ANSWER_S)
            log[:0] = [(int(row["seq"]), "" if "kind" in row else row["from"], row.get("text", row.get("kind")))
                       for row in rows]
            if answer["more"] == "0":
                return log
            place = "before=" + answer["next"]

    async def leave(self):
        try:
            await self.link.ask("QUIT", ANSWER_S)
        except (Lost, Refused):
            pass
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.link.close()

    # Its loops

    async def _stay(self):
        """Always logged in, or trying to be."""
        gone = time.monotonic()
        wait_s = BACK_OFF_S[0]
        while True:
            link = LineLink(lambda word, fields: self._on_push(link, word, fields))
            self.pushed = {}
            self.link = link
            logged_in = False
            try:
                await link.open(*self.address, OPEN_S)
                await link.ask(f"LOGIN {self.name} {PASSWORD} ack=client", ANSWER_S)
                if not self.settling:
                    self.saw.away.append((gone, time.monotonic()))
                logged_in = True
                self.up.set()
                wait_s = BACK_OFF_S[0]
                while True:
                    await asyncio.sleep(PING_EVERY_S)
                    await link.ask("PING", PING_S)
            except Refused as why:
                self._judge(why)
            except Lost:
                pass
            if logged_in:
                gone = time.monotonic()
                self.up.clear()
            await link.close()
            await asyncio.sleep(wait_s * self.random.uniform(0.5, 1))
            wait_s = min(wait_s * 2, BACK_OFF_S[1])

    async def _write(self, every_s):
        number = 0
        await asyncio.sleep(self.random.uniform(0, every_s))
        while self.writing:
            to = self.targets[number % len(self.targets)]
            number += 1
            send = Send(self.name, to, f"{self.name}-{number}", time.monotonic())
            self.saw.sends.append(send)
            await self._send(send)
            await asyncio.sleep(every_s * self.random.uniform(0.5, 1.5))

    async def _send(self, send):
        wait_s = BACK_OFF_S[0]
        while True:
            await self.up.wait()
            link, tried = self.link, time.monotonic()
            try:
                answer, _ = await link.ask(f'{send.to} "{send.cid}" cid={send.cid}', ANSWER_S)
                send.conversation, send.seq = conversation_of(answer["msg_id"]), int(answer["seq"])
                send.answered = time.monotonic()
                return
            except Refused as why:
                self._judge(why)
                send.refusals.append((tried, time.monotonic(), str(why)))
            except Lost as why:
                send.refusals.append((tried, time.monotonic(), str(why)))
                await link.close()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, BACK_OFF_S[1])

    async def _acknowledge(self):
        while True:
            await asyncio.sleep(ACK_EVERY_S)
            if not self.pushed:
                continue
            pushed, self.pushed = self.pushed, {}
            await self._try(f"ACK {' '.join(str(one) for one in pushed.values())}")

    async def _read(self):
        while True:
            await asyncio.sleep(READ_EVERY_S)
            if self.met and self.up.is_set():
                conversation = self.random.choice(sorted(self.met))
                self.tried_read[conversation] = self.met[conversation]
                try:
                    await self._read_through(self.met[conversation])
                except (Lost, Refused) as why:
                    self._judge(why)

    async def _read_through(self, message_id):
        answer, _ = await self.link.ask(f"READ {message_id}", ANSWER_S)
        self.saw.read[conversation_of(message_id)] = seq_of(answer["read"])

    async def _try(self, words):
        try:
            await self.link.ask(words, ANSWER_S)
        except (Lost, Refused) as why:
            self._judge(why)

    def _on_push(self, link, word, fields):
        if word not in ("MSG", "EVENT") or link is not self.link:
            return
        conversation = int(fields["conv"])
        self.saw.shown.append(Shown(conversation, int(fields["seq"]),
                                    fields["text"] if word == "MSG" else fields["kind"], time.monotonic()))
        self.pushed[conversation] = int(fields["id"])
        self.met[conversation] = max(self.met.get(conversation, 0), int(fields["id"]))

    def _judge(self, why):
        """A refusal that no fault explains."""
        if isinstance(why, Refused) and why.code not in RETRYABLE:
            self.saw.wrong.append(str(why))
