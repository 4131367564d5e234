#!/usr/bin/python3
"""Goal of this test: whichever system call on a file fails under the real agent, once or from there on, its exit status is true, and
afterwards every acknowledged entry is there, verifies, and is confirmed.   tests/torture/inject.py [STEP|short]   (needs strace)"""
import os, re, shutil, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from world import BUILD, Tap, World

step = int(sys.argv[1]) if sys.argv[1:] and sys.argv[1].isdigit() else 1
CALLS = ("fsync", "fdatasync", "pwrite64", "write", "rename", "openat", "ftruncate", "pread64", "unlink", "link")
ERRORS = ("EIO", "ENOSPC")
short = "short" in sys.argv
if short:  # make check: a few of each
    CALLS, ERRORS, step = ("fsync", "pwrite64", "openat"), ("EIO",), 40
PLACE = "451224102201"
tap, w = Tap(), World()


def strace_works():
    try:
        return subprocess.run(["strace", "-qq", "-e", "trace=fsync", "-o", "/dev/null", "true"], capture_output=True).returncode == 0
    except OSError:
        return False


if not strace_works():
    print("1..0 # SKIP no strace here, or it may not trace")
    raise SystemExit(0)


class Said:
    def __init__(self, p):
        self.code, self.out, self.err = p.returncode, p.stdout, p.stderr


