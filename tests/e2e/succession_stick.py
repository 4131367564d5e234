#!/usr/bin/python3
"""Goal of this test: a village without a link learns by stick that the county's log goes on as another and sends the lost again with the next one; a new log that does not begin with the old is an alarm."""
import os, shutil, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
houses = sticks = 0


def record(name, n=1):
    global houses
    for _ in range(n):
        houses += 1
        r = w.agent(name, "record", "housing-rebuild", f"subject={PLACE}-h{houses}", "stage=applied", "date=2026-10-28", "household/name=韦某某", "allowance=20000元")
        assert r.code == 0, r.err


def sync(name, seconds="20"):
    return w.agent(name, "sync", "--timeout", seconds, "--json")


def status(name):
    return w.agent(name, "status", "--json").json()


def carry(name, reading=True):
    """A stick up and down again; what came of reading it."""
    global sticks
    sticks += 1
    up, down = w.path(f"up{sticks}"), w.path(f"down{sticks}")
    r = w.agent(name, "bundle", "write", up)
    assert r.code == 0, r.err
    r = w.county("bundle", "read", up, "--json")
    r2 = w.county("bundle", "write", status(name)["device"], down)
    assert r2.code == 0, r.err + r2.err
    return w.agent(name, "bundle", "read", down, "--json") if reading else down


def verdict(*args):
    r = program("tally-audit", "verify", *args, "--json")
    return sorted({f["code"] for f in r.json()["findings"]}), r.json(), r


w.make_county("county.example/log")
root = w.path("root.key")
shutil.move(os.path.join(w.county_dir, "root.key"), root)
county = w.start_county()
address = county.address
for name in ("a", "b", "c"):
    w.make_agent(name, PLACE)
    record(name, 2)
    assert sync(name).code == 0
word = w.path("word")
with open(word, "w") as f:
    f.write("correct horse battery staple\n")
assert w.county("backup", w.path("backup"), "--with-keys", "--passphrase-file", word).code == 0
# what the backup has not: "a" and "c" are confirmed
record("a", 2), record("c", 1)
assert sync("a").code == 0 and sync("c").code == 0
county.stop()
# a stick that was written before anybody knew
record("b", 1)
early = w.path("early")
assert w.agent("b", "bundle", "write", early).code == 0
shutil.copytree(w.county_dir, w.path("whole"))
shutil.rmtree(w.county_dir)
assert w.county("restore", w.path("backup"), "--passphrase-file", word).code == 0
assert w.county("log", "succeed", "--root", root, "--accept-loss").code == 0

# by stick
before = status("a")
down = carry("a", reading=False)
broken = bytearray(open(down, "rb").read())
broken[-200] ^= 1
open(w.path("broken"), "wb").write(broken)
r = w.agent("b", "bundle", "read", down)
tap.ok(r.code != 0 and status("b")["county"]["origin"] == "county.example/log", "a stick for another device changes nothing", r.err)
r = w.agent("a", "bundle", "read", w.path("broken"))
tap.ok(r.code == 1 and status("a")["county"]["origin"] == "county.example/log", "nor does a damaged one", r.err)
r = w.agent("a", "bundle", "read", down, "--json")
s = status("a")
tap.ok(r.code == 0 and r.json()["succession"] and "ALARM" in r.err and s["county"]["origin"] == "county.example/log/2", "a village learns of a succession from a stick, loudly", r.out + r.err)
tap.ok(any(n.startswith("succession-") for n in os.listdir(w.path("a", "alarms"))) and s["entries"] == before["entries"] and s["waiting"] > 0, "keeps the old log's word as evidence, and waits for the new one's", s)
r = w.agent("a", "bundle", "read", down, "--json")
tap.ok(r.code != 2, "the same stick again changes nothing", r.out + r.err)
r = carry("a")
s = status("a")
tap.ok(r.code == 0 and s["waiting"] == 0 and not r.json()["succession"], "the next stick takes what was lost and brings receipts", f"{r.out}{r.err}{s}")
r = w.county("bundle", "read", early, "--json")
tap.ok(r.code == 0 and r.json()["entries"] == 1, "a stick from before is taken in", r.out + r.err)
r = carry("b")
tap.ok(r.code == 0 and r.json()["succession"], "and the other village learns of it too", r.out + r.err)
r = carry("b")
tap.ok(r.code == 0 and status("b")["waiting"] == 0, "with its receipts on the next", r.out + r.err)
r = w.agent("a", "verify")
tap.ok(r.code == 0, "its journal verifies", r.out + r.err)

