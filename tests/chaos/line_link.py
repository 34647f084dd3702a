"""One connection at the line protocol, for asyncio: requests in order, pushes as they come."""
import asyncio
import collections
import json
import re

FIELD = re.compile(r'([a-z_]+)=("(?:[^"\\]|\\.)*"|\S*)')
PUSHES = ("MSG ", "EVENT ", "NOTICE ", "RECEIPT ", "PRESENCE ", "TYPING ", "CHANGE ")
# Answers that are followed by rows, and the word each row begins with.
ROWS = {"UNREAD": "UNREAD ", "HISTORY": "ENTRY "}
# Try again with the same client id, perhaps on another connection.
RETRYABLE = {"UNKNOWN", "UNAVAILABLE", "BUSY", "DRAINING", "DEADLINE", "RATE_LIMITED", "NOT_LOGGED_IN", "REPLACED"}


class Refused(Exception):
    """`-ERR`: the code, and the sentence."""

    def __init__(self, line):
        super().__init__(line)
        self.code = line.split()[1]


class Lost(Exception):
    """The connection is gone, or does not answer in time."""


def fields_of(line):
    return {name: json.loads(value) if value.startswith('"') else value for name, value in FIELD.findall(line)}


class LineLink:
    """Requests may be made by several tasks; each gets its own answer. `on_push(word, fields)` is called for
    every push, in the order in which they come."""

    def __init__(self, on_push):
        self.on_push = on_push
        self.waiting = collections.deque()  # (verb, future, rows) of requests without an answer
        self.reader = self.writer = self.reading = None
        self.greeted = None
        self.rows_left = 0

    async def open(self, host, port, patience_s):
        try:
            self.reader, self.writer = await asyncio.wait_for(
                asyncio.open_connection(host, port, limit=1 << 20), patience_s)
        except (OSError, asyncio.TimeoutError) as why:
            raise Lost(f"no connection: {why!r}") from why
        self.greeted = asyncio.get_running_loop().create_future()
        self.waiting.append(("", self.greeted, []))
        self.reading = asyncio.ensure_future(self._read())
        await self._answer(self.greeted, patience_s)

    async def ask(self, words, patience_s):
        """The fields of `+OK`, and the fields of each row; Refused or Lost."""
        if self.writer is None or self.reading.done():
            raise Lost("closed")
        future = asyncio.get_running_loop().create_future()
        self.waiting.append((words.split(" ", 1)[0], future, []))
        self.writer.write(words.encode() + b"\n")
        return await self._answer(future, patience_s)

    def is_open(self):
        return self.reading is not None and not self.reading.done()

    async def close(self):
        """Ends it without a word, as a client does whose network went away."""
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.gather(self.reading, return_exceptions=True)
        if self.writer is not None:
            self.writer.transport.abort()
        self._fail("closed")

    async def _answer(self, future, patience_s):
        try:
            return await asyncio.wait_for(future, patience_s)
        except asyncio.TimeoutError as why:
            raise Lost(f"no answer within {patience_s} s") from why

    async def _read(self):
        why = "the server closed it"
        try:
            while line := await self.reader.readline():
                self._take(line.decode().rstrip("\r\n"))
        except OSError as error:
            why = repr(error)
        finally:
            self._fail(why)

    def _fail(self, why):
        while self.waiting:
            _, future, _ = self.waiting.popleft()
            if not future.done():
                future.set_exception(Lost(why))
                future.exception()  # nobody may be waiting any more

    def _take(self, line):
        if self.rows_left:
            self.waiting[0][2].append(fields_of(line))
            self.rows_left -= 1
            if not self.rows_left:
                self._finish()
        elif line.startswith(PUSHES):
            self.on_push(line.split(" ", 1)[0], fields_of(line))
        elif line.startswith("-ERR"):
            _, future, _ = self.waiting.popleft()
            if not future.done():
                future.set_exception(Refused(line))
                future.exception()
        else:
            self._take_ok(line)

    def _take_ok(self, line):
        verb, future, rows = self.waiting[0]
        self.answer = fields_of(line)
        self.rows_left = int(self.answer.get("count", 0)) if verb in ROWS else 0
        if not self.rows_left:
            self._finish()

    def _finish(self):
        _, future, rows = self.waiting.popleft()
        if not future.done():
            future.set_result((self.answer, rows))
