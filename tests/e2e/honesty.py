#!/usr/bin/python3
"""Goal of this test: whoever answers in the county's place is recognised and named, in both languages, and nothing is called sent
until the county's own word for it is here."""
import os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..")]
from bad_link import FAULTS, BadLink
from world import Tap, World

tap, w = Tap(), World()
PLACE = "451224102201"
# another county, for its answers
other = World()
other.make_county("other.example/test")
strangers = other.start_county()
w.make_county()
county = w.start_county()
link = BadLink(county.address)
link.other = strangers.address
w.make_agent("a", PLACE, url=link.url)
made = 0


def status():
    return w.agent("a", "status", "--json").json()


def record():
    global made
    made += 1
    r = w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h{made}", "date=2026-10-28", "stage=roof", "--json")
    assert r.code == 0, r.err
    return r.json()["entry"] if isinstance(r.json(), dict) else r.json()[0]


def state(entry):
    return next(x["state"] for x in w.agent("a", "list", "--json").lines() if x["entry"] == entry)


record()
link.fault = "save"
r = w.agent("a", "sync", "--timeout", "5", "--json")
tap.ok(r.code == 0 and link.saved and status()["link"]["trouble"] is None, "through a plain proxy all is well", r.out + r.err)
for fault, name in FAULTS.items():
    if fault == "save":
        continue
    entry = record()
    link.fault = fault
    r = w.agent("a", "sync", "--timeout", "0" if name else "5", "--json")
    s, text = status(), w.agent("a", "status").out
    link.fault = None
    if name is None:
        tap.ok(r.code == 0 and state(entry) == "confirmed" and s["link"]["trouble"] is None and s["alarms"] == 0, f"{fault}: does no harm", r.out + r.err + str(s))
        continue
    l = s["link"]
    good = r.code == 1 and r.json()["confirmed"] == 0 and l["trouble"] == name and l["zh"] and l["en"] and l["zh"] in text and l["en"] in text
    tap.ok(good and state(entry) == "waiting" and s["waiting"] >= 1, f"{fault}: named {name}, nothing is called sent", r.out + r.err + str(l))
    r = w.agent("a", "sync", "--timeout", "5", "--json")
    tap.ok(r.code == 0 and state(entry) == "confirmed" and status()["link"]["trouble"] is None, f"{fault}: gone, it is forgotten and the entry goes", r.out + r.err)

# nobody there at all
entry = record()
county.stop()
r = w.agent("a", "sync", "--timeout", "0", "--json")
tap.ok(r.code == 1 and status()["link"]["trouble"] == "cut" and state(entry) == "waiting", "the county is off behind a proxy that stands", r.err)
link.close()
r = w.agent("a", "sync", "--timeout", "0", "--json")
tap.ok(r.code == 1 and status()["link"]["trouble"] == "no-connection", "nobody takes the connection", r.err + str(status()["link"]))
tap.ok(status()["alarms"] == 0, "none of all this was an alarm")

# the county's log has each once, and agrees with itself
r = w.county("log", "check")
tap.ok(r.code == 0, "the county's log holds", r.out + r.err)
w.close()
other.close()
tap.done()
