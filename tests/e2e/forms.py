#!/usr/bin/python3
"""Goal of this test: every sheet of the catalogue becomes a form that a village can answer and the county finds nothing wrong with; the mistakes
its constraints are for are refused by name; what a sheet says wrong is said with its cells, and no form is made."""
import csv, glob, os, re, shutil, subprocess, sys, zipfile
from xml.sax.saxutils import escape

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, os.path.join(TESTS, "lib"))
import world
from world import BUILD, TOP, Tap, World, program

SHEETS = sorted(glob.glob(os.path.join(TOP, "forms/catalogue/*.csv")))
PERSON = "name=韦某某 id_number=11010519491231002X phone=13800000000 bank_account=6217000000000000000 target_groups=low_income"
# What a cadre would type: FORM: FIELD=VALUE...; GROUP/* stands for a person's answers.
ANSWERS = {
    "agri-extension": "kind=demonstration stage=demonstrated technique=杂交玉米 people=40 area=120.5 yield=480 funds=3万元",
    "border-area": "stage=completed kind=housing funds=120万元 households=35",
    "dew-training": "stage=employed class=2010-03 course=electrician days=45 subsidy=1500元 sector=non_agriculture destination=other_province wage=1800元 trainee/*",
    "discount-loan": "stage=discounted borrower_kind=household principal=2万元 rate=5 discount=1000元 due=2011-06-01 borrower/*",
    "ecology": "stage=accepted kind=karst area=12.5 species=任豆 survival=88 subsidy=2600元 household/*",
    "foreign-project": "stage=started name=扶贫项目 lender=世界银行 currency=USD foreign=1000000 rate=6.83 counterpart=5万元 counties[0]/county=451224 counties[1]/county=451227 people=12000",
    "fund-flow": "stage=disbursed level=central year=2010 programme=village-plan recipient=451224 key_county=yes amount=300万元 disbursed=280万元 document=桂财农2010-7",
    "guaranteed-loan": "stage=disbursed rural_woman=yes principal=5万元 borrower/*",
    "health-family": "kind=household stage=joined scheme=medicare amount=120元 persons=4 person/*",
    "housing-rebuild": "stage=roof grade=D method=same_site structure=brick_concrete area=85.5 persons=4 own_funds=3.5万元 allowance=2万元 household/*",
    "industry-base": "stage=producing kind=tea organisation=某合作社 area=300 households=60 output=12.5 income=18万元 funds=10万元",
    "mutual-fund": "kind=fund stage=set_up allocation=15万元 contributions=2万元 fees=1000元 lent=8万元 repaid=3万元 cash=12.1万元 members=80",
    "paired-aid": "stage=completed kind=east_west organisation=广东省某市 county=451224 cadres=3 direction=east_to_west cash=50万元 goods=5万元 funds_brought=20万元 donations=3万元 people_trained=120 technicians=30 labour_placed=200 enterprises=1 investment=300万元 contact/name=某某",
    "pilot-area": "stage=started kind=adjacent region=donglan_bama_fengshan name=油茶连片 funds=500万元 households=900 villages=12",
    "power-supply": "stage=tested kind=solar households=1 capacity=0.5 funds=8000元 test=works household/name=韦某某",
    "relocation": "stage=moved_in persons=5 to_place=451224102 area=100 subsidy=2.5万元 own_funds=3万元 household/*",
    "rural-road": "stage=completed kind=road name=某村公路 villages[0]/place=451224102201 villages[1]/place=451224102202 villages_reached=2 length=6.3 bridges=1 funds=90万元",
    "science-team": "kind=team stage=dispatched people=6 days=90 topic=核桃嫁接 leader/name=某某",
    "social-works": "kind=works stage=in_use facility=clinic area=220 beds=12 funds=35万元",
    "student-aid": "kind=student stage=paid school=vocational scheme=direct_pilot term=2010-2 subsidy=750元 student/*",
    "target-group": "kind=project stage=supported scheme=small_minority ethnic_group=maonan support=works value=40万元 persons=300",
    "village-plan": "stage=under_way area_class=old_base households=210 persons=900 farmland/state=done farmland/planned=10万元 farmland/spent=9万元 roads/state=under_way roads/planned=30万元 roads/spent=12万元",
    "wage-survey": "stage=surveyed round=2010 trained=yes sector=non_agriculture wage=1650元 months=10 respondent/name=某某",
    "water-works": "stage=water_tested kind=cellar served[0]/place=451224102201 served[0]/persons=200 served[1]/place=451224102202 served[1]/persons=110 persons=310 livestock=120 capacity=60 funds=12.8万元 water_quality=pass tested_by=cdc keeper/name=黄某",
    "work-relief": "kind=wage_sheet stage=wages_paid project=r0031 workers[0]/worker=甲 workers[0]/worker_days=1 workers[0]/worker_wage=60元 workers[1]/worker=乙 workers[1]/worker_days=1 workers[1]/worker_wage=55元 labour_days=2 wages=115元",
}
# Real mistakes: FORM, what is typed instead, a word of the refusal.
MISTAKES = [
    ("housing-rebuild", "grade=C stage=roof", "stage"), ("housing-rebuild", "grade=C stage=completed method=new_site structure=", "method"),
    ("housing-rebuild", "household/id_number=110105194912310021", "id_number"), ("housing-rebuild", "persons=50", "persons"),
    ("housing-rebuild", "date=2999-01-01", "date"), ("housing-rebuild", "date=1999-12-31", "date"),
    ("water-works", "persons=300", "persons"), ("water-works", "served[0]/place=4512241022011", "place"), ("work-relief", "wages=116元", "wages"),
    ("work-relief", "stage=completed", "stage"), ("mutual-fund", "repaid=9万元", "repaid"), ("mutual-fund", "stage=overdue", "stage"),
    ("fund-flow", "disbursed=301万元", "disbursed"), ("fund-flow", "recipient=45122", "recipient"), ("dew-training", "wage=20万元", "wage"),
    ("ecology", "survival=101", "survival"), ("rural-road", "villages_reached=3", "villages_reached"), ("discount-loan", "discount=2.1万元", "discount"),
    ("paired-aid", "technicians=121", "technicians"), ("student-aid", "term=2010-3", "term"), ("wage-survey", "months=13", "months"),
    ("target-group", "ethnic_group=han", "ethnic_group"), ("guaranteed-loan", "principal=0", "principal"), ("agri-extension", "stage=trained", "stage"),
]
tap, w = Tap(), World()


