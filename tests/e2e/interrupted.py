#!/usr/bin/python3
"""Goal of this test: what a power cut leaves half done between an answer and what it asks for is made good by the next sync."""
import json, os, sqlite3, subprocess, sys, time, urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import BUILD, Tap, World

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
# a command that waits for its input holds up neither the page nor the end
d = w.start_agent("a")
p = subprocess.Popen([os.path.join(BUILD, "bin", "tally-agent"), "-D", w.path("a"), "record", "water-works", "--json", "-"],
                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
time.sleep(0.5)
try:
    page = urllib.request.urlopen(f"http://{d.address}/", timeout=10).status
except OSError as e:
    page = e
tap.ok(page == 200, "the page answers while a command waits for its input", page)
answers = {"subject": f"{PLACE}-w2", "kind": "cellar", "stage": "started", "date": "2026-10-02"}
out = p.communicate((json.dumps(answers) + "\n").encode(), timeout=20)[0]
tap.ok(p.returncode == 0 and b"\n" in out, "which then is done", (p.returncode, out))
p = subprocess.Popen(p.args, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
time.sleep(0.5)
start = time.time()
d.stop()
tap.ok(time.time() - start < 10, "the agent ends although one waits", time.time() - start)
p.kill()
p.communicate()
w.close()
tap.done()
