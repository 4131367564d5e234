#!/usr/bin/python3
"""Goal of this test: over 40 kbit/s with 600 ms there and back 100 entries are confirmed within 30 s, a photo comes through cuts, and a link
that comes up is used at once: two network namespaces, the kernel's own TCP (the long version is tests/torture/link.py)."""
import atexit, os, subprocess, sys, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..")]
import tunlink
from world import BUILD, TOP, Tap, World

tap = Tap()
PLACE = "451224102201"
missing = tunlink.why_not()
if missing:
    for what in ("100 entries within 30 s", "a photo through cuts", "a link that comes up is used"):
        tap.ok(True, f"{what} # SKIP {missing}")
    tap.done()

long_ones = [subprocess.Popen([os.path.join(TOP, "tests/torture/link.py"), "--short", what], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for what in ("entries", "photo")]

# the link goes up while the agent waits
w = World()
w.make_county()
link = tunlink.TunLink(1e9)
county = subprocess.Popen(link.county(os.path.join(BUILD, "bin", "tally-county"), "-D", w.county_dir, "run", "--listen", f"{tunlink.COUNTY}:8480", "--allow-http"),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
atexit.register(county.kill)


def agent(*a):
    return subprocess.run(link.village(os.path.join(BUILD, "bin", "tally-agent"), "-D", w.path("a"), *a), capture_output=True, text=True, timeout=60)


agent("init", "--place", PLACE)
token = w.invite(PLACE)
for _ in range(50):
    if agent("enrol", f"http://{tunlink.COUNTY}:8480", "--token", token, "--allow-http").returncode == 0:
        break
    time.sleep(0.1)
agent("record", "water-works", f"subject={PLACE}-w1", "kind=cellar", "stage=started", "date=2026-10-01")
subprocess.run(["ip", "-n", link.names[0], "link", "set", "tun0", "down"], check=True)
said, p = [], subprocess.Popen(link.village(os.path.join(BUILD, "bin", "tally-agent"), "-D", w.path("a"), "run", "--listen", "127.0.0.1:0", "--allow-http", "--log-level", "debug"),
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
threading.Thread(target=lambda: said.extend(p.stderr), daemon=True).start()
deadline = time.monotonic() + 15
while not any("sync:" in l for l in list(said)) and time.monotonic() < deadline:
    time.sleep(0.05)
tap.ok('"no-connection"' in agent("status", "--json").stdout.replace(" ", ""), "without a link, nobody takes the connection", "".join(said))
subprocess.run(["ip", "-n", link.names[0], "link", "set", "tun0", "up"], check=True)
subprocess.run(["ip", "-n", link.names[0], "route", "replace", "default", "dev", "tun0"], check=True)
began = time.monotonic()
while '"waiting":0' not in agent("status", "--json").stdout.replace(" ", "") and time.monotonic() < began + 10:
    time.sleep(0.1)
took = time.monotonic() - began
tap.ok(took < 7 and any("a link came up" in l for l in list(said)), "it comes up, and the entry is confirmed within seconds", f"{took:.1f} s\n" + "".join(said))
p.terminate()
p.wait(20)
link.close()
county.kill()
county.wait()
w.close()
for one in long_ones:
    out = one.communicate(timeout=120)[0]
    good = [line for line in out.splitlines() if line.startswith("ok ")]
    tap.ok(one.returncode == 0 and good, good[0].split(" - ", 1)[1] if good else "a link of 40 kbit/s", out)
tap.done()
