#!/usr/bin/python3
"""Goal of this test: the page fills in every form of the catalogue: what is asked follows what is answered, nothing typed is lost on the way, and what is saved is an entry with exactly those answers."""
import csv, glob, json, os, re, sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "e2e")]
from formpage import FormBrowser, Forms
from world import BUILD, Tap, World

tap, w = Tap(), World()
PLACE, PIN = "451224102201", "273941"
source = open(os.path.join(TESTS, "e2e", "forms.py"), encoding="utf-8").read()
ANSWERS = eval(re.search(r"^ANSWERS = (\{.*?^\})", source, re.S | re.M).group(1))  # what a cadre would type, form by form
PERSON = dict(p.split("=") for p in re.search(r'^PERSON = "(.*?)"', source, re.M).group(1).split())
FORMS = sorted(glob.glob(os.path.join(BUILD, "forms/*.xml")))
NAMES = sorted(os.path.basename(f)[:-4] for f in FORMS)
SHEETS = {n: [r for r in csv.reader(open(os.path.join(TESTS, "..", "forms/catalogue", n + ".csv"), encoding="utf-8"))] for n in NAMES}


def unit(name, field):
    """The unit of a field by its sheet."""
    rows = SHEETS[name]
    head = next(r for r in rows if "bind::tally:unit" in r)
    return next((r[head.index("bind::tally:unit")] for r in rows if len(r) > head.index("bind::tally:unit") and r[2] == field.split("/")[-1]), "")


def typed(name):
    """-> {path: what is typed on the page}: amounts in yuan."""
    out = {"date": "2010-11-05"}
    for word in ANSWERS[name].split():
        if word.endswith("/*"):
            out.update({word[:-1] + k: v for k, v in PERSON.items()})
        else:
            k, v = word.split("=", 1)
            out[k] = v
    for k, v in out.items():
        if unit(name, k) == "fen":
            out[k] = f"{float(v[:-2]) * 10000:.2f}" if v.endswith("万元") else v.removesuffix("元")
    return out


def asked(page, b):
    """Names of the form's controls."""
    f = next(x for x in Forms(page.text).forms if x["method"] == "post" and "/draft/" in x["action"])
    return {n for n, _ in f["fields"]} | set(re.findall(r'name="(v:[^"]+)"', page.text)), dict(f["fields"])


w.make_county()
r = w.county("form", "publish", *FORMS)
assert r.code == 0 or "published before" in r.out, r.err
county = w.start_county()
w.make_agent("a", PLACE)
assert w.agent("a", "sync").code == 0
county.stop()
d = w.start_agent("a")
b = FormBrowser(d.address)
b.first("wang", PIN)
tap.ok(NAMES == sorted(ANSWERS) and len(NAMES) == 25, "there are answers for all 25 forms", set(NAMES) ^ set(ANSWERS))


def fill(name):
    """Fill a form in, as its questions come up.  -> why not, or ''"""
    want = typed(name)
    page = b.get(f"/record/{name}/{name}-1")
    if "/draft/" not in b.path:
        return f"no draft: {b.path} {page.words()[:200]}"
    draft, kept, rounds = b.path, {}, 0
    many = {k for k in want if re.search(r'type="checkbox"[^>]*name="v:%s"' % re.escape(k), page.text)}
    while True:
        names, now = asked(page, b)
        lost = {k: (v, now.get("v:" + k)) for k, v in kept.items() if "v:" + k in names and "v:" + k not in now and k not in many}
        changed = {k: (v, now["v:" + k]) for k, v in kept.items() if "v:" + k in now and now["v:" + k] != v and k not in many}
        if lost or changed:
            return f"lost {lost}, changed {changed}"
        more = {k: v for k, v in want.items() if "v:" + k in names and k not in kept}
        wants = sorted({re.sub(r"\].*", "]", k) for k in want if "[" in k and "v:" + k not in names and k not in kept})
        if more:
            kept.update(more)
            page = b.submit(page, {"v:" + k: v.split(",") if k.endswith("target_groups") else v for k, v in more.items()}, "look")
        elif wants:
            page = b.submit(page, {}, "more:" + wants[0].split("[")[0])
        else:
            break
        rounds += 1
        if page.status != 200 or rounds > 30:
            return f"status {page.status} after {rounds} rounds: {page.words()[:300]}"
    never = set(want) - set(kept)
    if len(page.bytes) > 60000:
        return f"{len(page.bytes)} bytes"
    page = b.submit(page, {}, "save")
    if "/entry/" not in b.path:
        return f"not saved: {page.words()[:900]}"
    x = w.agent("a", "show", b.path.split("/")[-1], "--json").json()
    text = json.dumps(x, ensure_ascii=False)
    shown = lambda k, v: str(round(float(v) * 100)) if unit(name, k) == "fen" else v
    missing = [k for k, v in want.items() if k not in never and k not in many and shown(k, v) not in text]
    return f"never asked {sorted(never)}" if never else f"not in the entry {missing}: {text[:600]}" if missing else ""


for name in NAMES:
    why = fill(name)
    tap.ok(why == "", f"{name}: asked, kept and recorded", why)

# What other answers take away is not shown and not recorded, but stays typed until they bring it back
page = b.get("/record/water-works/ww-2")
base = {"v:stage": "water_tested", "v:date": "2010-11-05", "v:kind": "cellar"}
page = b.submit(page, base, "look")
page = b.submit(page, {"v:water_quality": "fail", "v:persons": "12"}, "look")
away = b.submit(page, {"v:stage": "started"}, "look")
tap.ok("v:water_quality" not in away.text and b.value(away, "v:persons") == "12", "a question that is not asked any more goes, the others keep what was typed")
back = b.submit(away, {"v:stage": "water_tested"}, "look")
tap.ok(b.value(back, "v:water_quality") == "fail", "and comes back with its answer")
wrong = b.submit(back, {"v:persons": "-3", "v:length": "long"}, "save")
tap.ok(wrong.status == 422 and b.value(wrong, "v:persons") == "-3" and b.value(wrong, "v:length") == "long", "what does not fit stays as it was typed, beside its error", wrong.words()[:300])
page = b.submit(wrong, {"v:persons": "12", "v:length": "", "v:stage": "started"}, "save")
tap.ok("/entry/" in b.path and "water_quality" not in json.dumps(w.agent("a", "show", b.path.split("/")[-1], "--json").json()), "what is not asked is not recorded", page.words()[:400])
tap.done()
