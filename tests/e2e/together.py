#!/usr/bin/python3
"""Goal of this test: devices that wake together are all confirmed, each entry once, under fewer heads than requests; and when the
county is killed meanwhile nothing that was acknowledged is lost.   tests/e2e/together.py [DEVICES] [ENTRIES] [KILLS]"""
import os, random, signal, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import together
from world import Tap, World, program

devices, entries, kills = (int(a) for a in (sys.argv[1:] + ["100", "5", "0"][len(sys.argv) - 1:]))
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"  # enrolling so many is most of the time, and flushing to the disk most of that
tap, w = Tap(), World()
w.make_county()
s = together.Swarm(w, devices, entries, together.corpus(w, 5, 100))
try:
    county = w.start_county()
    before = together.metrics(w.url)
    disk = together.SlowDisk(w)
    result = {}

    def go():
        try:
            result.update(s.go(county.address))
        except RuntimeError as e:
            result["error"] = str(e)

    t = threading.Thread(target=go)
    t.start()
    rng, killed = random.Random(7), 0
    s.asking.wait(60)
    while killed < kills and t.is_alive():
        time.sleep(rng.uniform(0.05, 0.3))
        if t.is_alive():
            county.stop(signal.SIGKILL)
            county = w.start_county(listen=county.address)
            killed += 1
    t.join()
    disk.close()
finally:
    s.close()
tap.ok("error" not in result, f"all {devices} devices are answered", result.get("error"))
tap.ok(result.get("confirmed") == devices * entries, f"all {devices * entries} entries are confirmed", result)
if kills:
    print(f"# {killed} kills, {result.get('broken', 0):.0f} connections broken off")
else:
    after = together.metrics(w.url)
    requests = after["tally_grouped_requests_total"] - before["tally_grouped_requests_total"]
    heads = after["tally_grouped_heads_total"] - before["tally_grouped_heads_total"]
    print(f"# {requests} requests, {heads} heads, p99 {result.get('p99-ms')} ms")
    tap.ok(requests >= devices, "every request is counted", after)
    tap.ok(0 < heads <= requests / 2, "requests share heads", f"{requests} requests, {heads} heads")
    tap.ok(result["broken"] == 0 and result["refused"] == 0, "nobody behind this one address is turned away", result)
    tap.ok(after["tally_received_total"] == devices * entries, "every entry is logged once", after)
r = w.county("status", "--json")
# beside its entries each device has its genesis
tap.ok(r.code == 0 and r.json()["entries"] == devices * (entries + 1), "the county holds each entry once", r.out + r.err)
county.stop()
r = w.county("log", "check")
tap.ok(r.code == 0, "the county's log checks", r.out + r.err)
r = w.county("export", "--audit", w.path("x"))
r = program("tally-audit", "verify", w.path("x"))
tap.ok(r.code == 0, "the auditor agrees", r.out + r.err)
w.close()
tap.done()
