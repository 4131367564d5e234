"""The decade's people: who was trained, asked, schooled, moved, housed and helped. One household, trainee or village stands for a thousand."""
from decade import WESTERN, YEARS, Series, day, person, split
from decade_funds import MILLION, WAN

COURSES = "construction electrician welding driving sewing electronics computer cooking domestic hotel planting other".split()
GROUPS = ("maonan salar blang tajik achang pumi ewenki nu jing jino deang bonan russian yugur uzbek monba oroqen derung tatar hezhen gaoshan lhoba").split()


def dew_training(land):
    """f17-f19: 4,100 trainees, four of five then employed outside agriculture; the first eighty before 2004."""
    s = Series("dew-training", "t", land.offices)
    early, n = 80, 4100
    subsidies = [8 * WAN] * early + split(3000 * MILLION, n - early, s.rng)
    for i, subsidy in enumerate(subsidies):
        place, subject = s.next()
        year = 2003 if i < early else 2004 + i % 7
        away = i % 5 != 0
        yield s.entry(place, subject=subject, stage="completed", date=day(s.rng, year, 1, 6), course=COURSES[i % 12], days=s.rng.randint(15, 90), subsidy=subsidy, fund="central",
                      year=year, trainee=person(s.rng) if i % 8 == 0 else None, **{"class": f"{place}-{year}-{i % 4 + 1}"})
        yield s.entry(place, subject=subject, stage="employed", date=day(s.rng, year, 7, 12), sector="non_agriculture" if away else "agriculture",
                      destination=s.rng.choice(("county", "province", "other_province")) if away else "township", wage=s.rng.randint(900, 1900) * 100)


def wage_survey(land):
    """f20."""
    s = Series("wage-survey", "w", land.local)
    for i in range(200):
        place, subject = s.next()
        wage = s.rng.randint(80000, 120000) + (35000 if i % 2 else 0)
        yield s.entry(place, subject=subject, stage="surveyed", date=day(s.rng, 2010, 3, 6), round=2010, trained="yes" if i % 2 else "no",
                      sector=s.rng.choice(("agriculture", "non_agriculture")), wage=wage, months=s.rng.randint(6, 12), respondent=person(s.rng))


def student_aid(land):
    """f21: all vocational graduates, a number a province and year; who got aid is counted beside it."""
    s = Series("student-aid", "y", list(land.provinces))
    numbers = iter(split(42890000, 310, s.rng))
    for year in YEARS:
        for school in ("vocational", "senior"):
            for place in land.provinces:
                yield s.entry(place, kind="graduates", subject=f"{place}-{school}-{year}", stage="graduated", date=day(s.rng, year, 7, 8), school=school, year=year,
                              graduates=next(numbers) if school == "vocational" else s.rng.randint(50000, 400000))
    s = Series("student-aid", "s", land.local)
    for i in range(60):
        place, subject = s.next()
        yield s.entry(place, kind="student", subject=subject, stage="paid", date=day(s.rng, 2007 + i % 4, 9, 12), school="vocational", scheme="vocational",
                      term=f"{2007 + i % 4}-2", subsidy=75000, fund="central", year=2007 + i % 4, student=person(s.rng))


def relocation(land):
    """f23: 7,700 people of 1,750 households have moved in; thirty households are registered only."""
    s = Series("relocation", "r", WESTERN + land.local)
    for i, persons in enumerate(split(7700, 1750, s.rng) + [4] * 30):
        place, subject = s.next()
        year, moved = YEARS[i % 10], i < 1750
        yield s.entry(place, subject=subject, stage="moved_in" if moved else "registered", date=day(s.rng, year), persons=persons, area=f"{15 * persons}.0", year=year,
                      subsidy=6000 * 100 * persons, fund="central", household=person(s.rng) if i % 4 == 0 else None)


def housing_rebuild(land):
    """f29-f31: 2,034 houses are done; sixty more have walls, and no allowance yet."""
    s = Series("housing-rebuild", "h", land.local)
    for i, allowance in enumerate(split(11700 * MILLION, 2034, s.rng) + [0] * 60):
        place, subject = s.next()
        year, done = 2008 + i % 3, i < 2034
        yield s.entry(place, subject=subject, stage="approved", date=day(s.rng, year, 1, 4), grade="D", method="same_site", structure="brick_concrete", area=f"{s.rng.randint(40, 90)}.5",
                      persons=s.rng.randint(2, 7), allowance=allowance, fund="central", year=year, household=person(s.rng) if i % 4 == 0 else None)
        yield s.entry(place, subject=subject, stage=s.rng.choice(("completed", "accepted", "paid")) if done else "walls", date=day(s.rng, year, 8, 12), grade="D")


def target_group(land):
    """f33, f34: 22 small ethnic groups; what they got before 2005 stands beside it."""
    s = Series("target-group", "n", ["53", "45", "52", "63", "62", "65", "15", "54"])
    for i, value in enumerate([50 * WAN] * 22 + split(3751 * MILLION, 22 * 6, s.rng)):
        place, subject = s.next()
        yield s.entry(place, kind="project", subject=subject, stage="supported", date=day(s.rng, 2004 if i < 22 else 2005 + i % 6), scheme="small_minority", ethnic_group=GROUPS[i % 22],
                      support="works", value=value, persons=s.rng.randint(50, 900), fund="central")
    s = Series("target-group", "p", land.local)
    for i in range(60):
        place, subject = s.next()
        yield s.entry(place, kind="project", subject=subject, stage="supported", date=day(s.rng, YEARS[i % 10]), scheme=("women", "disabled")[i % 2], support="training",
                      value=s.rng.randint(1, 9) * WAN, persons=s.rng.randint(5, 60), fund="donation")


def village_plan(land):
    """f14-f16: 148 villages were designated in 2001, 126 of them have implemented their plan."""
    s = Series("village-plan", "v", ["-"])
    own = {v.code for v in land.villages}
    for i, v in enumerate(designated(land)):
        place = v.code if v.code in own else v.county_code
        part = split(s.rng.randint(40, 90) * WAN, 5, s.rng)
        plan = dict(zip(("farmland", "water", "roads", "income", "social"), part))
        yield s.entry(place, subject=v.code, stage="planned", date=day(s.rng, 2001), households=s.rng.randint(120, 600), persons=s.rng.randint(500, 2500), fund="central", year=2001,
                      **{k: {"state": "not_started", "planned": p} for k, p in plan.items()})
        done = i < 126
        yield s.entry(place, subject=v.code, stage="completed" if done else "under_way", date=day(s.rng, 2002 + i % 9), fund="central",
                      **{k: {"state": "done" if done else "under_way", "planned": p, "spent": p if done else p // 2} for k, p in plan.items()})


def designated(land):
    """The villages of the plan: those with an agent of their own, and others."""
    own = {v.code for v in land.villages}
    rest = [v for v in land.every if v.code not in own]
    return sorted(land.villages + rest[::len(rest) // 148][:148 - len(own)])


def health_family(land):
    s = Series("health-family", "m", land.local)
    for i in range(90):
        place, subject = s.next()
        persons = s.rng.randint(1, 6)
        yield s.entry(place, kind="household", subject=subject, stage="joined", date=day(s.rng, 2003 + i % 8), scheme="medicare", amount=2000 * persons, persons=persons,
                      fund="county", year=2003 + i % 8, person=person(s.rng))


PROGRAMMES = {"dew-training": dew_training, "wage-survey": wage_survey, "student-aid": student_aid, "relocation": relocation, "housing-rebuild": housing_rebuild,
              "target-group": target_group, "village-plan": village_plan, "health-family": health_family}
