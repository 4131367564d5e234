#!/usr/bin/python3
"""Goal of this test: why an entry was sent back reaches the village that recorded it, and nobody else."""
import os, re, sys, urllib.error, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World

tap, w = Tap(), World()
PLACE, OTHER = "451224102201", "451224102202"
NOTE = "照片看不清屋顶，请补拍 Wei Yuelan"


def fetch(path):
    try:
        with urllib.request.urlopen(w.url + path, timeout=10) as r:
            return r.status, r.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


w.make_county()
w.start_county()
w.make_agent("a", PLACE)
w.make_agent("b", OTHER)
hashes = {}
for name, place in (("a", PLACE), ("b", OTHER)):
    r = w.agent(name, "record", "water-works", f"subject={place}-w1", "kind=cellar", "stage=started", "date=2026-10-01", "--json")
    assert r.code == 0, r.err
    hashes[name] = r.json()["entry"]
    assert w.agent(name, "sync", "--timeout", "20").code == 0
r = w.county("review", "return", hashes["a"], "--note", NOTE, "--json")
assert r.code == 0, r.err
index = r.json()["index"]
r = w.county("review", "return", hashes["b"], "--note", "another\u009b2J one", "--json")
assert r.code == 0, r.err
r = w.agent("a", "show", hashes["a"], "--json")
tap.ok("note" not in r.json(), "before a sync nothing is known of it")
assert w.agent("a", "sync", "--timeout", "20").code == 0
s = w.agent("a", "show", hashes["a"], "--json").json()
tap.ok(s["state"] == "returned" and s.get("note") == NOTE, "after it the village reads why", s)
tap.ok(NOTE in w.agent("a", "show", hashes["a"]).out, "also as text")
status, body = fetch(f"/v1/note/{index}")
tap.ok(status == 200 and NOTE.encode() not in body and b"Wei" not in body and 48 + 16 < len(body) < 400, "on the wire it is sealed", (status, len(body)))
tap.ok(fetch("/v1/note/0")[0] == 404 and fetch("/v1/note/99999999")[0] == 404 and fetch("/v1/note/x")[0] == 404, "no other record has a note")
raw = b"".join(open(w.path("a", n), "rb").read() for n in os.listdir(w.path("a")) if n.startswith("journal.db"))
tap.ok(NOTE.encode() not in raw, "in the journal it lies sealed")
assert w.agent("b", "sync", "--timeout", "20").code == 0
out = w.agent("b", "show", hashes["b"]).out
tap.ok("another" in out and not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", out), "nothing that the county wrote steers a terminal", repr(out))
# a second review's note takes the place of the first
r = w.county("review", "accept", hashes["a"], "--note", "收到新照片", "--json")
assert r.code == 0, r.err
assert w.agent("a", "sync", "--timeout", "20").code == 0
s = w.agent("a", "show", hashes["a"], "--json").json()
tap.ok(s["state"] == "accepted" and s.get("note") == "收到新照片", "the newest note counts", s)
# one that did not come is asked for again
import sqlite3
db = sqlite3.connect(w.path("a", "journal.db"))
with db:
    n = db.execute("DELETE FROM meta WHERE key LIKE 'note:%'").rowcount
db.close()
assert n == 1, n
assert w.agent("a", "sync", "--timeout", "20").code == 0
s = w.agent("a", "show", hashes["a"], "--json").json()
tap.ok(s.get("note") == "收到新照片", "one that did not come is asked for again", s)
# and one that the county altered afterwards is not shown
for d in w.daemons:
    d.stop()
db = sqlite3.connect(os.path.join(w.county_dir, "county.db" if os.path.exists(os.path.join(w.county_dir, "county.db")) else "ledger.db"))
with db:
    n = db.execute("UPDATE salted SET body = ?", ("这是后来改的".encode(),)).rowcount
db.close()
assert n == 3, n
db = sqlite3.connect(w.path("a", "journal.db"))
with db:
    db.execute("DELETE FROM meta WHERE key LIKE 'note:%'")
db.close()
address = w.url.split("//")[1]
w.start_county(listen=address)
r = w.agent("a", "sync", "--timeout", "20")
s = w.agent("a", "show", hashes["a"], "--json").json()
tap.ok("note" not in s, "one that the county altered afterwards is not shown", s)
w.close()
tap.done()
