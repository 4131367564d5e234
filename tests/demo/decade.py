"""A decade's data, made up from a seed, for all twenty-five programmes: what each office would have recorded from 2001 to 2010.

Places are real; people, projects and single amounts are invented, and so is which counties stand on the lists of key counties. Sums and
counts are laid out so that they come to what tests/data/figures.csv says; nothing else knows that file's values: a report finds them again."""
import csv
import os
import random
from collections import namedtuple

from players import villages  # which puts tests/ on the path
from stage import TOP

from corpus import people

DATA = os.path.join(TOP, "tests", "data")
YEARS = range(2001, 2011)
WESTERN = "15 45 50 51 52 53 54 61 62 63 64 65".split()
CENTRAL = "13 14 22 23 34 36 41 42 43 46".split()  # with the western ones the 22 provinces
EASTERN = "11 12 21 31 32 33 35 37 44".split()
NATIONAL, KEY = 592, 1071                          # key counties: of the national list; with those of the provinces' lists

Entry = namedtuple("Entry", "place form answers")  # place: of the office that records it


def split(total, n, rng, low=500, high=1500):
    """n whole numbers that come to total, none far from the others."""
    return spread(total, [rng.randint(low, high) for _ in range(n)])


def spread(total, weights):
    """total in whole numbers, in proportion to the weights; what has none gets nothing."""
    whole = sum(weights)
    parts = [total * w // whole for w in weights]
    some = [i for i, w in enumerate(weights) if w]
    for i in some[:total - sum(parts)]:
        parts[i] += 1
    return parts


class Country:
    """The places of the data set, and its lists of key counties."""

    def __init__(self, village_count):
        with open(os.path.join(DATA, "counties.csv"), encoding="utf-8", newline="") as f:
            rows = list(csv.DictReader(f))
        self.provinces = {r["province_code"]: r["province"] for r in rows}
        rural = [r["code"] for r in rows if not r["county"].endswith("区")]
        self.every = villages.load(set(rural))  # the villages of four counties
        self.home = sorted({v.county_code for v in self.every})
        self.names = {v.county_code: v.county for v in self.every} | {v.township_code: v.township for v in self.every} | {v.code: v.name for v in self.every}
        rng = random.Random("key counties")
        of = [c for c in rural if c[:2] in WESTERN + CENTRAL and c not in self.home]
        drawn = self.home + rng.sample([c for c in of if c[:2] != "54"], NATIONAL - len(self.home))
        left = sorted(set(of) - set(drawn))
        self.national = sorted(drawn)
        self.key = sorted(drawn + rng.sample(left, KEY - NATIONAL))
        self.rural = rural
        wide = villages.spread(self.every, 4 * village_count)  # over the counties, not the first of them
        self.villages = wide[::4]
        self.townships = sorted({v.township_code for v in self.villages})[::6]
        self.prefectures = sorted({c[:4] for c in self.home})
        self.offices = self.home + self.townships + self.prefectures
        self.local = self.offices + [v.code for v in self.villages]

    def name(self, place):
        return self.provinces.get(place) or self.names.get(place) or self.provinces[place[:2]] + place

    def write_classes(self, path):
        """The list that reports are given: which place is of which class."""
        with open(path, "w", encoding="utf-8") as f:
            f.write("code,class\n")
            for codes, name in ((WESTERN, "western"), (WESTERN + CENTRAL, "central_west"), (self.national, "national_key"), (self.key, "key_county")):
                f.writelines(f"{c},{name}\n" for c in codes)


def day(rng, year, first=1, last=12):
    return f"{year}-{rng.randint(first, last):02}-{rng.randint(1, 28):02}"


def person(rng):
    """Without an identity number: the form would see that it is an invented one."""
    p = {"name": people.name(rng)}
    if rng.random() < 0.7:
        p["phone"] = people.phone(rng)
    if rng.random() < 0.7:
        p["target_groups"] = sorted(rng.sample(people.TARGETS, rng.randint(1, 2)), key=people.TARGETS.index)
    return p


class Series:
    """Subjects of one form, given to the offices in turn."""

    def __init__(self, form, letter, places):
        self.form, self.letter, self.places, self.n = form, letter, places, 0
        self.rng = random.Random("decade/" + form + letter)

    def next(self, at=None):
        """(the office, a new subject's id)"""
        place = self.places[self.n % len(self.places)]
        self.n += 1
        return place, f"{at or place}-{self.letter}{self.n:05}"

    def entry(self, place, **answers):
        return Entry(place, self.form, {k: v for k, v in answers.items() if v is not None})


def all_programmes():
    """{form: function of a Country that yields its entries}"""
    import decade_funds
    import decade_people
    import decade_works
    found = {}
    for module in (decade_funds, decade_people, decade_works):
        found.update(module.PROGRAMMES)
    return found
