#!/usr/bin/python3
"""Goal of this test: the running agent is held to its folders, its ports and its system calls, says so in its status, and commands all the same read and make files anywhere their caller may."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import BUILD, Tap, World

tap, w = Tap(), World()
PLACE = "451224102201"
w.make_county()
w.start_county()
w.make_agent("a", PLACE)
d = w.start_agent("a")
said = w.agent("a", "status", "--json").json()["sandbox"]
status = dict(line.split(":\t", 1) for line in open(f"/proc/{d.p.pid}/status") if ":\t" in line)
if "san" in os.path.basename(BUILD) or "seccomp none" in said:
    tap.ok(True, "system calls are limited # SKIP no seccomp here or sanitizers")
else:
    tap.ok(status["Seccomp"].strip() == "2" and "seccomp" in said, "system calls are limited", (said, status["Seccomp"]))
tap.ok(status["NoNewPrivs"].strip() == "1", "no new privileges")
if "landlock none" in said:
    tap.ok(True, "files are limited # SKIP no Landlock here")
else:
    tap.ok(said.startswith("landlock "), "files are limited", said)
threads = [dict(x.split(":\t", 1) for x in open(f"/proc/{d.p.pid}/task/{t}/status") if ":\t" in x)["Seccomp"].strip() for t in os.listdir(f"/proc/{d.p.pid}/task")]
tap.ok(len(set(threads)) == 1, "in every thread alike", threads)
# files outside its folder are the caller's business
answers, half = w.path("answers.jsonl"), w.path("half")
with open(answers, "w", encoding="utf-8") as f:
    f.write('{"subject":"%s-w1","kind":"cellar","stage":"started","date":"2026-10-01"}\n' % PLACE)
r = w.agent("a", "record", "water-works", "--json", answers)
tap.ok(r.code == 0, "a command's file is read", r.err)
r = w.agent("a", "export", "--audit", half)
tap.ok(r.code == 0 and os.path.exists(os.path.join(half, "MANIFEST")), "a command's folder is made", r.err)
r = w.agent("a", "backup", w.path("copy.db"))
tap.ok(r.code == 0 and os.path.getsize(w.path("copy.db")) > 0, "so is its file", r.err)
tap.ok(not os.listdir(w.path("a", "out")), "and nothing stays behind")
r = w.agent("a", "record", "water-works", "--json", w.path("not-there"))
tap.ok(r.code == 2 and "not-there" in r.err, "a file that is not there is named", r.err)
d.stop()
d = w.start_agent("a", "--no-sandbox")
tap.ok(w.agent("a", "status", "--json").json()["sandbox"] == "off", "without it, status says off")
w.close()
tap.done()
