"""The white paper's figures (tests/data/figures.csv), where a report shows each of them, and whether what it shows holds."""
import csv
import os
from collections import namedtuple
from decimal import Decimal
from fractions import Fraction

from stage import TOP

FILE = os.path.join(TOP, "tests", "data", "figures.csv")
NEAR = Fraction(1, 100)  # "about" a figure: within a hundredth of it

# scale: one subject of the data set stands for so many; money stands for itself
Shown = namedtuple("Shown", "id form zh column options scale")
CLASSES = ("--classes", "CLASSES")


def at(id, form, zh, column, *options, scale=1):
    return Shown(id, form, zh, column, options, Fraction(scale))


SHOWN = [
    at("f01", "fund-flow", "十年投入合计", "sum.amount"),
    at("f02", "fund-flow", "2001年投入", "sum.amount", "--year", "2001"),
    at("f03", "fund-flow", "2010年投入", "sum.amount", "--year", "2010"),
    at("f04", "fund-flow", "年均增长", "growth.amount"),
    at("f05", "fund-flow", "2001年中央资金", "sum.central", "--year", "2001"),
    at("f06", "fund-flow", "2010年中央资金", "sum.central", "--year", "2010"),
    at("f07", "fund-flow", "十年中央资金", "sum.central"),
    at("f08", "fund-flow", "投入重点县", "sum.key_counties"),
    at("f09", "fund-flow", "重点县占比", "share.key_counties"),
    at("f10", "fund-flow", "平均每个重点县", "ratio.key_county"),
    at("f11", "fund-flow", "中央投入22省区市", "sum.central", *CLASSES, "--class", "central_west"),
    at("f12", "fund-flow", "中央投入西部12省区市", "sum.central", *CLASSES, "--class", "western"),
    at("f13", "fund-flow", "中央资金占比", "share.central"),
    at("f14", "village-plan", "2001年确定的村", "planned", scale=1000),
    at("f15", "village-plan", "已实施的村", "done", scale=1000),
    at("f16", "village-plan", "实施率", "share.implemented"),
    at("f17", "dew-training", "2004年以来资金", "sum.subsidy", "--from", "2004-01-01"),
    at("f18", "dew-training", "培训人数", "done", scale=1000),
    at("f19", "dew-training", "非农就业占比", "share.non_agriculture"),
    at("f20", "wage-survey", "培训后月工资高出", "difference.trained"),
    at("f21", "student-aid", "中职毕业生（全国）", "sum.graduates_vocational"),
    at("f22", "work-relief", "以工代赈资金", "sum.funds"),
    at("f23", "relocation", "已搬迁人口", "sum.moved", scale=1000),
    at("f24", "mutual-fund", "建立互助资金的村", "count.funds"),
    at("f25", "mutual-fund", "每村拨款", "mean.allocation"),
    at("f26", "mutual-fund", "拨款合计", "sum.allocation"),
    at("f27", "discount-loan", "贴息资金", "sum.discount"),
    at("f28", "discount-loan", "贴息贷款", "sum.principal"),
    at("f29", "housing-rebuild", "三年改造户数", "done", scale=1000),
    at("f30", "housing-rebuild", "补助资金", "sum.allowance"),
    at("f31", "housing-rebuild", "户均补助", "ratio.allowance_household", scale=Fraction(1, 1000)),
    at("f32", "border-area", "兴边富民资金", "sum.funds", "--from", "2000-01-01", "--to", "2010-12-31"),
    at("f33", "target-group", "人口较少民族", "count.ethnic_groups"),
    at("f34", "target-group", "扶持资金2005-2010", "sum.small_minority", "--from", "2005-01-01", "--to", "2010-12-31"),
    at("f35", "guaranteed-loan", "截至2011年7月贷款", "sum.principal", "--to", "2011-07-31"),
    at("f36", "guaranteed-loan", "农村妇女贷款", "sum.rural_women", "--to", "2011-07-31"),
    at("f37", "guaranteed-loan", "农村妇女占比", "share.rural_women", "--to", "2011-07-31"),
    at("f38", "paired-aid", "定点帮扶单位", "count.organisations"),
    at("f39", "paired-aid", "受帮扶重点县", "count.counties"),
    at("f40", "paired-aid", "占国家重点县", "share.counties", *CLASSES),
    at("f41", "paired-aid", "派出干部", "sum.cadres_central", "--from", "2002-01-01", "--to", "2010-12-31"),
    at("f42", "paired-aid", "直接投入资金物资", "sum.direct_aid_central"),
    at("f43", "paired-aid", "帮助引进资金", "sum.funds_brought_central"),
    at("f44", "paired-aid", "培训人员", "sum.people_trained_central"),
    at("f45", "paired-aid", "东部派往西部干部", "sum.cadres_to_west", "--from", "2003-01-01", "--to", "2010-12-31"),
    at("f46", "paired-aid", "西部派往东部干部", "sum.cadres_to_east", "--from", "2003-01-01", "--to", "2010-12-31"),
    at("f47", "paired-aid", "东西协作政府资金", "sum.cash_east_west"),
    at("f48", "paired-aid", "引导企业", "sum.enterprises_east_west"),
    at("f49", "paired-aid", "企业投资", "sum.investment_east_west"),
    at("f50", "paired-aid", "社会捐助", "sum.donations_east_west"),
    at("f51", "paired-aid", "培训专业技术人才", "sum.technicians_east_west"),
    at("f52", "paired-aid", "输出劳务", "sum.labour_east_west"),
    at("f53", "foreign-project", "利用外资", "sum.foreign_usd"),
    at("f54", "foreign-project", "加上配套资金", "sum.total"),
    at("f55", "foreign-project", "外资项目", "count.projects"),
    at("f56", "foreign-project", "覆盖县", "count.counties"),
    at("f57", "foreign-project", "受益人口", "sum.people"),
    at("f58", "village-plan", "国家重点县", "places", *CLASSES, "--class", "national_key"),
]


