#!/usr/bin/python3
"""Goal: an ordered erasure destroys the personal parts of an entry and of its corrections at the county and in the village, which says so; all else still verifies."""
import os, random, signal, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from corpus.photo import large
from world import Tap, World, program


def make_photo(rng):
    return large(rng, 30000)


t, w = Tap(), World()
PLACE, NAME, ORDER = "451224102201", "韦月兰", "市中院 (2026) 17 号"


def said(r):
    assert r.code == 0, r.err
    return r.json()


def everything(folder):
    got = b""
    for d, _, names in os.walk(folder):
        for n in names:
            if os.path.isfile(os.path.join(d, n)):
                got += open(os.path.join(d, n), "rb").read()
    return got


def verdict(*words):
    r = program("tally-audit", "verify", *words, "--json")
    v = r.json()
    return v["verdict"], [f["code"] for f in v["findings"]], v["erased"]


w.make_county()
county = w.start_county()
w.make_agent("a", PLACE)
w.make_agent("b", PLACE)
first = said(w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h1", "date=2026-10-01", "stage=roof", f"household/name={NAME}", "--json"))["entry"]
other = said(w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h2", "date=2026-10-01", "stage=roof", "household/name=别人", "--json"))["entry"]
plain = said(w.agent("b", "record", "water-works", f"subject={PLACE}-w1", "kind=cellar", "stage=started", "date=2026-10-01", "--json"))["entry"]
second = said(w.agent("a", "correct", first, "stage=completed", "--json"))["entry"]
for n in "ab":
    assert w.agent(n, "sync", "--timeout", "20").code == 0
third = said(w.agent("a", "correct", second, f"household/name={NAME}英", "--json"))["entry"]
assert w.agent("a", "sync", "--timeout", "20").code == 0

r = w.county("erase", second)
t.ok(r.code == 2 and "--order" in r.err, "without an order nothing is erased", r.err)
r = w.county("erase", plain, "--order", ORDER)
t.ok(r.code == 1 and "no" not in r.out and "personal part" in r.err, "an entry without a personal part is refused by name", r.err)
got = said(w.county("erase", second, "--order", ORDER, "--json"))
t.ok(got["erased"] == 3 and got["entries"] == [first, second, third], "what it corrects and what corrects it go with it", got)
r = w.county("erase", first, "--order", ORDER)
t.ok(r.code == 1 and "before" in r.err, "a second time is refused by name", r.err)
store = everything(w.path("county"))
t.ok(NAME.encode() not in store and "别人".encode() in store, "the name is nowhere at the county, others' are", NAME.encode() in store)
left = w.county("erase", "--pending", "--json").lines()
t.ok([(x["index"], x["entry"], x["place"]) for x in left] == [(got["index"], h, PLACE) for h in (first, second, third)], "the village has not answered yet", left)
t.ok(w.county("erase", "--pending").out.count(PLACE) == 3, "also as a table", w.county("erase", "--pending").out)

before = w.agent("a", "status", "--json").json()["entries"]
r = w.agent("a", "sync", "--timeout", "20", "--json")
t.ok(r.code == 0 and r.json()["confirmed"] >= 1, "one sync brings the order and takes the answer back", r.out + r.err)
now = said(w.agent("a", "status", "--json"))
kinds = [x["kind"] for x in w.agent("a", "list", "--json").lines()]
t.ok(now["entries"] == before + 1 and now["waiting"] == 0 and kinds.count("erasure-ack") == 1, "one acknowledgement, once", (before, now, kinds))
s = [w.agent("a", "show", h, "--json").json() for h in (first, second, third, other)]
t.ok([x["state"] for x in s[:3]] == ["superseded"] * 2 + ["erased"] and [x["personal"] for x in s[:3]] == [None] * 3 and NAME not in str(s) and "别人" in str(s[3]), "in the village the personal parts are gone", s)
t.ok(w.county("erase", "--pending", "--json").out == "", "the county knows that they are")
t.ok(w.agent("a", "sync", "--timeout", "20", "--json").json()["sent"] == 0, "and that is the end of it")

# a third of them comes after the order, and over a stick
fourth = said(w.agent("b", "record", "housing-rebuild", f"subject={PLACE}-h3", "date=2026-10-02", "stage=roof", f"household/name={NAME}", "--json"))["entry"]
up, down = w.path("up"), w.path("down")
assert w.agent("b", "bundle", "write", up).code == 0 and w.county("bundle", "read", up).code == 0
assert w.county("erase", fourth, "--order", ORDER).code == 0
device = said(w.agent("b", "status", "--json"))["device"]
r = w.county("bundle", "read", up)
t.ok(NAME.encode() not in everything(w.path("county")), "an old stick does not bring back what was erased", r.out + r.err)
assert w.county("bundle", "write", device, down).code == 0
r = w.agent("b", "bundle", "read", down)
x = w.agent("b", "show", fourth, "--json").json()
t.ok(r.code == 0 and x["state"] == "erased" and NAME not in str(x), "over a stick: receipt and order in one answer, done", (r.err, x))
assert w.agent("b", "sync", "--timeout", "20").code == 0
t.ok(w.county("erase", "--pending", "--json").out == "", "and acknowledged with what goes up next")

# the record of it holds, and still says nothing of whom
out = w.path("export")
assert w.county("export", "--audit", out).code == 0
t.ok(verdict(out)[::2] == ("ok", 4), "the auditor counts four erased and finds nothing", verdict(out))
half = w.path("half")
assert w.agent("a", "export", "--audit", half).code == 0
t.ok(verdict(out, "--village", half)[0] == "ok", "also beside the village's half", verdict(out, "--village", half))
raw = everything(out) + everything(half)
t.ok(NAME.encode() not in raw and ORDER.encode() not in raw, "neither the name nor the order's text is in the exports")
t.ok(w.agent("a", "verify").code == 0 and w.county("log", "check").code == 0, "journal and log verify")

# a cut between the erasure's commit and the end of its files; halves of files that were being written
photo = w.path("photo.jpg")
with open(photo, "wb") as f:
    f.write(make_photo(random.Random(4)))
fifth = said(w.agent("b", "record", "housing-rebuild", f"subject={PLACE}-h5", "date=2026-10-03", "stage=roof", f"household/name={NAME}", "--photo", f"photo={photo}", "--json"))["entry"]
assert w.agent("b", "sync", "--timeout", "20").code == 0
names = os.listdir(w.path("county", "attachments"))
kept = open(w.path("county", "attachments", names[0]), "rb").read()
assert w.county("erase", fifth, "--order", ORDER).code == 0
t.ok(len(names) >= 1 and os.listdir(w.path("county", "attachments")) == [], "a personal photo goes too, and what was made of it", names)
assert w.agent("b", "sync", "--timeout", "20").code == 0
t.ok(os.listdir(w.path("b", "attachments")) == [], "in the village as well", os.listdir(w.path("b", "attachments")))
county.stop(signal.SIGKILL)
for folder in (w.path("county", "attachments"), w.path("b", "attachments")):
    for name in (names[0], names[0] + ".aB3dE6") if "county" in folder else (names[0] + ".aB3dE6",):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(kept)
        os.utime(os.path.join(folder, name), (1700000000, 1700000000))
county = w.start_county()
left = os.listdir(w.path("county", "attachments"))
t.ok(left == [], "what a cut left of it goes when the county starts", left)
assert w.agent("b", "list").code == 0
left = os.listdir(w.path("b", "attachments"))
t.ok(left == [], "and in the village when its journal is opened", left)
t.done()
