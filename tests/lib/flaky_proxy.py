#!/usr/bin/env python3
"""A link as villages have it: a TCP proxy that refuses, delays, cuts in the middle and answers like a captive portal.

    flaky_proxy.py HOST:PORT [--seed N] [--mode good|down|flaky]

listens on a free port of 127.0.0.1, prints `listening 127.0.0.1:PORT`, and then obeys lines on stdin: `mode M`,
`to HOST:PORT` (the server has moved), `counts` (prints them as JSON), until end of file.  From Python: class FlakyProxy.
What happens to the nth connection follows from seed and n alone."""
import argparse
import asyncio
import json
import random
import socket
import struct
import sys
import threading

PORTAL = (b"<!DOCTYPE html><html><head><title>Welcome</title></head><body><h1>Please sign in to use this network</h1>"
          b"<form method=post><input name=phone><button>OK</button></form></body></html>")
# what happens to a connection in mode flaky: (what, weight)
FATES = (("good", 26), ("slow", 10), ("refused", 16), ("cut on the way up", 20), ("cut on the way down", 18), ("portal", 10))


class FlakyProxy:
    def __init__(self, target=None, seed=1, mode="good"):
        self.target, self.seed, self.mode = target, seed, mode
        self.counts = {name: 0 for name, _ in FATES}
        self.counts["server away"] = 0
        self._n, self._ready = 0, threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    # --- for the test

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def broken(self):
        """How many connections did not come through, and how."""
        return {k: v for k, v in self.counts.items() if v and k not in ("good", "slow")}

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    # --- in its own thread

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self._loop.close()

    def _fate(self):
        self._n += 1
        rng = random.Random(f"{self.seed}/{self._n}")
        names, weights = zip(*FATES)
        fate = rng.choices(names, weights)[0]
        if self.mode != "flaky":
            fate = "good" if self.mode == "good" else "refused"
        return fate, rng

    async def _serve(self, reader, writer):
        fate, rng = self._fate()
        try:
            if fate == "slow":
                await asyncio.sleep(rng.uniform(0.05, 0.4))
            if fate == "portal":
                await self._portal(reader, writer)
            elif fate != "refused" and not await self._pass(reader, writer, fate, rng):
                fate = "good"  # it ended before the cut
            self.counts[fate] += 1
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            reset(writer)

    async def _portal(self, reader, writer):
        await reader.read(65536)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(PORTAL) + PORTAL)
        await writer.drain()
        writer.write_eof()
        await asyncio.sleep(0.05)

    async def _pass(self, reader, writer, fate, rng):
        """Did the fate come about?"""
        host, _, port = self.target.rpartition(":")
        try:
            up_reader, up_writer = await asyncio.open_connection(host, int(port))
        except OSError:
            self.counts["server away"] += 1
            self.counts[fate] -= 1
            return True
        up_most = rng.randint(200, 12000) if fate == "cut on the way up" else None
        down_most = rng.randint(0, 3000) if fate == "cut on the way down" else None
        ways = [asyncio.ensure_future(pump(reader, up_writer, up_most)), asyncio.ensure_future(pump(up_reader, writer, down_most))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if up_most is None and down_most is None:
                await asyncio.wait(ways, timeout=1)
            return fate == "slow" or any(way.done() and not way.exception() and way.result() for way in ways)
        finally:
            for way in ways:
                way.cancel()
            reset(up_writer)


async def pump(reader, writer, most):
    """From one to the other until the end (False), or until so many bytes have passed (True)."""
    while True:
        data = await reader.read(16384)
        if most is not None and len(data) >= most:
            writer.write(data[:most])
            await writer.drain()
            return True
        if not data:
            writer.write_eof()
            return False
        most = None if most is None else most - len(data)
        writer.write(data)
        await writer.drain()


def reset(writer):
    """Closed the hard way, as a link that drops."""
    sock = writer.get_extra_info("socket")
    if sock is not None and writer.get_extra_info("peername") is not None:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
    writer.transport.abort()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("target")
    p.add_argument("--seed", default="1")
    p.add_argument("--mode", default="good", choices=("good", "down", "flaky"))
    a = p.parse_args()
    proxy = FlakyProxy(a.target, a.seed, a.mode)
    print(f"listening 127.0.0.1:{proxy.port}", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[:1] == ["mode"]:
            proxy.mode = words[1]
        elif words[:1] == ["to"]:
            proxy.target = words[1]
        elif words[:1] == ["counts"]:
            print(json.dumps(proxy.counts), flush=True)
    proxy.close()


if __name__ == "__main__":
    main()
