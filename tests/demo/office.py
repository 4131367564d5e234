"""Acts 4 and 5: the county's report, a mistake put right, and what goes to the auditor."""
import os
import shutil

import house
from players import parallel
from stage import need


def report(w, *words):
    return w.county("report", "--form", "housing-rebuild", "--by", "township", "--format", "json", *words).json()


def row_of(rows, township):
    """A township's row; which column holds the code is the report's affair."""
    for row in rows:
        if township in [str(v) for v in row.values()]:
            return row
    raise LookupError(f"the report has no row of {township}")


def correct(s, w, entries):
    s.head("4. A zero was forgotten")
    home, last = w.home, entries[-1]
    township = w.home_village.township_code
    before = row_of(report(w), township)["sum.allowance"]
    s.say(f"{house.NAME} reads her slip: an allowance of {house.TYPED} yuan, and it should be {house.MEANT}.", keep=True)
    s.say(f"{w.home_village.township} in the county's report, that mistake included: {house.money(before)}.")
    w.fixed = home("correct", last, f"allowance={house.MEANT}yuan", "--json").json()[0]["entry"]
    w.sync(home)
    shown = {e["entry"]: e for e in home("list", "--subject", house.SUBJECT, "--json").json()}
    need(shown[last]["state"] == "superseded" and shown[w.fixed]["state"] == "confirmed", f"states after the correction: {shown}")
    save(os.path.join(s.out, "slip.txt"), home("slip", w.fixed).out)
    after = row_of(report(w), township)["sum.allowance"]
    need(after - before == 2520000, f"the report went from {before} to {after}")
    s.say(f"The village corrects it: a new entry supersedes the old one, which stays visible. {w.home_village.township} in the report: "
          f"{house.money(after)}.", keep=True)
    receipt = home("show", w.fixed, "--json").json()[0]["receipt"]
    s.say("her receipt: " + next(x for x in receipt.splitlines() if x.startswith("range ")) + f"; entry {w.fixed[:16]}...")


def office(s, w):
    s.head("5. At the county office")
    for fmt in ("table", "json", "csv"):
        w.county("report", "--form", "housing-rebuild", "--by", "township", "--format", fmt, "-o", os.path.join(s.out, "report." + ("txt" if fmt == "table" else fmt)))
    s.say("tally-county report --form housing-rebuild --by township")
    rows = report(w)
    table(s, w, rows)
    for township, (households, fen) in put_in(w).items():
        row = row_of(rows, township)
        need((row["subjects"], row["sum.allowance"]) == (households, fen), f"{township}: {households} households, {fen} fen were put in; the report says {row}")
    s.say("each row is what was typed in its villages, added up anew by the demo")
    st = w.county.status()
    s.say(f"tally-county status: {st['entries']:,} entries of {st['devices']} devices, log of {st['size']:,} leaves, parked {st['parked']}, forked {st['forked']}")
    need(st["parked"] == 0 and st["forked"] == 0, f"nothing should be parked or forked: {st}")
    s.say("tally-county log check: " + (w.county("log", "check").out.strip().splitlines() or ["every leaf recomputed, all hold"])[-1])


def put_in(w):
    """{township: (households, allowance in fen)} as they follow from what was typed, without the programs' help."""
    out = {}
    for v in w.villages:
        newest = {a["subject"]: a for a in w.answers[v.code]["housing-rebuild"]}
        if v.code == w.home.place:
            newest[house.SUBJECT] = {"allowance": round(float(house.MEANT) * 100)}
        n, fen = out.get(v.township_code, (0, 0))
        out[v.township_code] = n + len(newest), fen + sum(a.get("allowance", 0) for a in newest.values())
    return out


def table(s, w, rows):
    """The report's rows, its widest columns left to the files."""
    names = {v.township_code: v.township for v in w.every}
    s.say(pad("township", 18) + "households  completed   allowance (yuan)")
    for row in rows:
        code = next((str(v) for v in row.values() if str(v) in names), None)
        if code is None:
            continue
        s.say(pad(names[code], 18) + f"{row['subjects']:10}  {row['done']:9}   {row['sum.allowance'] / 100:16,.2f}")


def pad(text, width):
    """Chinese characters are two columns wide."""
    return text + " " * max(1, width - sum(2 if ord(c) > 0x2e80 else 1 for c in text))


def save(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def export(s, w):
    s.head("6. Both halves go to the auditor")
    w.export = os.path.join(s.out, "export")
    w.county("export", "--audit", w.export)
    w.halves = {}

    def half(agent):
        to = os.path.join(s.out, "halves", agent.place)
        agent("export", "--audit", to)
        w.halves[agent.place] = to

    os.mkdir(os.path.join(s.out, "halves"))
    parallel(half, w.agents, 3)
    size = sum(os.path.getsize(os.path.join(at, n)) for at, _, names in os.walk(w.export) for n in names)
    s.say(f"The county's export: {size // 1024:,} KiB. The villages' halves, entries with their receipts: {len(w.halves)}.")


def leave(s, w):
    """What may be looked at afterwards stays; the rest goes."""
    for agent in w.agents:
        if agent is not w.home:
            shutil.rmtree(agent.data, ignore_errors=True)


