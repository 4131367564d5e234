#!/usr/bin/env python3
"""Goal: the corpus is the same bytes for the same seed, is as large as it says, and names nobody who could exist; the photo
has the position that the agent must remove; the link breaks as its seed says."""
import hashlib
import os
import random
import sys
import urllib.request

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "lib")]
from corpus import entries, people, photo, villages  # noqa: E402
from flaky_proxy import FATES, FlakyProxy  # noqa: E402
from world import Tap  # noqa: E402

tap = Tap()
every = villages.load()
tap.ok(len(every) == 261 and {v.county for v in every} == {"东兰县", "巴马瑶族自治县"}, "261 villages of two counties")
tap.ok(len({v.township_code for v in villages.spread(every, 24)}) == 24, "24 villages are spread over 24 townships")


def digest(seed):
    rows = [r for v in villages.spread(every, 4) for part in entries.village_answers(seed, v, 50).values() for r in part]
    return hashlib.sha256("\n".join(entries.line(r) for r in rows).encode()).hexdigest(), rows


a, rows = digest("1")
tap.ok(digest("1")[0] == a and digest("2")[0] != a, "the same seed gives the same bytes, another one others")
n, payload, personal, remark = entries.sizes(rows)
tap.ok(n == 200 and 120 < payload < 260 and 120 < personal < 300 and 18 <= remark <= 24, "entries are as large as the bench says",
       (n, payload, personal, remark))
public = b"".join(entries.split(r)[0] for r in rows).decode()
names = {r[k]["name"] for r in rows for k in ("household", "keeper", "trainee") if k in r}
tap.ok(names and not any(x in public for x in names), "no name stands in a payload")


def right(number):
    return "10X98765432"[sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(number[:17])) % 11] == number[17]


ids = [people.id_number(random.Random(i), "451224") for i in range(500)]
tap.ok(right("11010519491231002X") and all(len(x) == 18 and not right(x) for x in ids), "every identity number has a wrong check digit")
taken = photo.house(random.Random(1), 24.5, 107.3)
tap.ok(taken[:2] == b"\xff\xd8" and taken[-2:] == b"\xff\xd9" and photo.has_position(taken), "the photo is a JPEG that says where it was taken")


class Silent(FlakyProxy):
    """Nothing listens behind it."""


proxy = Silent("127.0.0.1:1", mode="flaky")
seen = []
for _ in range(60):
    try:
        seen.append(urllib.request.urlopen(proxy.url, timeout=10).read())
    except OSError:
        pass
proxy.close()
tap.ok(seen and all(b"sign in" in x for x in seen), "what comes through a link without a server is a portal's page", seen[:1])
tap.ok(sum(proxy.counts.values()) == 60 and set(proxy.counts) == {name for name, _ in FATES} | {"server away"}, "every connection is counted once", proxy.counts)
tap.done()
