#!/usr/bin/python3
"""Goal of this test: a county that comes back from an old backup signs nothing, goes on from its log mirror exactly where it was, and no entry is lost or doubled; a mirror that cannot be written keeps answers back."""
import os, shutil, signal, sqlite3, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import BUILD, Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
MIRROR = w.path("second", "mirror")
word = w.path("word")
with open(word, "w") as f:
    f.write("correct horse battery staple\n")
houses = 0


def record(n=1):
    global houses
    for _ in range(n):
        houses += 1
        r = w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h{houses}", "stage=applied", "date=2026-10-28", "household/name=韦某某", "allowance=20000元")
        assert r.code == 0, r.err


def sync(seconds="30"):
    return w.agent("a", "sync", "--timeout", seconds, "--json")


def head():
    r = w.county("log", "checkpoint", "--json")
    assert r.code == 0, r.err
    return r.json()["size"], r.json()["root"]


def forget():
    """The county's machine is lost, but for what lies elsewhere."""
    county.stop()
    shutil.rmtree(w.county_dir)


def serve(*args):
    return w.start_county("--log-mirror", MIRROR, *args, listen=address)


os.mkdir(w.path("second"))
w.make_county("county.example/restore")
county = w.start_county()
address = county.address
w.make_agent("a", PLACE)
record(2)
assert sync().code == 0

# a backup of the running county
backup = w.path("county.backup")
r = w.county("backup", backup, "--with-keys", "--passphrase-file", word)
tap.ok(r.code == 0, "a running county is backed up into one file", r.out + r.err)
tap.ok(b"\x00ed25519" not in open(backup, "rb").read() and b"root.key" not in open(backup, "rb").read(), "without the root key")
r = w.county("backup", backup)
tap.ok(r.code == 2 and "already" in r.err, "never over another file", r.err)
bare = w.path("bare.backup")
r = w.county("backup", bare)
tap.ok(r.code == 0 and "NOT in it" in r.err, "without --with-keys it says what is missing", r.err)
county.stop()

# the mirror, of everything that is there already and of what comes
county = serve()
record(3)
r = sync()
tap.ok(r.code == 0 and r.json()["confirmed"] == 3, "with a log mirror entries are confirmed as ever", r.out + r.err)
entry = w.agent("a", "list", "--json").lines()[0]["entry"]
r = w.county("review", "return", entry, "--note", "照片看不清")
tap.ok(r.code == 0, "a command writes to the mirror too", r.err)
before, status = head(), w.county("status", "--json").json()
county.stop()

# the same folder, an older database: refused by name
saved = w.path("saved.db")
db = os.path.join(w.county_dir, "ledger.db")
shutil.copytree(w.county_dir, w.path("county.full"))
shutil.rmtree(w.county_dir)
r = program("tally-county", "restore", backup, data=w.county_dir)
tap.ok(r.code == 2 and "passphrase" in r.err, "keys in a backup need their passphrase", r.err)
shutil.rmtree(w.county_dir, ignore_errors=True)
with open(w.path("other"), "w") as f:
    f.write("another passphrase\n")
r = w.county("restore", backup, "--passphrase-file", w.path("other"))
tap.ok(r.code == 2 and "another passphrase" in r.err, "and no other", r.err)
shutil.rmtree(w.county_dir, ignore_errors=True)
r = w.county("restore", backup, "--passphrase-file", word, "--json")
tap.ok(r.code == 0 and r.json()["may_sign"] is False and r.json()["size"] < before[0], "a restored county says that it signs nothing yet", r.out + r.err)
r = w.county("restore", backup, "--passphrase-file", word)
tap.ok(r.code == 1 and "not empty" in r.err, "a backup is never restored over anything", r.err)
r = w.county("device", "invite", "--place", PLACE, "--json")
r2 = w.county("user", "add", "lu", "--role", "viewer")
tap.ok(r2.code == 2, "no command makes it sign", r2.out + r2.err)
p = subprocess.run([os.path.join(BUILD, "bin", "tally-county"), "-D", w.county_dir, "run", "--listen", "127.0.0.1:0", "--log-mirror", MIRROR], capture_output=True, text=True, timeout=30)
tap.ok(p.returncode == 2 and "more leaves" in p.stderr and "--from-mirror" in p.stderr, "the server does not start beside a mirror that is ahead, and says what to do", p.stderr)
county = w.start_county(listen=address)
record()
r = sync("3")
tap.ok(r.code == 1 and r.json()["waiting"] == 1, "without the mirror it serves, and confirms nothing", r.out + r.err)
county.stop()

