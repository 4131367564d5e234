#!/usr/bin/python3
"""Goal of this test: days in a village: the power is cut every evening and the clock is lost with it, a link is there now and then.  Nothing
recorded is lost, a heartbeat a day, no flood of clock steps, and in the end all is confirmed and the auditor agrees.
tests/torture/month.py [DAYS] [SEED]"""
import json, os, random, signal, sys, time

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), TESTS]
from board import Board, audit
from world import Tap, World

days = int(sys.argv[1]) if len(sys.argv) > 1 else 31
rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20261124)
HOUR, DAY, NOW = 3600 * 1000, 86400 * 1000, int(time.time() * 1000)
t, w = Tap(), World()
w.make_county()
w.start_county()
# a clock that begins in 1970 at every start; one that the power cut sets anywhere; one that runs on
villages = {"lost": lambda day: 3000, "mad": lambda day: rng.choice([3000, 2**31 * 1000, 2**32 * 1000, NOW - 900 * DAY, NOW + day * DAY]), "good": lambda day: NOW + day * DAY}


def one_day(b, day):
    """Morning to power cut.  The steps of the clock that were made while it was on."""
    wall, steps = villages[b.name](day), 0
    b.at(wall, boot=day + 2, mono=15000)
    d = b.run()
    for hour in range(rng.randrange(1, 4)):
        if b.name == "lost" and hour == 1 and rng.random() < 0.3:
            wall, steps = NOW + day * DAY, 1      # somebody set it
        b.at(wall + (hour + 1) * HOUR, mono=15000 + (hour + 1) * HOUR)
        for _ in range(rng.randrange(0, 3)):
            b.record()
    if rng.random() < 0.3:
        b.do("sync", code=None)
    d.stop(signal.SIGKILL)
    # the afternoon: the agent is started again within the day
    b.at(wall + 6 * HOUR, mono=15000 + 6 * HOUR)
    d = b.run()
    b.record()
    time.sleep(0.2)
    d.stop(signal.SIGKILL)
    return steps


for name in villages:
    b = Board(w, name, {"lost": "532301001001", "mad": "532301001002", "good": "532301001003"}[name])
    b.at(NOW)
    b.do("init", "--place", b.place)
    b.do("enrol", w.url, "--token", w.invite(b.place))
    steps = sum(one_day(b, day) for day in range(1, days + 1))
    b.do("verify")
    for _ in range(3):
        if b.do("sync", code=None).code == 0:
            break
    s, kinds = b.status(), [h["kind"] for h in b.headers()]
    t.ok(kinds.count("record") == b.recorded and s["epoch"] == 1, f"{name}: {b.recorded} records of {days} days are there, in one chain", (s, len(kinds)))
    t.ok(s["waiting"] == 0 and s["set_aside"] == 0 and s["alarms"] == 0, f"{name}: all of it is confirmed", s)
    beats = kinds.count("heartbeat")
    t.ok(days - 1 <= beats <= days, f"{name}: {beats} heartbeats in {days} days", kinds)
    t.ok(kinds.count("clock-step") <= steps, f"{name}: {kinds.count('clock-step')} clock steps, {steps} times the clock was set", kinds)
p = audit(w, *[os.path.join(w.dir, "half-" + n) for n in villages])
said = json.loads(p.stdout.splitlines()[-1]) if p.stdout else {}
codes = {f["code"] for f in said.get("findings", [])}
t.ok(p.returncode in (0, 1) and codes <= {"clock-outside-bounds"}, "the auditor finds nothing missing", p.stdout[-800:] + p.stderr)
t.done()
