#!/usr/bin/python3
"""Goal of this test: what an agent promises of every entry it makes: photos without EXIF, personal parts that cannot be guessed, ids that
are recorded once, a clock that does not pretend, and a new epoch where a journal may be a copy."""
import glob, os, random, shutil, sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "corpus"), TESTS]
import photo
from checker.entry import HEADER
from checker.grammar import b64
from world import Tap, World

tap, w = Tap(), World()
PLACE = "451224102201"
HOUSE = ["record", "housing-rebuild", f"subject={PLACE}-h1", "date=2026-10-28", "stage=roof"]
w.make_county()
w.start_county()
w.make_agent("a", PLACE)


def record(*args, agent="a", status=0, **kw):
    r = w.agent(agent, *args, "--json", **kw)
    assert r.code == status, r.out + r.err
    return r


def headers(agent="a"):
    """Every header of the village's half, in order."""
    out = w.path("half")
    shutil.rmtree(out, ignore_errors=True)
    r = w.agent(agent, "export", "--audit", out)
    assert r.code == 0, r.err
    rows = []
    for path in sorted(glob.glob(os.path.join(out, "entries/*/*/headers"))):
        with open(path, "rb") as f:
            rows += [HEADER.read(x + b"\n") for x in f.read().rstrip(b"\n").split(b"\n\n")]
    return rows


# Photos
jpeg = w.path("taken.jpg")
with open(jpeg, "wb") as f:
    f.write(photo.house(random.Random(7), 25.3, 107.4))
with open(jpeg, "rb") as f:
    taken = f.read()
assert photo.has_position(taken)
record(*HOUSE, "--photo", f"photo={jpeg}")
lying = [open(p, "rb").read() for p in glob.glob(w.path("a", "attachments", "**"), recursive=True) if os.path.isfile(p)]
tap.ok(len(lying) == 1 and lying[0][:2] != b"\xff\xd8", "a photo lies sealed in the data folder", [x[:4] for x in lying])
headers()
kept = [open(p, "rb").read() for p in glob.glob(w.path("half", "attachments", "*"))]
tap.ok(len(kept) == 1 and kept[0][:2] == b"\xff\xd8" and not photo.has_position(kept[0]), "a photo is kept without its EXIF", [len(k) for k in kept])

# Personal parts
for _ in range(2):
    record(*HOUSE, "remark=屋主王小明，电话 13800000000")
a, b = headers()[-2:]
tap.ok(a["personal"][0] == b["personal"][0] > 0 and a["personal"][1] != b["personal"][1], "the same personal part twice: two commitments", (a["personal"], b["personal"]))
tap.ok(a["payload"] == b["payload"], "and one payload", (a["payload"], b["payload"]))

# Ids
first = record(*HOUSE, "--id", "one").json()["entry"]
again = record(*HOUSE, "--id", "one").json()["entry"]
tap.ok(first == again, "the same id with the same content is the same entry", (first, again))
r = w.agent("a", *[x.replace("date=2026-10-28", "date=2026-10-29") for x in HOUSE], "--id", "one")
tap.ok(r.code == 1 and "one" in r.err, "the same id with other content is refused", r.err)
record(*HOUSE, "remark=甲", "--id", "two")
codes = [w.agent("a", *HOUSE, *more, "--id", "two").code for more in ([], ["remark=乙"], ["remark=甲乙"], ["remark=甲"])]
tap.ok(codes == [1, 1, 1, 0], "also where only the personal part is another", codes)

# Clocks
clock = w.path("clock")
with open(clock, "w") as f:
    f.write("wall 86400000\n")
record(*HOUSE, env={"TALLY_CLOCK": clock})
h = headers()[-1]
tap.ok(h["clock"] == "unset" and h["wall"] == 86400000, "a clock that was never set says so", (h["clock"], h["wall"]))

# Anchors
size, root, note = h["anchor"]
path = w.path("half", "log", "checkpoints", f"{size}-{note}")
shown = open(path, encoding="utf-8").read().split("\n")[1:3] if os.path.exists(path) else None
tap.ok(headers()[0]["anchor"][0] == 0 and shown == [str(size), b64(bytes.fromhex(root))], "an entry anchors the newest checkpoint that was verified", (h["anchor"], shown))

# A copy of the data directory is not the device
epoch = headers()[-1]["epoch"]
shutil.copytree(w.path("a"), w.path("copy"))
record(*HOUSE, agent="copy")
rows = headers("copy")
tap.ok(rows[-1]["epoch"] == epoch + 1 and rows[-2]["kind"] == "epoch-open", "a copy opens an epoch of its own", [(x["epoch"], x["seq"], x["kind"]) for x in rows[-3:]])
os.remove(w.path("a", "guard"))
record(*HOUSE)
rows = headers()
tap.ok(rows[-1]["epoch"] > epoch, "so does a journal whose guard is gone", [(x["epoch"], x["seq"], x["kind"]) for x in rows[-3:]])
w.close()
tap.done()
