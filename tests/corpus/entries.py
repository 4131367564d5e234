"""A village's year as answers to forms, and how large they are."""
import json
import random

from . import answers

FORMS = [form for form, _, _ in answers.MAKERS]
PERSONAL = {"household", "keeper", "trainee", "remark"}


def village_answers(seed, village, entries):
    """{form: [answers in order of date]} of exactly so many entries; another village's numbers change nothing here."""
    out = {}
    left = entries
    for form, make, share in answers.MAKERS:
        want = left if form == FORMS[-1] else round(entries * share)
        rng, rows, number = random.Random(f"{seed}/{village.code}/{form}"), [], 0
        while len(rows) < want:
            number += 1
            rows += make(rng, village, number)
        out[form] = sorted(rows[:want], key=lambda a: a["date"])
        left -= want
    return out


def line(obj):
    return json.dumps(obj, ensure_ascii=False, separators=(",", ":"))


def round_position(text):
    return " ".join(f"{float(x):.2f}" for x in text.split()[:2])


def split(a):
    """(payload, personal) as bytes, the way forms/form/form_split.c divides these three forms; personal empty if there is none."""
    payload = {k: round_position(v) if k == "position" else v for k, v in a.items() if k not in PERSONAL}
    personal = {k: v for k, v in a.items() if k in PERSONAL or k == "position"}
    return line(payload).encode(), line(personal).encode() if personal else b""


def sizes(rows):
    """(entries, mean bytes of payload, mean bytes of the personal part, mean characters of a remark)"""
    parts = [split(a) for a in rows]
    remarks = [len(a["remark"]) for a in rows if "remark" in a]
    n = max(1, len(parts))
    return len(parts), sum(len(p) for p, _ in parts) / n, sum(len(q) for _, q in parts) / n, sum(remarks) / max(1, len(remarks))
