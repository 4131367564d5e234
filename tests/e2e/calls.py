#!/usr/bin/python3
"""Goal: whoever stops his terminal, leaves a pager open or sits before a question holds up his own command and nobody else's."""
import os, pty, subprocess, sys, termios, time, urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import BUILD, Tap, World

t, w = Tap(), World()
AGENT = os.path.join(BUILD, "bin/tally-agent")
w.make_county()
w.start_county()
w.make_agent("a", "532301001001")
d = w.start_agent("a", "--interval", "3600")
for i in range(3):
    w.agent("a", "record", "housing-rebuild", f"subject=532301001001-h{i}", "date=2026-10-28", "stage=roof")


def answers():
    """Both ways in answer within seconds."""
    try:
        return w.agent("a", "status", "--json", timeout=20).json()["entries"] and urllib.request.urlopen(f"http://{d.address}/", timeout=20).status == 200
    except Exception as e:
        return print("#", repr(e)[:200])


def started(*words, **kw):
    return subprocess.Popen([AGENT, "-D", w.path("a"), *words], **kw)


# Ctrl-S: what is written to the terminal waits
screen, tty = pty.openpty()
termios.tcflow(tty, termios.TCOOFF)
slips = w.agent("a", "list", "--json").lines()
stopped = [started("slip", slips[-1]["entry"], stdin=subprocess.DEVNULL, stdout=tty, stderr=tty), started("user", "add", "zhang", stdin=tty, stdout=tty, stderr=tty)]
time.sleep(1)
t.ok(answers(), "two commands before a stopped terminal: the agent goes on")
t.ok(all(p.poll() is None for p in stopped), "and they wait")
termios.tcflow(tty, termios.TCOON)
os.set_blocking(screen, False)
said, end = b"", time.monotonic() + 20
while time.monotonic() < end and not ("记录凭条".encode() in said and b"new PIN: " in said):
    try:
        said += os.read(screen, 65536)
    except BlockingIOError:
        time.sleep(0.05)
t.ok("记录凭条".encode() in said and "█".encode() in said, "the slip comes when the terminal goes on, with its code for a screen", said[-400:])
t.ok(b"new PIN: " in said and answers(), "a question is seen before it is answered, and holds up nobody", said[-200:])
for _ in range(2):
    os.write(screen, b"471108\n")
    time.sleep(0.5)
codes, users = [p.wait(30) for p in stopped], w.agent("a", "user", "list").out
t.ok(codes == [0, 0] and "zhang" in users, "both commands end well", (codes, users, os.read(screen, 65536)))

# a pager that nobody scrolls: as many as may run at once, and one more
pipes = [os.pipe() for _ in range(6)]
waiting = [started("record", "housing-rebuild", "--json", "-", stdin=r, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for r, _ in pipes]
time.sleep(0.5)
t.ok(answers(), "six commands wait for their input: the agent goes on")
for r, out in pipes:
    os.close(r)
    os.close(out)
[p.wait(20) for p in waiting]
d.stop()
t.done()
