#!/usr/bin/python3
"""Goal of this test: cadres and their PINs: attempts are counted through kill -9, what the county has is locked away without a PIN and shown to
nobody, a forgotten PIN comes back with the county's code, what may go goes and nothing else, and a backup gives a device again."""
import glob, json, os, shutil, signal, subprocess, sys, time

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), TESTS]
from world import BUILD, Daemon, Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
SECRET = "屋主王小明"
HOUSE = ["record", "housing-rebuild", f"subject={PLACE}-h1", "date=2026-10-28", "stage=roof", f"remark={SECRET}"]
PIN, PIN2, PIN3 = "271828", "602214", "299792458"
w.make_county()
w.start_county()
w.make_agent("a", PLACE)


def a(*args, agent="a", **kw):
    return w.agent(agent, *args, **kw)


def user(verb, who, *args, pins=(), **kw):
    return a("user", verb, who, *args, "--pin-file", "-", stdin="".join(p + "\n" for p in pins), **kw)


def personal(entry, agent="a", **kw):
    r = a("show", entry, "--json", agent=agent, **kw).json()
    return r["personal"], r.get("personal_state")


def lies_there(text, agent="a"):
    raw = text.encode()
    return [p for p in glob.glob(w.path(agent, "**"), recursive=True) if os.path.isfile(p) and raw in open(p, "rb").read()]


def counted(who):
    """The wrong ones in a row as they stand on the disk."""
    try:
        with open(w.path("a", "users"), encoding="utf-8") as f:
            return max([int(x.split()[3]) for x in f if x.startswith(f"user {who} ")], default=0)
    except OSError:  # between two renames
        return 0


# Cadres
first = a(*HOUSE, "--json").json()["entry"]
tap.ok(not lies_there(SECRET), "a personal part lies nowhere in the clear", lies_there(SECRET))
r = user("add", "li", "--name", "李丽", pins=["123456"])
tap.ok(r.code == 1 and "first that anybody tries" in r.err, "the commonest PINs are refused", r.err)
r = user("add", "li", "--name", "李丽", pins=[PIN])
tap.ok(r.code == 0, "a first cadre", r.err)
r = user("add", "wu", pins=[PIN2])
tap.ok(r.code == 1 and "vouch" in r.err, "a second one needs somebody who vouches", r.err)
r = user("add", "wu", "--as", "li", pins=["111113", PIN2])
tap.ok(r.code == 1 and "not the PIN" in r.err, "with the right PIN", r.err)
r = user("add", "wu", "--as", "li", pins=[PIN, PIN2])
tap.ok(r.code == 0, "then there are two", r.err)
rows = [json.loads(x) for x in a("user", "list", "--json").out.splitlines()]
tap.ok([(x["id"], x["state"], x["fails"], x["name"]) for x in rows] == [("li", "active", 0, ""), ("wu", "active", 0, "")], "a right PIN sets the count back; names stay in the cabinet", rows)
tap.ok(not lies_there("李丽"), "a cadre's name lies nowhere in the clear", lies_there("李丽"))

# What is confirmed is locked away
tap.ok(personal(first)[0] is not None, "what is still to be sent can be read by the agent", personal(first))
r = a("sync")
tap.ok(r.code == 0, "synced", r.err)
tap.ok(personal(first) == (None, "locked"), "what the county has is locked", personal(first))
tap.ok(a("verify").code == 0, "which is no finding", a("verify").out)
r = a("correct", first, "stage=finished")
tap.ok(r.code != 0 and "locked" in r.err, "half of an entry is not taken for all of it", r.err)
half = w.path("half")
r = a("export", "--audit", half)
lines = [x for p in glob.glob(half + "/entries/*/*/personals") for x in open(p, encoding="utf-8").read().splitlines()]
tap.ok(r.code == 0 and "locked" in r.err and all(x == "-" for x in lines), "the village's half withholds it", (r.err, lines))
out = w.path("county-export")
assert w.county("export", "--audit", out).code == 0
told = [x for p in glob.glob(out + "/entries/*/*/personals") for x in open(p, encoding="utf-8").read().splitlines()]
tap.ok(sum(SECRET in x for x in told) == 1 and "code" not in "".join(told), "the county's export has it, and no code", told)
r = program("tally-audit", "verify", out, "--village", half, "--policy", os.path.join(out, "policy.txt"), "--json")
tap.ok(r.json()["verdict"] == "ok", "and the audit finds nothing", r.out)
r = subprocess.run([sys.executable, os.path.join(TESTS, "checker", "verify"), out], capture_output=True, text=True)
tap.ok(r.returncode == 0, "nor does the independent checker", r.stdout + r.stderr)

