#!/usr/bin/env python3
"""A TCP proxy that behaves as bad networks do, on command.

usage: fault_proxy.py LISTEN TARGET      addresses as HOST:PORT; port 0 picks a free one
       Prints `ready HOST:PORT`, then takes a command a line from stdin and answers `ok` to each:
         hold          nothing goes on, in either direction; what comes waits, and TCP pushes back
         drop          what comes is thrown away, as by a network that is parted
         delay MS      each piece goes on so much later
         trickle B     at most B bytes a second, each direction of each connection
         reset         every connection is reset, now
         refuse        new connections are reset at once
         heal          all is well again: what was held goes on, what was dropped is lost
       Faults add up; heal ends them all. The end of stdin ends the proxy.
"""
import asyncio
import socket
import struct
import sys
import threading
import time

PIECE = 65_536
TICK_S = 0.05  # of trickling


class Faults:
    """What is wrong at the moment."""

    def __init__(self):
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.dropping = False
        self.refusing = False
        self.delay_s = 0.0
        self.bytes_per_s = 0  # 0: as fast as it goes


def hang_up(writer):
    """With a reset, not an end: linger on, for no time."""
    bare = writer.get_extra_info("socket")
    try:
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass  # it has gone already
    writer.transport.abort()


class FaultProxy:
    """In a thread of its own; every method may be called from any other and returns when it is so."""

    def __init__(self, target, listen="127.0.0.1:0"):
        self.target = target.rsplit(":", 1)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.faults = self._run(self._made())
        self.links = set()
        self.passed = [0, 0]  # bytes to the target, and back
        host, port = listen.rsplit(":", 1)
        self.server = self._run(asyncio.start_server(self._accept, host, int(port)))
        self.address = "{}:{}".format(*self.server.sockets[0].getsockname()[:2])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def hold(self):
        self._do(lambda: self.faults.flowing.clear())

    def drop(self):
        self._set("dropping", True)

    def delay(self, ms):
        self._set("delay_s", ms / 1000)

    def trickle(self, bytes_per_s):
        self._set("bytes_per_s", bytes_per_s)

    def refuse(self):
        self._set("refusing", True)

    def reset(self):
        self._do(lambda: [hang_up(writer) for link in list(self.links) for writer in link])

    def heal(self):
        def mend():
            flowing = self.faults.flowing
            self.faults.__dict__.update(dropping=False, refusing=False, delay_s=0.0, bytes_per_s=0)
            flowing.set()
        self._do(mend)

    def connections(self):
        return len(self.links)

    def close(self):
        self._run(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _end(self):
        self.server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _made(self):
        return Faults()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def _do(self, deed):
        async def done():
            deed()
        self._run(done())

    def _set(self, name, value):
        self._do(lambda: setattr(self.faults, name, value))

    async def _accept(self, reader, writer):
        if self.faults.refusing:
            return hang_up(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            return hang_up(writer)
        for one in (writer, far_writer):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = (writer, far_writer)
        self.links.add(link)
        ways = [asyncio.ensure_future(self._carry(reader, far_writer, 0)),
                asyncio.ensure_future(self._carry(far_reader, writer, 1))]
        try:
            await asyncio.gather(*ways)
            for one in link:
                one.close()
        except (OSError, asyncio.CancelledError):
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for one in link:
                hang_up(one)
        finally:
            self.links.discard(link)
        return None

    async def _carry(self, reader, writer, way):
        """One direction. A piece that is delayed holds up those behind it, as on a line."""
        while True:
            await self.faults.flowing.wait()
            piece = await reader.read(PIECE)
            came = time.monotonic()
            await self.faults.flowing.wait()
            if self.faults.dropping and piece:
                continue
            late = self.faults.delay_s - (time.monotonic() - came)
            if late > 0:
                await asyncio.sleep(late)
            if not piece:
                if self.faults.dropping:
                    await asyncio.Event().wait()  # the end is lost too
                if writer.can_write_eof():
                    writer.write_eof()
                return
            await self._pass(piece, writer, way)

    async def _pass(self, piece, writer, way):
        while piece:
            limit = self.faults.bytes_per_s
            some = max(1, int(limit * TICK_S)) if limit else len(piece)
            writer.write(piece[:some])
            self.passed[way] += len(piece[:some])
            piece = piece[some:]
            await writer.drain()
            if limit:
                await asyncio.sleep(TICK_S)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with FaultProxy(sys.argv[2], sys.argv[1]) as proxy:
        print("ready", proxy.address, flush=True)
        for line in sys.stdin:
            word, *rest = line.split() or [""]
            known = {"hold": 0, "drop": 0, "delay": 1, "trickle": 1, "reset": 0, "refuse": 0, "heal": 0}
            if known.get(word) != len(rest) or not all(one.isdigit() for one in rest):
                print("what?", flush=True)
                continue
            getattr(proxy, word)(*(int(one) for one in rest))
            print("ok", flush=True)


if __name__ == "__main__":
    main()
