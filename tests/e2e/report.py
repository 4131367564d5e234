#!/usr/bin/python3
"""Goal: a report says what a count by hand over the villages' own answers says, by every grouping, with corrections, withdrawals and
reviews in between; the export of the same county is found good by the independent checker."""
import json
import os
import subprocess
import sys
from decimal import Decimal

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TESTS)
from checker import verifier  # noqa: E402
from lib.world import Tap, World  # noqa: E402

STAGES = {
    "housing-rebuild": ("applied assessed approved taken_down foundation walls roof completed accepted paid", "completed", ["allowance", "own_funds", "persons", "area"]),
    "water-works": ("surveyed started completed water_tested accepted repaired", "completed",
                    ["persons", "livestock", "capacity", "length", "irrigated", "funds"]),
    "dew-training": ("enrolled completed certified employed followed_up", "completed", ["days", "subsidy"]),
}
VILLAGES = {"a": "451223001001", "b": "451223001002", "c": "451223201202"}
tap, w = Tap(), World()


def entries(agent):
    return [r for r in w.agent(agent, "list", "--json").lines() if r["form"]]


def record_all(known):
    """Generated answers into each village's agent; -> [village, form, hash, answers], in the order of the log to be."""
    top = w.path("corpus")
    subprocess.run([os.path.join(TESTS, "corpus/generate"), top, "--seed", "report", "--villages", "3", "--entries", "60"], check=True, capture_output=True)
    for agent, folder in zip(VILLAGES, sorted(os.listdir(top))):
        for name in sorted(os.listdir(os.path.join(top, folder))):
            form = name[:-6]
            with open(os.path.join(top, folder, name), encoding="utf-8") as f:
                rows = [json.loads(x) for x in f]
            for row in rows:
                row["subject"] = f"{agent}-{row['subject']}"[:64]
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            r = w.agent(agent, "record", form, "--json", "-", "--json", stdin=text)
            if r.code != 0:
                tap.ok(False, f"{agent} records {form}", r.err)
                continue
            for row, said in zip(rows, r.lines()):
                known.append([agent, form, said["entry"], row])
    return known


def change_some(known):
    """Every eleventh is corrected, every seventeenth withdrawn: what was replaced goes, what replaces it stands at its end."""
    for row in [r for i, r in enumerate(known) if i % 11 == 3]:
        agent, form, entry, answers = row
        r = w.agent(agent, "correct", entry, "date=2026-07-01", "stage=completed", "--json")
        tap.ok(r.code == 0, "a correction", r.err) if r.code else None
        known.remove(row)
        known.append([agent, form, r.json()["entry"], dict(answers, date="2026-07-01", stage="completed")])
    for row in [r for i, r in enumerate(known) if i % 17 == 5]:
        r = w.agent(row[0], "withdraw", row[2], "--reason", "误报", "--json")
        tap.ok(r.code == 0, "a withdrawal", r.err) if r.code else None
        known.remove(row)


def in_log_order(known):
    """As the county has them: village by village as they sync, each in its own order."""
    order = {}
    for agent in VILLAGES:
        for row in entries(agent):
            order[row["entry"]] = (agent, row["epoch"], row["seq"])
    known.sort(key=lambda r: order[r[2]])


def fold(known, group):
    """By hand: {(form, group): row}"""
    subjects, out = {}, {}
    for n, (agent, form, _, a) in enumerate(known):
        subjects.setdefault((form, a["subject"]), []).append((a["date"], n, agent, a))
    for (form, subject), said in subjects.items():
        said.sort(key=lambda x: x[:2])
        now = {"stage": None, "place": VILLAGES[said[-1][2]], "month": said[-1][0][:7], "subject": subject}
        for _, _, _, a in said:
            now.update({k: v for k, v in a.items() if k in ("stage", "fund", *STAGES[form][2])})
        key = {"township": now["place"][:9], "village": now["place"], "month": now["month"], "year": now["month"][:4], "subject": subject,
               "fund": now.get("fund", ""), "country": "CN", "form": form}[group]
        row = out.setdefault((form, key), {"subjects": 0, "done": 0})
        row["subjects"] += 1
        stages = STAGES[form][0].split()
        row["done"] += stages.index(now["stage"]) >= stages.index(STAGES[form][1])
        row["stage." + now["stage"]] = row.get("stage." + now["stage"], 0) + 1
        for name in STAGES[form][2]:
            if name in now:
                row["sum." + name] = row.get("sum." + name, 0) + Decimal(str(now[name]))
    return out


