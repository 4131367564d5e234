#!/usr/bin/python3
"""Goal of this test: log succeed, keys rotate, restore and a write to the log mirror, killed before any of their syncs, renames or removals, end in a sound state when the same command comes again (a sample; make torture: every one)."""
import glob, os, shutil, sqlite3, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import BUILD, Tap, World

CALLS = "fsync,fdatasync,sync_file_range,ftruncate,rename,renameat,renameat2,link,linkat,unlink,unlinkat"
EVERY = len(sys.argv) > 1 and sys.argv[1] == "all"
MOST = 120
tap, w = Tap(), World()
PLACE = "451224102201"
MIRROR, ROOT, WORD, BACKUP = w.path("mirror"), w.path("root.key"), w.path("word"), w.path("backup")
houses = 0

if shutil.which("strace") is None or subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
    print("1..0 # SKIP strace is not here, or may not trace")
    sys.exit(0)


def killed(n, *args):
    """The command, killed before its n-th such call.  Was it?"""
    cmd = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + CALLS, "-e", f"inject={CALLS}:signal=KILL:when={n}",
           os.path.join(BUILD, "bin", "tally-county"), "-D", w.county_dir] + list(args)
    p = subprocess.run(cmd, capture_output=True, text=True, timeout=60)
    return p.returncode < 0 or p.returncode == 137


