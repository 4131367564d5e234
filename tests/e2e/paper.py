#!/usr/bin/env python3
"""Goal: what a report shows is held against the white paper's figures as the demo does, exactly; a figure that one wrong number among
thousands of signed entries spoils is found, named and makes the demo fail; put right by a correction it holds again."""
import os
import shutil
import sys
from fractions import Fraction

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(TESTS, "demo"), os.path.join(TESTS, "lib")]
import figures  # noqa: E402
import paper  # noqa: E402
from stage import Stage, Trouble  # noqa: E402
from world import Tap  # noqa: E402

tap = Tap()


class Quiet(Stage):
    """What it tells is kept, not printed."""

    def head(self, text):
        pass

    def say(self, text, keep=False):
        self.said = getattr(self, "said", []) + text.splitlines()


def relations():
    for relation, said, value, good in (("=", "100", "100", 1), ("=", "100", "100.01", 0), ("=", "81.25", "81.25", 1), (">", "100", "100", 0), (">", "100", "100.01", 1),
                                        ("~", "100", "101", 1), ("~", "100", "101.01", 0), ("~", "100", "99", 1), ("~", "100", "98.99", 0),
                                        ("between", "30-40", "30", 1), ("between", "30-40", "40", 1), ("between", "30-40", "40.01", 0), ("between", "30-40", "29.99", 0)):
        if figures.holds(relation, said, Fraction(value)) != bool(good):
            return tap.ok(False, "relations", (relation, said, value))
    paper_rows = figures.load()
    tap.ok(not any(figures.holds(r["relation"], r["value"], None) for r in paper_rows.values()), "a report without a value holds nothing")
    tap.ok([s.id for s in figures.SHOWN] == list(paper_rows), "every figure of the paper has its report", set(paper_rows) ^ {s.id for s in figures.SHOWN})
    shared = os.path.join(TESTS, "..", "..", "shared", "data", "figures.csv")
    if os.path.exists(shared):
        with open(shared, "rb") as a, open(figures.FILE, "rb") as b:
            tap.ok(a.read() == b.read(), "the figures are the paper's")
    return tap.ok(True, "equal, about, above and between mean what they say")


def hold(d):
    return {v.shown.id: v.good for v in d.verdicts()}


def spoil(d):
    """One allowance is a cent too high."""
    office = d.offices[d.land.home[0]]
    rows = [r for r in office("list", "--form", "housing-rebuild", "--json").json() if r["kind"] == "record"]
    for row in rows:
        answers = office("show", row["entry"], "--json").json()[0]["payload"]
        if "allowance" in answers:
            return office, correct(office, row["entry"], answers["allowance"] + 1), answers["allowance"]
    raise Trouble("no house with an allowance")


def correct(office, entry, allowance):
    new = office("correct", entry, f"allowance={allowance}", "--json").json()[0]["entry"]
    office("sync")
    return new


relations()
s = Quiet("paper")
s.columns = 140
try:
    d = paper.Decade(s, ("housing-rebuild", "wage-survey"))
    d.open()
    d.record()
    tap.ok(d.send() == d.entries, "all entries of two programmes are confirmed", d.entries)
    first = hold(d)
    tap.ok(first == dict.fromkeys(("f20", "f29", "f30", "f31"), True), "their figures hold", first)
    office, entry, meant = spoil(d)
    wrong = hold(d)
    tap.ok(wrong == dict(first, f30=False), "one cent too much in one house, and the sum of allowances does not hold", wrong)
    try:
        paper.conclude(s, d.verdicts())
        tap.ok(False, "the act fails")
    except Trouble as e:
        tap.ok("f30" in str(e) and "f29" not in str(e), "the act fails and names the figure", e)
    shown = [x for x in s.said if x.startswith("f30")]
    tap.ok(len(shown) == 1 and shown[0].endswith("否 NO") and "11,700,000,000.01" in shown[0], "and its table shows what the report said", shown)
    correct(office, entry, meant)
    tap.ok(hold(d) == first, "corrected, it holds again")
    d.country.stop()
finally:
    s.end()
    shutil.rmtree(s.dir, ignore_errors=True)
tap.done()
