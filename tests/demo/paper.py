"""The second act: a decade of all twenty-five programmes recorded, sent and counted, and every figure of the white paper found again in reports."""
import glob
import json
import os
from collections import namedtuple

import decade
import decade_people
import figures
from office import pad
from players import Agent, County, parallel
from stage import Trouble, need

from corpus import villages

AT_ONCE = 9000    # entries a `record` takes in one go
AT_A_TIME = 4     # offices; they wait for the disk more than they work
VILLAGES = 12

# a figure as it is shown, the paper's row, what the report says, does it hold, the form's title
Verdict = namedtuple("Verdict", "shown row value good title")


class Country(County):
    """The log that all offices send to, with every form of the catalogue."""

    def __init__(self, stage):
        super().__init__(stage)
        self.data = os.path.join(stage.dir, "country")
        self.log = os.path.join(stage.out, "country.log")

    def init(self):
        self("init", "--origin", "decade.demo/2010", "--name", "十年扶贫数据")
        self("place", "import", villages.FILE)
        forms = sorted(glob.glob(os.path.join(os.path.dirname(self.stage.bin), "forms", "*.xml")))
        self("form", "publish", *forms)
        return len(forms)


class Decade:
    """The data set's offices and their log; forms: only these."""

    def __init__(self, stage, forms=None):
        self.stage, self.land, self.country = stage, decade.Country(VILLAGES), Country(stage)
        self.programmes = {f: make for f, make in decade.all_programmes().items() if forms is None or f in forms}
        self.todo, self.entries = {}, 0
        for form, make in self.programmes.items():
            for e in make(self.land):
                self.todo.setdefault(e.place, {}).setdefault(form, []).append(e.answers)
                self.entries += 1
        self.offices = {place: Agent(stage, place, self.land.name(place)) for place in self.todo}
        for place, office in self.offices.items():
            office.data = os.path.join(stage.dir, "offices", place)
        self.classes, self.policy = os.path.join(stage.out, "classes.csv"), os.path.join(stage.out, "decade-policy.txt")

    def open(self):
        forms = self.country.init()
        self.country.start()
        self.country.keep_policy(self.policy)
        self.land.write_classes(self.classes)

        def enrol(office):
            office.init()
            token = self.country("device", "invite", "--place", office.place, "--unlisted", "--json").json()[0]["token"]
            office("enrol", "http://" + self.country.address, "--token", token)

        parallel(enrol, self.offices.values(), AT_A_TIME)
        return forms

    def record(self):
        """Each office what it saw, form by form, many entries in one go."""
        def one(office):
            for form, answers in self.todo[office.place].items():
                for first in range(0, len(answers), AT_ONCE):
                    path = os.path.join(self.stage.dir, f"{office.place}.jsonl")
                    with open(path, "w", encoding="utf-8") as f:
                        f.writelines(json.dumps(a, ensure_ascii=False) + "\n" for a in answers[first:first + AT_ONCE])
                    office("record", form, "--json", path)
                    os.unlink(path)

        parallel(one, self.offices.values(), AT_A_TIME)

    def plan(self):
        """The villages that were designated: a plan of the office's, beside what is done."""
        path = os.path.join(self.stage.out, "plan.csv")
        with open(path, "w", encoding="utf-8") as f:
            f.write("place,form,subject,name,due\n")
            f.writelines(f"{v.code},village-plan,{v.code},{v.name},2010-12-31\n" for v in decade_people.designated(self.land))
        self.country("plan", "import", path)

    def send(self):
        def one(office):
            r = office("sync", "--timeout", 60, "--json").json()[0]
            need(r["waiting"] == 0, f"{office.name}: {r['waiting']} entries are still waiting")
            return r["confirmed"]
        return sum(parallel(one, self.offices.values(), AT_A_TIME))

    def audit(self):
        """What an auditor makes of the log, with the county's key as it was on the first day."""
        export = os.path.join(self.stage.out, "decade")
        self.country("export", "--audit", export)
        v = self.stage.run("tally-audit", None, "verify", export, "--policy", self.policy, "--json", allow=(0, 1)).json()[0]
        need(v["verdict"] == "ok" and v["trust"] == "pinned", f"the verdict is {v['verdict']}, the trust {v['trust']}: {v['findings'][:5]}")
        need(v["entries"] == v["valid"] >= self.entries and v["missing"] == v["forked"] == v["parked"] == 0, f"counts: {v}")
        return v

    def report(self, asked):
        """The rows of a report on a form, with these options."""
        form, options = asked
        return self.country("report", "--form", form, "--format", "json", *[self.classes if w == "CLASSES" else w for w in options]).json()

    def verdicts(self):
        """A Verdict for each figure of these programmes; each report is asked for once."""
        paper, out = figures.load(), []
        asked = list(dict.fromkeys((x.form, x.options) for x in figures.SHOWN if x.form in self.programmes))
        reports = dict(zip(asked, parallel(self.report, asked, 2)))
        for shown in figures.SHOWN:
            if shown.form in self.programmes:
                row, rows = paper[shown.id], reports[shown.form, shown.options]
                value = figures.value_of(shown, rows)
                out.append(Verdict(shown, row, value, figures.holds(row["relation"], row["value"], value), rows[0]["form_name"] if rows else ""))
        return out


