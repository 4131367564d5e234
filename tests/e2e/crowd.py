#!/usr/bin/python3
"""Goal of this test: more slow senders than the county has room for, from one address, then from eight, that come again whenever they are
dropped, keep no honest device from its receipts, also from the same address.   tests/e2e/crowd.py [SENDERS]"""
import os, resource, socket, sys, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World

SENDERS = int(sys.argv[1]) if len(sys.argv) > 1 else 2400  # county/cmd/cmd_run.c: 2048 connections
PLACE = "451224102201"
HEAD = b"POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.tallystick.request.v1\r\nContent-Length: 9000\r\n\r\n"
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
if hard < SENDERS + 600:
    print(f"1..0 # SKIP only {hard} open files are allowed here")
    raise SystemExit(0)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, SENDERS + 3000), hard))


class Crowd:
    """So many connections that send a byte every two seconds; one that is dropped is opened again."""

    def __init__(self, address, sources):
        self.to, self.sources, self.opened, self.over = address, sources, 0, threading.Event()
        self.all = [self.one() for _ in range(SENDERS)]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def one(self):
        s = socket.socket()
        s.setblocking(False)
        s.bind((self.sources[self.opened % len(self.sources)], 0))
        self.opened += 1
        s.connect_ex(self.to)
        return [s, 0, time.monotonic() + self.opened % 20 / 10]

    def run(self):
        while not self.over.is_set():
            now = time.monotonic()
            for i, (s, sent, at) in enumerate(self.all):
                if now < at:
                    continue
                try:
                    s.send(HEAD[sent:sent + 1] or b"x")
                    self.all[i] = [s, sent + 1, now + 2]
                except BlockingIOError:
                    self.all[i][2] = now + 1
                except OSError:
                    s.close()
                    self.all[i] = self.one()
            time.sleep(0.02)

    def close(self):
        self.over.set()
        self.thread.join()
        for s, _, _ in self.all:
            s.close()


tap, w = Tap(), World()
w.make_county()
county = w.start_county()
host, port = county.address.rsplit(":", 1)
w.make_agent("a", PLACE)
assert w.agent("a", "sync").code == 0
k = 0
for sources, what in (["127.0.0.1"], "its own address"), ([f"127.0.0.{i}" for i in range(2, 10)], "eight others"):
    crowd = Crowd((host, int(port)), sources)
    try:
        time.sleep(2)
        for _ in range(2):
            k += 1
            assert w.agent("a", "record", "water-works", f"subject={PLACE}-k-{k}", "kind=cellar", "stage=started", "date=2026-10-01", f"persons={k}").code == 0
            start = time.monotonic()
            r = w.agent("a", "sync", "--timeout", "30", "--json")
            took = time.monotonic() - start
            tap.ok(r.code == 0 and r.json()["waiting"] == 0, f"a device gets its receipt beside {SENDERS} slow senders at {what}", r.out + r.err)
            print(f"# {took:.1f} s, {crowd.opened} connections opened by the crowd")
    finally:
        crowd.close()
tap.ok(county.p.poll() is None, "the county runs on", "".join(county.said[-5:]))
w.close()
tap.done()
