#!/usr/bin/python3
"""Goal of this test: a line that is cut at nine tenths of an upload costs one frame: what had come whole is logged, what is sent again
afterwards is a frame's worth of entries at most."""
import json, os, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
from bad_link import BadLink
from world import BUILD, Tap, World

FRAME = 16    # entries in one, at most (sync/frame.h)
ENTRIES = 80  # five frames, which go in one request
PLACE = "451224102201"

tap, w = Tap(), World()
w.make_county()
county = w.start_county()
link = BadLink(county.address)
link.linger = 0.5
w.make_agent("a", PLACE, url=link.url)
made = 0


def record(n):
    global made
    path = w.path("subjects")
    with open(path, "w") as f:
        f.writelines(f"{PLACE}-n{made + i}\n" for i in range(n))
    made += n
    r = w.agent("a", "record", "housing-rebuild", "date=2026-10-28", "stage=roof", "remark=屋顶已完工，屋主在场，照片后补", "--subjects", path)
    assert r.code == 0, r.err


def sync(seconds):
    return w.agent("a", "sync", "--timeout", str(seconds), "--json")


def held():
    return w.county("status", "--json").json()["entries"]


# what as many entries cost on a line that holds
record(ENTRIES)
before = link.up
r = sync(20)
whole = link.up - before
tap.ok(r.code == 0 and r.json()["requests"] == 1, f"{ENTRIES} entries cost {whole} bytes up on a line that holds", r.out + r.err)


def start(seconds):
    return subprocess.Popen([os.path.join(BUILD, "bin", "tally-agent"), "-D", w.path("a"), "sync", "--timeout", str(seconds), "--json"], stdout=subprocess.PIPE, text=True)


def cut_at(share):
    """A sync whose line is cut there; (the process, which goes on trying; what came of the entries)."""
    record(ENTRIES)
    base, cuts, deadline = held(), link.cuts, time.time() + 20
    link.rate, link.cut_at = 60000, [link.up + int(whole * share)]
    p = start(20)
    while (link.cuts == cuts or held() == base) and time.time() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    link.rate = None
    return p, held() - base


def judge(p, came, up, how):
    """What went over the line from then on: a frame, perhaps a question what is there, and nothing that is held."""
    out = p.communicate(timeout=30)[0]
    x, again = json.loads(out), link.up - up
    tap.ok(ENTRIES - FRAME <= came < ENTRIES, f"{how}: all but the frame under way is logged", f"{came} of {ENTRIES}")
    tap.ok(x["waiting"] == 0 and x["sent"] <= FRAME, f"{how}: what is sent again is one frame", f"{out} after {came}")
    tap.ok(again < 0.1 * whole + 2 * 1200, f"{how}: {again} bytes up from then on", f"{again} of {whole}")


p, came = cut_at(0.9)
up = link.up
link.fault = None
judge(p, came, up, "the same process goes on")

p, came = cut_at(0.9)
p.kill()
p.wait()
up = link.up
link.fault = None
judge(start(20), came, up, "killed, and begun anew")

# few wait: they are sent again unasked, for the question would cost more
record(3)
before = link.up
sync(20)
few = link.up - before
record(3)
link.rate, link.cut_at = 60000, [link.up + 400]
p = start(20)
while link.cut_at:
    time.sleep(0.02)
time.sleep(0.3)
up, link.rate, link.fault = link.up, None, None
x = json.loads(p.communicate(timeout=30)[0])
tap.ok(x["waiting"] == 0 and link.up - up < few + 100, "what fits into one frame is sent again without a question", f"{x}, {link.up - up} after {few}")

link.close()
w.close()
tap.done()