def agrees(known, group, *options):
    r = w.county("report", "--by", group, "--format", "json", *options)
    want, problems = fold(known, group), []
    got = {(x["form"], x[group]): x for x in (json.loads(line, parse_float=Decimal) for line in r.out.splitlines()) if x["subjects"]}
    if set(got) != set(want):
        problems.append(f"rows {sorted(set(got) ^ set(want))}")
    for key in set(got) & set(want):
        for name, value in got[key].items():
            if name.startswith(("stage.", "sum.")) or name in ("subjects", "done"):
                if value != want[key].get(name, 0):
                    problems.append(f"{key} {name}: {value}, by hand {want[key].get(name, 0)}")
    tap.ok(r.code == 0 and want and not problems, f"report by {group} is what a count by hand says", "\n".join([r.err] + problems))


def groups_agree(known):
    """Target groups by hand, of those with five subjects or more; the smaller ones, and the smallest of all if only one is smaller, have no figures."""
    latest, count = {}, {}
    for n, (_, form, _, a) in enumerate(known):
        said = [x["target_groups"] for x in a.values() if isinstance(x, dict) and x.get("target_groups")]
        latest.setdefault((form, a["subject"]), []).append((a["date"], n, said[0] if said else None))
    for (form, _), said in latest.items():
        stated = [g for _, _, g in sorted(said, key=lambda x: x[:2]) if g]
        for g in stated[-1] if stated else [""]:
            count[form, g] = count.get((form, g), 0) + 1
    want = {}
    for form in {f for f, _ in count}:
        row = {k: n for k, n in count.items() if k[0] == form}
        few = [k for k, n in row.items() if n < 5]
        if len(few) == 1 and len(row) > 1:
            few.append(min((n, k) for k, n in row.items() if k not in few)[1])
        want.update({k: None if k in few else n for k, n in row.items()})
    r = w.county("report", "--by", "group", "--format", "json")
    got = {(x["form"], x["group"]): x["subjects"] for x in r.lines()}
    tap.ok(r.code == 0 and got == want and None in want.values(), "report by group counts target groups as a count by hand does, and keeps the small ones back",
           f"{r.err}\n{got}\n{want}")
    names = [x["name"] for _, _, _, a in known for x in a.values() if isinstance(x, dict) and x.get("name")]
    tap.ok(names and not any(x in r.out for x in names), "and tells no name")


def export(name, *options):
    r = w.county("export", "--audit", w.path(name), "--json", *options)
    if r.code != 0:
        tap.ok(False, f"export {name}", r.err)
    return verifier.verify(w.path(name))


def chosen(option, group):
    """What one option chooses is what stands in that row: the figures are the same."""
    rows = w.county("report", "--by", group, "--format", "json").lines()
    for row in [r for r in rows if r[group]]:
        r = w.county("report", "--form", row["form"], option, row[group], "--by", "country", "--format", "json")
        names = ("form", "form_name", "country", "country_name", group, group + "_name")
        same = [[{k: v for k, v in x.items() if k not in names} for x in y] for y in (r.lines() if r.code == 0 else [], [row])]
        if same[0] != same[1]:
            return tap.ok(False, f"{option} chooses the row of --by {group}", f"{row}\n{r.out}{r.err}")
    return tap.ok(len(rows) > 2, f"{option} chooses the row of --by {group}, {len(rows)} times", rows)