def agent(folder, *words, call=None, error=None, when=None):
    """The agent, with one call failing; *when* is strace's: N or N+."""
    cmd = [os.path.join(BUILD, "bin", "tally-agent"), "-D", w.path(folder), *words]
    trace = w.path("trace")
    if call:
        # only what touches files of the folder: by its path, so that loading libraries and printing go on
        cmd = ["strace", "-f", "-qq", "-o", trace, "-P", w.path(folder), *sum((["-P", p] for p in paths(folder)), []),
               "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"] + cmd
    p = subprocess.run(cmd, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    if not call:
        return Said(p), 0
    return Said(p), len(re.findall(r"\(INJECTED\)", open(trace, errors="replace").read()))


def paths(folder):
    names = ["journal.db", "journal.db-wal", "guard", "attachments", "rest.key", "users", "device-1.key", "device-2.key"]
    return [w.path(folder, n) for n in names]


def restore(kept, folder):
    """The same folder again: its number belongs to the guard's fingerprint."""
    for name in os.listdir(w.path(folder)):
        p = w.path(folder, name)
        shutil.rmtree(p) if os.path.isdir(p) else os.unlink(p)
    shutil.copytree(w.path(kept), w.path(folder), dirs_exist_ok=True)


def entries(folder):
    r, _ = agent(folder, "list", "--json")
    import json
    return None if r.code else [json.loads(l) for l in r.out.splitlines()]


def judge(name, folder, r, want, epoch):
    """-> what is wrong, or None.  `want`: entries that must be there."""
    if r.code not in (0, 2):
        return f"exit status {r.code}: {r.err}"
    if r.code == 2 and len(r.err) < 10:
        return "failed without a word"
    rows = entries(folder)
    if rows is None:
        return "afterwards it does not list"
    held = {x["entry"] for x in rows}
    if not want <= held:
        return "an acknowledged entry is lost"
    if epoch and {x["epoch"] for x in rows} != {1}:
        return "a new epoch for nothing"
    v, _ = agent(folder, "verify")
    return f"it does not verify: {v.out}" if v.code else None


def walk(name, folder, prepare, words, want, after, epoch=True):
    points, bad = 0, []
    for call in CALLS:
        for error in ERRORS:
            for plus in ("", "+"):
                k = 1
                while k < 400:
                    prepare()
                    r, hits = agent(folder, *words, call=call, error=error, when=f"{k}{plus}")
                    if not hits:
                        break
                    points += 1
                    wrong = judge(name, folder, r, want, epoch) or after(r)
                    if wrong:
                        bad.append(f"{call} {error} when={k}{plus}: {wrong}")
                    k += step
    tap.ok(points > 0 and not bad, f"{name}: {points} fault points", "\n".join(bad))


w.make_county()
county = w.start_county()
w.make_agent("a", PLACE)
for i in range(3):
    assert w.agent("a", "record", "water-works", f"subject={PLACE}-k{i}", "kind=cellar", "stage=started", "date=2026-10-01", f"persons={i + 1}").code == 0
assert w.agent("a", "sync", "--timeout", "20").code == 0
from corpus import photo
import random
with open(w.path("house.jpg"), "wb") as f:
    f.write(photo.house(random.Random(7), 24.5, 107.3))
shutil.copytree(w.path("a"), w.path("kept"))
want = {x["entry"] for x in entries("a")}
record = ["record", "housing-rebuild", f"subject={PLACE}-h1", "date=2026-10-28", "stage=roof", "--photo", f"photo={w.path('house.jpg')}", "--id", "one", "--json"]


def after_record(r):
    """What it said is there; said again with the same id it is the same."""
    rows = entries("a")
    n = [x for x in rows if x["kind"] == "record"]
    if r.code == 0 and len(n) != 4:
        return "recorded, it said, and it is not there"
    again, _ = agent("a", *record)
    if again.code:
        return f"afterwards: {again.err}"
    return None if len([x for x in entries("a") if x["kind"] == "record"]) == 4 else "doubled"


walk("record with a photo", "a", lambda: restore("kept", "a"), record, want, after_record)

restore("kept", "a")
first = sorted(want)[0]
target = [x for x in entries("a") if x["kind"] == "record"][0]["entry"]


def after_correct(r):
    again, _ = agent("a", "correct", target, "persons=9", "--id", "two")
    return f"afterwards: {again.err}" if again.code else None


if not short:
    walk("correct", "a", lambda: restore("kept", "a"), ["correct", target, "persons=9", "--id", "two"], want, after_correct)


def without_guard():
    restore("kept", "a")
    os.unlink(w.path("a", "guard"))


if not short:
    walk("a new epoch", "a", without_guard, ["status"], want, lambda r: None, epoch=False)


def fresh():
    shutil.rmtree(w.path("new"), ignore_errors=True)


def after_init(r):
    again, _ = agent("new", "init", "--place", PLACE)
    if again.code == 2:
        return f"a second init: {again.err}"
    v, _ = agent("new", "verify")
    return None if v.code == 0 else f"half an agent: {v.err}"


points, bad = 0, []
for call in CALLS:
    for plus in ("", "+"):
        for k in range(1, 200, step):
            fresh()
            # its files lie in a temporary folder first: no paths to select by, so everything but starting the program
            cmd = ["strace", "-f", "-qq", "-o", w.path("trace"), "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when={k + 40 if call == 'openat' else k}{plus}",
                   os.path.join(BUILD, "bin", "tally-agent"), "-D", w.path("new"), "init", "--place", PLACE]
            r = Said(subprocess.run(cmd, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL))
            if "(INJECTED)" not in open(w.path("trace"), errors="replace").read():
                break
            points += 1
            if r.code == 127:  # it was the loader's
                points -= 1
                continue
            wrong = after_init(r) if r.code in (0, 2) else f"exit status {r.code}: {r.err}"
            if wrong:
                bad.append(f"{call} when={k}{plus}: {wrong}")
tap.ok(points > 0 and not bad, f"init: whole or nothing: {points} fault points", "\n".join(bad))


def unsynced():
    restore("unsynced", "b")


w.make_agent("b", PLACE[:-1] + "2")
for i in range(3):
    assert w.agent("b", "record", "water-works", f"subject={PLACE}-b{i}", "kind=cellar", "stage=started", "date=2026-10-01", f"persons={i + 1}").code == 0
wanted = {x["entry"] for x in entries("b")}


def after_sync(r):
    again, _ = agent("b", "sync", "--timeout", "20", "--json")
    if again.code:
        return f"afterwards it does not sync: {again.err}"
    return None if all(x["state"] == "confirmed" for x in entries("b")) else "not all is confirmed"


# the county goes on from one sync to the next, so the folder does too; every time there is something to send
count = [0]


def more():
    count[0] += 1
    r, _ = agent("b", "record", "water-works", f"subject={PLACE}-c{count[0]}", "kind=cellar", "stage=started", "date=2026-10-01", "persons=1", "--json")
    assert r.code == 0, r.err
    import json
    wanted.add(json.loads(r.out)["entry"])


walk("sync", "b", more, ["sync", "--timeout", "1"], wanted, after_sync)
county.stop()
r = w.county("log", "check")
tap.ok(r.code == 0, "the county's log checks", r.out + r.err)
w.close()
tap.done()
