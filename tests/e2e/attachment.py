#!/usr/bin/python3
"""Goal of this test: a photo reaches the county whole and only there: it comes sealed where it is personal, is kept only when its
bytes are those an entry names, and an export without personal parts does not hold it."""
import hashlib, http.client, os, random, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..")]
from corpus import photo
from world import Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
w.make_county()
county = w.start_county()
w.make_agent("a", PLACE)
picture = w.path("house.jpg")
with open(picture, "wb") as f:
    f.write(photo.house(random.Random(7), 24.5, 107.3))


def put(hash_, body, type_=None):
    host, _, port = county.address.rpartition(":")
    c = http.client.HTTPConnection(host, int(port), timeout=20)
    c.request("PUT", f"/v1/attachment/{hash_}", body, {"Content-Type": type_} if type_ else {})
    r = c.getresponse()
    return r.status, r.read()


def kept():
    folder = os.path.join(w.county_dir, "attachments")
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


r = w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h1", "date=2026-10-28", "stage=roof", "--photo", f"photo={picture}", "--json")
tap.ok(r.code == 0, "a photo is recorded", r.err)
r = w.agent("a", "sync", "--json")
tap.ok(r.code == 0 and len(kept()) == 1, "it reaches the county with the entry", r.out + r.err)
name = kept()[0] if kept() else "0" * 64
bytes_ = open(os.path.join(w.county_dir, "attachments", name), "rb").read() if kept() else b""
tap.ok(hashlib.sha256(bytes_).hexdigest() == name and not photo.has_position(bytes_), "whole, under its hash, without its position")

tap.ok(put(name, bytes_)[0] == 400, "a personal one that comes open is refused")
tap.ok(put(name, bytes_, "application/vnd.tallystick.sealed")[0] == 400, "what does not open is refused")
tap.ok(put(name, bytes_, "image/jpeg")[0] == 415, "another content type is refused")
tap.ok(put("0" * 64, b"x")[0] == 404, "what no entry names is not taken")
tap.ok(put("x" * 64, b"x")[0] == 404, "what is no hash is nothing")
tap.ok(kept() == [name], "and nothing of it was kept")

r = w.county("export", "--audit", w.path("x"), "--json")
tap.ok(r.json()["attachments"] == 1 and os.listdir(w.path("x", "attachments")) == [name], "an export holds it", r.out + r.err)
r = w.county("export", "--audit", w.path("y"), "--without-personal", "--json")
tap.ok(r.json()["attachments"] == 0 and not os.path.exists(w.path("y", "attachments")), "one without personal parts does not", r.out + r.err)
for x in "xy":
    r = program("tally-audit", "verify", w.path(x), "--json")
    tap.ok(r.code == 0 and r.json()["verdict"] == "ok", f"the auditor agrees with {'both' if x == 'x' else 'the other'}", r.out + r.err)
w.close()
tap.done()
