#!/usr/bin/python3
"""Goal: the running agent tells a service manager the truth, logs with levels and without personal values, and gives figures."""
import json, os, re, shutil, signal, socket, subprocess, sys, time, urllib.error, urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import BUILD, Tap, World

t, w = Tap(), World()
NAME, PHONE = "格桑梅朵", "13987654321"


class Manager:
    """What a service manager hears."""

    def __init__(self, name):
        self.path = w.path(name)
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.s.bind(self.path)
        self.heard = []

    def env(self, usec):
        return {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": str(usec)}

    def listen(self, seconds, until=None):
        end, first = time.monotonic() + seconds, len(self.heard)
        while time.monotonic() < end and not (until and any(until in h for h in self.heard[first:])):
            self.s.settimeout(max(0.01, end - time.monotonic()))
            try:
                self.heard.append(self.s.recv(4096).decode())
            except TimeoutError:
                break
        return self.heard[first:]


w.make_county()
w.start_county()
w.make_agent("a", "532301001001")

m = Manager("notify")
d = w.start_agent("a", "--interval", "3600", "--log-level", "debug", env=m.env(1000000))
first = m.listen(10, "WATCHDOG=1")
t.ok("READY=1" in first and "WATCHDOG=1" in first, "READY when entries can be recorded, then the watchdog is answered", first)
r = w.agent("a", "record", "housing-rebuild", "subject=532301001001-h1", "date=2026-10-28", "stage=roof", f"remark=屋主{NAME}，电话{PHONE}")
t.ok(r.code == 0, "an entry is recorded", r.err)
r2 = w.agent("a", "record", "housing-rebuild", "no_such_field=1")
later = m.listen(3, "STATUS=")
t.ok(any(re.match(r"STATUS=\d+ entries, \d+ waiting, last confirmed ", h) for h in first + later), "STATUS is one line", first + later)
beats = m.listen(2.2)
t.ok(2 <= beats.count("WATCHDOG=1") <= 6 and "READY=1" not in beats, "the watchdog is answered within half its time; READY is said once", beats)

try:
    text = urllib.request.urlopen(f"http://{d.address}/metrics", timeout=10).read().decode()
except urllib.error.HTTPError as e:
    text = str(e)
lines = [l for l in text.splitlines() if not l.startswith("#")]
t.ok(lines and all(re.fullmatch(r'tally_agent_[a-z_]+(\{(version|duty)="[^"]*"\})? -?\d+(\.\d+)?', l) for l in lines), "/metrics is Prometheus text", text[:2000])
said = {l.split()[0]: float(l.split()[1]) for l in lines if "{" not in l and len(l.split()) == 2}
status = w.agent("a", "status", "--json").json()
t.ok(said.get("tally_agent_entries") == status["entries"] and said.get("tally_agent_enrolled") == 1, "and counts as status does", text)
t.ok(NAME not in text and PHONE not in text and "532301" not in text and status["device"] not in text, "without who and where")

d.p.terminate()
t.ok("STOPPING=1" in m.listen(5, "STOPPING=1"), "STOPPING when it is told to stop")
d.stop()
log = "".join(d.said)
t.ok(NAME not in log and PHONE not in log, "no personal value in the log at its most talkative", log)
t.ok("told to stop" in log and not re.search(r"^<\d>", log, re.M), "debug messages, and no prefixes off the journal", log)

# under the journal: JOURNAL_STREAM names the stream that stderr is
r_fd, w_fd = os.pipe()
st = os.fstat(w_fd)
p = subprocess.Popen([os.path.join(BUILD, "bin/tally-agent"), "-D", w.path("a"), "run", "--listen", "127.0.0.1:0", "--log-level", "debug"], stdin=subprocess.DEVNULL,
                     stderr=w_fd, env=dict(os.environ, JOURNAL_STREAM=f"{st.st_dev}:{st.st_ino}"))
os.close(w_fd)
time.sleep(1)
p.terminate()
p.wait(20)
text = os.fdopen(r_fd).read()
t.ok("<7>told to stop" in text, "under the journal each line has its level", text)
t.ok("--log-level" in w.agent("a", "run", "--log-level", "loud").err, "an unknown level is refused by name")

# the figures' file: whole, once, and not again while nothing changes
figures = w.path("figures.prom")
d = w.start_agent("a", "--interval", "3600", "--metrics-file", figures)
for _ in range(50):
    if os.path.exists(figures):
        break
    time.sleep(0.1)
text = open(figures).read() if os.path.exists(figures) else ""
t.ok("tally_agent_entries " in text and text.endswith("\n") and "532301" not in text, "--metrics-file has them too", text)
d.stop()

# idle: nothing is written, hardly anything wakes
def counts(pid):
    with open(f"/proc/{pid}/io") as f:
        io = int(re.search(r"^write_bytes: (\d+)", f.read(), re.M)[1])
    n = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as f:
            n += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", f.read(), re.M)[1])
    return io, n


d = w.start_agent("a", "--interval", "300")
time.sleep(2)
a = counts(d.p.pid)
time.sleep(6)
b = counts(d.p.pid)
t.ok(b[0] == a[0] and b[1] - a[1] <= 3, "an idle agent writes nothing and sleeps", (a, b))
d.stop()

# a disk that fails
if shutil.which("strace") is None:
    t.n += 1
    print(f"ok {t.n} - a failing disk and the watchdog # SKIP strace is not here")
else:
    m = Manager("notify2")
    p = subprocess.Popen([os.path.join(BUILD, "bin/tally-agent"), "-D", w.path("a"), "run", "--listen", "127.0.0.1:0", "--interval", "3600"],
                         stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=dict(os.environ, **m.env(1000000)))
    ready = m.listen(20, "WATCHDOG=1")
    # from now on no write is kept
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO", "-p", str(p.pid)], stdin=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    time.sleep(1)
    if tracer.poll() is not None:
        t.n += 1
        print(f"ok {t.n} - a failing disk and the watchdog # SKIP strace may not trace here")
    else:
        for i in range(3):
            w.agent("a", "record", "housing-rebuild", f"subject=532301001001-s{i}", "date=2026-10-28", "stage=roof")
        m.listen(0.7)
        t.ok("WATCHDOG=1" in ready and "WATCHDOG=1" not in m.listen(2.5), "a disk that fails leaves the watchdog unanswered", ready + m.heard[-5:])
        tracer.terminate()
        tracer.wait(20)
    p.terminate()
    p.wait(20)
t.done()
