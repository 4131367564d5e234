#!/usr/bin/python3
"""Goal of this test: after a power cut the agent starts by itself and holds everything it had acknowledged, in 150 states of an ext4 disk
that was recorded under it (make torture: 10,000 on four file systems); and what a cut left of an init does not hinder the next one."""
import os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from world import BUILD, Tap, World

tap, w = Tap(), World()
# the shell's number is the agent's: a small board gives a service the same one at every start
left = 'mkdir -p "$2.init-$$/attachments" "$2.init-$$.0/attachments"; exec "$0" "$@"'
r = subprocess.run(["sh", "-c", left, os.path.join(BUILD, "bin/tally-agent"), "-D", w.path("a"), "init", "--place", "451224102201"], capture_output=True, text=True)
tap.ok(r.returncode == 0 and w.agent("a", "verify").code == 0, "init goes through beside what a cut left of another with the same process number", r.stderr)
w.close()
print("1..1", flush=True)
if tap.bad:
    sys.exit(1)
os.execv(os.path.join(HERE, "..", "power", "run"), ["run", "150", "--system", "ext4"])
