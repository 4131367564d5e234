#!/usr/bin/python3
"""Goal of this test: a photo has a thumbnail that is signed with it, goes before all photos on every way, is as personal as its photo, and
goes wherever its photo goes: into exports and corrections, into erasure and retention."""
import hashlib, os, random, re, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..")]
from bad_link import BadLink
from corpus import photo
from formpage import FormBrowser
from world import Tap, World, program

tap, w = Tap(), World()
PLACE, PIN, TYPE = "451224102201", "273941", "image/vnd.tallystick.thumbnail+jpeg"
w.make_county()
county = w.start_county()
link = BadLink(county.address)
w.make_agent("a", PLACE, url=link.url)
made = 0


def take(size):
    global made
    made += 1
    path = w.path(f"{made}.jpg")
    with open(path, "wb") as f:
        f.write(photo.large(random.Random(made), size))
    return path


def atts(entry):
    """The att lines of an entry as they were signed: (length, hash, type, mark)."""
    header = w.agent("a", "show", entry, "--json").json()["header"]
    lines = header.rstrip("\n").split("\n")
    at = next(i for i, x in enumerate(lines) if x.startswith("att "))
    assert lines[at] == f"att {len(lines) - at - 1}", lines[at:]
    return [(int(a), b, c, d) for a, b, c, d in (x.split(" ") for x in lines[at + 1:])]


def record(subject, *pairs, form="housing-rebuild", stage="roof", more=()):
    words = [x for p in pairs for x in ("--photo", p)]
    r = w.agent("a", "record", form, f"subject={PLACE}-{subject}", "date=2026-10-28", f"stage={stage}", *more, *words, "--json")
    assert r.code == 0, r.err
    return r.json()["entry"]


def names(*folder):
    path = w.path(*folder)
    return set(os.listdir(path)) if os.path.isdir(path) else set()


def waiting():
    return w.agent("a", "status", "--json").json()["attachments_waiting"]


# what is signed
first = record("h1", f"photo={take(120000)}")
a = atts(first)
tap.ok(len(a) == 2 and a[0][2] == "image/jpeg" and a[1][2] == TYPE and a[0][3] == a[1][3] == "personal", "behind its photo the entry names a thumbnail, as personal as the photo", a)
tap.ok(100 < a[1][0] <= 4096 < a[0][0], f"of 4 KiB at most ({a[1][0]} of {a[0][0]} bytes)", a)
works = record("w1", f"photo={take(60000)}", form="water-works", stage="started", more=["kind=cellar"])
b = atts(works)
tap.ok([x[3] for x in b] == ["plain", "plain"], "that of a public photo is public", b)
small = w.path("small.jpg")
with open(small, "wb") as f:
    f.write(photo.house(random.Random(7), 24.5, 107.3))
tap.ok([x[2] for x in atts(record("h2", f"photo={small}"))] == ["image/jpeg"], "a photo of that size needs none")
c = atts(record("h3", f"photo={w.path('1.jpg')}"))
tap.ok(c == a, "the same photo has the same thumbnail", (a, c))
tap.ok("photos waiting  3\n" in w.agent("a", "status").out and waiting() == 5, "people are told of photos, thumbnails are not counted", w.agent("a", "status").out)

# thumbnails first, over a link that dies
link.rate = 200000
link.cut_at = [link.up + 45000]
r = w.agent("a", "sync", "--timeout", "4")
link.rate, link.fault, link.cut_at = None, None, []
held = names("county", "attachments")
tap.ok({a[1][1], b[1][1]} <= held and a[0][1] not in held, "a line that dies early has brought both thumbnails, not the large photo", sorted(held))
r = w.agent("a", "sync", "--timeout", "10")
tap.ok(r.code == 0 and waiting() == 0 and {x[1] for x in a + b} <= names("county", "attachments"), "then all is there", r.err)
at = os.path.join(w.county_dir, "attachments", a[1][1])
bytes_ = open(at, "rb").read()
tap.ok(hashlib.sha256(bytes_).hexdigest() == a[1][1] and len(bytes_) == a[1][0] and bytes_[:2] == b"\xff\xd8" and not photo.has_position(bytes_), "under the hash that was signed, a JPEG without EXIF")

# a photo under way makes room for the thumbnail of the next entry
long = atts(record("h4", f"photo={take(400000)}"))
link.rate = 60000
d = w.start_agent("a", "--interval", "1")
deadline = time.time() + 8
while not names("county", "partial") and time.time() < deadline:
    time.sleep(0.05)
