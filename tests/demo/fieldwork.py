"""Acts 1 to 3: a county and its villages; a year recorded without a network; the link comes back, badly."""
import os
import random
import shutil
import threading
import time

import house
from players import parallel
from stage import need

from corpus import entries as corpus
from corpus import people, photo

SEED = "demo"
CLASS, FINISHED = 40, 31


def open_county(s, w):
    s.head("1. A county and its villages")
    w.open()
    s.say(f"{len(w.every)} villages of 东兰县 and 巴马瑶族自治县 (河池市, 广西): names and codes are real, all people are invented.")
    s.say(f"The county's server: http://{w.county.address}. Its agents reach it only through a link (port {w.link.port}) that will not stay good.")
    w.county.keep_policy(os.path.join(s.out, "auditor-policy.txt"))
    parallel(w.enrol, w.agents, 3)
    s.say(f"{len(w.agents)} agents enrolled, each with a one-time token and a key made on the device: {len(w.villages)} villages, "
          f"and the office of {w.office.name}.")
    s.say("The auditor takes a copy of the county's policy.txt (the log's public key) home, on this first day.")


def record_year(s, w, per_village):
    """Everything offline.  How many entries there are."""
    s.head("2. A year without a network")
    w.link.mode = "down"
    r = w.home("sync", "--timeout", "1", allow=(1, 2))
    s.say(f"The link is down. {w.home.name} tries: {first_line(r.err)}")
    rows = []

    def village(agent):
        mine = next(v for v in w.villages if v.code == agent.place)
        answers = corpus.village_answers(SEED, mine, per_village)
        record_answers(s, agent, answers)
        w.answers[agent.place] = answers
        rows.extend(row for part in answers.values() for row in part)

    parallel(village, w.agents[:-1], 2)
    n, payload, personal, remark = corpus.sizes(rows)
    s.say(f"{n:,} entries about houses, water works and trainees are recorded in {len(w.villages)} villages, signed and chained, all offline", keep=True)
    s.say(f"  (payload {payload:.0f} bytes, personal part {personal:.0f} bytes, remarks of {remark:.0f} characters, on average).")
    record_class(s, w)
    twice(s, w)
    s.say(f"Among them one house: {house.NAME}, {w.home.name}, {w.home_village.township}, {w.home_village.county}: household {house.SUBJECT}.", keep=True)
    picture = house.take_photo(s.out)
    entries = house.record(w.home, picture)
    s.say("  " + " > ".join(row[0] for row in house.YEAR_OF_THE_HOUSE), keep=True)
    s.say(f"  her name, number and phone stay in the personal part; header, log and reports know her as {house.SUBJECT[-5:]}")
    look_at_photo(s, w, picture)
    return entries


def first_line(text):
    lines = [x for x in text.splitlines() if x.strip()]
    return lines[-1].replace("tally-agent: ", "") if lines else "nothing is said"


def record_answers(s, agent, answers):
    for form, rows in answers.items():
        path = os.path.join(agent.data, form + ".jsonl")
        with open(path, "w", encoding="utf-8") as f:
            f.writelines(corpus.line(row) + "\n" for row in rows)
        got = agent.record(form, "--json", path)
        need(len(got) == len(rows), f"{agent.name}: {len(rows)} answers, {len(got)} entries")
        os.unlink(path)


def read_all(folder):
    contents = []
    for at, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(at, name), "rb") as f:
                contents.append(f.read())
    return contents


def look_at_photo(s, w, picture):
    with open(picture, "rb") as f:
        taken = f.read()
    need(photo.has_position(taken), "the photo as taken has no position to remove")
    folder = os.path.join(w.home.data, "attachments")
    sealed = read_all(folder)
    need(sealed and not any(x[:2] == b"\xff\xd8" for x in sealed), f"no photo is kept sealed in {folder}")
    half = os.path.join(s.out, "photo")
    w.home("export", "--audit", half)
    kept = read_all(os.path.join(half, "attachments"))
    shutil.rmtree(half)
    need(kept and all(x[:2] == b"\xff\xd8" for x in kept), "no photo was kept")
    need(not any(photo.has_position(x) for x in kept), "the photo kept still says where it was taken")
    s.say(f"  the photo: {len(taken):,} bytes as taken, with the house's position in its EXIF; {len(kept[0]):,} as kept, without")


def record_class(s, w):
    """40 trainees in one event; those who did not finish are named as exceptions."""
    rng = random.Random(SEED + "/class")
    path = os.path.join(s.out, "class.csv")
    with open(path, "w", encoding="utf-8") as f:
        for n in range(1, CLASS + 1):
            away = "" if n <= FINISHED else ",stage=enrolled,days=12"
            f.write(f"{w.office.place}-t{n:04},trainee/name={people.name(rng)},trainee/phone={people.phone(rng)}{away}\n")
    got = w.office.record("dew-training", "stage=completed", "date=2025-09-26", "class=2025-wz-03", "course=construction", "days=45",
                          "subsidy=800元", "fund=central", "year=2025", "--subjects", path)
    need(len(got) == CLASS, f"a class of {CLASS} became {len(got)} entries")
    s.say(f"{w.office.name}'s office records a class of {CLASS} in one event: {FINISHED} finished, {CLASS - FINISHED} did not.")


def twice(s, w):
    """A household that was written down twice is withdrawn, and an area corrected, elsewhere."""
    agent = w.agents[1]
    rows = [r for r in agent("list", "--json", "--form", "housing-rebuild").json() if r["kind"] == "record"]
    agent("withdraw", rows[-1]["entry"], "--reason", "同一户登记了两次")
    del w.answers[agent.place]["housing-rebuild"][-1]
    agent("correct", rows[0]["entry"], "persons=5")
    s.say(f"{agent.name}: a household written down twice is withdrawn, another's size corrected; nothing is ever overwritten.")


def send(s, w):
    s.head("3. The link comes back, badly")
    waiting = sum(parallel(lambda a: a.status()["waiting"], w.agents, 2))
    s.say(f"{waiting:,} entries wait on {len(w.agents)} devices. Connections are now refused, slowed, cut in the middle, or answered by a portal;")
    s.say("four agents at a time; and once, in the middle of it, the county's server loses its power (kill -9).")
    w.link.mode = "flaky"
    done, lock, half = [], threading.Lock(), threading.Event()

    def one(agent):
        total, _ = w.sync(agent)
        with lock:
            done.append(total)
            if len(done) == max(2, len(w.agents) // 3):
                half.set()

    crash = threading.Thread(target=lose_power, args=(w, half), daemon=True)
    crash.start()
    parallel(one, w.agents, 4)
    half.set()
    crash.join(30)
    sums = {k: sum(t.get(k, 0) for t in done) for k in ("confirmed", "requests", "bytes_up", "bytes_down")}
    s.say(f"All confirmed: {sums['requests']:,} requests, {sums['bytes_up'] // 1024:,} KiB up, {sums['bytes_down'] // 1024:,} KiB down; connections that failed: "
          + ", ".join(f"{v} {k}" for k, v in w.link.broken().items()) + ".")
    left = sum(a.status()["waiting"] for a in w.agents)
    need(left == 0, f"{left} entries are still waiting")
    s.say(f"Over a link that refuses, cuts and lies, {waiting:,} entries got a receipt that their device verified: none lost, none doubled.", keep=True)
    w.link.mode = "good"
    return waiting


def lose_power(w, moment):
    moment.wait()
    w.county.crash()
    time.sleep(0.3)
    w.restart()
