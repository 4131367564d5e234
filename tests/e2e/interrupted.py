#!/usr/bin/python3
"""Goal of this test: what a power cut leaves half done between an answer and what it asks for is made good by the next sync."""
import os, sqlite3, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World

tap, w = Tap(), World()
PLACE = "451224102201"
RECORD = ["record", "water-works", f"subject={PLACE}-w1", "kind=cellar", "stage=started", "date=2026-10-01"]
w.make_county()
w.start_county()
w.make_agent("a", PLACE)
# the answer with the forms' records was kept; their bodies had not come yet
db = sqlite3.connect(w.path("a", "journal.db"))
held = db.execute("SELECT count(*) FROM form").fetchone()[0]
with db:
    db.execute("DELETE FROM form")
db.close()
assert held == 3
r = w.agent("a", *RECORD)
tap.ok(r.code != 0, "without its form nothing can be recorded", r.out)
r = w.agent("a", "sync", "--timeout", "20")
tap.ok(r.code == 0, "the next sync", r.out + r.err)
r = w.agent("a", *RECORD)
tap.ok(r.code == 0, "brought the forms", r.err)
r = w.agent("a", "sync", "--timeout", "20")
tap.ok(r.code == 0, "and the entry is confirmed", r.out + r.err)
# an alarm is still told after the process that raised it has ended
assert w.agent("a", "status", "--json").json()["alarms"] == 0
os.makedirs(w.path("a", "alarms"), exist_ok=True)
open(w.path("a", "alarms", "00"), "w").close()
r = w.agent("a", "status")
tap.ok("ALARM" in r.out and w.agent("a", "status", "--json").json()["alarms"] == 1, "an alarm stays in the status", r.out)
w.close()
tap.done()
