#!/usr/bin/python3
"""Goal of this test: kill -9 of agent and county at random moments under load loses nothing that was acknowledged,
doubles nothing, and in the end all is confirmed and the auditor agrees.   tests/torture/kill.py [KILLS] [SEED]"""
import os, random, signal, sys, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World

kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20261124
rng = random.Random(seed)
PLACE = "451224102201"
tap, w = Tap(), World()
print(f"# {kills} kills, seed {seed}")

w.make_county()
county = w.start_county()
listen = county.address
w.make_agent("a", PLACE)

acknowledged, stop, over = {}, threading.Event(), threading.Event()
lock = threading.Lock()


def keep_running(start, holder):
    """Start a daemon again until it holds; a command may have the journal open for a moment."""
    while True:
        try:
            holder[0] = start()
            return
        except RuntimeError:
            time.sleep(0.02)


def record(thread):
    """Record for ever; an id is tried until it is acknowledged, as a careful caller would."""
    k = 0
    while not stop.is_set():
        k += 1
        ident = f"t{thread}-{k}"
        while True:
            r = w.agent("a", "record", "water-works", f"subject={PLACE}-k{thread}-{k}", "kind=cellar", "stage=started", "date=2026-10-01",
                        f"persons={k}", "--id", ident, "--json", timeout=60)
            if r.code == 0:
                with lock:
                    acknowledged[ident] = r.json()["entry"]
                break
            time.sleep(0.01)


holder_a, holder_c = [None], [county]
keep_running(lambda: w.start_agent("a", "--interval", "1"), holder_a)
threads = [threading.Thread(target=record, args=(t,), daemon=True) for t in range(2)]
for t in threads:
    t.start()
start = time.time()
for i in range(kills):
    time.sleep(rng.uniform(0.02, 0.4))
    if rng.random() < 0.5:
        holder_a[0].stop(signal.SIGKILL)
        keep_running(lambda: w.start_agent("a", "--interval", "1"), holder_a)
    else:
        holder_c[0].stop(signal.SIGKILL)
        keep_running(lambda: w.start_county(listen=listen), holder_c)
stop.set()
for t in threads:
    t.join(60)
holder_a[0].stop()
r = w.agent("a", "sync", "--timeout", "60", "--json")
tap.ok(r.code == 0 and r.json()["waiting"] == 0, "all is confirmed in the end", r.out + r.err)

rows = w.agent("a", "list", "--json").lines()
held = {x["entry"]: x for x in rows}
records = [x for x in rows if x["kind"] == "record"]
lost = [i for i, e in acknowledged.items() if e not in held]
tap.ok(not lost, f"none of {len(acknowledged)} acknowledged entries is lost", lost)
tap.ok(len(records) == len(set(acknowledged.values())) == len(acknowledged), "nothing is doubled", f"{len(records)} records, {len(acknowledged)} ids")
tap.ok(all(x["state"] == "confirmed" for x in rows), "every entry is confirmed", [x for x in rows if x["state"] != "confirmed"][:3])
tap.ok({x["epoch"] for x in rows} == {1}, "no new epoch was needed", {x["epoch"] for x in rows})
r = w.agent("a", "verify")
tap.ok(r.code == 0, "the journal verifies", r.out + r.err)
r = w.county("log", "check")
tap.ok(r.code == 0, "the county's log checks", r.out + r.err)
r = w.county("status", "--json")
tap.ok(r.code == 0 and r.json()["entries"] == len(rows), "the county holds each entry once", r.out + r.err)
holder_c[0].stop()
assert w.county("export", "--audit", w.path("x")).code == 0
assert w.agent("a", "export", "--audit", w.path("v")).code == 0
from world import program
r = program("tally-audit", "verify", w.path("x"), "--village", w.path("v"))
tap.ok(r.code == 0, "the auditor agrees", r.out + r.err)
print(f"# {kills} kills in {time.time() - start:.0f} s, {len(acknowledged)} entries")
w.close()
tap.done()