# on from the mirror
r = w.county("restore", "--from-mirror", MIRROR, "--json")
tap.ok(r.code == 0 and r.json()["may_sign"] and (r.json()["size"], r.json()["root"]) == before, "from its mirror it is where it was, root and all", r.out + r.err)
r = w.county("log", "check")
tap.ok(r.code == 0, "and whole", r.out + r.err)
now = w.county("status", "--json").json()
tap.ok(all(now[k] == status[k] for k in ("size", "root", "devices", "entries", "parked", "forked")), "its state is what it was", f"{status}\n{now}")
c = sqlite3.connect(db)
tap.ok(c.execute("SELECT count(*) FROM entry WHERE personal IS NOT NULL").fetchone()[0] == 5, "with what is personal")
tap.ok(c.execute("SELECT count(*) FROM salted").fetchone()[0] == 1, "and what reviewers wrote")
c.close()
county = serve()
r = sync()
tap.ok(r.code == 0 and r.json()["confirmed"] == 1, "the village goes on as if nothing had been", r.out + r.err)
a, b = w.path("audit"), w.path("village")
assert w.county("export", "--audit", a).code == 0 and w.agent("a", "export", "--audit", b).code == 0
r = program("tally-audit", "verify", a, "--village", b, "--json")
tap.ok(r.code == 0 and r.json()["entries"] == w.agent("a", "status", "--json").json()["entries"], "the auditor finds both halves to agree: nothing lost, nothing doubled", r.out + r.err)
data = b"".join(open(os.path.join(MIRROR, n), "rb").read() for n in ("log", "personal"))
tap.ok("韦某某".encode() not in data and "照片看不清".encode() not in data, "nothing personal can be read from the mirror")

# a torn end, as a cut leaves it
county.stop(signal.SIGKILL)
with open(os.path.join(MIRROR, "log"), "ab") as f:
    f.write(b"TMB1" + bytes(5) + b"\x99" * 300)
county = serve()
record()
r = sync()
tap.ok(r.code == 0, "a torn end of the mirror is cut away", r.out + r.err)
county.stop()
shutil.rmtree(w.county_dir)
assert w.county("restore", backup, "--passphrase-file", word, "--from-mirror", MIRROR).code == 0
tap.ok(w.county("log", "check").code == 0, "and what came after it is whole")

# the second place is gone: no answer
county = serve()
os.rename(MIRROR, MIRROR + ".away")
county.stop()
r = w.county("user", "add", "mo", "--role", "viewer")
tap.ok(r.code == 2 and "mirror" in r.err, "a command without its mirror writes nothing, by name", r.err)
os.rename(MIRROR + ".away", MIRROR)
r = w.county("user", "add", "mo", "--role", "viewer")
tap.ok(r.code == 0, "when it is back, all goes on", r.err)

# damage in the middle is no torn end
with open(os.path.join(MIRROR, "log"), "r+b") as f:
    f.seek(2000)
    f.write(b"\xff")
shutil.rmtree(w.county_dir)
r = w.county("restore", backup, "--passphrase-file", word, "--from-mirror", MIRROR)
tap.ok(r.code == 2 and "damaged at byte" in r.err, "a mirror damaged in its middle is refused, with the place", r.err)
w.close()
tap.done()
