#!/usr/bin/python3
"""Goal of this test: plans, assignments, messages, keys, retired forms and reviews go down to the village, over HTTP and over a stick, each checked against its record in the log; names of plans and texts of messages travel and lie sealed."""
import os, sqlite3, sys, urllib.error, urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lib.browser import Browser  # noqa: E402
from lib.world import FORMS, Tap, World, program  # noqa: E402
from checker import verifier  # noqa: E402

A, B, C, TOWN = "451224102201", "451224102202", "451224103201", "451224102"
NAME, TEXT = "韦月兰", "请于周五前补拍照片"
HEAD = "place,form,subject,name,due,count,target.allowance\n"
tap, w = Tap(), World()


def write(name, text):
    with open(w.path(name), "w", encoding="utf-8") as f:
        f.write(text)
    return w.path(name)


def plan(name):
    return w.agent(name, "list", "--planned", "--json").lines()


def told(name):
    return w.agent(name, "messages", "--json").lines()


def device(name):
    return w.agent(name, "status", "--json").json()["device"]


def record(name, *fields, form="housing-rebuild"):
    return w.agent(name, "record", form, *fields, "--json")


def holds(folder, *words):
    """Which of the words stand in the clear in a file of the folder."""
    found = set()
    for d, _, files in os.walk(folder):
        for f in files:
            with open(os.path.join(d, f), "rb") as g:
                data = g.read()
            found |= {x for x in words if x.encode() in data}
    return found


w.make_county()
d = w.start_county()
w.make_agent("a", A)
w.make_agent("b", B)
# plans
r = w.county("plan", "import", write("plan.csv", HEAD + f"{A},housing-rebuild,h1,{NAME},2026-01-31,,15000元\n{A},housing-rebuild,h2,李四,2099-12-31,,\n"
                                     f"{A},water-works,,,,3,\n{B},housing-rebuild,x1,赵六,,,\n{TOWN},housing-rebuild,,,,9,\n"), "--unlisted", "--json")
tap.ok(r.code == 0 and r.json()["records"] == 4, "a plan is a record for each form and place", r.out + r.err)
r = w.agent("a", "sync", "--json")
p = plan("a")
tap.ok(r.code == 0 and [(x["form"], x["subject"]) for x in p] == [("housing-rebuild", "h1"), ("housing-rebuild", "h2"), ("water-works", "")],
       "the village gets the plans of its own place and no others", p or r.out + r.err)
tap.ok(p and p[0]["name"] == NAME and p[0]["due"] == "2026-01-31" and p[0]["late"] and p[0]["target"] == {"allowance": "1500000"} and not p[1]["late"],
       "with names, days and targets", p)
again = w.agent("a", "sync", "--json").json()
tap.ok(again["requests"] <= 2, "nothing is fetched twice", again)


def text_of(index, who):
    try:
        return urllib.request.urlopen(f"{w.url}/v1/text/{index}/{who}", timeout=20).read()
    except urllib.error.HTTPError as e:
        return e.code


mine = [i for i in range(40) if not isinstance(text_of(i, device("a")), int)]
others = [i for i in range(40) if not isinstance(text_of(i, device("b")), int)]
tap.ok(len(mine) == 2 and len(others) == 1 and not set(mine) & set(others), "the county shows each device the texts of its own places only", (mine, others))
raw = text_of(mine[0], device("a"))
tap.ok(NAME.encode() not in raw and b"place" not in raw and b"housing" not in raw, "sealed", raw[:100])
assert record("a", "subject=h1", "stage=accepted", "date=2026-01-05", "household/name=x").code == 0
tap.ok([x["subject"] for x in plan("a")] == ["h2", ""], "what is recorded as done is not open any more", plan("a"))
r = w.county("plan", "import", write("plan.csv", HEAD + f"{A},housing-rebuild,h3,王五,,,\n"), "--unlisted", "--json")
w.agent("a", "sync")
tap.ok(r.code == 0 and "h3" in [x["subject"] for x in plan("a")], "a later plan adds to it", plan("a"))