def numbers(fresh, *args):
    """Before which calls to kill: all of them, or a sample with the first and the last ones."""
    fresh()
    out = w.path("calls")
    p = subprocess.run(["strace", "-f", "-qq", "-o", out, "-e", "trace=" + CALLS, os.path.join(BUILD, "bin", "tally-county"), "-D", w.county_dir] + list(args), capture_output=True, text=True, timeout=60)
    assert p.returncode == 0, p.stderr
    count = sum(1 for line in open(out) if "(" in line and "resumed" not in line)
    assert 3 < count < MOST, count
    return list(range(1, count + 1)) if EVERY else sorted({count // 6, count // 3, 2 * count // 3, 5 * count // 6, count})


def record(n=1):
    global houses
    for _ in range(n):
        houses += 1
        r = w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h{houses}", "stage=applied", "date=2026-10-28", "household/name=韦某某", "allowance=20000元")
        assert r.code == 0, r.err


def sync():
    return w.agent("a", "sync", "--timeout", "20", "--json")


def place(src):
    """The county's folder as it stood."""
    def put():
        shutil.rmtree(w.county_dir, ignore_errors=True)
        if src:
            shutil.copytree(src, w.county_dir)
    return put


def successions():
    db = sqlite3.connect(os.path.join(w.county_dir, "ledger.db"))
    n = db.execute("SELECT count(*) FROM leaf WHERE instr(data, CAST('kind succession' AS BLOB)) > 0 OR instr(data, CAST(x'0a' || 'old-log ' AS BLOB)) > 0").fetchone()[0]
    db.close()
    return n


def said(name):
    return open(os.path.join(w.county_dir, name)).read()


def head():
    r = w.county("log", "checkpoint", "--json")
    return (r.json()["size"], r.json()["root"]) if r.code == 0 else r.err


def sound(faults, n, what, *more):
    """What every state has to be in the end: whole, signing, its files those that the log names."""
    for good, why in ((w.county("log", "check").code == 0, "log check"), *more):
        if not good:
            faults.append(f"killed before call {n} of {what}: {why}")


w.make_county("county.example/cut")
shutil.move(os.path.join(w.county_dir, "root.key"), ROOT)
with open(WORD, "w") as f:
    f.write("correct horse battery staple\n")
county = w.start_county()
w.make_agent("a", PLACE)
record(2)
assert sync().code == 0
county.stop()
shutil.copytree(w.county_dir, w.path("early"))
assert w.county("backup", BACKUP, "--with-keys", "--passphrase-file", WORD).code == 0
county = w.start_county("--log-mirror", MIRROR, listen=county.address)
record(2)
assert sync().code == 0
county.stop()
shutil.copytree(w.county_dir, w.path("late"))
shutil.copytree(MIRROR, w.path("mirror.late"))
late = head()

# log succeed, out of a backup without a guard and beside a guard that knows of more
SUCCEED = ["log", "succeed", "--root", ROOT, "--accept-loss"]
place(None)()
assert w.county("restore", BACKUP, "--passphrase-file", WORD).code == 0
shutil.copytree(w.county_dir, w.path("restored"))
place(w.path("late"))()
for f in glob.glob(os.path.join(w.county_dir, "ledger.db*")):
    os.unlink(f)
shutil.copy(w.path("early", "ledger.db"), w.county_dir)
shutil.copytree(w.county_dir, w.path("behind"))
for name in ("restored", "behind") if EVERY else ("behind",):
    fresh, faults, half = place(w.path(name)), [], 0
    ns = numbers(fresh, *SUCCEED)
    for n in ns:
        fresh()
        killed(n, *SUCCEED)
        keys = {f: open(f, "rb").read() for f in glob.glob(os.path.join(w.county_dir, "*.key"))}
        before = successions()
        r = w.county("user", "add", "lu", "--role", "viewer")
        done = "cut/2" in said("county.keys")
        half += before > 0 and not done
        refused = r.code == 2 and ("a succession was cut short" in r.err and "log succeed" in r.err) == (before > 0) or done
        again = w.county(*SUCCEED)
        sound(faults, n, "log succeed", (refused, f"another command signs in between, or is refused without a reason: {r.out}{r.err}"), (again.code == (1 if done else 0), f"the same again: {again.out}{again.err}"),
              (successions() == 1, f"{successions()} successions"), ("cut/2" in said("county.keys") and "cut/2" in said("policy.txt"), "county.keys or policy.txt name the old log"),
              (w.county("user", "add", "mo", "--role", "viewer").code == 0, "it does not sign"), (all(open(f, "rb").read() == keys[f] for f in keys), "a key is gone"))
    tap.ok(not faults and half > 0, f"log succeed ({name}), killed before {len(ns)} of its calls, goes on where it was: one succession, and nobody signs before it is finished", "\n".join(faults) or "never half done")

# keys rotate
ROTATE = ["keys", "rotate", "--root", ROOT]
shutil.rmtree(MIRROR)
shutil.copytree(w.path("mirror.late"), MIRROR)
fresh, faults = place(w.path("early")), []
ns = numbers(fresh, *ROTATE)
for n in ns:
    fresh()
    killed(n, *ROTATE)
    r = w.county("user", "add", "lu", "--role", "viewer")
    version = w.county("keys", "--json").json()["version"]
    again = w.county(*ROTATE)
    sound(faults, n, "keys rotate", (r.code == 0 and version in (1, 2), f"in between: version {version}: {r.err}"), (again.code == 0, again.err),
          (w.county("keys", "--json").json()["version"] == version + 1, "the version after it"), (w.county("user", "add", "mo", "--role", "viewer").code == 0, "it does not sign"))
tap.ok(not faults, f"keys rotate, killed before {len(ns)} of its calls, has happened or has not, and comes again", "\n".join(faults))
place(w.path("restored"))()
ahead = os.path.join(w.county_dir, "sealing-2.key")
shutil.copy(os.path.join(w.county_dir, "sealing.key"), ahead)
r = w.county(*ROTATE)
tap.ok(r.code == 2 and os.path.exists(ahead), "where nothing may be signed it touches no key of a version that only the mirror knows", r.out + r.err)
place(w.path("early"))()

# a write to the mirror
ADD = ["user", "add", "lu", "--role", "viewer"]


def with_mirror():
    place(w.path("late"))()
    shutil.rmtree(MIRROR)
    shutil.copytree(w.path("mirror.late"), MIRROR)


faults = []
ns = numbers(with_mirror, *ADD)
for n in ns:
    with_mirror()
    killed(n, *ADD)
    r = w.county("user", "add", "mo", "--role", "viewer")
    was = head()
    sound(faults, n, "a write to the mirror", (r.code == 0, r.err))
    place(w.path("restored"))()
    r = w.county("restore", "--from-mirror", MIRROR)
    sound(faults, n, "a write to the mirror", (r.code == 0 and head() == was, f"out of the mirror: {r.err} {head()} {was}"))
tap.ok(not faults, f"a write to the mirror, killed before {len(ns)} of its calls, leaves the mirror what the database is", "\n".join(faults))

# restore, and on from the mirror
RESTORE = ["restore", BACKUP, "--passphrase-file", WORD, "--from-mirror", MIRROR]


def with_nothing():
    place(None)()
    shutil.rmtree(MIRROR)
    shutil.copytree(w.path("mirror.late"), MIRROR)


faults = []
ns = numbers(with_nothing, *RESTORE)
for n in ns:
    with_nothing()
    killed(n, *RESTORE)
    init = w.county("init", "--origin", "county.example/cut", "--name", "x") if os.path.exists(os.path.join(w.county_dir, "restore.unfinished")) else None
    r = w.county(*RESTORE)
    if r.code == 1 and "from-mirror" in r.err:
        r = w.county("restore", "--from-mirror", MIRROR)
    sound(faults, n, "restore", (init is None or init.code != 0, "init makes another county over it"), (r.code == 0, r.err), (head() == late, f"{head()} is not {late}"), (w.county(*ADD).code == 0, "it does not sign"))
tap.ok(not faults, f"restore, killed before {len(ns)} of its calls, comes again to what the mirror knows", "\n".join(faults))

# a mirror of a log that was continued
place(w.path("restored"))()
assert w.county(*SUCCEED).code == 0
shutil.copytree(w.county_dir, w.path("continued"))
assert w.county("backup", w.path("backup2"), "--with-keys", "--passphrase-file", WORD).code == 0
county = w.start_county("--log-mirror", w.path("mirror2"), listen=county.address)
r = sync()
tap.ok(r.code == 0 and r.json()["waiting"] == 0, "the village goes on with the new log", r.out + r.err)
county.stop()
was = head()
shutil.copytree(w.path("mirror2"), w.path("mirror2.kept"))
for name, backup in (("after", w.path("backup2")), ("before", BACKUP)):
    keys = {f: open(f, "rb").read() for f in glob.glob(w.path("continued", "*-*.key"))}
    place(None)()
    r = w.county("restore", backup, "--passphrase-file", WORD, "--from-mirror", w.path("mirror2"))
    if name == "before":
        tap.ok(r.code == 2 and "sealing" in r.err, "without the key that opens its personal parts a mirror is not taken", r.err)
    for f in keys:  # those of the new log are in no backup from before it
        open(os.path.join(w.county_dir, os.path.basename(f)), "wb").write(keys[f])
        os.chmod(os.path.join(w.county_dir, os.path.basename(f)), 0o600)
    if name == "before":
        r = w.county("restore", "--from-mirror", w.path("mirror2"))
    now, checked, signs = head(), w.county("log", "check"), w.county(*ADD)
    tap.ok(r.code == 0 and now == was and checked.code == 0 and signs.code == 0 and "cut/2" in said("policy.txt") and "cut/2" in said("county.keys"),
           f"a continued log comes back from its mirror, onto a backup from {name} the succession", f"{r.out}{r.err}{checked.out}{checked.err}{signs.err}{now} {was}")
    shutil.rmtree(w.path("mirror2"))
    shutil.copytree(w.path("mirror2.kept"), w.path("mirror2"))
w.close()
tap.done()