def load():
    """{id: row} of the paper's figures."""
    with open(FILE, encoding="utf-8", newline="") as f:
        return {r["id"]: r for r in csv.DictReader(f)}


def holds(relation, paper, value):
    """Does a report's value (a Fraction, or None) stand in that relation to what the paper says?"""
    if value is None:
        return False
    if relation == "between":
        low, high = (Fraction(x) for x in paper.split("-"))
        return low <= value <= high
    said = Fraction(paper)
    return {"=": value == said, ">": value > said, "~": abs(value - said) <= NEAR * said}[relation]


def value_of(shown, rows):
    """The report's figure at the paper's scale: a Fraction; None where the report has none."""
    if len(rows) != 1 or rows[0].get(shown.column) is None:
        return None
    return Fraction(Decimal(str(rows[0][shown.column]))) * shown.scale


# how a unit is shown, and how many of it make one of those
UNITS = {"fen": ("元 yuan", 100), "US cent": ("美元 USD", 100), "percent": ("%", 1), "people": ("人", 1), "villages": ("村", 1), "households": ("户", 1), "counties": ("县", 1),
         "projects": ("项", 1), "groups": ("个", 1), "organisations": ("个", 1), "enterprises": ("个", 1)}


def number(value, unit):
    """As people read it: money in yuan, thousands apart."""
    if value is None:
        return "-"
    shown = value / UNITS[unit][1]
    if shown.denominator == 1:
        return f"{int(shown):,}"
    return f"{float(shown):,.2f}".rstrip("0")


def said(row):
    """The paper's figure with its relation."""
    if row["relation"] == "between":
        return " – ".join(number(Fraction(x), row["unit"]) for x in row["value"].split("-"))
    sign = {"=": "=", "~": "≈", ">": ">"}[row["relation"]]
    return sign + " " + number(Fraction(row["value"]), row["unit"])


def scale(shown):
    if shown.scale == 1:
        return ""
    return f"×{shown.scale}" if shown.scale > 1 else f"÷{1 / shown.scale}"