# a text that is not the one the record commits to
r = w.county("plan", "import", write("plan.csv", HEAD + f"{A},housing-rebuild,h9,孙七,,,\n"), "--unlisted", "--json")
assert r.code == 0, r.err
db = sqlite3.connect(os.path.join(w.county_dir, "ledger.db"), timeout=20)
db.execute("UPDATE salted SET body = CAST(replace(CAST(body AS TEXT), 'h9', 'h8') AS BLOB) WHERE instr(CAST(body AS TEXT), '\"h9\"') > 0")
db.commit(), db.close()
r = w.agent("a", "sync")
tap.ok("not what the record names" in r.err and not {"h8", "h9"} & {x["subject"] for x in plan("a")}, "a text that its record does not commit to is not kept", (r.err, plan("a")))

# assignments
tap.ok(record("a", "subject=x1", "stage=applied", "date=2026-05-05", "household/name=x", f"--place={B}").code == 0, "a place that nobody spoke of yet: it may have been assigned meanwhile")
r = w.county("device", "assign", device("a")[:16], B)
assert r.code == 0, r.err
r = w.agent("a", "sync")
tap.ok("x1" in [x["subject"] for x in plan("a")], "a place more: its plan comes, though it was made before", (plan("a"), r.err))
tap.ok(record("a", "subject=x1", "stage=applied", "date=2026-05-05", "household/name=x", "--place", B).code == 0, "and it may be recorded for")
w.agent("a", "sync")
r = w.county("device", "assign", device("a")[:16], B, "--end")
assert r.code == 0, r.err
w.agent("a", "sync")
r = record("a", "subject=x1", "stage=roof", "date=2026-05-06", "household/name=x", "--place", B)
tap.ok(r.code != 0 and B in r.err and "x1" not in [x["subject"] for x in plan("a")], "when that ends, it is refused here by name, as the county would park it", r.out + r.err)

# messages
r = w.county("message", device("a")[:12], "--text", TEXT, "--json")
tap.ok(r.code == 0 and r.json()["devices"] == 1, "a message to a device", r.out + r.err)
tap.ok(text_of(r.json()["index"], device("b")) == 404 and not isinstance(text_of(r.json()["index"], device("a")), int), "which the county shows to no other")
r = w.county("message", TOWN, "--text", "全镇通知", "--json")
tap.ok(r.code == 0 and r.json()["devices"] == 2, "and to a place, with all that lies in it", r.out + r.err)
tap.ok(w.county("message", "451299", "--text", "x", "--json").json()["devices"] == 0 and w.county("message", "ffffffff", "--text", "x").code == 2 and w.county("message", A).code == 2,
       "how many it is for is said; what is no device and what has no text is refused")
w.agent("a", "sync"), w.agent("b", "sync")
m = told("a")
tap.ok([(x["text"], x["read"]) for x in m] == [(TEXT, False), ("全镇通知", False)] and [x["text"] for x in told("b")] == ["全镇通知"], "they come to whom they are for", (m, told("b")))
s = w.agent("a", "status")
tap.ok(TEXT in s.out and w.agent("a", "status", "--json").json()["messages"] == 2, "status shows them", s.out)
agent = w.start_agent("a")
br = Browser(agent.address)
br.first()
home = br.get("/?lang=zh").text
tap.ok("未读：2" in home and "计划内尚未完成：3" in home, "the page tells of messages and of what is planned", home[1500:5000])
words = br.get("/plan?lang=en").words()
tap.ok("h2" in words and "李四" in words and "0 of 3 done" in words, "and shows it, with names for who is signed in", words)
begun = br.get("/record/housing-rebuild/h2")
tap.ok(begun.status == 200 and "Subject h2" in begun.words(), "a planned subject is picked to be recorded", begun.words()[:800])
shown = br.get("/messages?lang=en")
index = told("a")[0]["index"]
tap.ok(TEXT in shown.text and "全镇通知" in shown.text, "the page shows the messages", shown.words())
br.post("/messages", {"read": str(index)})
tap.ok(w.agent("a", "status", "--json").json()["messages"] == 1, "until somebody says that it is read", w.agent("a", "status").out)
agent.stop()
assert w.agent("a", "sync").code == 0
tap.ok([x.get("name") for x in plan("a")] == [None] * 3 and "text" not in told("a")[0], "nobody signed in: no names, no texts", (plan("a"), told("a")))
# forms
r = w.county("form", "list", "--json")
version = [x["version"] for x in r.lines() if x["form"] == "dew-training"][0]
tap.ok(w.county("form", "retire", "dew-training", version).code == 0 and w.county("form", "retire", "dew-training", version).code == 1 and w.county("form", "retire", "none", "1").code == 1, "a form is retired, once")
w.agent("b", "sync")
r = record("b", "subject=t1", "date=2026-05-05", form="dew-training")
tap.ok(r.code == 1 and "retired" in r.err, "and offered no more on the device", r.out + r.err)
r = w.county("form", "publish", [f for f in FORMS if "dew-training" in f][0])
w.agent("b", "sync")
r2 = record("b", "subject=t1", "date=2026-05-05", form="dew-training")
tap.ok(r.code == 0 and "retired" not in r2.err, "until it is published again", r.err + r2.err)

