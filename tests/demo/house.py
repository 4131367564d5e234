"""The one house that the demo follows: 东里村's household h0100, from its application to the day it is completed.

The place is real; the householder is invented, and so are the numbers (tests/corpus/people.py)."""
import os
import random

from players import HOME

from corpus import people, photo

NAME = "韦月兰"
SUBJECT = HOME + "-h0100"
FORM = "housing-rebuild"
POSITION = (24.493871, 107.336542)
TYPED, MEANT = "2800.00", "28000.00"   # yuan: a zero was forgotten

# what was seen, and when; each row states what holds on that day
YEAR_OF_THE_HOUSE = (
    ("applied", "2025-02-11", [], "雨季后墙裂缝加宽，一家四口先住在隔壁堂屋"),
    ("assessed", "2025-03-04", ["grade=D"], "镇里来人看过，定为D级，整栋要拆除重建"),
    ("approved", "2025-03-28", ["grade=D", "method=same_site"], "村民会议评议通过，公示七天没有人有意见"),
    ("taken_down", "2025-04-16", ["grade=D", "method=same_site"], "旧房已拆，能用的木料和瓦片堆放在屋后坡上"),
    ("foundation", "2025-05-20", ["grade=D", "method=same_site", "structure=brick_concrete"], "地基已经做好，用石头砌筑，深度八十公分"),
    ("walls", "2025-07-09", ["grade=D", "method=same_site", "structure=brick_concrete"], "四面墙已砌到顶，邻居帮工十五天，管吃管住"),
    ("roof", "2025-08-22", ["grade=D", "method=same_site", "structure=brick_concrete"], "楼板已浇好，等养护二十八天以后再拆模板"),
    ("completed", "2025-10-14", ["grade=D", "method=same_site", "structure=brick_concrete", "area=86.5", "own_funds=35000元",
                                 f"allowance={TYPED}yuan", "fund=central", "year=2025",
                                 f"position={POSITION[0]} {POSITION[1]}"], "全家已经搬进新房，门窗齐全，水电也都接通了"),
)


def household():
    rng = random.Random(NAME)
    return [f"household/name={NAME}", f"household/id_number={people.id_number(rng, HOME[:6])}", f"household/phone={people.phone(rng)}",
            "household/target_groups=low_income minority"]


def record(home, picture):
    """Every stage in its own command, as it was seen; the photo with the last.  The entries, in that order."""
    entries = []
    for stage, date, fields, remark in YEAR_OF_THE_HOUSE:
        words = [f"subject={SUBJECT}", f"stage={stage}", f"date={date}", "persons=4", *fields, *household(), f"remark={remark}"]
        if stage == "completed":
            words += ["--photo", f"photo={picture}"]
        entries += home.record(FORM, *words)
    return entries


def take_photo(folder):
    path = os.path.join(folder, "IMG_20251014.jpg")
    with open(path, "wb") as f:
        f.write(photo.house(random.Random(NAME), *POSITION))
    return path


def money(fen):
    return f"{fen // 100:,}.{fen % 100:02} yuan"