# the auditor
record("a")
assert carry("a").code == 0
audit, half = w.path("audit"), w.path("half")
assert w.county("export", "--audit", audit).code == 0 and w.agent("a", "export", "--audit", half).code == 0
codes, j, r = verdict(audit, "--village", half)
tap.ok(codes == ["succession"], "both halves agree", r.out + r.err)

# the old sealing key is lost too: nobody reads the stick, but an answer comes
sealing = os.path.join(w.county_dir, "sealing.key")
os.rename(sealing, w.path("sealing.key"))
assert w.agent("c", "bundle", "write", w.path("upc")).code == 0
r = w.county("bundle", "read", w.path("upc"), "--json")
tap.ok(r.code == 1 and r.json()["entries"] == 0, "a stick that was sealed to a lost key brings nothing", r.out + r.err)
assert w.county("bundle", "write", status("c")["device"], w.path("downc")).code == 0
r = w.agent("c", "bundle", "read", w.path("downc"), "--json")
tap.ok(r.code == 0 and r.json()["succession"], "but its village learns why", r.out + r.err)
r = carry("c")
tap.ok(r.code == 0 and status("c")["waiting"] == 0, "and sends all again", r.out + r.err)
r = w.county("status", "--json")
tap.ok(r.json()["entries"] == sum(status(n)["entries"] for n in "abc") and r.json()["forked"] == 0, "nothing is lost, nothing doubled", r.out)

# a new log that does not begin with the old one
w2 = World()
w2.make_county("county.example/other")
root = w2.path("root.key")
shutil.move(os.path.join(w2.county_dir, "root.key"), root)
d = w2.start_county()
for name in ("d", "e"):
    w2.make_agent(name, PLACE)
d.stop()
shutil.copytree(w2.county_dir, w2.path("branch"))
d = w2.start_county(listen=d.address)
for name in ("d", "e"):
    r = w2.agent(name, "record", "water-works", f"subject={PLACE}-w1", "kind=cellar", "stage=started", "date=2026-10-01")
    assert r.code == 0 and w2.agent(name, "sync", "--timeout", "20").code == 0
d.stop()
# of the branch that the devices were never shown, as if that were what is left
shutil.rmtree(w2.county_dir)
shutil.copytree(w2.path("branch"), w2.county_dir)
for n in range(8):
    assert w2.county("user", "add", f"u{n}", "--role", "viewer").code == 0
os.unlink(os.path.join(w2.county_dir, "guard"))
r = w2.county("log", "succeed", "--root", root, "--accept-loss")
assert r.code == 0, r.err
d = w2.start_county(listen=d.address)
was = w2.agent("d", "status", "--json").json()
r = w2.agent("d", "sync", "--timeout", "2")
s = w2.agent("d", "status", "--json").json()
tap.ok(r.code == 1 and "does not begin with" in r.err and "ALARM" in r.err and s["confirmed"] == 0 and s["waiting"] == s["entries"],
       "a new log that does not begin with the old one is an alarm, and nothing of it is believed", f"{r.out}{r.err}{s}")
kept = [open(w2.path("d", "alarms", n), "rb").read() for n in os.listdir(w2.path("d", "alarms"))]
tap.ok(any(k.startswith(b"tallystick/answer/v1") for k in kept) and any(b"county.example/other\n" in k for k in kept), "what both logs signed is kept as evidence", len(kept))
w2.close()
w.close()
tap.done()
