#!/usr/bin/python3
"""Goal: whatever a board's clock says, when it is switched on and in mid-run, nothing is lost, nothing refused, all is confirmed, and
the auditor has nothing to object; what is signed is the raw clock."""
import json, os, sys, time

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(TESTS, "lib"), TESTS]
from board import Board, audit
from world import Tap, World

t, w = Tap(), World()
NOW = int(time.time() * 1000)
HOUR, DAY = 3600 * 1000, 86400 * 1000
BUILT = 1790000000000
Y2038, Y2106 = 2**31 * 1000 + 5000, 2**32 * 1000 + 5000
# name: the clock at init, then before each thing that is done
MATRIX = {
    "1970": [5000] * 9,
    "build": [BUILT] * 9,
    "now": [NOW] * 9,
    "2038": [Y2038] * 9,
    "2106": [Y2106] * 9,
    "backwards": [NOW, NOW, NOW - 400 * DAY, NOW - 400 * DAY, NOW - 800 * DAY, 0, 0, 5000, 5000],
    "forwards": [5000, 5000, NOW, NOW, NOW + DAY, Y2038, Y2038, Y2106, Y2106],
    "both": [NOW, Y2038, 5000, NOW, Y2106, 0, NOW - DAY, NOW + DAY, 5000],
}


def life(b, walls, reboot):
    """Everything that an agent does, each with the clock elsewhere.  What the journal should hold: [(wall, kind)]"""
    b.at(walls[0])
    r = w.agent(b.name, "init", "--place", b.place, env=b.env)
    assert r.code == 0, r.err
    b.at(walls[1])
    r = b.do("enrol", w.url, "--token", w.invite(b.place))
    b.record()                                     # before the agent runs
    b.at(walls[2], boot=2 if reboot else None)
    d = b.run()
    b.record()                                     # through it
    b.at(walls[3])
    b.do("sync")
    b.at(walls[4])
    b.record()
    b.at(walls[5], boot=3 if reboot else None)
    b.record()
    d.stop()
    b.at(walls[6])
    d = b.run()   # restart
    b.at(walls[7])
    b.record()
    b.do("sync")
    d.stop()
    b.at(walls[8])
    b.do("verify")


w.make_county()
w.start_county()
boards = []
for i, (name, walls) in enumerate(MATRIX.items()):
    for reboot in ((False, True) if name in ("both", "1970") else (False,)):
        b = Board(w, name + ("-reboot" if reboot else ""), f"53230100100{len(boards)}" if len(boards) < 10 else f"5323010010{len(boards)}")
        boards.append(b)
        try:
            life(b, walls, reboot)
        except (AssertionError, RuntimeError) as e:
            t.ok(False, f"{b.name}: init, record, sync, restart, verify", e)
            continue
        s = b.status()
        t.ok(s["waiting"] == 0 and s["set_aside"] == 0 and s["alarms"] == 0 and s["epoch"] == 1 and s["confirmed"] == s["entries"],
             f"{b.name}: init, record, sync, restart, verify: all of it is confirmed", s)
        rows = b.headers()
        kinds = [h["kind"] for h in rows]
        t.ok(kinds.count("record") == b.recorded and kinds.count("clock-step") <= 5 and kinds.count("heartbeat") == 0, f"{b.name}: nothing lost, nothing flooded", kinds)
        t.ok({h["wall"] for h in rows} <= set(walls), f"{b.name}: the raw clock is what is signed", ({h["wall"] for h in rows}, walls))
        # within a boot a step is told before the next entry, and only then
        wrong = [(a["seq"], a["wall"], z["wall"], z["kind"]) for a, z in zip(rows, rows[1:]) if a["boot"] == z["boot"] and
                 (abs((z["wall"] - a["wall"]) - (z["mono"] - a["mono"])) > 10000) != (z["kind"] == "clock-step")]
        t.ok(not wrong, f"{b.name}: each step is an entry before the next", wrong)
        unset = [h for h in rows if h["wall"] < 1704067200000]
        t.ok(all(h["clock"] == "unset" for h in unset), f"{b.name}: a clock that was never set says so", [h["clock"] for h in unset])
text = boards[0].do("list").out
t.ok("clock not set" in text and "1970" not in text, "people read 'clock not set', not 1970", text)
t.ok(boards[0].status()["clock"] == "unset" and boards[3].status()["clock"] == "set", "and so says status")
p = audit(w, *[b.half() for b in boards])
said = json.loads(p.stdout.splitlines()[-1]) if p.stdout else {}
found = {(f["code"], f.get("device")) for f in said.get("findings", [])}
t.ok(p.returncode in (0, 1) and {c for c, _ in found} <= {"clock-outside-bounds"}, "the auditor lays both halves together and finds nothing missing", p.stdout[-1500:] + p.stderr)
jumped = {b.status()["device"] for b in boards if b.name.split("-")[0] in ("backwards", "forwards", "both", "build")}
t.ok({d for _, d in found} <= jumped, "a clock that cannot be right is no finding against who says that it was not set", found)
t.done()
