#!/usr/bin/python3
"""Goal: two counties mirror to a prefecture, which verifies all of it, holds nothing personal, reports over both with what is silent named, hands out their audit exports, and refuses a history that was rewritten, with the evidence kept."""
import json, os, shutil, socket, sqlite3, subprocess, sys, threading, time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Daemon, FORMS, Tap, World, program

tap, w = Tap(), World()
NAME, OTHER, ORDER = "韦月兰", "蒙桂英", "市中院 (2026) 17 号"
PLACES = {"east": "451224102201", "west": "451223001001"}


class County:
    """One county with its village, in folders of its own."""

    def __init__(self, name, origin):
        self.name, self.dir, self.url, self.daemon, self.origin = name, w.path(name), None, None, origin
        r = self.run("init", "--origin", origin, "--name", name)
        assert r.code == 0, r.err

    def run(self, *args, **kw):
        return program("tally-county", *args, data=self.dir, **kw)

    def say(self, *args):
        r = self.run(*args, "--json")
        assert r.code == 0, (args, r.err)
        return r.json()

    def start(self, listen="127.0.0.1:0"):
        self.daemon = Daemon("tally-county", "run", "--listen", listen, data=self.dir)
        w.daemons.append(self.daemon)
        self.url = "http://" + self.daemon.address

    def stop(self):
        self.daemon.stop()

    def village(self, name, place):
        token = self.say("device", "invite", "--place", place, "--unlisted")["token"]
        assert w.agent(name, "init", "--place", place).code == 0
        r = w.agent(name, "enrol", self.url, "--token", token)
        assert r.code == 0, r.err

    def keys_file(self):
        path = w.path(self.name + ".keys")
        with open(path, "w") as f:
            f.write(self.run("keys").out)
        return path


def house(county, n, stage="roof", name=NAME, money="20000元"):
    place = PLACES[county]
    r = w.agent(county + "-v", "record", "housing-rebuild", f"subject={place}-h{n}", f"stage={stage}", "date=2026-10-01", f"household/name={name}", f"allowance={money}", "--json")
    assert r.code == 0, r.err
    return r.json()["entry"]


def sync(county):
    r = w.agent(county + "-v", "sync", "--timeout", "20")
    assert r.code == 0, r.err


def everything(folder):
    got = b""
    for d, _, names in os.walk(folder):
        for n in names:
            if os.path.isfile(os.path.join(d, n)):
                got += open(os.path.join(d, n), "rb").read()
    return got


def head(c):
    s = c.say("status")
    return s["size"], s["root"]


def below(c, origin):
    return {x["origin"]: x for x in c.say("status")["counties"]}[origin]


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return False


upper = County("upper", "prefecture.example/hechi")
east, west, third = County("east", "county.example/east"), County("west", "county.example/west"), County("third", "county.example/third")
for c in (east, west):
    r = c.run("form", "publish", *FORMS)
    assert r.code == 0, r.err
    c.start()
    c.village(c.name + "-v", PLACES[c.name])
upper.start()
own = head(upper)
plan = w.path("plan.csv")
with open(plan, "w") as f:
    f.write("place,form,subject,name,due\n" + "".join(f"{PLACES['east']},housing-rebuild,{PLACES['east']}-h{i},计划户{i}号,2026-12-31\n" for i in range(1, 5)))
assert east.run("plan", "import", plan, "--unlisted").code == 0

entries = {c: [house(c, i) for i in range(1, 6)] for c in ("east", "west")}
for c in ("east", "west"):
    sync(c)
r = w.agent("east-v", "correct", entries["east"][1], "stage=completed", "allowance=25000元", "--json")
assert r.code == 0, r.err
r = w.agent("west-v", "withdraw", entries["west"][4], "--reason", OTHER, "--json")
assert r.code == 0, r.err
for c in ("east", "west"):
    sync(c)
assert east.run("review", "return", entries["east"][2], "--note", "照片不清 " + OTHER).code == 0
assert west.run("review", "accept", entries["west"][0]).code == 0