# Attempts are counted on disk before they are looked at
for i in range(4):
    p = subprocess.Popen([os.path.join(BUILD, "bin", "tally-agent"), "-D", w.path("a"), "user", "reset", "wu", "--as", "wu", "--pin-file", "-"],
                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    p.stdin.write("000001\n314159\n")
    p.stdin.close()
    for _ in range(2000):
        if counted("wu") > i or p.poll() is not None:
            break
        time.sleep(0.001)
    p.send_signal(signal.SIGKILL)
    p.wait()
rows = {x["id"]: x for x in map(json.loads, a("user", "list", "--json").out.splitlines())}
tap.ok(rows["wu"]["fails"] == 4, "an attempt that was killed off counts", rows["wu"])
r = user("reset", "wu", "--as", "wu", pins=["000001", "314159"])
tap.ok(r.code == 1 and "not the PIN" in r.err, "the fifth is wrong like the others", r.err)
r = user("reset", "wu", "--as", "wu", pins=[PIN2, "314159"])
tap.ok(r.code == 1 and "wait" in r.err, "then also the right one has to wait", r.err)

# A forgotten PIN
r = w.county("device", "reset-code", a("status", "--json").json()["device"])
code = r.out.split()[0] if r.code == 0 else ""
tap.ok(r.code == 0 and len(code.replace("-", "")) == 16, "the county holds a code for the device", r.out + r.err)
tap.ok(not lies_there(code.replace("-", "")) and not lies_there(code.replace("-", ""), "county"), "which lies nowhere in the clear")
wrong = ("B" if code[0] != "B" else "C") + code[1:]
r = user("reset", "wu", "--code", wrong, pins=[PIN3])
tap.ok(r.code == 1 and "not the code" in r.err, "another code is none", r.err)
r = user("reset", "wu", "--code", code.lower().replace("o", "0").replace("i", "1"), pins=[PIN3])
tap.ok(r.code == 0, "it gives a new PIN, however it is typed", r.err)
r = user("reset", "wu", "--code", code, pins=["314159"])
tap.ok(r.code == 1, "and is used up", r.err)
r = user("reset", "li", "--as", "wu", pins=[PIN3, PIN])
tap.ok(r.code == 0, "the new PIN opens the cabinet", r.err)
assert a("sync").code == 0
r = w.county("device", "reset-code", a("status", "--json").json()["device"])
second = r.out.split()[0] if r.code == 0 else ""
tap.ok(r.code == 0 and second != code, "a new code has replaced it", r.out + r.err)
r = user("reset", "wu", "--code", second, pins=[PIN2])
tap.ok(r.code == 0, "which is good in its turn", r.err)
assert a("sync").code == 0

# A cadre who leaves
r = a("handover", "--to", "wu", "--as", "li")
tap.ok(r.code == 0 and "handed over from li to wu" in r.out, "handover", r.out + r.err)
r = a("user", "disable", "li")
tap.ok(r.code == 0 and user("reset", "wu", "--as", "li", pins=[PIN, PIN3]).code == 1, "who left has no PIN any more", r.err)
r = a("user", "disable", "wu")
tap.ok(r.code == 1 and "nobody else" in r.err, "the last one stays", r.err)

# Everything the same while the agent runs
d = Daemon("tally-agent", "run", "--listen", "127.0.0.1:0", "--interval", "1", data=w.path("a"))
r = user("reset", "li", "--as", "wu", pins=[PIN2, PIN])
tap.ok(r.code == 0, "a PIN can be set while the agent runs", r.err)
second_entry = a(*[x.replace("10-28", "10-30") for x in HOUSE], "--json").json()["entry"]
for _ in range(100):
    if personal(second_entry) == (None, "locked"):
        break
    time.sleep(0.1)
tap.ok(personal(second_entry) == (None, "locked"), "and what is confirmed is put away by itself", personal(second_entry))
d.stop()

# What may go
waiting = a(*[x.replace("10-28", "10-29") for x in HOUSE], "--json").json()["entry"]
r = a("retention", "--dry-run", "--json").json()
tap.ok(r["personal"] == 0, "nothing is old yet", r)
r = a("retention", "--dry-run", "--days", "0", "--json").json()
tap.ok(r["personal"] == 2 and personal(first) == (None, "locked"), "a dry run says what may go", r)
r = a("retention", "--days", "0", "--json").json()
tap.ok(r["personal"] == 2 and personal(first) == (None, None), "and then it goes", (r, personal(first)))
tap.ok(personal(waiting)[0] is not None, "never what the county has not confirmed", personal(waiting))
tap.ok(a("verify").code == 0, "the journal is sound without it", a("verify").out)

# Backup
copy = w.path("copy.db")
r = a("backup", copy)
tap.ok(r.code == 0 and os.path.getsize(copy) > 0, "a backup", r.err)
raw = open(copy, "rb").read()
key = [x for x in open(w.path("a", "device-1.key"), encoding="utf-8").read().split() if len(x) == 44][0]
tap.ok(SECRET.encode() not in raw and key.encode() not in raw and open(w.path("a", "rest.key"), encoding="utf-8").read().split()[2].encode() not in raw, "in which nothing is in the clear, and no key")
r = a("backup", copy)
tap.ok(r.code == 2, "over nothing that is there", r.err)
device = a("status", "--json").json()["device"]
r = a("init", "--from", copy, agent="b")
tap.ok(r.code == 0 and "new epoch" in r.err, "a device is made of it, with a new epoch", r.err)
s = a("status", "--json", agent="b").json()
tap.ok(s["device"] == device and s["epoch"] == 2, "the same device", s)
r = a("enrol", w.url, "--token", w.invite(PLACE, "--for", device), agent="b")
tap.ok(r.code == 0, "the county lets it in again", r.err)
r = a("sync", "--timeout", "20", "--json", agent="b")
tap.ok(r.json()["requests"] < 5, "what can never be sent is not tried without end", r.out)
tap.ok(a("status", "--json", agent="b").json()["set_aside"] == 1, "what had not been sent is set aside: its personal part is lost", r.err)
tap.ok(personal(waiting, agent="b") == (None, "lost"), "and said to be lost, not erased", personal(waiting, agent="b"))
third = w.county("device", "reset-code", device).out.split()[0]
r = user("reset", "wu", "--as", "wu", pins=[PIN2, PIN3], agent="b")
tap.ok(r.code == 1 and "must be reset" in r.err, "no PIN came with the backup", r.err)
r = user("reset", "wu", "--code", third, pins=[PIN3], agent="b")
tap.ok(r.code == 0, "the county's code opens its cabinet", r.err)
tap.done()
