#!/usr/bin/python3
"""Goal: what is planned stands beside what is done, linked subjects count as one, doubles and accounts that do not balance are shown with
their evidence, and the auditor finds the export with these records good."""
import hashlib
import json
import os
import sys
import urllib.request
import zipfile

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TESTS)
from checker import verifier  # noqa: E402
from lib.world import BUILD, Tap, World, program  # noqa: E402

A, B, C = "451223001001", "451223001002", "451223201202"
HEAD = "place,form,subject,name,due,target.allowance\n"
tap, w = Tap(), World()


def write(name, data):
    with open(w.path(name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return w.path(name)


def workbook(name, rows):
    """An .xlsx with one sheet of inline strings."""
    ns = "http://schemas.openxmlformats.org/"
    cell = lambda c, r, v: f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{v}</t></is></c>'  # noqa: E731
    body = "".join(f'<row r="{r}">' + "".join(cell(c, r, v) for c, v in enumerate(row) if v) + "</row>" for r, row in enumerate(rows, 1))
    with zipfile.ZipFile(w.path(name), "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", f'<Types xmlns="{ns}package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                   '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
                   '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>')
        z.writestr("_rels/.rels", f'<Relationships xmlns="{ns}package/2006/relationships"><Relationship Id="r1" Type="{ns}officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        z.writestr("xl/workbook.xml", f'<workbook xmlns="{ns}spreadsheetml/2006/main" xmlns:r="{ns}officeDocument/2006/relationships"><sheets><sheet name="plan" sheetId="1" r:id="r1"/></sheets></workbook>')
        z.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{ns}package/2006/relationships"><Relationship Id="r1" Type="{ns}officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>')
        z.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{ns}spreadsheetml/2006/main"><sheetData>{body}</sheetData></worksheet>')
    return w.path(name)


def row(key, *options):
    """One row of the report on houses."""
    by, value = key
    r = w.county("report", "--form", "housing-rebuild", "--by", by, "--format", "json", *options)
    found = [x for x in r.lines() if x[by] == value]
    return found[0] if found else {"missing": r.out + r.err}


def size():
    return w.county("status", "--json").json()["size"]


def record(agent, form, *fields):
    r = w.agent(agent, "record", form, *fields, "--json")
    if r.code != 0:
        tap.ok(False, f"{agent} records {form}", r.out + r.err)
        return None
    return r.json()["entry"]


w.make_county()
w.county("form", "publish", os.path.join(BUILD, "forms/mutual-fund.xml"), os.path.join(BUILD, "forms/village-plan.xml"))
w.county("place", "import", os.path.join(TESTS, "data/villages.csv"))
w.start_county()
w.make_agent("a", A)
w.make_agent("c", C)

# plans
bad = write("bad.csv", "place,form,subject,due,target.allowance,colour\n4512,housing-rebuild,h1,2026-02-30,x,red\n999999999999,none,h 2,,,\n")
r = w.county("plan", "import", bad, "--json")
cells = {x["cell"] for x in r.lines()}
tap.ok(r.code == 1 and {"F1", "D2", "E2", "A3", "B3", "C3"} <= cells, "faults of a plan are told by cell", r.out + r.err)
before = size()
plan = write("plan.csv", (HEAD + f"{A},housing-rebuild,h1,张三,2026-06-30,2万元\n{A},housing-rebuild,h2,李四,2026-12-31,20000元\n{B},housing-rebuild,h3,王五,,3000000\n").encode("gb18030"))
r = w.county("plan", "import", plan, "--dry-run", "--json")
tap.ok(r.code == 0 and r.json()["new"] == 3 and size() == before, "--dry-run says what is new and records nothing", r.out + r.err)
r = w.county("plan", "import", plan, "--json")
tap.ok(r.code == 0 and r.json()["new"] == 3 and r.json()["records"] == 2 and size() == before + 2, "a GB 18030 sheet is imported, a record for each place", r.out + r.err)
r = w.county("plan", "import", plan)
tap.ok(r.code == 0 and "nothing changes" in r.out and size() == before + 2, "the same file again changes nothing and says so", r.out + r.err)
r = w.county("plan", "import", workbook("plan.xlsx", [HEAD.strip().split(","), [A, "housing-rebuild", "h2", "李四", "2026-12-31", "25000元"]]), "--json")
tap.ok(r.code == 0 and r.json()["changed"] == 1 and r.json()["new"] == 0, "a workbook's line replaces the one before", r.out + r.err)
v = row(("village", B))
tap.ok(v.get("planned") == 1 and v["subjects"] == 0 and v["reported"] is False and v["percent"] == 0.0, "a village with a plan and no entry shows, and that it reported nothing", v)
r = w.county("report", "--form", "housing-rebuild", "--by", "village")
tap.ok("未上报" in r.out, "also in the table", r.out)

# entries
person = "household/name=赵六"
record("a", "housing-rebuild", "subject=h1", "stage=completed", "date=2026-05-01", "allowance=15000元")
record("a", "housing-rebuild", "subject=x1", "stage=roof", "date=2026-05-02", person)
record("a", "housing-rebuild", "subject=x2", "stage=roof", "date=2026-05-03", person)
record("c", "housing-rebuild", "subject=x3", "stage=roof", "date=2026-05-03", person)
record("a", "housing-rebuild", "subject=y7", "stage=walls", "date=2026-05-03", "household/name=李四")
fund = [record("a", "mutual-fund", "kind=fund", "subject=f1", "stage=set_up", "date=2026-05-01", "allocation=10000元", "cash=10000元"),
        record("a", "mutual-fund", "kind=fund", "subject=f1", "stage=contributed", "date=2026-05-02", "lent=4000元", "cash=7000元")]
for agent in ("a", "c"):
    r = w.agent(agent, "sync", "--json")
    tap.ok(r.code == 0 and r.json()["waiting"] == 0, f"{agent} syncs", r.out + r.err)
v = row(("village", A))
tap.ok((v.get("planned"), v["done"], v["percent"], v["not_begun"]) == (2, 1, 50.0, 1) and (v["target.allowance"], v["reached.allowance"]) == (4500000, 1500000),
       "plan, done, percent and targets stand side by side", v)
tap.ok(row(("county", "451223"))["planned"] == 3 and row(("month", "2026-12"))["planned"] == 1 and row(("subject", "h2"))["planned"] == 1, "by other groupings too")
tap.ok("missing" in row(("village", A), "--at", str(before)), "--at before the plan there was none")

# a share of what is planned, as the form declares it
record("a", "village-plan", f"subject={A}", "stage=completed", "date=2026-05-01")
w.agent("a", "sync")
r = w.county("report", "--form", "village-plan", "--by", "county", "--json")
tap.ok(r.lines() and r.lines()[0]["share.implemented"] is None and r.lines()[0]["planned"] is None, "without a plan there is no share of it", r.out + r.err)
w.county("plan", "import", write("villages.csv", "place,form,subject\n" + "".join(f"{p},village-plan,{p}\n" for p in (A, B, C))))
r = w.county("report", "--form", "village-plan", "--by", "county", "--json")
v = r.lines()[0] if r.code == 0 else {}
tap.ok((v.get("planned"), v.get("done"), v.get("percent"), v.get("share.implemented")) == (3, 1, 33.3, 33.33), "a form's share of what is planned has its value", r.out + r.err)

# doubles
r = w.county("subject", "doubles", "--json")
groups = [(x["why"], x["subjects"]) for x in r.lines()]
tap.ok(r.code == 0 and sorted(groups) == [("name", ["h2", "y7"]), ("name", ["x1", "x2"])], "two of one name in one village are flagged, one also by its plan's name", r.out + r.err)
tap.ok("赵六" not in r.out + r.err and "李四" not in w.county("subject", "doubles").out, "and nobody is named")
v = row(("village", A))
tap.ok(v["doubles"] == 4 and v["subjects"] == 4, "the report counts them and merges none", v)

# links
at = size()
r = w.county("subject", "link", "x1", "nobody", "--order", "x")
tap.ok(r.code == 2 and "no entry and no plan" in r.err, "a subject that nobody named is not linked", r.out + r.err)
r = w.county("subject", "link", "y7", "h2", "--order", "王主任核实：同一户", "--json")
tap.ok(r.code == 0 and size() == at + 1, "y7 is h2", r.out + r.err)
tap.ok(w.county("subject", "link", "h2", "y7", "--order", "x").code == 1, "once")
v = row(("subject", "h2"))
tap.ok(v.get("subjects") == 1 and v["linked"] == ["y7"] and v["planned"] == 1 and v["not_begun"] == 0, "the report shows it as one, with the other id", v)
tap.ok(row(("village", A), "--at", str(at))["not_begun"] == 1 and row(("village", A))["not_begun"] == 0, "--at before the link they are two")
r = w.county("subject", "unlink", "x2", "x1", "--order", "两户同名", "--json")
tap.ok(r.code == 0 and not w.county("subject", "doubles", "--json").out, "told apart, they look double no more", r.out + r.err)
r = w.county("subject", "unlink", "y7", "h2", "--order", "弄错了")
tap.ok(r.code == 0 and row(("village", A))["not_begun"] == 1, "and a link is taken back", r.out + r.err)
r = w.county("subject", "links", "--json")
tap.ok({(x["from"], x["to"], x["state"], x["order"]) for x in r.lines()} == {("x2", "x1", "unlinked", "两户同名"), ("y7", "h2", "unlinked", "弄错了")}, "which can be looked up", r.out)

# accounts
r = w.county("subject", "ledgers", "--json")
q = r.lines()
tap.ok(r.code == 0 and len(q) == 1 and q[0]["subject"] == "f1" and q[0]["balance"] == 600000 and q[0]["stated"] == 700000 and sorted(q[0]["entries"]) == sorted(fund),
       "the fund that does not balance is a question with its entries", r.out + r.err)
w.agent("a", "correct", fund[1], "cash=6000元")
w.agent("a", "sync")
tap.ok(not w.county("subject", "ledgers", "--json").out, "answered by a correction it is none")
record("a", "mutual-fund", "kind=fund", "subject=f1", "stage=contributed", "date=2026-05-03", "lent=11000元")
w.agent("a", "sync")
tap.ok([x["question"] for x in w.county("subject", "ledgers", "--json").lines()] == ["below-zero", "unbalanced"], "below nought is asked about as well")

# disputes
first = record("c", "housing-rebuild", "subject=z1", "stage=roof", "date=2026-05-04")
w.agent("c", "sync")
v = row(("subject", "z1"))
tap.ok(v["disputed"] == 0 and v["disputes"] == [], "no dispute")

# pages
page = lambda path: urllib.request.urlopen(w.url + path, timeout=20).read().decode()  # noqa: E731
zh, en = page("/report?form=mutual-fund&lang=zh"), page("/report?form=mutual-fund&lang=en")
tap.ok("账目待查" in zh and "Ledgers to ask about" in en and "<code>f1</code>" in en, "the page lists what to ask about")
w.county("subject", "link", "x2", "x1", "--order", "again")
record("a", "housing-rebuild", "subject=x9", "stage=roof", "date=2026-05-05", person)
w.agent("a", "sync")
en = page("/report?form=housing-rebuild&by=village&lang=en")
tap.ok("Possible doubles" in en and "planned" in en and "percent" in en and "<code>x1</code> <code>x9</code>" in en and "赵六" not in en, "and doubles, plan and percent", en[:3000])

# files for other programs
for lang, words in (("zh", ("疑似重复", "账目待查", "计划")), ("en", ("Possible doubles", "Ledgers to ask about", "planned"))):
    r = w.county("report", "--by", "village", "--format", "html", "--lang", lang, "-o", w.path("report.html"))
    with open(w.path("report.html"), encoding="utf-8") as f:
        text = f.read()
    tap.ok(r.code == 0 and all(x in text for x in words) and "src=" not in text and "<script" not in text, f"a page in {lang} that needs nothing else", r.out + r.err + text[:500])
r = w.county("report", "--by", "village", "--format", "xlsx", "-o", w.path("report.xlsx"))
tap.ok(r.code == 0, "a workbook", r.out + r.err)
with zipfile.ZipFile(w.path("report.xlsx")) as z:
    book, sheet = z.read("xl/workbook.xml").decode(), z.read("xl/worksheets/sheet1.xml").decode()
    strings = z.read("xl/sharedStrings.xml").decode()
tap.ok('name="housing-rebuild"' in book and "<v>45000</v>" in sheet and "<f>" not in sheet and "计划补助资金" in strings, "with money in yuan as numbers and no formula", book + sheet[:2000])

# the list on the wall
r = w.county("posting", "create", "--form", "housing-rebuild", "--place", A, "-o", w.path("wall.csv"), "--json")
with open(w.path("wall.csv"), "rb") as f:
    wall = f.read()
post = r.json() if r.code == 0 else {}
tap.ok(r.code == 0 and post["rows"] == 4 and "h1,已竣工,Completed,15000.00".encode() in wall and b"h2" not in wall and "赵六".encode() not in wall,
       "a list for the wall has numbers, stages and amounts, and no name", r.out + r.err + wall.decode())
tap.ok(post.get("sha256") == hashlib.sha256(wall).hexdigest() and
       post.get("list") == hashlib.sha256(b"tallystick/personal/v1\0" + bytes.fromhex(post["salt"]) + wall).hexdigest(), "the log's record commits to it", post)
r = w.county("posting", "create", "--form", "housing-rebuild", "--place", A, "-o", w.path("wall.html"))
with open(w.path("wall.html"), encoding="utf-8") as f:
    tap.ok(r.code == 0 and "思源社区居委会" in (page := f.read()) and "<code>h1</code>" in page and "赵六" not in page, "also as a page", r.out + r.err)
r = w.county("posting", "create", "--form", "housing-rebuild", "--place", B, "-o", w.path("none.csv"))
tap.ok(r.code == 1 and not os.path.exists(w.path("none.csv")), "where nothing counts there is no list", r.out + r.err)

# months
r = w.county("period", "close", "2026-05", "--json", "-o", w.path("may.json"))
closed = r.json() if r.code == 0 else {}
with open(w.path("may.json"), "rb") as f:
    may = f.read()
tap.ok(r.code == 0 and closed["report"] == hashlib.sha256(may).hexdigest() and b'"village":"451223001001"' in may, "a month is closed with its report", r.out + r.err)
tap.ok(w.county("period", "close", "2026-05").code == 1, "once")
tap.ok(w.county("period", "close", "2999-01").code == 1, "and not before it is over")
tap.ok(w.county("period", "close", "2026-13").code == 2, "and only a month")
record("a", "housing-rebuild", "subject=h1", "stage=accepted", "date=2026-05-31")
w.agent("a", "sync")
v = row(("village", A), "--basis", "received")
tap.ok(v.get("late") == 1 and v["done"] == 1, "what comes later counts, and is counted as late", v)
tap.ok(w.county("period", "show", "2026-05").out.encode() == may and [x["period"] for x in w.county("period", "list", "--json").lines()] == ["2026-05"],
       "the report that was closed stays as it was")

# another code
at = size()
r = w.county("place", "map", A, "451223001999", "--from", "2026-06-01", "--order", "县政府文件")
tap.ok(r.code == 2 and "not among" in r.err, "a code that nobody imported is refused", r.out + r.err)
r = w.county("place", "map", A, B, "--from", "2026-06-01", "--order", "两村合并", "--json")
v = row(("village", B))
tap.ok(r.code == 0 and v["subjects"] == 4 and v["planned"] == 3 and "missing" in row(("village", A)), "two villages are one from that day on", v)
tap.ok(row(("village", A), "--at", str(at))["subjects"] == 4 and row(("village", A), "--to", "2026-05-31")["subjects"] == 4, "and two in reports of before")
tap.ok(w.county("place", "map", A, C, "--from", "2026-06-01", "--order", "x").code == 1, "a place has one other code")
r = w.county("place", "map", A, A, "--from", "2026-06-01", "--order", "撤销")
tap.ok(r.code == 0 and row(("village", A))["subjects"] == 4, "it is taken back", r.out + r.err)

# audit
r = w.county("export", "--audit", w.path("export"), "--json")
v = verifier.verify(w.path("export"))
tap.ok(r.code == 0 and v["verdict"] == "ok", "the independent checker finds the export good", json.dumps(v)[:2000])
r = program("tally-audit", "verify", w.path("export"), "--json")
tap.ok(r.code == 0 and r.json()["verdict"] == "ok", "and so does the auditor", r.out[:2000] + r.err)
tap.ok("李四" not in "".join(open(os.path.join(d, f), encoding="utf-8", errors="replace").read() for d, _, files in os.walk(w.path("export", "log")) for f in files),
       "no name of the plan stands in the log")
tap.done()
