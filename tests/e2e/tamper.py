#!/usr/bin/python3
"""Goal of this test: a row changed with sqlite3 in either live database is named by `tally-agent verify`, `tally-county log check`
and the audit, entry by entry."""
import os, re, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
w.make_county()
w.start_county()
w.make_agent("a", PLACE)
for k in range(3):
    r = w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h{k}", "stage=roof", "date=2026-10-28", f"allowance={20000 + k}元", "household/name=韦某某")
    assert r.code == 0, r.err
assert w.agent("a", "sync").code == 0
victim = [x for x in w.agent("a", "list", "--json").lines() if x["kind"] == "record"][1]
seq = victim["seq"]


def sql(db, text):
    r = subprocess.run(["sqlite3", db, text], capture_output=True, text=True)
    assert r.returncode == 0, r.stderr


journal, ledger = w.path("a", "journal.db"), w.path("county", "ledger.db")
tap.ok(w.agent("a", "verify").code == 0 and w.county("log", "check").code == 0, "both are whole before")

sql(journal, f"UPDATE entry SET payload = CAST(replace(CAST(payload AS TEXT), '2000100', '9000100') AS BLOB) WHERE hash = x'{victim['entry']}'")
r = w.agent("a", "verify")
tap.ok(r.code == 1 and re.search(rf"bad-payload.*seq {seq}\b", r.out), "tally-agent verify names a changed payload", r.out + r.err)
assert w.agent("a", "export", "--audit", w.path("v")).code == 0
assert w.county("export", "--audit", w.path("x0")).code == 0
r = program("tally-audit", "verify", w.path("x0"), "--village", w.path("v"), "--json")
tap.ok(r.code == 1 and any(f["code"] == "bad-payload" and f["seq"] == seq for f in r.json()["findings"]), "the audit names it in the village's half", r.out + r.err)

sql(ledger, f"UPDATE entry SET payload = CAST(replace(CAST(payload AS TEXT), '2000100', '9000100') AS BLOB) WHERE hash = x'{victim['entry']}'")
r = w.county("log", "check")
tap.ok(r.code == 1 and re.search(rf"bad-payload.*seq {seq}\b", r.out), "tally-county log check names a changed payload", r.out + r.err)
assert w.county("export", "--audit", w.path("x1")).code == 0
r = program("tally-audit", "verify", w.path("x1"), "--json")
tap.ok(r.code == 1 and any(f["code"] == "bad-payload" and f["seq"] == seq for f in r.json()["findings"]), "the audit names it in the county's export", r.out + r.err)
w.close()
tap.done()
