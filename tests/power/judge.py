"""Starts the agent on what a power cut left, and holds it to what it had promised."""
import os, re, signal, subprocess

import disk
import people
from workload import PLACE, files
from world import BUILD, Daemon, program

TEMP = re.compile(r"\.[A-Za-z0-9]{6}$")  # a half-written file beside the one it was to replace
RANK = {"waiting": 0, "confirmed": 1, "returned": 2, "accepted": 2, "set-aside": 2, "superseded": 3, "withdrawn": 3}
# a folder that init had not finished, under the name that this process would give it
AGAIN = 'for d in "$2".init-*; do if [ -d "$d" ]; then r=${d#"$2".init-}; mv "$d" "$2.init-$$${r#"${r%%[!0-9]*}"}"; fi; done; exec "$0" "$@"'
# what went wrong -> how it is counted
LOST, FORK, EPOCH, FILE, START, SYSTEM = "entries lost", "forks", "needless epochs", "files lost", "agent does not start or verify", "file system not mounted"
KINDS = (LOST, FORK, EPOCH, FILE, START, SYSTEM)


class Fault(Exception):
    def __init__(self, kind, detail):
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


def need(good, kind, detail):
    if not good:
        raise Fault(kind, detail)


class Judge:
    def __init__(self, recording):
        self.marks, self.batches = recording.marks, [set(b) for b in recording.batches]
        self.data = None

    def around(self, position):
        """-> the last mark at or before, and the next one (or the same)"""
        i = max(i for i, m in enumerate(self.marks) if m.position <= position)
        return self.marks[i], self.marks[min(i + 1, len(self.marks) - 1)]

    def ask(self, *args):
        r = program("tally-agent", *args, data=self.data)
        need(r.code == 0, START, f"{args[0]}: exit {r.code}: {r.out[-300:]}{r.err[-300:]}")
        return r

    def made(self, was):
        """Without a finished init there may be no agent; then one can be made, with nothing in its way, even by a process of the same number."""
        if was.made or os.path.exists(os.path.join(self.data, "journal.db")):
            return False
        exe = os.path.join(BUILD, "bin", "tally-agent")
        p = subprocess.run(["sh", "-c", AGAIN, exe, "-D", self.data, "init", "--place", PLACE], capture_output=True, text=True)
        need(p.returncode == 0, START, f"init: exit {p.returncode}: {p.stderr[-300:]}")
        return True

    def files(self, was, then):
        """Each file as it was, or as it was to be."""
        if was.files is None or then.files is None:
            return
        found = files(self.data)
        for name in was.files.keys() | then.files.keys():
            allowed = {was.files.get(name), then.files.get(name)}
            need(found.get(name) in allowed, FILE, f"{name} is {'gone' if name not in found else 'neither old nor new'}")
        for name in found.keys() - was.files.keys() - then.files.keys():
            # a photo that no entry names yet (verify looks at those that are named), and one sealed to go out
            need(name.startswith(("attachments/", "outgoing/")) or TEMP.search(name), FILE, f"{name} is not a file of this agent")

    def entries(self, was, then, rows):
        held = {x["entry"]: x for x in rows}
        lost = [h for h in was.entries if h not in held]
        need(not lost, LOST, f"{len(lost)} of {len(was.entries)} acknowledged entries, the first {lost[:1]}, after {was.name!r}")
        places = {}
        for x in rows:
            need(places.setdefault((x["epoch"], x["seq"]), x["entry"]) == x["entry"], FORK, f"two entries at {x['epoch']}/{x['seq']}")
        for h, place in was.entries.items():
            need(places[place] == h, FORK, f"another entry at {place}")
        for h, row in was.rows.items():
            now = dict(held[h])
            need(RANK[now.pop("state")] >= RANK[row["state"]], LOST, f"{h} was {row['state']} and is {held[h]['state']}")
            need(now == {k: v for k, v in row.items() if k != "state"}, FORK, f"{h} reads {now}, and read {row}")
        for b in self.batches:
            need(len(b & held.keys()) in (0, len(b)), LOST, f"{len(b & held.keys())} of {len(b)} entries that belong together")
        return held

    def goes_on(self, was, held):
        """What was under way is tried again with the same id, then one more; neither replaces anything."""
        after = set()
        if was.ahead:
            subject = next((a[8:] for a in was.ahead if a.startswith("subject=")), "")
            there = {h for h, x in held.items() if x["subject"] == subject}
            got = self.ask(*was.ahead).json()
            need(len(there) < 2 and (not there or got["entry"] in there), FORK, f"{subject} was recorded twice")
            after.add((got["epoch"], got["seq"], got["entry"]))
        got = self.ask("record", "water-works", f"subject={PLACE}-after", "kind=cellar", "stage=started", "date=2026-10-01", "persons=1", "--json").json()
        after.add((got["epoch"], got["seq"], got["entry"]))
        for x in held.values():
            need(not any(a[:2] == (x["epoch"], x["seq"]) and a[2] != x["entry"] for a in after), FORK, f"a new entry at {x['epoch']}/{x['seq']}")

    def running(self, was, then):
        """A running agent starts too, takes a command, and still has the form that was begun."""
        try:
            d = Daemon("tally-agent", "run", "--listen", "127.0.0.1:0", "--interval", "300", data=self.data)
        except RuntimeError as e:
            raise Fault(START, e) from e
        try:
            self.ask("list", "--json")
            missing = people.look_at_page(d.address, was, then)
            need(missing is None, FILE, missing)
        except AssertionError as e:  # no such form
            raise Fault(FILE, e) from e
        finally:
            d.stop(signal.SIGKILL)

    def audit(self, position, top, run=False):
        was, then = self.around(position)
        self.data = os.path.join(top, "agent")
        if self.made(was):
            self.ask("verify")
            return was
        self.files(was, then)
        held = self.entries(was, then, self.ask("list", "--json").lines())
        missing = people.look(self, was, then)
        need(missing is None, FILE, missing)
        if run:
            self.running(was, then)
        if any(x["form"] for x in was.rows.values()):  # the forms are there: it can record
            self.goes_on(was, held)
        self.ask("verify")
        status = self.ask("status", "--json").json()
        need(was.epochs[0] <= status["epoch"] <= max(was.epochs[1], then.epochs[0]), EPOCH, f"epoch {status['epoch']} after {was.name!r}")
        need(status["alarms"] == 0, FORK, "an alarm")
        return was

    def judge(self, system, path, at, state):
        """None, or the fault of one state."""
        position, run = state.position, state.number % 10 == 0
        try:
            m = disk.Mounted(system, path, at, state.number % 7)  # a disk may have another name after a start
        except OSError as e:
            return Fault(SYSTEM, e)
        try:
            self.audit(position, m.top, run)
        except Fault as e:
            return e
        except (ValueError, KeyError, OSError) as e:  # answers that are none, files that cannot be read
            return Fault(START, f"{type(e).__name__}: {e}")
        finally:
            m.close()
        return None
