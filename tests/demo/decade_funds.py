"""The decade's money: appropriations, loans, funds of villages, and who helps whom."""
import random

from decade import CENTRAL, EASTERN, WESTERN, YEARS, Series, day, person, split, spread

WAN, MILLION = 10 ** 6, 10 ** 8  # 10,000 and a million yuan, in fen
PROGRAMMES_PAID = "village-plan industry-base dew-training work-relief relocation mutual-fund discount-loan rural-road water-works other".split()


def by_year(total, first, last):
    """A total over ten years whose first and last are known; those between grow evenly."""
    pace = (last / first) ** (1 / 9)
    between = spread(total - first - last, [round(first * pace ** k / 1000) for k in range(1, 9)])
    return [first] + between + [last]


def table(rows, columns):
    """Cells whose rows and columns come to these sums."""
    whole, cells = sum(rows), []
    for r in rows[:-1]:
        line = [r * c // whole for c in columns[:-1]]
        cells.append(line + [r - sum(line)])
    cells.append([c - sum(line[i] for line in cells) for i, c in enumerate(columns)])
    return cells


def fund_flow(land):
    """f01-f13. Central money by year and by part of the country, the provinces' own beside it; 1,071 key counties get their share of both."""
    s = Series("fund-flow", "a", list(land.provinces))
    parts = (WESTERN, CENTRAL, EASTERN)
    all_in = by_year(204380 * MILLION, 12750 * MILLION, 34930 * MILLION)
    central = by_year(144040 * MILLION, 10002 * MILLION, 22270 * MILLION)
    own = [a - c for a, c in zip(all_in, central)]
    cells = [("central", y, i, v) for y, line in zip(YEARS, table(central, [87700 * MILLION, 47920 * MILLION, 8420 * MILLION])) for i, v in enumerate(line)]
    cells += [("provincial", y, i, v) for y, total in zip(YEARS, own) for i, v in enumerate(spread(total, [45, 40, 15]))]
    to_key = spread(145720 * MILLION, [v if i < 2 else 0 for _, _, i, v in cells])
    for (level, year, part, amount), key in zip(cells, to_key):
        counties = [c for n, c in enumerate(c for c in land.key if c[:2] in parts[part]) if (year - n) % (5 if level == "central" else 10) == 0]
        yield from appropriations(s, level, year, counties, key, "yes")
        yield from appropriations(s, level, year, parts[part], amount - key, "no")


def appropriations(s, level, year, to, amount, key):
    for code, part in zip(to, split(amount, len(to), s.rng) if to else []):
        s.n += 1
        yield s.entry(code[:2], subject=f"{code}-{year}-{s.n:05}", stage="accounted", date=day(s.rng, year, 2), level=level, year=year,
                      programme=s.rng.choice(PROGRAMMES_PAID), recipient=code, key_county=key, amount=part, disbursed=part)


def mutual_fund(land):
    """f24-f26: a fund in each of 13,600 villages, 150,000 yuan each on average."""
    rng, provinces = random.Random("mutual"), WESTERN + CENTRAL
    s = Series("mutual-fund", "f", [c for c in land.rural if c[:2] in provinces])
    for n in range(13600):
        county, subject = s.next()
        more = (1 if n % 2 else -1) * (n // 2 % 5) * WAN  # by twos they are even
        yield s.entry(county[:2], kind="fund", subject=subject, stage="set_up", date=day(rng, 2006 + n % 5), allocation=15 * WAN + more, members=rng.randint(40, 160))
    s = Series("mutual-fund", "l", land.local)
    for _ in range(60):
        place, subject = s.next()
        lent = rng.randint(2, 10) * WAN // 10
        yield s.entry(place, kind="loan", subject=subject, stage="lent", date="2009-03-10", lent=lent, due="2010-03-10", borrower=person(rng))
        yield s.entry(place, kind="loan", subject=subject, stage="repaid", date="2010-03-0" + str(rng.randint(1, 9)), lent=lent, repaid=lent)


def discount_loan(land):
    """f27, f28."""
    s = Series("discount-loan", "d", WESTERN + CENTRAL)
    n = 880
    for i, (principal, discount) in enumerate(zip(split(199300 * MILLION, n, s.rng), split(5415 * MILLION, n, s.rng))):
        place, subject = s.next()
        home = i % 4 == 0
        yield s.entry(place, subject=subject, stage=s.rng.choice(("discounted", "repaid")), date=day(s.rng, YEARS[i % 10]), borrower_kind="household" if home else "enterprise",
                      principal=principal, rate="3.0", discount=discount, fund="central", year=YEARS[i % 10], borrower=person(s.rng) if home else None)


def guaranteed_loan(land):
    """f35-f37: to the end of July 2011; later loans are there, and are not counted."""
    s = Series("guaranteed-loan", "g", list(land.provinces))
    women, others = split(25923 * MILLION, 310, s.rng), split(15070 * MILLION, 190, s.rng)
    for i, (principal, woman) in enumerate([(p, "yes") for p in women] + [(p, "no") for p in others] + [(80 * WAN, "yes")] * 12):
        place, subject = s.next()
        late = i >= 500
        yield s.entry(place, subject=subject, stage="disbursed", date=day(s.rng, 2011, 8, 11) if late else day(s.rng, 2009 + i % 3, 1, 7), rural_woman=woman,
                      principal=principal, fund="central", borrower=person(s.rng))


def paired_aid(land):
    """f38-f52: organisations of the centre to single counties, and the east's provinces to the west's."""
    s = Series("paired-aid", "c", ["-"])
    counties = sorted(s.rng.sample(land.national, 481))
    columns = [split(t, 481, s.rng) for t in (3559, 6000 * MILLION, 3090 * MILLION, 33910 * MILLION, 1684000)]
    for i, (county, cadres, cash, goods, brought, trained) in enumerate(zip(counties, *columns)):
        yield s.entry(county[:2], subject=s.next(county)[1], stage="completed", date=day(s.rng, 2002 + i % 9), kind="central_org", organisation=f"中央定点帮扶单位第{i % 272 + 1}号",
                      county=county, cadres=cadres, cash=cash, goods=goods, funds_brought=brought, people_trained=trained, fund="paired_aid")
    yield from east_west(Series("paired-aid", "e", [p for p in WESTERN if p != "54"]))


def east_west(s):
    n = 88
    going = [split(t, n, s.rng) for t in (2592, 4440 * MILLION, 1420 * MILLION, 5684, 249760 * MILLION)]
    for i, (cadres, cash, gifts, firms, invested) in enumerate(zip(*going)):
        place, subject = s.next()
        yield s.entry(place, subject=subject, stage="completed", date=day(s.rng, 2003 + i % 8), kind="east_west", organisation=f"东部协作单位第{i % 15 + 1}号", cadres=cadres,
                      direction="east_to_west", cash=cash, donations=gifts, enterprises=firms, investment=invested, fund="paired_aid", year=2003 + i % 8)
    coming = [split(t, n, s.rng) for t in (3610, 226000, 4672000)]
    for i, (cadres, technicians, placed) in enumerate(zip(*coming)):
        place, subject = s.next()
        yield s.entry(place, subject=subject, stage="completed", date=day(s.rng, 2003 + i % 8), kind="east_west", organisation=f"东部协作单位第{i % 15 + 1}号", cadres=cadres,
                      direction="west_to_east", people_trained=2 * technicians, technicians=technicians, labour_placed=placed, year=2003 + i % 8)


def foreign_project(land):
    """f53-f57: 108 in US dollars, two in euros, which its sum leaves out."""
    s = Series("foreign-project", "x", ["-"])
    chunks = [g for p in WESTERN + CENTRAL for own in [[c for c in land.national if c[:2] == p]] for g in (own[i:i + 3] for i in range(0, len(own) - 2, 3))]
    dollars, reached = split(14 * 10 ** 10, 108, s.rng), split(20050000, 110, s.rng)
    total = spread(19850 * MILLION, dollars + [40 * WAN] * 2)
    rates = ["8.2765", "8.1917", "7.9718", "7.6040", "6.9451", "6.8310"]
    for i, group in enumerate(s.rng.sample(chunks, 110)):
        euro = i >= 108
        foreign, rate = (20 * WAN, "10.2") if euro else (dollars[i], rates[i % 6])
        yield s.entry(group[0][:2], subject=s.next(group[0])[1], stage="completed" if i % 3 else "milestone", date=day(s.rng, YEARS[i % 10]), name=f"外资扶贫项目第{i + 1}期",
                      lender="欧洲机构" if euro else "国际金融组织", currency="EUR" if euro else "USD", foreign=foreign, rate=rate, counterpart=total[i] - round(foreign * float(rate)),
                      counties=[{"county": c} for c in group], people=reached[i], year=YEARS[i % 10])


PROGRAMMES = {"fund-flow": fund_flow, "mutual-fund": mutual_fund, "discount-loan": discount_loan, "guaranteed-loan": guaranteed_loan, "paired-aid": paired_aid,
              "foreign-project": foreign_project}
