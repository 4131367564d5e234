"""The real villages of tests/data/villages.csv."""
import csv
import os
from collections import namedtuple

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "villages.csv")
DONGLAN, BAMA = "451224", "451227"

Village = namedtuple("Village", "code name township_code township county_code county")


def plain(name):
    """东里村委会 is the office of 东里村."""
    for office, place in (("村委会", "村"), ("村民委员会", "村"), ("社区居委会", "社区"), ("居委会", "")):
        if name.endswith(office):
            return name[:-len(office)] + place
    return name


def load(counties=(DONGLAN, BAMA), path=FILE):
    with open(path, encoding="utf-8", newline="") as f:
        rows = [Village(r["village_code"], plain(r["village"]), *(r[k] for k in ("township_code", "township", "county_code", "county")))
                for r in csv.DictReader(f) if r["county_code"] in counties]
    return sorted(rows)


def write(rows_of, out, path=FILE):
    """The lines of villages.csv for these counties, in its own columns."""
    with open(path, encoding="utf-8") as f, open(out, "w", encoding="utf-8") as o:
        o.write(next(f))
        o.writelines(line for line in f if line.split(",")[4] in rows_of)


def spread(rows, n):
    """n villages taken evenly over the townships: the first of each, then the second, and so on."""
    seen, ranked = {}, []
    for v in rows:
        seen[v.township_code] = seen.get(v.township_code, -1) + 1
        ranked.append((seen[v.township_code], v))
    return sorted(v for _, v in sorted(ranked)[:n])
