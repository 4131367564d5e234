#!/usr/bin/python3
"""Goal of this test: villages without a link sync over a stick, in any order and as often as it comes, whoever carries it reads nothing, and a lost device's second copy brings what nobody had confirmed."""
import base64, ctypes, os, random, re, shutil, subprocess, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import FORMS, TOP, Tap, World

sys.path.insert(0, os.path.join(TOP, "tests", "corpus"))
import photo

tap, w = Tap(), World()
PLACE, OTHER = "451224102201", "451224102202"
SECRET = "韦月兰"
picture = w.path("p.jpg")
open(picture, "wb").write(photo.house(random.Random(1), 24.5, 107.3))


def record(name, place, n, *more):
    r = w.agent(name, "record", "housing-rebuild", f"subject={place}-h{n}", "stage=applied", "date=2026-10-01", f"household/name={SECRET}", "--json", *more)
    assert r.code == 0, r.err
    return r.json()["entry"]


def counts(name):
    s = w.agent(name, "status", "--json").json()
    return s["confirmed"], s["waiting"], s["attachments_waiting"]


w.make_county()
d = w.start_county()
address = d.address
w.make_agent("a", PLACE)
w.make_agent("b", OTHER)
d.stop()  # from here on there is no link
for i in range(20):
    record("a", PLACE, i)
first = record("a", PLACE, 20, "--photo", f"photo={picture}")
record("b", OTHER, 1)
one, two, other, down = w.path("1.bundle"), w.path("2.bundle"), w.path("3.bundle"), w.path("down.bundle")
r = w.agent("a", "bundle", "write", one, "--json")
tap.ok(r.code == 0 and r.json()["entries"] == 21 and r.json()["attachments"] == 1, "a bundle takes what waits", r.out + r.err)
raw = open(one, "rb").read()
tap.ok(SECRET.encode() not in raw and b"housing" not in raw and b"\xff\xd8\xff" not in raw, "whoever carries it reads nothing")
r = w.agent("a", "bundle", "write", one)
tap.ok(r.code == 2 and open(one, "rb").read() == raw, "a bundle that is there is never changed", r.err)
record("a", PLACE, 21)
assert w.agent("a", "bundle", "write", two).code == 0
assert w.agent("b", "bundle", "write", other).code == 0
# several villages on one stick, the newer before the older, one of them twice
r = w.county("bundle", "read", two, other, one, two, "--json")
got = r.lines() if hasattr(r, "lines") else []
new = [g["entries"] for g in got]
tap.ok(r.code == 0 and new == [22, 1, 0, 0], "any order, as often as it comes: nothing is lost, nothing doubled", r.out + r.err)
tap.ok(got[0]["attachments"] == 1, "photos came too", got[0])
tap.ok(w.county("status", "--json").json()["entries"] == 25, "the county holds them")
tap.ok(counts("a") == (1, 22, 1), "the village still knows nothing of it", counts("a"))
review = w.county("review", "return", first, "--note", "请补拍", "--json")
assert review.code == 0, review.err
device = w.agent("a", "status", "--json").json()["device"]
assert w.county("bundle", "write", device[:12], w.path("lost.bundle")).code == 0  # this one gets lost on the way
r = w.county("bundle", "write", device[:12], down)
tap.ok(r.code == 0, "the county answers", r.err)
raw = open(down, "rb").read()
tap.ok("请补拍".encode() not in raw, "the answer is sealed too")
r = w.agent("b", "bundle", "read", down)
tap.ok(r.code == 1 and "another device" in r.err, "it is for one device only", r.err)
forged = w.path("forged.bundle")
open(forged, "wb").write(re.sub(rb"\nparts (\d+)\n", lambda m: b"\nparts %d\n" % (int(m[1]) + 1), raw, count=1))
r = w.agent("a", "bundle", "read", forged)
tap.ok(b"\nparts " in raw and r.code == 1 and "not signed by this device's county" in r.err, "one that the county did not sign changes nothing", r.err)
r = w.agent("a", "bundle", "read", down, "--json")
tap.ok(r.code == 0 and r.json()["confirmed"] == 22, "receipts came back", r.out + r.err)
tap.ok(counts("a") == (23, 0, 0), "everything is confirmed, photos too", counts("a"))
s = w.agent("a", "show", first, "--json").json()
tap.ok(s["state"] == "returned" and s.get("note") == "请补拍", "also what a reviewer wrote", s)
r = w.agent("a", "bundle", "read", down)
tap.ok(r.code == 1 and "older" in r.err, "read once more it changes nothing", r.err)
r = w.agent("a", "verify")
tap.ok(r.code == 0, "receipts that came on a stick are receipts", r.out + r.err)

# whoever carries a stick knows the county's public key, and can seal parts to it: a request that the device did not sign is none
def sealed(kind, text):
    sodium = ctypes.CDLL("libsodium.so.23")
    key = base64.b64decode(re.search(r"^sealing (\S+)$", open(w.path("county", "county.keys")).read(), re.M)[1])
    plain = bytes([kind]) + text
    out = ctypes.create_string_buffer(len(plain) + 48)
    assert sodium.crypto_box_seal(out, plain, ctypes.c_ulonglong(len(plain)), key) == 0
    return b"TB01" + len(out.raw).to_bytes(4, "big") + out.raw


