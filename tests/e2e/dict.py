#!/usr/bin/python3
"""Goal of this test: a county trains a dictionary on what is public in its log and publishes it; devices use it from the next sync, over the network and
from a stick; whoever does not know a dictionary, or packed requests at all, says so and loses nothing; an auditor has every dictionary."""
import glob, hashlib, json, os, socket, sqlite3, sys, threading

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TESTS)
sys.path.insert(0, os.path.join(TESTS, "lib"))
from corpus import entries, villages
from world import Tap, World, program


class Ear:
    """A proxy that keeps what goes up, and answers 404 to what a county of old did not know, when told so."""

    def __init__(self, target):
        self.target, self.heard, self.old, self.asked = target, b"", False, []
        self.s = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.s.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                a, _ = self.s.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(a,), daemon=True).start()

    def one(self, a):
        """One exchange a connection: read it whole, pass it on, close."""
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                data += a.recv(65536)
            head, _, body = data.partition(b"\r\n\r\n")
            want = [int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length:")]
            while want and len(body) < want[0]:
                body += a.recv(65536)
            self.asked.append(head.split(b" ")[:2])
            self.heard += body
            if self.old and b"/v2/" in head.split(b"\r\n")[0]:
                a.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                host, port = self.target.split(":")
                with socket.create_connection((host, int(port))) as b:
                    b.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
                    while got := b.recv(65536):
                        a.sendall(got)
        except OSError:
            pass
        a.close()

    def take(self):
        out, asked = self.heard, [p.decode() for _, p in self.asked]
        self.heard, self.asked = b"", []
        return out, asked


tap, w = Tap(), World()
village = villages.spread(villages.load([villages.DONGLAN]), 1)[0]
rows = sorted(((a["date"], form, a) for form, answers in entries.village_answers("dict", village, 300).items() for a in answers), key=lambda r: (r[0], r[1]))
personal = []


def record(name, n):
    """So many, those of a form at once."""
    for form in {form for _, form, _ in rows[:n]}:
        with open(w.path("rows"), "w", encoding="utf-8") as f:
            f.writelines(entries.line(a) + "\n" for _, g, a in rows[:n] if g == form)
        r = w.agent(name, "record", form, "--json", w.path("rows"))
        assert r.code == 0, r.err
    for _, _, a in rows[:n]:
        personal.extend(x for x in (a.get("remark"), *(v for k in ("household", "keeper", "trainee") for v in a.get(k, {}).values() if isinstance(v, str) and len(v) > 8)) if x)
    del rows[:n]


def sync(name):
    r = w.agent(name, "sync", "--timeout", "20", "--json")
    return (r, *ear.take())


def frames(heard):
    """(version, flags, dictionary's name) of each frame heard."""
    return [(heard[i + 2], heard[i + 3], heard[i + (5 if heard[i + 4] < 128 else 6):][:4]) for i in range(len(heard) - 8) if heard[i:i + 2] == b"TF" and heard[i + 2] in (1, 2)]


w.make_county()
county = w.start_county()
ear = Ear(county.address)
w.make_agent("a", village.code, url=ear.url)
sync("a")
record("a", 120)
r, heard, asked = sync("a")
own = frames(heard)
tap.ok(r.code == 0 and r.json()["confirmed"] >= 120 and "/v2/sync" in asked and "/v1/sync" not in asked, "requests go packed", (r.out, asked))
tap.ok(own and all(v == 2 and flags & 4 for v, flags, _ in own), "in frames compressed with the program's own dictionary", own)
tap.ok(b"tallystick/request/v1" not in heard and village.code.encode() not in heard, "and nothing is spelled out")

# a dictionary of the county's own
zdict = w.path("county.zdict")
r = w.county("dict", "train", "-o", zdict, "--json")
tap.ok(r.code == 0, "a dictionary is trained on the log", r.err)
body = open(zdict, "rb").read()
name = hashlib.sha256(body).hexdigest()
tap.ok(r.json()["dict"] == name and r.json()["len"] == len(body) and 256 <= len(body) <= 24576, "of the size and name it says", r.out)
found = [p for p in personal if p.encode() in body]
tap.ok(len(personal) > 60 and not found, "nothing of a personal part is in it", found)
again = w.path("again.zdict")
tap.ok(w.county("dict", "train", "-o", again).code == 0 and open(again, "rb").read() == body, "the same log, the same dictionary")
empty = World()
empty.make_county("county.example/empty")
tap.ok(empty.county("dict", "train", "-o", w.path("none.zdict")).code == 1 and not os.path.exists(w.path("none.zdict")), "an empty log trains none")
empty.close()
for what, bad in (("not one", b"hello" * 500), ("cut", body[:200]), ("damaged tables", body[:8] + bytes(x ^ 0xff for x in body[8:60]) + body[60:])):
    with open(w.path("bad"), "wb") as f:
        f.write(bad)
    r = w.county("dict", "publish", w.path("bad"))
    tap.ok(r.code == 1 and "dictionary" in r.err, f"a file that is {what} is not published", (r.code, r.err))
r = w.county("dict", "publish", zdict, "--json")
tap.ok(r.code == 0 and r.json()["state"] == "published" and r.json()["dict"] == name, "it is published", r.out + r.err)
r = w.county("dict", "publish", zdict, "--json")
tap.ok(r.code == 0 and r.json()["state"] == "published before", "once", r.out + r.err)

record("a", 10)
r, heard, asked = sync("a")
tap.ok(r.code == 0 and f"/v1/dict/{name}" in asked, "the device hears of it and fetches it", (r.err, asked))
record("a", 10)
r, heard, asked = sync("a")
got = frames(heard)
tap.ok(r.code == 0 and r.json()["confirmed"] == 10 and got and all(n.hex() == name[:8] for _, _, n in got), "and uses it from the next sync on", got)
tap.ok(asked == ["/v2/sync"], "in one request", asked)

# a dictionary the county does not know: said, and done without
db = sqlite3.connect(glob.glob(w.path("a", "*.db"))[0])
other = bytearray(body)
other[-100:] = b"0123456789" * 10
keys = {k for k, in db.execute("SELECT key FROM meta")}
assert {"dict", "dict-name"} <= keys, keys
db.execute("UPDATE meta SET value = ? WHERE key = 'dict'", (bytes(other),))
db.execute("UPDATE meta SET value = ? WHERE key = 'dict-name'", (hashlib.sha256(other).digest(),))
db.commit()
db.close()
record("a", 20)
r, heard, asked = sync("a")
used = [n.hex() for _, _, n in frames(heard)]
tap.ok(r.code == 0 and r.json()["confirmed"] == 20 and asked == ["/v2/sync", f"/v1/dict/{name}", "/v2/sync"], "an unknown dictionary costs one round trip", (r.out, r.err, asked))
tap.ok(used[0] == hashlib.sha256(other).hexdigest()[:8] and used[-1] == name[:8], "then the published one is used", used)
s = w.agent("a", "status", "--json").json()
tap.ok(s.get("set_aside", 0) == 0 and s["waiting"] == 0, "and nothing is set aside", s)
record("a", 3)
r, heard, asked = sync("a")
tap.ok(r.code == 0 and asked.count("/v2/sync") == 1, "the next request knows that", asked)

# a county that knows no packed requests
ear.old = True
record("a", 5)
r, heard, asked = sync("a")
tap.ok(r.code == 0 and r.json()["confirmed"] == 5 and asked[:2] == ["/v2/sync", "/v1/sync"] and frames(heard)[-1][0] == 1, "an older county is spoken to plainly", (asked, r.err))
record("a", 5)
r, heard, asked = sync("a")
tap.ok(r.code == 0 and asked == ["/v1/sync"], "and from then on at once", asked)
ear.old = False
for _ in range(40):
    r, heard, asked = sync("a")
    if "/v2/sync" in asked:
        break
tap.ok("/v2/sync" in asked and r.code == 0, "until it may have become newer", asked)

# the same from a stick
w.make_agent("b", village.code, url=ear.url)
record("b", 20)
up, down = w.path("up.stick"), w.path("down.stick")
r = w.agent("b", "bundle", "write", up)
tap.ok(r.code == 0 and w.county("bundle", "read", up).code == 0, "a stick goes up", r.err)
device = w.agent("b", "status", "--json").json()["device"]
tap.ok(w.county("bundle", "write", device, down).code == 0 and w.agent("b", "bundle", "read", down).code == 0, "and comes back")
record("b", 4)
ear.take()
r, heard, asked = sync("b")
got = frames(heard)
tap.ok(r.code == 0 and not [p for p in asked if "/dict/" in p] and got and got[0][2].hex() == name[:8], "with the dictionary on it", (asked, got))

# an auditor has every dictionary
out = w.path("export")
tap.ok(w.county("export", "--audit", out).code == 0 and open(os.path.join(out, "dicts", name), "rb").read() == body, "the export has it by its hash")
r = program("tally-audit", "verify", out, "--json")
tap.ok(r.code == 0, "and verifies", r.out[-600:])
county.stop()
w.close()
tap.done()