# the same over a stick
sticks = [0]


def stick(name, *more):
    """A journey there and back."""
    sticks[0] += 1
    up, down = w.path(f"{sticks[0]}.up"), w.path(f"{sticks[0]}.down")
    for r in (w.agent(name, "bundle", "write", up), w.county("bundle", "read", up), w.county("bundle", "write", device(name), down)):
        assert r.code == 0, r.err
    with open(down, "rb") as f:
        raw = f.read()
    tap.ok(not any(x.encode() in raw for x in (NAME, TEXT, "赵六", "housing") + more), "whoever carries the stick reads nothing")
    r = w.agent(name, "bundle", "read", down, "--json")
    tap.ok(r.code == 0 and r.json()["damaged"] == 0, "it comes whole", r.out + r.err)
    return raw


w.make_agent("c", C)
assert w.agent("c", "sync").code == 0
entry = record("c", "subject=y1", "stage=applied", "date=2026-05-05", "household/name=x").json()["entry"]
d.stop()
stick("c")
for r in (w.county("plan", "import", write("plan.csv", HEAD + f"{C},housing-rebuild,y1,{NAME},,,\n{C},housing-rebuild,y2,赵六,,,\n"), "--unlisted"),
          w.county("message", device("c"), "--text", TEXT), w.county("review", "return", entry, "--note", "请更正面积"), w.county("keys", "rotate"),
          w.county("device", "assign", device("c"), B), w.county("user", "add", "li", "--role", "reviewer"), w.county("form", "retire", "water-works", [x["version"] for x in w.county("form", "list", "--json").lines() if x["form"] == "water-works"][0])):
    assert r.code == 0, r.err
stick("c", "请更正面积")
s = w.agent("c", "show", entry, "--json").json()
tap.ok([(x["subject"], x["name"]) for x in plan("c")] == [("y1", NAME), ("y2", "赵六")], "plans over a stick", plan("c"))
tap.ok([x["text"] for x in told("c")] == [TEXT], "messages over a stick", told("c"))
tap.ok(s["state"] == "returned" and s["note"] == "请更正面积", "a review and its note over a stick", s)
tap.ok("retired" in record("c", "subject=w1", form="water-works").err, "a retired form over a stick")
tap.ok(record("c", "subject=x1", "stage=applied", "date=2026-05-06", "household/name=x", "--place", B).code == 0, "an assignment over a stick")
stick("c")
tap.ok("x1" in [x["subject"] for x in plan("c")], "with the next one what was planned there before", plan("c"))
keys = w.county("keys", "--json").json()["version"]
tap.ok(keys == 2 and w.agent("c", "verify").code == 0, "under new keys, which came with it", keys)
r = w.county("device", "assign", device("c"), B, "--end")
assert r.code == 0, r.err
stick("c")
r = record("c", "subject=x1", "stage=roof", "date=2026-05-07", "household/name=x", "--place", B)
tap.ok(r.code == 1 and "x1" not in [x["subject"] for x in plan("c")], "the end of it over a stick", r.out + r.err)

# an auditor finds all these records good
assert w.county("export", "--audit", w.path("x")).code == 0
v = program("tally-audit", "verify", w.path("x"), "--json").json()
own = verifier.verify(w.path("x"))
tap.ok(v["verdict"] == "ok" and own["verdict"] == "ok", "the auditor and the independent checker find these records good", (v["findings"], own["findings"]))
found = holds(w.path("a"), NAME, "王五", TEXT, "全镇通知") | holds(w.county_dir + "/log", NAME, TEXT)
tap.ok(not found, "names and texts lie sealed on the device", found)
tap.done()
