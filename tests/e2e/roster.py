#!/usr/bin/python3
"""Goal of this test: households come in by file, by page and by command; a cadre finds anybody; nothing of it lies readable on the disk, and when
everybody has signed out it is locked."""
import glob, os, random, sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "corpus")]
import people
from browser import Browser
from world import Tap, World

tap, w = Tap(), World()
PLACE, PIN = "451224102201", "273941"
HEAD = "村民小组,姓名,与户主关系,性别,出生年份,公民身份号码,联系电话,重点人群\n"
ROWS = HEAD + "第1组,刘梅,户主,女,1970,45122419700101002X,12345678901,低保、妇女\n第1组,韦国光,配偶,男,1968,451224196801010035,,\n第2组,单小莲,户主,女,1955,,12300000000,五保\n"
w.make_agent("a", PLACE, enrol=False)


def file(name, text, code="utf-8"):
    path = w.path(name)
    with open(path, "wb") as f:
        f.write(text.encode(code))
    return path


def roster(*args, code=0):
    r = w.agent("a", "roster", *args)
    assert r.code == code, (args, r.code, r.out, r.err)
    return r


def on_disk(*secrets):
    """Which of these lie readable in the data folder."""
    found = set()
    for path in glob.glob(w.path("a", "**"), recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as f:
                data = f.read()
            found |= {s for s in secrets if s.encode() in data or s.encode("gb18030") in data}
    return found


# By command
good, gb = file("good.csv", ROWS), file("gb.csv", ROWS, "gb18030")
r = roster("import", good, "--dry-run")
tap.ok("2 new" in r.out and roster("list").out == "", "--dry-run stores nothing", r.out)
r = roster("import", gb, "--json").json()
tap.ok((r["rows"], r["households_added"], r["members_added"]) == (3, 2, 3), "a file in GB 18030 is imported", r)
r = roster("import", good, "--json").json()
tap.ok((r["households_same"], r["households_changed"], r["members_changed"]) == (2, 0, 0), "the same again, in UTF-8, changes nothing", r)
r = roster("import", file("bad.csv", ROWS + "第2组,李一,户主,x,1855,12,,\n第2组,赵好,户主,女,,,,\n"), code=1)
tap.ok(r.err.startswith("row 5, sex: ") and "row 5, birth_year: " in r.err and "row 5, id_number: " in r.err and "3 things" in r.err, "what is wrong is told by row and column", r.err)
tap.ok(roster("search", "赵好", code=1).out == "", "and nothing of such a file is stored")
hits = roster("search", "liumei", "--json").lines()
tap.ok([h["name"] for h in hits] == ["刘梅"] and hits[0]["id_last4"] == "002X" and hits[0]["member"].startswith(PLACE + "-"), "found by pinyin, with an id that says nothing", hits)
for word in ("lm", "lium", "002x", "8901", "刘?", "第1组"):
    tap.ok(any(h["name"] == "刘梅" for h in roster("search", word, "--json").lines()), f"and by {word}")
tap.ok([h["name"] for h in roster("search", "shanxiaolian", "--json").lines()] == ["单小莲"], "a surname with two readings")
household = hits[0]["household"]
member = roster("add", f"household={household}", "name=韦小光", "relation=子", "birth_year=2001").out.strip()
tap.ok(member == household + "-3", "a member added by command", member)

# By page
d = w.start_agent("a")
b = Browser(d.address)
a = b.get("/roster", follow=False)
tap.ok((a.status, a.location) == (303, "/sign-in?next=%2Froster"), "the roster is only for who signed in", (a.status, a.location))
b.first(pin=PIN)
a = b.get("/roster")
tap.ok("People: 4" in a.words() and "刘梅" in a.text and len(a.bytes) < 60_000, "it shows who is there", a.words())
a = b.post("/roster", {"q": "lm", "group": ""})
tap.ok("刘梅" in a.text and "单小莲" not in a.text, "search by initials on the page", a.words())
a = b.post("/roster", {"q": "guang", "group": "第2组"})
tap.ok("Nobody fits." in a.words(), "only of one village group", a.words())
a = b.get("/roster/" + household)
tap.ok(all(x in a.words() for x in ("刘梅", "45122419700101002X", "12345678901", "Minimum living allowance, Woman", "韦国光", "韦小光", household)), "one household whole", a.words())
b.get("/roster/new")
a = b.post("/roster/new", {"group": "第3组", "name": "", "id_number": "123", "phone": "12300000001"})
tap.ok(a.status == 200 and 'id="e-name"' in a.text and 'id="e-id_number"' in a.text and 'value="12300000001"' in a.text, "errors stand beside their fields, what was typed is kept", a.words())
a = b.post("/roster/new", [("group", "第3组"), ("name", "\U00020000石"), ("relation", "户主"), ("sex", "m"), ("target_groups", "minority"), ("target_groups", "disabled")])
tap.ok("Saved." in a.words() and "\U00020000石" in a.text and "Disabled person, Ethnic minority" in a.words(), "a household added, with a rare character", a.words())
at = next(h["household"] for h in roster("list", "--json").lines() if "石" in h["name"])
b.get(f"/roster/{at}/add")
a = b.post(f"/roster/{at}/add", {"name": "石阿依·买买提", "relation": "妻"})
tap.ok("石阿依·买买提" in a.text and f"{at}-2" in a.text, "a member added", a.words())
tap.ok("石阿依·买买提" in b.post("/roster", {"q": "ayimaimaiti"}).text, "found at once, without the dot")
a = b.get(f"/roster/{at}/{at}-2")
tap.ok('value="石阿依·买买提"' in a.text, "the form has what is known")
a = b.post(f"/roster/{at}/{at}-2", {"group": "第3组", "name": "石阿依", "relation": "妻", "phone": "12300000002"})
tap.ok("12300000002" in a.text and "买买提" not in a.text, "a member changed", a.words())
a = b.post(f"/roster/{at}/{at}-2", {"take-out": "1"})
tap.ok("石阿依" not in a.text and "石阿依" not in b.post("/roster", {"q": "石"}).text, "a member taken out", a.words())
tap.ok(b.get("/roster/no-such").status == 404 and b.get(f"/roster/{at}/{household}-1").status == 404, "what is not there, or not of this household, is not found")

# A file by page, also when the agent is held to its own folders
b.get("/roster/import")
a = b.post("/roster/import", {"dry": "1"}, files=[("file", "x.csv", "text/csv", (ROWS + "第9组,覃秀英,户主,女,,,,\n").encode("gb18030"))])
tap.ok("The file is in order. Nothing was stored." in a.words() and "1 new, 0 changed, 2 as they were" in a.words(), "a file is checked first", a.words())
a = b.post("/roster/import", files=[("file", "x.csv", "text/csv", (ROWS + "第9组,覃秀英,户主,女,,,,\n第9组,王,户主,她,,,,\n").encode())])
tap.ok("Row 6 Sex is not 男 or 女" in a.words() and "Nothing was imported" in a.words(), "what is wrong is shown by row", a.words())
a = b.post("/roster/import?lang=zh", files=[("file", "x.csv", "text/csv", (ROWS + '第9组,"王,户主,她,,,,\n').encode())])
tap.ok("第5行：引号没有成对" in a.words(), "also where it is no CSV, and in Chinese", a.words())
b.get("/?lang=en")
a = b.post("/roster/import", files=[("file", "x.csv", "text/csv", (ROWS + "第9组,覃秀英,户主,女,,,,\n").encode("gb18030"))])
tap.ok("The file was imported." in a.words() and "覃秀英" in b.post("/roster", {"q": "qin"}).text, "a file in GB 18030 by page", a.words())
a = b.get("/roster/template.csv")
tap.ok(a.bytes.startswith("\ufeffhousehold,group,name,relation,sex".encode()) and "attachment" in a.headers["Content-Disposition"], "an empty file to fill in", a.text)

# Many
rng, rows = random.Random(4), []
for i in range(1250):
    members = [people.person(rng, "451224") for _ in range(4)]
    rows += [f"第{i % 12 + 1}组,{p['name']}{k},{'户主' if k == 0 else '子女'},,,{p['id_number']},{p.get('phone', '')},\n" for k, p in enumerate(members)]
r = roster("import", file("many.csv", HEAD + "".join(rows)), "--json")
tap.ok(r.json()["members_added"] == 5000, "5,000 members in one file", r.err)
pages = [b.get("/roster"), b.post("/roster", {"q": "li"}), b.post("/roster", {"q": "li", "from": "50"}), b.get("/roster?lang=zh")]
tap.ok(all(len(p.bytes) < 60_000 and p.status == 200 for p in pages) and "下一页" in pages[3].text, "no page of them is over 60 kB", [len(p.bytes) for p in pages])

# At rest, and locked
secrets = ("刘梅", "韦国光", "单小莲", "45122419700101002X", "12345678901", "第1组", "石阿依", rows[0].split(",")[1], rows[0].split(",")[5])
tap.ok(on_disk(*secrets) == set(), "nothing of it lies readable on the disk", on_disk(*secrets))
b.get("/")
b.post("/sign-out")
r = roster("list", code=2)
tap.ok("locked" in r.err and r.out == "", "signed out: locked, for commands too", r.err)
r = roster("search", "刘梅", code=2)
tap.ok(r.out == "", "and nothing is found")
tap.ok("刘梅" not in b.get("/roster").text, "nor shown")
tap.ok(roster("add", "name=新来的", "group=第1组").out.startswith(PLACE), "somebody can be added all the same")
r = w.agent("a", "roster", "import", good)
tap.ok(r.code == 2 and "locked" in r.err, "a file waits for who may read what is here", r.err)
d.stop()
b = Browser(w.start_agent("a").address)
b.sign_in(pin=PIN)
a = b.post("/roster", {"q": "新来的"})
tap.ok("新来的" in a.text, "and after sign-in all of it is there again", a.words())
tap.done()
