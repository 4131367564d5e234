"""Answers to the three forms of the catalogue, as a village would give them in the course of a year.

Everything follows from the random generator that is handed in: the same seed, the same bytes.  Each function returns
a list of answers of one subject, in the order of time; fields stand in the form's order."""
import datetime

from . import people

YEAR = 2025
FUNDS = ("central", "provincial", "prefecture", "county", "paired_aid", "donation", "other")
HOUSE_STAGES = ("applied", "assessed", "approved", "taken_down", "foundation", "walls", "roof", "completed", "accepted", "paid")
WORKS_STAGES = ("surveyed", "started", "completed", "water_tested", "accepted", "repaired")
COURSES = ("construction", "electrician", "welding", "machine_repair", "driving", "sewing", "electronics", "computer", "cooking", "planting",
           "husbandry", "handicraft")
WORKS = ("drinking", "cellar", "tank", "pond", "pumping_station", "canal", "irrigation", "diversion", "source_protection")

REMARKS = {
    "housing-rebuild": ("老房子后墙开裂，雨季漏水严重，先安排住亲戚家", "屋基已请村里人看过，离公路约三百米，运料方便",
                        "户主外出务工，由儿子代办，材料已拉到门口", "砖和水泥已到位，等天晴后就动工，预计一个月",
                        "邻居帮工二十天，工钱折算在自筹资金里面", "屋顶已封，还差门窗和粉刷，准备月底搬进去住"),
    "water-works": ("水源点在村后山坳，枯水期水量减半需要注意", "管道从坡上引下来约两公里，沿路有三处接头",
                    "水柜已做防渗，先蓄水一周，再看有没有漏点", "群众投工投劳挖沟，管材由县水利局统一配送",
                    "去年山洪冲坏的一段已经换成镀锌管并且加固"),
    "dew-training": ("本人想去广东打工，希望学完能够直接推荐岗位", "学得认真，实操成绩全班前三名，可以优先推荐",
                     "中途请假五天回家收稻谷，课程之后已补上", "家里有两个小孩上学，愿意在县城附近找工作",
                     "已经有三年工地经验，主要想考一个等级证书"),
}


def day(rng, first, last):
    """A day of the year, as text: first and last are parts of it, 0 to 1."""
    n = int((first + (last - first) * rng.random()) * 364)
    return (datetime.date(YEAR, 1, 1) + datetime.timedelta(days=n)).isoformat()


def days(rng, n):
    return sorted(day(rng, i / (n + 1), (i + 1) / (n + 1)) for i in range(n))


def position(rng):
    return f"{rng.uniform(23.85, 24.85):.6f} {rng.uniform(106.95, 107.70):.6f}"


def tidy(answers):
    return {k: v for k, v in answers.items() if v is not None}


def sometimes(rng, share, value):
    return value if rng.random() < share else None


def house(rng, village, number):
    grade = rng.choice("CDD")
    method = "repair" if grade == "C" else rng.choice(("same_site", "same_site", "new_site"))
    structure = rng.choice(("brick_concrete", "brick_concrete", "brick_timber", "timber", "stone"))
    household, where = people.person(rng, village.county_code), position(rng)
    area, persons = f"{rng.randint(40, 120)}.{rng.choice('05')}", rng.randint(1, 7)
    allowance, own, fund = rng.randint(60, 300) * 10000, rng.randint(20, 600) * 10000, rng.choice(FUNDS[:4])
    reached = rng.randint(1, len(HOUSE_STAGES))
    seen = [0] + sorted(rng.sample(range(1, reached), min(reached - 1, rng.randint(1, 4)))) if reached > 1 else [0]
    rows = []
    for date, at in zip(days(rng, len(seen)), seen):
        rows.append(tidy({
            "subject": f"{village.code}-h{number:04}", "stage": HOUSE_STAGES[at], "date": date,
            "grade": grade if at >= 1 else None, "method": method if at >= 2 else None, "structure": structure if at >= 2 else None,
            "area": area if at >= 4 else None, "persons": persons, "own_funds": own * min(at, 7) // 7 if at >= 4 else None,
            "allowance": allowance if at >= 2 else None, "fund": fund if at >= 2 else None, "year": YEAR if at >= 2 else None,
            "position": sometimes(rng, 0.5, where), "household": household,
            "remark": sometimes(rng, 0.9, rng.choice(REMARKS["housing-rebuild"][:3] if at < 4 else REMARKS["housing-rebuild"][3:]))}))
    return rows


def works(rng, village, number):
    kind, keeper = rng.choice(WORKS), {"name": people.name(rng), "phone": people.phone(rng)}
    served = [{"place": village.code, "persons": rng.randint(20, 900)}]
    seen = sorted(rng.sample(range(len(WORKS_STAGES)), rng.randint(2, 4)))
    rows = []
    for date, at in zip(days(rng, len(seen)), seen):
        tested = WORKS_STAGES[at] == "water_tested"
        rows.append(tidy({
            "subject": f"{village.code}-w{number:03}", "stage": WORKS_STAGES[at], "date": date, "kind": kind, "served": served,
            "persons": served[0]["persons"], "livestock": rng.randint(0, 300), "capacity": f"{rng.randint(20, 900)}.0",
            "length": f"{rng.randint(0, 9)}.{rng.randint(1, 9)}", "irrigated": sometimes(rng, 0.4, f"{rng.randint(10, 300)}.0"),
            "funds": rng.randint(1, 80) * 100000, "fund": rng.choice(FUNDS), "year": YEAR,
            "water_quality": ("pass" if rng.random() < 0.9 else "fail") if tested else None, "tested_by": "cdc" if tested else None,
            "position": sometimes(rng, 0.5, position(rng)), "keeper": keeper,
            "remark": sometimes(rng, 0.9, rng.choice(REMARKS["water-works"]))}))
    return rows


def trainee(rng, village, number):
    course, who = rng.choice(COURSES), people.person(rng, village.county_code)
    last = rng.randint(0, 3)
    stages = ("enrolled", "completed", "certified", "employed")[:last + 1]
    rows = []
    for date, stage in zip(days(rng, len(stages)), stages):
        employed = stage == "employed"
        rows.append(tidy({
            "subject": f"{village.code}-t{number:04}", "stage": stage, "date": date,
            "class": f"{YEAR}-{village.township_code[4:]}-{rng.randint(1, 9):02}", "course": course,
            "days": rng.choice((15, 30, 45, 90)) if stage != "enrolled" else None,
            "subsidy": rng.randint(3, 18) * 10000 if stage != "enrolled" else None, "fund": "central", "year": YEAR,
            "certificate": rng.choice(("primary", "intermediate")) if stage == "certified" else None,
            "sector": "non_agriculture" if employed else None,
            "destination": rng.choice(("county", "province", "other_province")) if employed else None,
            "wage": rng.randint(120, 420) * 1000 if employed else None, "trainee": who,
            "remark": sometimes(rng, 0.9, rng.choice(REMARKS["dew-training"]))}))
    return rows


MAKERS = (("housing-rebuild", house, 0.55), ("water-works", works, 0.15), ("dew-training", trainee, 0.30))