w.make_county()
w.county("place", "import", os.path.join(TESTS, "data/villages.csv"))
w.start_county()
for agent, place in VILLAGES.items():
    w.make_agent(agent, place)
known = record_all([])
tap.ok(len(known) == 180, "three villages record", len(known))
change_some(known)
for agent in VILLAGES:
    r = w.agent(agent, "sync", "--json")
    if r.code != 0 or r.json()["waiting"]:
        tap.ok(False, f"{agent} syncs", r.out + r.err)
in_log_order(known)
for group in ("form", "country", "township", "village", "year", "month", "subject", "fund"):
    agrees(known, group)
at = w.county("status", "--json").json()["size"]
returned = [r for r in known if r[1] == "dew-training"][:5]
for row in returned:
    w.county("review", "return", row[2], "--note", "请核对")
before = list(known)
known = [r for r in known if r not in returned]
agrees(known, "village")
agrees(before, "village", "--at", str(at))
for row in returned[:2]:
    w.county("review", "accept", row[2])
known = [r for r in before if r not in returned[2:]]
agrees(known, "subject")
groups_agree(known)
with open(w.path("classes.csv"), "w", encoding="utf-8") as f:
    f.write("code,class,name\n451223001,key,x\n52,west,y\n")
r = w.county("report", "--by", "township", "--classes", w.path("classes.csv"), "--class", "key", "--format", "json")
tap.ok(r.code == 0 and {x["township"] for x in r.lines()} == {"451223001"}, "a class of places chooses them", r.out + r.err)
r = w.county("report", "--classes", w.path("classes.csv"), "--class", "key", "--format", "json")
tap.ok(r.code == 0 and {x["places"] for x in r.lines()} == {1}, "and says how many there are", r.out + r.err)
for option, group in (("--place", "prefecture"), ("--place", "village"), ("--fund", "fund"), ("--year", "year")):
    chosen(option, group)
r = w.county("report", "--basis", "accepted", "--by", "country", "--format", "json")
tap.ok(sum(x["subjects"] for x in r.lines()) == len({x[3]["subject"] for x in returned[:2]}), "by acceptance, only what was accepted", r.out + r.err)
r = w.county("report", "--form", "housing-rebuild", "--by", "township", "-o", w.path("report.csv"), "--format", "csv")
with open(w.path("report.csv"), "rb") as f:
    tap.ok(r.code == 0 and not r.out and f.read().startswith(b"\xef\xbb\xbftownship,township_name,subjects,"), "-o writes a file", r.out + r.err)
for options, words in ((["--format", "xlsx"], "-o FILE"), (["--format", "pdf"], "is not table"), (["--lang", "fr"], "zh or en"), (["--by", "x"], "no such grouping"),
                       (["--from", "2026-02-30"], "no date"), (["--from", "2026-02-02", "--to", "2026-02-01"], "after"), (["--at", "x"], "size"),
                       (["--at", "999999"], "leaves"), (["--basis", "x"], "--basis"), (["--class", "key"], "--classes"),
                       (["--classes", w.path("classes.csv"), "--class", "ke"], "no such class"), (["--form", "x"], "never published"),
                       (["--place", "451"], "--place"), (["--fund", "x"], "no such fund"), (["--year", "x"], "--year")):
    r = w.county("report", *options)
    tap.ok(r.code == 2 and words in r.err and not r.out, "report " + " ".join(options) + " is refused by name", r.out + r.err)

v = export("export")
tap.ok(v["verdict"] == "ok" and v["entries"] == v["valid"] > 180, "the independent checker finds the export good", json.dumps(v)[:2000])
v = export("bare", "--without-personal")
tap.ok(v["verdict"] == "ok", "and the one without personal parts", json.dumps(v)[:2000])
with open(w.path("bare", "MANIFEST"), encoding="utf-8") as f:
    tap.ok("personal withheld\n" in f.read(), "which says so")
tap.ok(subprocess.run(["grep", "-rqa", "household", w.path("bare", "entries")]).returncode == 1, "and has none")
tap.done()
