"""A village whose clocks are the test's, for the tests of clocks: every program it runs sees them through TALLY_CLOCK."""
import os, shutil, subprocess

from checker.entry import HEADER
from world import BUILD


class Board:
    """A village whose clocks are ours."""

    def __init__(self, w, name, place):
        self.w, self.name, self.place, self.clock, self.boot, self.mono = w, name, place, w.path(f"clock-{name}"), 1, 60000
        self.env = {"TALLY_CLOCK": self.clock}
        self.recorded = 0

    def at(self, wall, boot=None, mono=None):
        if boot is not None and boot != self.boot:
            self.boot, self.mono = boot, 20000
        self.mono = mono if mono is not None else self.mono + 1000
        self.wall = wall
        with open(self.clock + ".new", "w") as f:
            f.write(f"wall {wall}\nmono {self.mono}\nboot {self.boot:032x}\n")
        os.rename(self.clock + ".new", self.clock)

    def do(self, *args, code=0):
        r = self.w.agent(self.name, *args, env=self.env)
        if code is not None and r.code != code:
            raise AssertionError(f"{self.name}: {args}: {r.code} {r.out} {r.err}")
        return r

    def record(self):
        self.recorded += 1
        self.do("record", "housing-rebuild", f"subject={self.place}-h{self.recorded}", "date=2026-10-28", "stage=roof", f"remark=屋主{self.recorded}")

    def status(self):
        return self.do("status", "--json").json()

    def half(self):
        out = self.w.path("half-" + self.name)
        shutil.rmtree(out, ignore_errors=True)
        self.do("export", "--audit", out)
        return out

    def headers(self):
        rows = []
        for folder, _, files in sorted(os.walk(os.path.join(self.half(), "entries"))):
            if "headers" in files:
                with open(os.path.join(folder, "headers"), "rb") as f:
                    rows += [HEADER.read(x + b"\n") for x in f.read().rstrip(b"\n").split(b"\n\n")]
        return rows

    def run(self):
        """The agent; it may not read a clock file outside its folders, so it is not held to them."""
        return self.w.start_agent(self.name, "--interval", "3600", "--no-sandbox", env=self.env)


def audit(w, *halves):
    """tally-audit over the county's export and these villages' halves."""
    out = w.path("county-export")
    shutil.rmtree(out, ignore_errors=True)
    r = w.county("export", "--audit", out)
    assert r.code == 0, r.err
    return subprocess.run([os.path.join(BUILD, "bin/tally-audit"), "verify", "--json", out] + [x for h in halves for x in ("--village", h)],
                       capture_output=True, text=True, timeout=120)