r = upper.run("mirror", "accept", east.keys_file(), "--place", "451224")
t_root = east.say("keys")["root"]
tap.ok(r.code == 0 and t_root in r.err and east.say("keys")["vkey"] in r.err, "accepting shows root key and log key to compare", r.err)
assert upper.run("mirror", "accept", third.keys_file(), "--place", "451225").code == 0
r = east.run("mirror", "add", upper.url, "--root", "00" * 32)
tap.ok(r.code == 2 and "another than the one" in r.err, "a server of another root key is refused", r.err)
r = east.run("mirror", "add", upper.url, "--root", upper.say("keys")["root"])
tap.ok(r.code == 0, "the county adds the server above", r.err)
r = west.run("mirror", "add", upper.url)
tap.ok(r.code == 0 and upper.say("keys")["root"] in r.err, "without a root key named, the one that came is shown", r.err)
r = west.run("mirror", "push", "--json")
tap.ok(r.code == 1 and not r.json()["confirmed"] and "no county of this log" in r.json()["why"], "a county that was not accepted is told so", r.out + r.err)
assert upper.run("mirror", "accept", west.keys_file(), "--place", "451223").code == 0

tap.ok(wait_for(lambda: (below(upper, east.origin)["size"], below(upper, east.origin)["root"]) == head(east)), "the running county mirrors by itself", upper.run("status").out + "".join(east.daemon.said))
r = west.run("mirror", "push", "--json")
tap.ok(r.code == 0 and r.json()["confirmed"] and (r.json()["size"], below(upper, west.origin)["root"]) == head(west), "one that waits is mirrored at once by mirror push", r.out + r.err)
r = west.run("mirror", "push", "--json")
tap.ok(r.json()["sent"] == 0 and r.json()["requests"] == 1, "a second time nothing is sent again", r.out)
tap.ok(head(upper) == own, "the server's own log is as it was", head(upper))
r = program("tally-county", "log", "check", data=upper.dir)
tap.ok(r.code == 0, "and checks", r.out + r.err)
store = everything(upper.dir)
tap.ok(not any(x.encode() in store for x in (NAME, OTHER, "计划户", "照片不清")), "no name, reason or note is anywhere in its folder")
tap.ok(all(x.encode() in store for x in (entries["east"][0], PLACES["east"] + "-h1")), "what is public is")

# reports: over all counties, equal to the sum of their own


def rows(c, *args):
    r = c.run("report", "--format", "json", *args)
    assert r.code == 0, r.err
    lines = r.lines()
    return [x for x in lines if "not_reported" not in x], [x for x in lines if "not_reported" in x]


def added(key, *args):
    total = {}
    for c in (east, west):
        for row in rows(c, *args)[0]:
            at = total.setdefault((row.get("form"), row.get(key)), {})
            for k, v in row.items():
                if isinstance(v, (int, float)) and not isinstance(v, bool) and k not in ("percent", "doubles") and not k.startswith(("mean.", "share.", "ratio.", "difference.", "growth.")):
                    at[k] = at.get(k, 0) + v
    return total


for by, key in (("form", "form"), ("county", "county"), ("prefecture", "prefecture"), ("township", "township"), ("month", "month"), ("fund", "fund")):
    got, missing = rows(upper, "--by", by)
    want = added(key, "--by", by)
    wrong = []
    for row in got:
        mine = want.pop((row.get("form"), row.get(key)), {})
        wrong += [(row.get("form"), row.get(key), k, v, row.get(k)) for k, v in mine.items() if row.get(k) != v and not (v == 0 and row.get(k) is None)]
    tap.ok(got and not wrong and not want, f"the report by {by} is the sum of the counties' own", (wrong, want, got))
    tap.ok([x["origin"] for x in missing] == [third.origin] and missing[0]["last_received"] is None and missing[0]["place"] == "451225", f"by {by} the county that sent nothing is named", missing)