def compile_form(path, to, *args):
    return program("tally-county", "form", "compile", path, "-o", to, *args)


def fields(form, changes=""):
    """-> FIELD=VALUE..., with the changes in place of what they name."""
    out = {"subject": f"{form}-1", "date": "2010-11-05"}
    for word in ANSWERS[form].split():
        if word.endswith("/*"):
            out.update((word[:-1] + k, v) for k, _, v in (p.partition("=") for p in PERSON.split()))
        else:
            out.__setitem__(*word.split("=", 1))
    for word in changes.split():
        out.__setitem__(*word.split("=", 1))
    known = [r[2] for r in csv.reader(open(os.path.join(TOP, "forms/catalogue", form + ".csv"), encoding="utf-8")) if len(r) > 2]
    group = lambda f: f in known or f.split("/")[-1] in known
    return [f"{k}={v}" for k, v in out.items() if group(re.sub(r"\[\d+\]", "", k))]


def xlsx(path, sheets):
    """A workbook of inline strings, written by hand."""
    col = lambda i: chr(65 + i) if i < 26 else chr(64 + i // 26) + chr(65 + i % 26)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        names = list(sheets)
        z.writestr("xl/workbook.xml", '<workbook xmlns:r="r"><sheets>' + "".join(f'<sheet name="{n}" r:id="r{i}"/>' for i, n in enumerate(names)) + "</sheets></workbook>")
        z.writestr("xl/_rels/workbook.xml.rels", "<Relationships>" + "".join(f'<Relationship Id="r{i}" Target="worksheets/s{i}.xml"/>' for i in range(len(names))) + "</Relationships>")
        for i, n in enumerate(names):
            rows = "".join(f'<row r="{r + 1}">' + "".join(f'<c r="{col(c)}{r + 1}" t="inlineStr"><is><t>{escape(v)}</t></is></c>' for c, v in enumerate(row) if v) + "</row>" for r, row in enumerate(sheets[n]))
            z.writestr(f"xl/worksheets/s{i}.xml", f"<worksheet><sheetData>{rows}</sheetData></worksheet>")


def fods(path, sheets):
    """What LibreOffice reads: numbers as numbers, texts as texts."""
    def cell(v):
        kind = f'office:value-type="float" office:value="{v}"' if v.isdigit() else 'office:value-type="string"'
        return f"<table:table-cell {kind}><text:p>{escape(v)}</text:p></table:table-cell>" if v else "<table:table-cell/>"
    o = "urn:oasis:names:tc:opendocument:xmlns:"
    with open(path, "w", encoding="utf-8") as f:
        f.write(f'<?xml version="1.0" encoding="UTF-8"?><office:document xmlns:office="{o}office:1.0" xmlns:table="{o}table:1.0" xmlns:text="{o}text:1.0" '
                'office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>')
        for name, rows in sheets.items():
            f.write(f'<table:table table:name="{name}">' + "".join("<table:table-row>" + ("".join(map(cell, row)) or "<table:table-cell/>") + "</table:table-row>" for row in rows) + "</table:table>")
        f.write("</office:spreadsheet></office:body></office:document>")


def sheets_of(path):
    out, at = {}, None
    for row in csv.reader(open(path, encoding="utf-8")):
        if row and row[0]:
            at = out.setdefault(row[0], [])
        else:
            at.append(row[1:])
    return out


# every sheet compiles, to the same bytes each time and from a workbook too
made, bad = [], []
os.mkdir(w.path("forms"))
for sheet in SHEETS:
    name = os.path.basename(sheet)[:-4]
    to, again, book = w.path("forms", name + ".xml"), w.path("again.xml"), w.path(name + ".xlsx")
    xlsx(book, sheets_of(sheet))
    r, s = compile_form(sheet, to), compile_form(book, again)
    if r.code != 0 or s.code != 0 or r.err or open(to, "rb").read() != open(again, "rb").read():
        bad.append(name + ": " + r.err + s.err)
    made.append(to)
tap.ok(len(made) == 25 and not bad, "twenty-five sheets compile, from CSV and from a workbook to the same bytes", "\n".join(bad))
built = [p for p in made if open(p, "rb").read() != open(os.path.join(BUILD, "forms", os.path.basename(p)), "rb").read()]
tap.ok(not built, "what the build made is the same", built)
tap.ok(sorted(ANSWERS) == [os.path.basename(p)[:-4] for p in made], "this test answers them all")

world.FORMS[:] = made
w.make_county()
w.start_county()
w.make_agent("a", "451224102201")
r = w.agent("a", "sync")
tap.ok(r.code == 0, "the village has the forms", r.err)
for form in sorted(ANSWERS):
    r = w.agent("a", "record", form, *fields(form))
    tap.ok(r.code == 0, f"{form} is answered", r.err)
bad = []
for form, changes, word in MISTAKES:
    r = w.agent("a", "record", form, *fields(form, changes))
    if r.code != 1 or word not in r.err:
        bad.append(f"{form} {changes}: {r.code} {r.err}")
tap.ok(not bad, f"{len(MISTAKES)} mistakes are refused by their field", "\n".join(bad))
r = w.agent("a", "sync", "--json")
tap.ok(r.code == 0 and r.json()["confirmed"] == 25, "the county has them all", r.out + r.err)
s = w.county("status", "--json").json()
rows = w.county("report", "--json").lines()
tap.ok(s["parked"] == 0 and len(rows) == 25 and all(x["subjects"] == 1 and x["parked"] == 0 for x in rows), "and its judge finds nothing wrong", s)
shown = w.agent("a", "show", [e["entry"] for e in w.agent("a", "list", "--json").lines() if e["form"] == "foreign-project"][0]).out
tap.ok("6830000" in shown and "11830000" in shown, "a sum in another currency is calculated in fen", shown)
shown = w.agent("a", "show", [e["entry"] for e in w.agent("a", "list", "--json").lines() if e["form"] == "mutual-fund"][0]).out
tap.ok(re.search(r'gap\W+0\b', shown), "a fund's ledger that balances has no gap", shown)

# faults
bad_sheet = w.path("bad.csv")
with open(bad_sheet, "w", encoding="utf-8") as f:
    f.write("survey\n,type,name,label,colour\n,text,a b,X\n,rank l,b,X\n,integer,c,X,red\nsettings\n,form_id,version,form_title\n,t,,T\n")
r = compile_form(bad_sheet, w.path("bad.xml"))
want = ["survey E2 (colour)", "survey C3 (name)", "survey B4 (type)", "settings C8 (version)", "4 faults"]
tap.ok(r.code == 1 and all(x in r.err for x in want) and not os.path.exists(w.path("bad.xml")), "all faults at once, each with its cell; no form is made", r.err)
r = compile_form(bad_sheet, w.path("bad.xml"), "--json")
tap.ok(r.code == 1 and [x["cell"] for x in r.lines()] == ["E2", "C8", "C3", "B4"] and all(x["level"] == "error" for x in r.lines()), "the same as JSON", r.out)
tap.ok(compile_form(bad_sheet, w.path("bad.xml")).code == 1 and program("tally-county", "form", "compile", bad_sheet).code == 2, "where to is needed")
tap.ok(compile_form(w.path("none.csv"), w.path("bad.xml")).code == 2, "a file that is not there")
text = open(SHEETS[0], encoding="utf-8").read()
with open(w.path("gb.csv"), "wb") as f:
    f.write(text.encode("gb18030").replace(b"\n", b"\r\n"))
r = compile_form(w.path("gb.csv"), w.path("gb.xml"))
tap.ok(r.code == 0 and open(w.path("gb.xml"), "rb").read() == open(made[0], "rb").read(), "a sheet as Excel saves it in China, GB 18030 and CRLF", r.err)

# LibreOffice writes workbooks in its own way.  TALLY_SHEETS=all: every sheet of the catalogue
if shutil.which("soffice"):
    some, bad = [n for n in sorted(ANSWERS) if n == "fund-flow" or os.environ.get("TALLY_SHEETS") == "all"], []
    for name in some:
        fods(w.path(name + ".fods"), sheets_of(os.path.join(TOP, "forms/catalogue", name + ".csv")))
    p = subprocess.run(["soffice", f"-env:UserInstallation=file://{w.path('profile')}", "--headless", "--convert-to", "xlsx", "--outdir", w.path("lo"), *(w.path(n + ".fods") for n in some)],
                       capture_output=True, timeout=300, text=True)
    for name in some:
        r = compile_form(w.path("lo", name + ".xlsx"), w.path("lo.xml"))
        if r.code != 0 or open(w.path("lo.xml"), "rb").read() != open(w.path("forms", name + ".xml"), "rb").read():
            bad.append(name + ": " + r.err)
    tap.ok(not bad, "a workbook of LibreOffice", "\n".join(bad) + p.stdout + p.stderr)
else:
    tap.n += 1
    print(f"ok {tap.n} - a workbook of LibreOffice # SKIP soffice is not installed")
tap.done()
