#!/usr/bin/python3
"""Goal of this test: a county that shows two villages two different logs is found out when one village's stick comes by the other, by the county it lies to less, and by an auditor from the village's half; honest heads are carried and cost nothing."""
import os, shutil, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lib.world import Daemon, Tap, World, program  # noqa: E402
from checker import verifier  # noqa: E402

A, B, C = "451224102201", "451224102202", "451224102203"
NAME = "韦月兰"
tap, w = Tap(), World()


def record(name, n):
    r = w.agent(name, "record", "housing-rebuild", f"subject=h{n}", "stage=applied", "date=2026-10-01", f"household/name={NAME}")
    assert r.code == 0, r.err


def write(name, file):
    r = w.agent(name, "bundle", "write", w.path(file))
    assert r.code == 0, r.err
    return w.path(file)


def alarms(name):
    return w.agent(name, "status", "--json").json()["alarms"]


def kept(name):
    folder = w.path(name, "evidence", "heads")
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def audit(county, *villages):
    args = [x for v in villages for x in ("--village", v)]
    v = program("tally-audit", "verify", county, *args, "--json").json()
    own = verifier.verify(county, villages=list(villages)) if villages else verifier.verify(county)
    return {f["code"] for f in v["findings"]}, {f["code"] for f in own["findings"]}


def size():
    return w.county("status", "--json").json()["size"]


w.make_county()
d = w.start_county()
for name, place in (("a", A), ("b", B), ("c", C)):
    w.make_agent(name, place)
    assert w.agent(name, "sync").code == 0

# honest: heads are carried, known or kept, and nothing is wrong
record("a", 1)
assert w.agent("a", "sync").code == 0
up = write("a", "a1.bundle")
raw = open(up, "rb").read()
tap.ok(raw.count(b"TH01") == 1 and NAME.encode() not in raw and b"housing" not in raw and A.encode() not in raw, "a bundle carries the newest head, which is public, and else nothing that can be read")
r = w.agent("c", "bundle", "read", up)
tap.ok(r.code == 1 and "on its way to a county" in r.err and len(kept("c")) == 1 and alarms("c") == 0, "another village's head is kept as evidence, the rest is not for it", (r.err, kept("c")))
third = write("c", "c1.bundle")
tap.ok(open(third, "rb").read().count(b"TH01") == 2, "and carried on")
r = w.county("bundle", "read", up, third, "--json")
tap.ok(r.code == 0 and w.county("status", "--json").json()["contrary_heads"] == 0, "the county finds its own log in them", r.out + r.err)
assert w.county("bundle", "write", w.agent("c", "status", "--json").json()["device"], w.path("c.down")).code == 0
r = w.agent("b", "bundle", "read", w.path("c.down"))
tap.ok(r.code == 1 and "another device" in r.err and len(kept("b")) == 1 and alarms("b") == 0, "a bundle down carries the county's head for whoever it comes by", (r.err, kept("b")))
r = w.agent("c", "bundle", "read", w.path("c.down"), "--json")
tap.ok(r.code == 0 and r.json()["damaged"] == 0, "and is whole for whom it is for", r.out + r.err)
assert w.agent("c", "export", "--audit", w.path("c.half")).code == 0 and w.county("export", "--audit", w.path("x1")).code == 0
tap.ok(len(os.listdir(w.path("c.half", "log", "seen"))) == 1, "heads that were seen go into the village's half")
found = audit(w.path("x1"), w.path("c.half"))
tap.ok(found == (set(), set()), "and an auditor finds them to be of this log", found)
d.stop()

# two logs under one key
shutil.copytree(w.county_dir, w.path("county2"))
d1 = w.start_county()
d2 = Daemon("tally-county", "run", "--listen", "127.0.0.1:0", data=w.path("county2"))
w.daemons.append(d2)
two = "http://" + d2.address
assert w.agent("a", "enrol", w.url).code == 0 and w.agent("b", "enrol", two).code == 0
record("a", 2), record("b", 3)
for name in "ab":
    assert w.agent(name, "sync").code == 0
first = write("a", "a2.bundle")
for n in range(4, 9):
    record("a", n)
    assert w.agent("a", "sync").code == 0
    later = write("a", f"a{n}.bundle")
    r = w.agent("b", "bundle", "read", later)
tap.ok(alarms("b") == 0 and len(kept("b")) >= 1, "a head of a size that this village has not seen is kept: nobody can say yet", (r.err, kept("b")))
shutil.copytree(w.path("b"), w.path("b.before"))
r = w.agent("b", "bundle", "read", first)
tap.ok(r.code == 1 and "ALARM" in r.err and alarms("b") == 1 and "ALARM" in w.agent("b", "status").out, "the same size with another root is an alarm, with both heads as evidence", r.err)
# what was kept is compared with what comes later
shutil.rmtree(w.path("b"))
shutil.move(w.path("b.before"), w.path("b"))
record("b", 6)
r = w.agent("b", "sync")
tap.ok(r.code == 0 and alarms("b") == 1, "a head that was kept is an alarm when its size is reached with another root", (r.err, r.out, kept("b")))
d1.stop(), d2.stop()
# the county that lies to less
r = program("tally-county", "bundle", "read", first, data=w.path("county2"))
tap.ok(r.code == 1 and "signed 1 heads that this log does not continue" in r.err, "a county meets another head of a size that it signed", r.err)
r = program("tally-county", "bundle", "read", later, data=w.path("county2"))
tap.ok(r.code == 1 and "ALARM" in r.err, "a county meets its key's signature under another log", r.err)
s = program("tally-county", "status", "--json", data=w.path("county2")).json()
tap.ok(s["contrary_heads"] >= 1 and "ALARM" in program("tally-county", "status", data=w.path("county2")).out, "and says so until somebody looks at it", s)
# the auditor
assert w.agent("b", "export", "--audit", w.path("b.half")).code == 0 and program("tally-county", "export", "--audit", w.path("x2"), data=w.path("county2")).code == 0
found = audit(w.path("x2"), w.path("b.half"))
tap.ok("inconsistent-log" in found[0] and "inconsistent-log" in found[1], "an auditor with the log that this village was shown finds the other from its half alone", found)
found = audit(w.path("x2"))
tap.ok("inconsistent-log" not in found[0], "without the village's half nobody can tell", found)
tap.ok("inconsistent-log" in {f["code"] for f in program("tally-audit", "verify", w.path("b.half"), "--json").json()["findings"]}, "two heads of one size in the half alone are proof enough")
# junk between and behind the parts
junk = w.path("junk.bundle")
with open(junk, "wb") as f:
    f.write(raw + b"TH01\0\0\0\5hello" + b"TH01\xff\xff\xff\xff" + os.urandom(50))
r = w.agent("c", "bundle", "read", junk)
tap.ok(r.code == 1 and alarms("c") == 0, "what the log's key did not sign is passed over", r.err)
w.close()
tap.done()