house_row = [x for x in rows(upper, "--form", "housing-rebuild")[0]][0]
tap.ok(house_row["subjects"] == 8 and house_row["sum.allowance"] == 8 * 2000000 + 500000 and house_row["planned"] == 4, "counted by hand", house_row)
tap.ok(house_row["doubles"] is None, "who may stand twice cannot be said without names, and nought is not said", house_row)
r = upper.run("report", "--by", "group")
tap.ok(r.code == 2 and "personal parts" in r.err, "nor who belongs to which target group", r.out + r.err)
tap.ok([x["subjects"] for x in rows(upper, "--form", "housing-rebuild", "--of", west.origin)[0]] == [4], "one county alone by --of")
r = upper.run("report", "--by", "county")
tap.ok("未上报 not reported: 451225 third" in r.out, "the table says it in both languages", r.out)
page = w.path("report.html")
assert upper.run("report", "--by", "county", "--format", "html", "-o", page).code == 0
text = open(page, encoding="utf-8").read()
tap.ok("未上报" in text and text.rstrip().endswith("</html>"), "and the page", text[-300:])
r = subprocess.run(["curl", "-s", upper.url + "/?lang=en"], capture_output=True, text=True).stdout
tap.ok("Counties below" in r and "not reported" in r and east.origin in r, "the server's page lists its counties", r)

# audited as the counties are

policy = w.path("policy")
for c in (east, west):
    with open(policy, "w") as f:
        f.write(f"log {c.say('keys')['vkey']}\nquorum none\n")
    c.say("export", "--audit", w.path(c.name + "-own"), "--without-personal")
    assert c.run("mirror", "push").code == 0
    upper.say("export", "--audit", w.path(c.name + "-copy"), "--of", c.origin)
    a, b = (program("tally-audit", "verify", w.path(c.name + x), "--policy", policy, "--json") for x in ("-own", "-copy"))
    a, b = a.json(), b.json()
    tap.ok(a["verdict"] == b["verdict"] == "ok" and b["packed_by"] == "prefecture.example/hechi", f"{c.name}: both exports are found good", (a, b))
    tap.ok({k: a[k] for k in ("log", "entries", "valid", "trust", "parked", "erased")} == {k: b[k] for k in ("log", "entries", "valid", "trust", "parked", "erased")},
           f"{c.name}: of the same log, with the same root", (a, b))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checker import verifier  # noqa: E402

v = verifier.Verifier(w.path("east-copy"), policy=None).run()
tap.ok(v["verdict"] == "ok", "the independent checker agrees", v)
with open(w.path("east-copy", "mirror.keys"), "a") as f:
    f.write("x")
v = program("tally-audit", "verify", w.path("east-copy"), "--json").json()
tap.ok(v["verdict"] == "findings" and "bad-export" in [x["code"] for x in v["findings"]], "a packer that does not prove itself is found", v)

# an erasure comes up like any record

assert east.run("erase", entries["east"][0], "--order", ORDER).code == 0
assert east.run("mirror", "push").code == 0
tap.ok(rows(upper, "--form", "housing-rebuild", "--of", east.origin)[0][0]["erased"] == 1 and ORDER.encode() not in everything(upper.dir), "an erasure is counted at the server above, its order stays below")

# many leaves, and a line that breaks


