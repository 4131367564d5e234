"""The decade's works: what was built, planted and taught. Two programmes have figures of their own, the others stand in the data set as they would."""
from decade import YEARS, Series, day, person, split
from decade_funds import MILLION, WAN

BORDER = "15 21 22 23 45 53 54 62 65".split()


def work_relief(land):
    """f22."""
    s = Series("work-relief", "k", list(land.provinces))
    for i, funds in enumerate(split(55200 * MILLION, 310, s.rng)):
        place, subject = s.next()
        yield s.entry(place, kind="project", subject=subject, stage="completed", date=day(s.rng, YEARS[i % 10], 6), works=("roads", "irrigation", "drinking_water", "farmland")[i % 4],
                      funds=funds, wages=funds // 10, labour_days=s.rng.randint(2000, 90000), fund="central", year=YEARS[i % 10])
    s = Series("work-relief", "s", land.local)
    for i in range(36):
        place, subject = s.next()
        workers = [{"worker": person(s.rng)["name"], "worker_days": s.rng.randint(5, 26), "worker_wage": 60000} for _ in range(3)]
        yield s.entry(place, kind="wage_sheet", subject=subject, stage="wages_paid", date=day(s.rng, YEARS[i % 10]), workers=workers, wages=180000,
                      labour_days=sum(w["worker_days"] for w in workers))


def border_area(land):
    """f32: from the year 2000 on."""
    s = Series("border-area", "b", BORDER)
    for i, funds in enumerate(split(2210 * MILLION, 297, s.rng)):
        place, subject = s.next()
        year = 2000 + i % 11
        yield s.entry(place, subject=subject, stage="completed", date=day(s.rng, year, 3), kind=("infrastructure", "housing", "industry", "social", "trade")[i % 5],
                      name=f"兴边富民项目第{i + 1}号", funds=funds, households=s.rng.randint(100, 2000), fund="central", year=year if year > 2000 else None)


def others(form, letter, count, answers):
    """A programme that no figure speaks of: so many subjects over the years, in a third of the villages and offices."""
    def programme(land):
        s = Series(form, letter, land.local[ord(letter) % 3::3])
        for i in range(count):
            place, subject = s.next()
            yield s.entry(place, subject=subject, date=day(s.rng, YEARS[i % 10]), year=YEARS[i % 10], fund=("central", "provincial", "county")[i % 3],
                          **answers(land, s.rng, i))
    return programme


def agri_extension(land, rng, i):
    return {"kind": "demonstration", "stage": "demonstrated", "technique": "玉米地膜覆盖", "people": rng.randint(20, 90), "area": f"{rng.randint(5, 80)}.5", "yield": f"{rng.randint(350, 600)}.0",
            "funds": rng.randint(1, 9) * WAN}


def ecology(land, rng, i):
    area = rng.randint(3, 30)
    return {"stage": "accepted", "kind": "farmland_to_forest", "area": f"{area}.0", "species": "油茶", "survival": f"{rng.randint(80, 97)}.5", "subsidy": 21000 * area, "household": person(rng)}


def industry_base(land, rng, i):
    homes = rng.randint(20, 200)
    return {"stage": "producing", "kind": ("fruit", "tea", "herbs", "potato")[i % 4], "organisation": f"专业合作社第{i + 1}号", "area": f"{homes * 4}.0", "households": homes,
            "output": f"{homes * 2}.5", "income": homes * 120000, "funds": rng.randint(5, 50) * WAN}


def pilot_area(land, rng, i):
    return {"stage": "completed", "kind": "adjacent", "region": "donglan_bama_fengshan", "name": f"连片开发项目第{i + 1}号", "funds": rng.randint(50, 500) * WAN, "households": rng.randint(50, 900),
            "villages": rng.randint(1, 9)}


def power_supply(land, rng, i):
    return {"stage": "connected", "kind": ("grid", "solar", "small_hydro", "biogas")[i % 4], "households": rng.randint(2, 90), "capacity": f"{rng.randint(5, 200)}.0", "funds": rng.randint(2, 60) * WAN}


def rural_road(land, rng, i):
    reached = [v.code for v in rng.sample(land.every, rng.randint(1, 3))]
    return {"stage": "completed", "kind": "road", "name": f"通村公路第{i + 1}号", "villages": [{"place": p} for p in reached], "villages_reached": len(reached),
            "length": f"{rng.randint(2, 18)}.25", "bridges": rng.randint(0, 2), "funds": rng.randint(30, 400) * WAN}


def science_team(land, rng, i):
    return {"kind": "team", "stage": "returned", "people": rng.randint(2, 6), "days": rng.randint(20, 200), "people_trained": rng.randint(50, 400), "topic": "蚕桑", "funds": rng.randint(1, 9) * WAN,
            "leader": {"name": person(rng)["name"]}}


def social_works(land, rng, i):
    return {"kind": "works", "stage": "in_use", "facility": ("school", "clinic", "culture")[i % 3], "area": f"{rng.randint(80, 900)}.0", "funds": rng.randint(10, 200) * WAN}


def water_works(land, rng, i):
    return {"stage": "completed", "kind": ("cellar", "tank", "drinking")[i % 3], "persons": rng.randint(5, 400), "livestock": rng.randint(0, 90), "capacity": f"{rng.randint(20, 90)}.0",
            "funds": rng.randint(1, 40) * WAN, "keeper": {"name": person(rng)["name"]}}


PROGRAMMES = {"work-relief": work_relief, "border-area": border_area}
for _letter, _one in zip("abcdefghi", (agri_extension, ecology, industry_base, pilot_area, power_supply, rural_road, science_team, social_works, water_works)):
    _form = _one.__name__.replace("_", "-")
    PROGRAMMES[_form] = others(_form, _letter, 72, _one)