fifth = record("h5", f"photo={take(100000)}")
late = atts(fifth)
while late[1][1] not in names("county", "attachments") and time.time() < deadline:
    time.sleep(0.05)
held = names("county", "attachments")
tap.ok(late[1][1] in held and long[1][1] in held and long[0][1] not in held, "a new entry's thumbnail goes before the rest of a photo")
link.rate = None
deadline = time.time() + 10
while waiting() and time.time() < deadline:
    time.sleep(0.1)
tap.ok(waiting() == 0, "which goes on behind it")

# the page
br = FormBrowser(d.address)
br.first("wang", PIN)
page = br.get(f"/entry/{first}")
tap.ok(f'href="/photo/{a[0][1]}"' in page.text and f'src="/photo/{a[1][1]}"' in page.text and page.text.count("<img") == 1, "the page shows the thumbnail and leads to the photo", re.findall(r"<a class=.photo.*?>.*?>", page.text))
got = br.ask("GET", f"/photo/{a[1][1]}")
tap.ok(got.status == 200 and got.bytes == bytes_, "with the bytes that were signed", got.status)
page = br.get("/record/housing-rebuild/~new")
page = br.submit(page, button="new") if "/draft/" not in br.path else page
with open(take(90000), "rb") as f:
    taken = f.read()
page = br.submit(page, {"v:date": "2026-10-28"}, "save", files=[("v:photo", "x.jpg", "image/jpeg", taken)])
entry = br.path.rsplit("/", 1)[-1].split("?")[0]
tap.ok("/entry/" in br.path and [x[2] for x in atts(entry)] == ["image/jpeg", TYPE], "an entry made on the page names one too", page.words()[:200])

# a correction that keeps its photo keeps the thumbnail
r = w.agent("a", "correct", first, "stage=completed", "--json")
second = r.json()["entry"] if r.code == 0 else ""
tap.ok(second != "" and atts(second) == a, "a correction that keeps the photo keeps its thumbnail", r.err)
d.stop()
assert w.agent("a", "sync", "--timeout", "10").code == 0

# exports and the auditor
x = w.path("x")
assert w.county("export", "--audit", x).code == 0
v = program("tally-audit", "verify", x, "--json")
tap.ok(v.json()["verdict"] == "ok" and {y[1] for y in a + b} <= names("x", "attachments"), "the county's export holds them, the auditor agrees", v.out + v.err)
os.remove(os.path.join(x, "attachments", b[1][1]))
v = program("tally-audit", "verify", x, "--json").json()
tap.ok("missing-attachment" in [f["code"] for f in v["findings"]], "one that is missing is missed", v)
assert w.county("export", "--audit", w.path("y"), "--without-personal").code == 0
tap.ok(names("y", "attachments") >= {y[1] for y in b} and not names("y", "attachments") & {y[1] for y in a}, "without personal parts it holds the public ones alone", sorted(names("y", "attachments")))

# erasure
r = w.county("erase", second, "--order", "市中院 (2026) 17 号", "--json")
tap.ok(r.code == 0 and a[1][1] in names("county", "attachments"), "an erasure leaves a thumbnail that another entry names too", r.err)
r = w.county("erase", fifth, "--order", "市中院 (2026) 18 号", "--json")
tap.ok(r.code == 0 and not names("county", "attachments") & {y[1] for y in late}, "else it destroys photo and thumbnail", r.err)
for _ in range(2):
    w.agent("a", "sync", "--timeout", "10")
tap.ok(not names("a", "attachments") & {y[1] for y in late} and a[1][1] in names("a", "attachments"), "in the village too", sorted(names("a", "attachments")))
r = w.agent("a", "verify", "--json")
tap.ok(r.code == 0, "and the journal verifies", r.out[:500] + r.err)

# retention: what the county has had for long goes, thumbnails with their photos
r = w.agent("a", "retention", "--days", "0", "--json")
tap.ok(r.code == 0 and names("a", "attachments") == set(), "what is kept no longer takes its thumbnails along", (r.out, r.err, sorted(names("a", "attachments"))))
r = w.agent("a", "verify", "--json")
tap.ok(r.code == 0, "and the journal still verifies", r.out[:500] + r.err)
w.close()
tap.done()
