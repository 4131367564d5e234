"""Many real devices in one process (bench/swarm.c), all of which ask a county at once."""
import fcntl, os, re, subprocess, sys, threading, time, urllib.request

from world import BUILD, TOP


def corpus(w, villages=25, each=400):
    path = w.path(f"corpus-{villages}-{each}")
    with open(path, "wb") as f:
        subprocess.run([sys.executable, os.path.join(TOP, "bench", "corpus"), str(villages), str(each)], check=True, stdout=f)
    return path


class Swarm:
    """Devices enrolled in the folder of a county, each with entries that wait; go() lets them loose."""

    def __init__(self, w, devices, entries, rows):
        os.makedirs(w.path("swarm"), exist_ok=True)
        self.p = subprocess.Popen([os.path.join(BUILD, "bench", "swarm"), w.path("swarm"), w.county_dir, rows, str(devices), str(entries)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.facts, self.asking = {}, threading.Event()
        for line in self.p.stdout:
            if line == "ready\n":
                return
            self._take(line)
        raise RuntimeError("swarm: " + self.p.stderr.read())

    def _take(self, line):
        name, value = line.split()
        self.facts[name] = float(value)

    def go(self, address):
        self.p.stdin.write(address + "\n")
        self.p.stdin.flush()
        for line in self.p.stdout:
            if line == "asking\n":
                self.asking.set()
            else:
                self._take(line)
        self.asking.set()
        if self.p.wait(20) != 0:
            raise RuntimeError("swarm: " + self.p.stderr.read())
        return self.facts

    def close(self):
        if self.p.poll() is None:
            self.p.kill()
            self.p.communicate()


def metrics(url):
    """What GET /metrics says, by name."""
    text = urllib.request.urlopen(url + "/metrics", timeout=20).read().decode()
    return {m[1]: int(m[2]) for m in re.finditer(r"^(\S+) (\d+)$", text, re.M)}


class SlowDisk:
    """As if each append of the county had to wait for its disk: its lock is held most of the time."""

    def __init__(self, w, held=0.03, free=0.005):
        self.path, self.held, self.free, self.over = os.path.join(w.county_dir, "guard.lock"), held, free, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        with open(self.path, "r+b") as f:
            while not self.over.is_set():
                fcntl.lockf(f, fcntl.LOCK_EX)
                time.sleep(self.held)
                fcntl.lockf(f, fcntl.LOCK_UN)
                time.sleep(self.free)

    def close(self):
        self.over.set()
        self.thread.join()
