#!/usr/bin/env python3
"""A link to the county as bad as there are any: slow, far, cut every so often; or with somebody in between who answers in its place.

    bad_link.py HOST:PORT [--rate BYTES] [--rtt SECONDS] [--cut SECONDS]

listens on a free port of 127.0.0.1, prints `listening 127.0.0.1:PORT`, obeys lines on stdin (`fault NAME`, `rate N`, `rtt S`, `cut S`,
`to HOST:PORT`, `counts`) until end of file.  From Python: class BadLink, whose attributes may be changed at any time.

Without a fault bytes are passed as they are, at the rate (bytes a second each way, shared by all connections) and half the round trip
late; `cut` ends all connections every so many seconds, hard.  With a fault, FAULTS below, each request is read whole and answered so."""
import argparse, asyncio, json, socket, struct, sys, threading, time

PORTAL = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please sign in to use this network</body></html>"
PIECE = 512  # bytes passed at once


def page(status, body, type_="text/html; charset=utf-8", *more):
    head = f"HTTP/1.1 {status}\r\nContent-Type: {type_}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    return (head + "".join(m + "\r\n" for m in more) + "\r\n").encode() + body


class BadLink:
    def __init__(self, target, rate=None, rtt=0.0, cut=None):
        self.target, self.rate, self.rtt, self.cut, self.fault = target, rate, rtt, cut, None
        self.other = None               # another county, for the fault of that name
        self.flip_at, self.flipped = None, 0  # the nth byte of what is passed up is changed, once
        self.up = self.down = self.cuts = self.connections = self.requests = 0
        self.cut_at = []                # cut when so many bytes went up, and down until fault is set anew
        self.linger = 0.05              # seconds until then, in which a busy machine takes what has arrived
        self.saved = None               # the newest answer to a sync, for replays
        self.old_request = None
        self.seen = []                  # (method, path) of requests that were read whole
        self._free = {"up": 0.0, "down": 0.0}
        self._open, self._ways = set(), set()
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def counts(self):
        return {k: getattr(self, k) for k in ("up", "down", "cuts", "connections", "requests")}

    # --- in its own thread

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        cutter = self._loop.create_task(self._cut_often())
        ready.set()
        self._loop.run_forever()
        cutter.cancel()
        server.close()
        rest = asyncio.all_tasks(self._loop)
        for t in rest:
            t.cancel()
        self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self._loop.close()

    async def _cut_often(self):
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.02)
            if self.cut and time.monotonic() - last >= self.cut:
                last = time.monotonic()
                self._cut_all()

    def _cut_all(self):
        self.cuts += 1
        for w in list(self._open):
            reset(w)
        for t in list(self._ways):
            t.cancel()  # what is still in somebody's buffer never went over the link

    async def _serve(self, reader, writer):
        self.connections += 1
        self._open.add(writer)
        try:
            if self.fault == "refused":
                await reader.read(PIECE)
                return
            if self.fault == "garbage":
                await reader.read(PIECE)
                writer.write(b"220 mail.example ESMTP\r\n" * 3)
                await writer.drain()
            elif self.fault:
                await self._answer_all(reader, writer)
            else:
                await self._pass(reader, writer)
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            reset(writer)

    # --- passing bytes

    async def _pass(self, reader, writer):
        host, _, port = self.target.rpartition(":")
        await asyncio.sleep(self.rtt)  # the handshake
        try:
            up_reader, up_writer = await asyncio.open_connection(host, int(port), limit=4096)
        except OSError:
            await reader.read(PIECE)
            return
        self._open.add(up_writer)
        ways = [asyncio.ensure_future(self._pump("up", reader, up_writer)), asyncio.ensure_future(self._pump("down", up_reader, writer))]
        self._ways.update(ways)
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait(ways, timeout=self.rtt + 0.2)
        finally:
            for w in ways:
                w.cancel()
            self._ways.difference_update(ways)
            self._open.discard(up_writer)
            reset(up_writer)

    async def _pump(self, way, reader, writer):
        late = asyncio.Queue()
        out = asyncio.ensure_future(self._deliver(late, writer))
        try:
            while True:
                data = await reader.read(PIECE if self.rate else 65536)
                if not data:
                    break
                await self._pay(way, len(data))
                setattr(self, way, getattr(self, way) + len(data))
                if way == "up":
                    data = self._maybe_flip(data)
                late.put_nowait((time.monotonic() + self.rtt / 2, data))
                if way == "up" and self.cut_at and self.up >= self.cut_at[0]:
                    self.cut_at.pop(0)
                    self.fault = "refused"  # and stays down until somebody says otherwise
                    self._loop.call_later(self.rtt / 2 + self.linger, self._cut_all)
                    return
            late.put_nowait((time.monotonic() + self.rtt / 2, None))
            await out
        finally:
            out.cancel()

    def _maybe_flip(self, data):
        if self.flip_at is None or not self.up - len(data) <= self.flip_at < self.up:
            return data
        i = self.flip_at - (self.up - len(data))
        self.flip_at, self.flipped = None, self.flipped + 1
        return data[:i] + bytes([data[i] ^ 1]) + data[i + 1:]

    async def _pay(self, way, n):
        """Until the link has carried n bytes more."""
        if not self.rate:
            return
        now = time.monotonic()
        self._free[way] = max(self._free[way], now) + n / self.rate
        await asyncio.sleep(self._free[way] - now)

    async def _deliver(self, late, writer):
        while True:
            at, data = await late.get()
            await asyncio.sleep(max(0, at - time.monotonic()))
            if data is None:
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()

    # --- answering in its place

    async def _answer_all(self, reader, writer):
        while True:
            request = await self._read(reader)
            self.requests += 1
            line = request.split(b"\r\n", 1)[0].decode()
            self.seen.append(tuple(line.split()[:2]))
            await asyncio.sleep(self.rtt)
            answer = await getattr(self, "_" + self.fault.replace("-", "_"))(request, line)
            writer.write(answer)
            await writer.drain()
            if b"connection: close" in answer[:2000].lower() or self.fault.startswith("cut"):
                writer.write_eof()
                await asyncio.sleep(0.05)
                return

    async def _read(self, reader):
        head = await reader.readuntil(b"\r\n\r\n")
        n = 0
        for l in head.lower().split(b"\r\n"):
            if l.startswith(b"content-length:"):
                n = int(l.split(b":")[1])
        return head + (await reader.readexactly(n) if n else b"")

    async def _ask(self, request, target=None):
        """The real answer, made to end with its connection: (head lines, body)."""
        host, _, port = (target or self.target).rpartition(":")
        r, w = await asyncio.open_connection(host, int(port))
        w.write(request)
        head = await r.readuntil(b"\r\n\r\n")
        n = next((int(l.split(b":")[1]) for l in head.lower().split(b"\r\n") if l.startswith(b"content-length:")), 0)
        body = await r.readexactly(n) if n else b""
        w.close()
        status = head.split(b" ", 2)[1].decode()
        type_ = next((l.split(b":", 1)[1].strip().decode() for l in head.split(b"\r\n") if l.lower().startswith(b"content-type:")), "text/plain")
        if b"/sync " in request[:80] and self.fault in ("save", "duplicate"):
            self.saved, self.old_request = (status, body, type_), request
        return status, body, type_

    async def _save(self, request, line):
        """As it is, and kept for a replay."""
        status, body, type_ = await self._ask(request)
        return page(status + " x", body, type_)

    async def _portal(self, request, line):
        return page("200 OK", PORTAL)

    async def _portal_redirect(self, request, line):
        return page("302 Found", b"", "text/plain", "Location: http://10.0.0.1/login")

    async def _portal_511(self, request, line):
        return page("511 Network Authentication Required", PORTAL)

    async def _html_behind(self, request, line):
        """The county gets the request; a page comes back."""
        await self._ask(request)
        return page("200 OK", PORTAL, "application/vnd.tallystick.answer.v1")

    async def _proxy_page(self, request, line):
        return page("502 Bad Gateway", b"<html><body>squid: ERR_CONNECT_FAIL</body></html>")

    async def _proxy_text(self, request, line):
        return page("504 Gateway Timeout", b"upstream request timeout", "text/plain")

    async def _busy(self, request, line):
        return page("503 Service Unavailable", b"later", "text/plain", "Retry-After: 7200")

    async def _strange(self, request, line):
        return page("200 OK", b'{"ok":true}', "application/json")

    async def _empty(self, request, line):
        return page("200 OK", b"", "text/plain")

    async def _truncated(self, request, line):
        """Half of it, and a length that says it is all."""
        status, body, type_ = await self._ask(request)
        return page(status + " x", body[:len(body) // 2], type_)

    async def _cut_answer(self, request, line):
        status, body, type_ = await self._ask(request)
        whole = page(status + " x", body, type_)
        return whole[:len(whole) - len(body) // 2]

    async def _cut_header(self, request, line):
        status, body, type_ = await self._ask(request)
        return page(status + " x", body, type_)[:40]

    async def _altered(self, request, line):
        status, body, type_ = await self._ask(request)
        at = body.find(b"\nreceipts ") + 10
        return page(status + " x", body[:at] + (b"7" if body[at:at + 1] != b"7" else b"8") + body[at + 1:], type_)

    async def _replay(self, request, line):
        status, body, type_ = self.saved
        return page(status + " x", body, type_)

    async def _other_county(self, request, line):
        status, body, type_ = await self._ask(request, self.other)
        return page(status + " x", body, type_)

    async def _duplicate(self, request, line):
        """Sent twice; the second answer comes back."""
        await self._ask(request)
        status, body, type_ = await self._ask(request)
        return page(status + " x", body, type_)

    async def _reorder(self, request, line):
        """An older request arrives behind the newer one, whose answer comes back."""
        status, body, type_ = await self._ask(request)
        if self.old_request is not None:
            await self._ask(self.old_request)
        return page(status + " x", body, type_)


# each fault, and how status names it; None: nothing is wrong for long
FAULTS = {"refused": "cut", "garbage": "strange", "portal": "portal", "portal-redirect": "portal", "portal-511": "portal", "html-behind": "portal",
          "proxy-page": "proxy-page", "proxy-text": "proxy-page", "busy": "busy", "strange": "strange", "empty": "strange", "truncated": "truncated",
          "cut-answer": "truncated", "cut-header": "cut", "altered": "altered", "replay": "replayed", "other-county": "other-county",
          "duplicate": "doubled", "reorder": None, "save": None}


def reset(writer):
    """Closed the hard way, as a link that drops."""
    sock = writer.get_extra_info("socket")
    if sock is not None:
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
    writer.transport.abort()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("target")
    p.add_argument("--rate", type=float)
    p.add_argument("--rtt", type=float, default=0.0)
    p.add_argument("--cut", type=float)
    a = p.parse_args()
    link = BadLink(a.target, a.rate, a.rtt, a.cut)
    print(f"listening 127.0.0.1:{link.port}", flush=True)
    for line in sys.stdin:
        words = line.split() + [""]
        if words[0] == "fault":
            link.fault = words[1] if words[1] in FAULTS else None
        elif words[0] in ("rate", "rtt", "cut"):
            setattr(link, words[0], float(words[1]) if words[1] else None)
        elif words[0] == "to":
            link.target = words[1]
        elif words[0] == "counts":
            print(json.dumps(link.counts()), flush=True)
    link.close()


if __name__ == "__main__":
    main()