asked = open(w.path("county", "sticks", device), "rb").read()
counter = int(re.search(rb"\ncounter (\d+)\n", asked)[1])
record("a", PLACE, 22)
fresh, stuffed, back = w.path("fresh.bundle"), w.path("stuffed.bundle"), w.path("back.bundle")
assert w.agent("a", "bundle", "write", fresh).code == 0
raw = open(fresh, "rb").read()
at = raw.index(b"TB01")
far = re.sub(rb"\ncounter \d+\n", b"\ncounter %d\n" % (counter + 10 ** 9), asked)
open(stuffed, "wb").write(raw[:at] + sealed(1, far) + sealed(1, asked) + raw[at:])
r = w.county("bundle", "read", stuffed)
now = int(re.search(rb"\ncounter (\d+)\n", open(w.path("county", "sticks", device), "rb").read())[1])
tap.ok(counter < now < counter + 10 ** 6, "neither a forged request nor an older one put in beside takes the place of the device's own", (counter, now))
r = w.county("bundle", "write", device[:12], back)
tap.ok(r.code == 0 and w.agent("a", "bundle", "read", back, "--json").json()["confirmed"] == 1, "and it is answered", r.err)

# damage costs its part alone
record("a", PLACE, 30)
for i in range(40):
    record("a", PLACE, 31 + i)
whole, hurt = w.path("4.bundle"), w.path("5.bundle")
assert w.agent("a", "bundle", "write", whole).code == 0
raw = bytearray(open(whole, "rb").read())
parts = [i for i in range(len(raw)) if raw[i:i + 4] == b"TB01"]
tap.ok(len(parts) == 4, "41 entries are three frames", parts)
raw[parts[2] + 100] ^= 1
open(hurt, "wb").write(raw)
r = w.county("bundle", "read", hurt, "--json")
g = r.json()
tap.ok(r.code == 1 and g["damaged"] == 1 and g["parts"] == 3 and g["entries"] >= 16, "a damaged bundle yields its undamaged frames", r.out + r.err)
r = w.county("bundle", "read", whole, "--json")
tap.ok(r.code == 0 and g["entries"] + r.json()["entries"] == 41, "the whole one brings the rest", r.out + r.err)
# whoever carries an answer puts copies of its parts in: the village looks at as many as the county signed for
form = open(FORMS[0], encoding="utf-8").read()
with open(w.path("newer.xml"), "w", encoding="utf-8") as f:
    f.write(re.sub(r'(<instance>\s*<[^>]*\bversion=")[^"]*', r"\g<1>9.9", form, count=1))
r = w.county("form", "publish", w.path("newer.xml"))
assert r.code == 0, r.err
stuffed = w.path("stuffed.bundle")
assert w.county("bundle", "write", device[:12], w.path("down2.bundle")).code == 0
raw2 = open(w.path("down2.bundle"), "rb").read()
parts2 = [i for i in range(len(raw2)) if raw2[i:i + 4] == b"TB01"] + [len(raw2)]
open(stuffed, "wb").write(raw2 + raw2[parts2[-2]:] * 300)
r = w.agent("a", "bundle", "read", stuffed, "--json")
tap.ok(len(parts2) == 4 and r.code == 0 and r.json()["forms"] == 1 and r.json()["confirmed"] == 41, "parts that were put in by who carried it are not looked at", (len(parts2), r.out, r.err))
r = w.county("bundle", "read", down)
tap.ok(r.code == 1 and "village" in r.err, "a bundle down is not for a county", r.err)
raw[60] ^= 1
open(hurt, "wb").write(raw)
r = w.county("bundle", "read", hurt)
tap.ok(r.code == 1, "a head for another log is refused", r.err)

# the second copy of what is not confirmed, and a device that is gone
medium = w.path("medium")
os.makedirs(medium)
record("b", OTHER, 2, "--photo", f"photo={picture}")
agent = w.start_agent("b", "--second-copy", medium)
copy = os.path.join(medium, w.agent("b", "status", "--json").json()["device"] + ".bundle")
deadline = time.time() + 30
while not os.path.exists(copy) and time.time() < deadline:
    time.sleep(0.2)
tap.ok(os.path.exists(copy), "a second copy lies on the other medium")
agent.stop()
raw = open(copy, "rb").read() if os.path.exists(copy) else b""
tap.ok(SECRET.encode() not in raw and len(raw) > 0, "sealed")
shutil.rmtree(w.path("b"))
r = w.county("bundle", "read", copy, "--json")
tap.ok(r.code == 0 and r.json()["entries"] == 1 and r.json()["attachments"] == 1, "it brings what nobody had confirmed", r.out + r.err)
# a device that is replaced: late entries are logged and parked
w.make_agent("c", OTHER, enrol=False)
d = w.start_county()
r = w.agent("c", "enrol", w.url, "--token", w.invite(OTHER))
assert r.code == 0, r.err
record_c = w.agent("c", "sync", "--timeout", "20")
assert record_c.code == 0, record_c.err
gone = w.agent("c", "status", "--json").json()["device"]
record("c", OTHER, 3)
late = w.path("6.bundle")
assert w.agent("c", "bundle", "write", late).code == 0
d.stop()
r = w.county("device", "revoke", gone, "--reason", "replaced")
assert r.code == 0, r.err
r = w.county("bundle", "read", late, "--json")
tap.ok(r.code == 0 and r.json()["entries"] == 1 and w.county("status", "--json").json()["parked"] == 1, "late entries of a replaced device are logged and parked", r.out + r.err)
r = w.county("log", "check")
tap.ok(r.code == 0, "the log is whole", r.out + r.err)
# and the county has a link again: sync goes on where the stick left off
held = w.county("status", "--json").json()["entries"]
d = w.start_county(listen=address)
r = w.agent("a", "sync", "--timeout", "20", "--json")
tap.ok(r.code == 0 and r.json()["waiting"] == 0, "with a link again, receipts come for what went on sticks", r.out + r.err)
tap.ok(w.county("status", "--json").json()["entries"] == held, "and nothing is doubled")
w.close()
tap.done()
