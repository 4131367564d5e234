"""Invented people: names as they are common in Hechi, and numbers that cannot be anybody's."""

SURNAMES = "韦黄覃蓝罗陆牙陈李梁兰班潘莫谭卢岑农杨何"
GIVEN = "秀月桂梅兰花英丽美凤春玉珍琼艳荣华国建文志德忠光明福贵生强勇军宏海金水山林"
TARGETS = ("low_income", "five_guarantees", "disabled", "minority", "small_minority", "woman", "entitled")


def name(rng):
    return rng.choice(SURNAMES) + "".join(rng.sample(GIVEN, rng.choice((1, 2, 2, 2))))


def id_number(rng, county):
    """18 places whose check digit is wrong on purpose."""
    body = f"{county}{rng.randint(1940, 1992)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    right = sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(body)) % 11
    return body + "10X98765432"[(right + rng.randint(1, 9)) % 11]


def phone(rng):
    """12x is no mobile network's prefix."""
    return f"12{rng.randint(0, 10 ** 9 - 1):09}"


def bank_account(rng):
    return f"000000{rng.randint(0, 10 ** 13 - 1):013}"


def person(rng, county):
    p = {"name": name(rng), "id_number": id_number(rng, county)}
    if rng.random() < 0.85:
        p["phone"] = phone(rng)
    if rng.random() < 0.4:
        p["bank_account"] = bank_account(rng)
    if rng.random() < 0.7:
        p["target_groups"] = sorted(rng.sample(TARGETS, rng.randint(1, 2)), key=TARGETS.index)
    return p
