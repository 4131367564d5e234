#!/usr/bin/python3
"""Goal of this test: after a damaged journal was salvaged, and entries are gone that the county has, sync goes on: no false alarm, nothing doubled, and everybody can say what is lost."""
import os, re, shutil, sqlite3, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
PAGE = 4096
w.make_county()
w.start_county()


def record(name, a, b):
    for n in range(a, b):
        r = w.agent(name, "record", "water-works", f"subject={PLACE}-w{n}", "kind=cellar", "stage=started", "date=2026-10-01")
        assert r.code == 0, r.err


def sync(name):
    return w.agent(name, "sync", "--timeout", "30", "--json")


def rows(name):
    """{seq: is it confirmed} of epoch 1"""
    db = sqlite3.connect(w.path(name, "journal.db"))
    found = {n & ((1 << 40) - 1): i is not None for n, i in db.execute("SELECT n, log_index FROM entry WHERE n < 2 << 40")}
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return found


def damage(name, seqs):
    """These entries' headers are zeroes wherever they lie, and so is the page that finds entries by their hashes."""
    path = w.path(name, "journal.db")
    db = sqlite3.connect(path)
    roots = [r for r, in db.execute("SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'entry'")]
    db.close()
    data = bytearray(open(path, "rb").read())
    for m in list(re.finditer(rb"tallystick/entry/v1\n[^\0]{0,400}?\nepoch 1\nseq (\d+)\n", bytes(data))):
        if int(m.group(1)) in seqs:
            data[m.start():m.end()] = bytes(m.end() - m.start())
    for r in roots:
        data[(r - 1) * PAGE:r * PAGE] = bytes(PAGE)
    open(path, "wb").write(data)


def lose(name, confirmed, waiting):
    before = rows(name)
    lost = set(confirmed) | set(waiting)
    assert all(before[s] for s in confirmed) and not any(before[s] for s in waiting), before
    damage(name, lost)
    for _ in range(3):  # the first command may be the one that finds it
        r = w.agent(name, "verify")
        if any(f.startswith("journal.db.damaged") for f in os.listdir(w.path(name))):
            break
    gone = set(before) - set(rows(name))
    tap.ok(gone == lost and w.agent(name, "status", "--json").json()["epoch"] == 1, f"{name}: what was damaged is gone, the rest was salvaged", (gone, r.out, r.err))


def holds(name, label):
    record(name, 900, 903)
    for _ in range(2):
        r = sync(name)
        tap.ok(r.code == 0 and r.json()["waiting"] == 0, f"{label}: sync goes on, and nothing waits", r.out + r.err)
    got = r.json()
    tap.ok(got["sent"] == 0 and got["confirmed"] == 0, f"{label}: nothing is sent again", got)
    tap.ok(not os.path.exists(w.path(name, "alarms")), f"{label}: no alarm about an honest county")
    r = w.agent(name, "verify")
    tap.ok(r.code == 0, f"{label}: receipts that name what is lost too hold", r.out + r.err)


def audited(name, label):
    """The auditor lays the half beside the county's export: the loss entries explain what is not in the journal."""
    half, export = w.path(name + ".half"), w.path(name + ".export")
    for r in (w.agent(name, "export", "--audit", half), w.county("export", "--audit", export)):
        assert r.code == 0, r.err
    r = program("tally-audit", "verify", export, "--village", half, "--json")
    return tap.ok(r.code == 0 and r.json()["findings"] == [], f"{label}: the auditor finds that nothing speaks against county or village", r.out + r.err)


def stale_answer(name):
    """One sync whose answer never came: the county has the entries, the journal no receipts."""
    rows(name)
    shutil.copytree(w.path(name), w.path(name + ".kept"))
    assert sync(name).code == 0
    counter = sqlite3.connect(w.path(name, "journal.db")).execute("SELECT value FROM meta WHERE key = 'counter'").fetchone()[0]
    for f in ("journal.db", "guard"):  # the same folder, older content
        shutil.copyfile(w.path(name + ".kept", f), w.path(name, f))
    for f in ("journal.db-wal", "journal.db-shm"):
        if os.path.exists(w.path(name, f)):
            os.unlink(w.path(name, f))
    db = sqlite3.connect(w.path(name, "journal.db"))
    db.execute("UPDATE meta SET value = ? WHERE key = 'counter'", (counter,))
    db.commit()
    db.close()


# Entries with a receipt, and the first that were never sent
w.make_agent("a", PLACE)
record("a", 0, 10)
assert sync("a").code == 0
record("a", 10, 22)
lose("a", [3, 4], [11, 12])
holds("a", "lost before and behind the frontier")
audited("a", "lost before and behind the frontier")

# The county has entries whose receipt never came; of these too some are lost
w.make_agent("b", "451224102202")
record("b", 0, 10)
assert sync("b").code == 0
record("b", 10, 22)
stale_answer("b")
lose("b", [5], [13, 14, 15, 18])
holds("b", "lost of what was never answered for")
audited("b", "lost of what was never answered for")
w.close()
tap.done()
