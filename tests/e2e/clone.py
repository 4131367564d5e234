#!/usr/bin/python3
"""Goal of this test: an agent's folder copied, restored from an older copy, or left without its guard begins a new epoch and goes on;
what either side acknowledged stays, both halves are confirmed, and the auditor finds the whole thing in order."""
import os, shutil, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
n = 0


def record(name):
    global n
    n += 1
    r = w.agent(name, "record", "water-works", f"subject={PLACE}-w{n}", "kind=cellar", "stage=started", "date=2026-10-01", f"persons={n}", "--json")
    assert r.code == 0, r.err
    return r.json()


def sync(name):
    r = w.agent(name, "sync", "--timeout", "20", "--json")
    return r.code == 0 and r.json()["waiting"] == 0, r.out + r.err


w.make_county()
w.start_county()
w.make_agent("a", PLACE)
record("a")
assert sync("a")[0]

# A copy, then both go on
shutil.copytree(w.path("a"), w.path("copy"))
record("a")
tap.ok(*(lambda ok, d: (ok, "the original goes on", d))(*sync("a")))
x = record("copy")
tap.ok(x["epoch"] == 2 and x["seq"] == 1, "the copy begins epoch 2", x)
tap.ok(*(lambda ok, d: (ok, "the copy's entries are confirmed", d))(*sync("copy")))
record("a"), record("copy")
tap.ok(*(lambda ok, d: (ok, "the original is confirmed beside it", d))(*sync("a")))
tap.ok(*(lambda ok, d: (ok, "and the copy again", d))(*sync("copy")))
tap.ok(w.agent("copy", "status", "--json").json()["epoch"] == 2, "one new epoch was enough", w.agent("copy", "status").out)

# A whole folder restored in place (guard and all): shows at the next contact
w.make_agent("b", PLACE)
record("b")
assert sync("b")[0]
os.rename(w.path("b"), w.path("b.now"))
shutil.copytree(w.path("b.now"), w.path("b.old"))
os.rename(w.path("b.now"), w.path("b"))
record("b"), record("b")
assert sync("b")[0]
for f in ("journal.db", "guard"):  # the same folder, older content
    shutil.copyfile(w.path("b.old", f), w.path("b", f))
for f in ("journal.db-wal", "journal.db-shm"):
    if os.path.exists(w.path("b", f)):
        os.unlink(w.path("b", f))
record("b")
tap.ok(*(lambda ok, d: (ok, "a rolled-back journal is confirmed after a new epoch", d))(*sync("b")))
tap.ok(w.agent("b", "status", "--json").json()["epoch"] == 2, "the rollback showed at its next contact", w.agent("b", "status").out)

# The guard alone is gone
os.unlink(w.path("b", "guard"))
x = record("b")
tap.ok(x["epoch"] == 3, "without its guard a journal begins a new epoch", x)
tap.ok(*(lambda ok, d: (ok, "and is confirmed", d))(*sync("b")))

assert w.county("log", "check").code == 0
assert w.county("export", "--audit", w.path("x")).code == 0
halves = []
for name in ("a", "copy", "b"):
    r = w.agent(name, "verify")
    tap.ok(r.code == 0, f"the journal of {name} verifies", r.out + r.err)
    assert w.agent(name, "export", "--audit", w.path("half-" + name)).code == 0
    halves += ["--village", w.path("half-" + name)]
r = program("tally-audit", "verify", w.path("x"), *halves, "--json")
codes = sorted({f["code"] for f in r.json()["findings"]})
tap.ok(set(codes) <= {"fork", "unexplained-leaf"}, "the auditor finds the fork, and what each copy does not know of the other, and nothing else", r.out)
w.close()
tap.done()