WORDS, NUMBERS = ((5, "<"), (21, "<"), (49, "<")), ((17, ">"), (21, ">"), (10, "<"), (7, "<"), (6, "<"))


def line(cells, columns):
    """Columns for the eye: Chinese is two wide."""
    out = ""
    for text, (width, side) in zip(cells, columns):
        wide = sum(2 if ord(c) > 0x2e80 else 1 for c in text)
        out += " " * (width - 2 - wide) + text + "  " if side == ">" else pad(text, width)
    return out


def row_of(s, words, numbers):
    """A line; two where the terminal is narrow."""
    first, second = line(words, WORDS), line(numbers, NUMBERS)
    narrow = s.columns < sum(w for w, _ in WORDS + NUMBERS) + 2
    s.say(f"{first.rstrip()}\n     {second.rstrip()}" if narrow else (first + second).rstrip())


def show(s, verdicts):
    row_of(s, ("", "指标", "figure"), ("报表 report", "白皮书 paper", "单位", "比例", "成立"))
    form = None
    for shown, row, value, good, title in verdicts:
        if shown.form != form:
            s.say(f"-- {title} {shown.form}")
            form = shown.form
        row_of(s, (row["id"], shown.zh, row["figure"]), (figures.number(value, row["unit"]), figures.said(row), figures.UNITS[row["unit"]][0], figures.scale(shown),
                                                         "是 yes" if good else "否 NO"))


def conclude(s, verdicts):
    """Trouble when a figure does not hold."""
    show(s, verdicts)
    good = sum(v.good for v in verdicts)
    s.say("")
    s.say(f"{good} of {len(verdicts)} figures of the white paper hold, each computed from signed entries by `tally-county report`.", keep=True)
    if good != len(verdicts):
        raise Trouble("does not hold: " + ", ".join(v.shown.id for v in verdicts if not v.good))


def play(s):
    s.head("Second act. Ten years of twenty-five programmes, and the white paper's figures")
    d, began = Decade(s), s.seconds()
    forms = d.open()
    need(len(d.programmes) == forms, f"{forms} forms, but a data set for {len(d.programmes)}")
    s.say(f"{len(d.offices)} offices from a province's down to a village's, {forms} forms. Places are real; people, projects and single amounts are drawn from a seed,")
    s.say("and so is which counties are key counties. One trainee, household or village stands for a thousand where a scale is written; money is to scale.")
    d.record()
    s.say(f"{d.entries:,} entries of 2000 to 2011 about {forms} programmes are recorded by {len(d.offices)} offices, signed and chained.", keep=True)
    confirmed = d.send()
    need(confirmed == d.entries, f"{confirmed} of {d.entries} entries were confirmed")
    d.plan()
    s.say(f"All are sent, and {confirmed:,} receipts were verified by the devices.")
    v = d.audit()
    s.say(f"tally-audit: verdict {v['verdict']}, {v['valid']:,} entries of {v['devices']} devices are valid, none missing, none forked, none set aside.", keep=True)
    s.say(f"({s.seconds() - began:.0f} s so far)")
    verdicts = d.verdicts()
    d.country.stop()
    s.say("Each value is what `tally-county report` says of a form, and of the year, period or class of places that a figure speaks of:\n")
    conclude(s, verdicts)
    s.say(f"(= exactly, ≈ within a hundredth of it; the act took {s.seconds() - began:.0f} s)")
    return d