class Cut:
    """A line that carries so many bytes up in all, then breaks, until it is whole again."""

    def __init__(self, target, after):
        self.whole, self.target, self.left, self.s = True, target, after, socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.s.getsockname()[1]
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            try:
                a, _ = self.s.accept()
            except OSError:
                return
            if not self.whole:
                a.close()
                continue
            b = socket.create_connection(self.target)
            threading.Thread(target=self.pump, args=(a, b, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(b, a, False), daemon=True).start()

    def pump(self, a, b, up):
        try:
            while data := a.recv(65536):
                if up and self.left is not None:
                    data, self.left = data[:self.left], self.left - len(data)
                    if self.left <= 0:
                        self.left, self.whole = None, False
                        b.sendall(data)
                        break
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


PLACES["third"] = "451225101201"
assert third.run("form", "publish", *FORMS).code == 0
third.start()
third.village("third-v", PLACES["third"])
many = "".join(json.dumps({"subject": f"{PLACES['third']}-m{i}", "stage": "roof", "date": "2026-10-02", "household": {"name": NAME}, "allowance": 100 * i}) + "\n" for i in range(150))
r = w.agent("third-v", "record", "housing-rebuild", "--json", "-", "--json", stdin=many)
assert r.code == 0, r.err
sync("third")
host, port = upper.url[7:].split(":")
line = Cut((host, int(port)), 90000)
assert third.run("mirror", "add", line.url).code == 0
third.stop()
r = third.run("mirror", "push", "--json")
cut = below(upper, third.origin)["size"]
size = head(third)[0]
tap.ok(r.code == 1 and 0 < cut < size, "a line that breaks leaves whole groups behind", (cut, size, r.out, r.err))
line.whole = True
r = third.run("mirror", "push", "--json")
tap.ok(r.code == 0 and r.json()["sent"] == size - cut and (r.json()["size"], below(upper, third.origin)["root"]) == head(third), "the next push goes on where it stopped", (cut, size, r.out, r.err))
got, missing = rows(upper, "--form", "housing-rebuild")
tap.ok(not missing and got[0]["subjects"] == 4 + 4 + 150, "with it the report is whole", (got, missing))

# a history that was rewritten

held = head(upper), below(upper, west.origin)
west.stop()
shutil.copytree(west.dir, w.path("west-then"))
assert west.run("user", "add", "li", "--role", "viewer").code == 0
assert west.run("mirror", "push").code == 0
kept = below(upper, west.origin)
shutil.rmtree(west.dir)
shutil.copytree(w.path("west-then"), west.dir)
r = west.run("mirror", "push", "--json")
now = below(upper, west.origin)
tap.ok(r.code == 1 and "restored from an older" in r.json()["why"] and now["status"] == "behind", "a county that came back from an old copy is told so", r.out + r.err)
assert west.run("user", "add", "wang", "--role", "viewer").code == 0
r = west.run("mirror", "push", "--json")
now = below(upper, west.origin)
tap.ok(r.code == 1 and now["status"] == "fork" and "rewritten" in r.json()["why"], "signing anew from there is a rewritten history", r.out + r.err)
assert west.run("user", "add", "zhao", "--role", "viewer").code == 0
r = west.run("mirror", "push", "--json")
now = below(upper, west.origin)
tap.ok(r.code == 1 and now["status"] == "fork" and now["evidence"] == 3, "also when it is longer than what is held", r.out + r.err)
tap.ok((now["size"], now["root"]) == (kept["size"], kept["root"]), "the copy is as it was", (now, kept))
names = os.listdir(os.path.join(upper.dir, "counties", now["log"], "evidence"))
piece = open(os.path.join(upper.dir, "counties", now["log"], "evidence", [x for x in names if x.startswith("fork")][0]), "rb").read()
tap.ok(piece.startswith(b"tallystick/mirror/v1\n") and sorted(x.split("-")[0] for x in names) == ["behind", "fork", "fork"], "the county's own signed requests are kept as evidence", names)
tap.ok("LOG REWRITTEN" in upper.run("status").out, "status says so", upper.run("status").out)

# a leaf that was altered; another key

assert third.run("user", "add", "chen", "--role", "viewer").code == 0
db = sqlite3.connect(os.path.join(third.dir, "ledger.db"))
(at, leaf), = db.execute("SELECT idx, data FROM leaf ORDER BY idx DESC LIMIT 1").fetchall()
db.execute("UPDATE leaf SET data = ? WHERE idx = ?", (leaf.replace(b"actor chen", b"actor chan"), at))
db.commit()
db.close()
kept = below(upper, third.origin)
r = third.run("mirror", "push", "--json")
now = below(upper, third.origin)
tap.ok(r.code == 1 and now["status"] == "refused" and "not signed" in now["why"] and now["evidence"] == 1 and now["root"] == kept["root"], "a leaf that was altered is refused, with the evidence", (r.out, now))
false = County("false", third.origin)
false.run("mirror", "add", upper.url)
r = false.run("mirror", "push", "--json")
tap.ok(r.code == 1 and "no county of this log" in r.json()["why"] and below(upper, third.origin)["evidence"] == 2, "another log key under a known origin is refused, and kept", (r.out, below(upper, third.origin)))
tap.ok(NAME.encode() not in everything(upper.dir), "still nobody is named")
tap.done()
