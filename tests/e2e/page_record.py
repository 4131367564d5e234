#!/usr/bin/python3
"""Goal of this test: a cadre records on the local page: nothing typed is lost by an error, a closed session or a power cut, nothing is recorded
twice, a class is recorded whole or not at all, corrections stand beside what they correct, and the household gets its slip."""
import os, random, re, shutil, signal, sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "corpus")]
import photo
from formpage import FormBrowser
from world import Tap, World

tap, w = Tap(), World()
PLACE, PIN = "451224102201", "273941"
FAMILY, GIVEN = "王李张刘陈杨黄赵吴周", "秀英建国丽华志强桂兰"
w.make_county()
county = w.start_county()
w.make_agent("a", PLACE)
assert w.agent("a", "sync").code == 0
county.stop()
with open(w.path("people.csv"), "w", encoding="utf-8") as f:
    f.write("household,group,name,relation,id_number,phone\n")
    for i in range(60):
        f.write(f"{PLACE}-h{i:03d},第{i % 3 + 1}组,{FAMILY[i % 10]}{GIVEN[i // 10]}{GIVEN[i % 7]},户主,4512241970010100{i:02d},138000000{i:02d}\n")
assert w.agent("a", "roster", "import", w.path("people.csv")).code == 0
d = w.start_agent("a")
b = FormBrowser(d.address)
b.first("wang", PIN)
largest = 0


clock = w.path("a", "clock")  # where the sandbox lets the agent read


def set_clock(minutes):
    with open(clock + ".new", "w") as f:
        f.write(f"mono {10_000_000 + minutes * 60_000}\n")
    os.replace(clock + ".new", clock)


def rows(**want):
    return [r for r in w.agent("a", "list", "--json").lines() if all(r[k] == v for k, v in want.items())]


def shown(a):
    global largest
    largest = max(largest, len(a.bytes))
    return a


def errors(a):
    return re.findall(r'<p class="error"[^>]*>([^<]*)</p>', a.text)


def hash_of(path):
    return path.rsplit("/", 1)[1]


# One house, with mistakes and a photo
a = shown(b.get("/record"))
tap.ok("Rebuilding of dilapidated houses 0" in a.words(), "the programmes, with how many subjects each has", a.words())
a = shown(b.submit(b.get("/record/housing-rebuild/~new"), button="new"))
draft = b.path
tap.ok(draft.startswith("/draft/") and b.value(a, "v:stage") == "applied" and b.value(a, "v:subject").startswith(PLACE), "a new house: its number and its first stage stand there", (draft, b.value(a, "v:stage")))
a = shown(b.submit(a, {"v:date": "2026-10-45", "v:allowance": "一万", "v:area": "85.5", "v:remark": "屋主 <b>在外</b>"}, "save"))
typed = [b.value(a, f"v:{x}") for x in ("date", "allowance", "area", "remark")]
tap.ok(a.status == 422 and typed == ["2026-10-45", "一万", "85.5", "屋主 <b>在外</b>"] and not rows(form="housing-rebuild"), "an error keeps all that was typed, and nothing is recorded", typed)
tap.ok("A day of the calendar, as 2026-10-28." in errors(a) and "An amount in yuan, as 20000.00." in errors(a) and "<b>在外" not in a.text, "errors stand beside their fields", errors(a))
taken = photo.house(random.Random(7), 25.3, 107.4)
assert photo.has_position(taken)
a = shown(b.submit(a, {"v:date": "2026-10-28"}, "look", files=[("v:photo", "../x.jpg", "image/jpeg", taken)]))
small = re.search(r'src="(/draft/[^"]*)"', a.text)
tap.ok(small and b.ask("GET", small.group(1)).bytes[:2] == b"\xff\xd8" and b.value(a, "v:allowance") == "一万", "a photo is kept with the unfinished form", a.words()[:200])
a = b.submit(a, {}, "look", files=[("v:photo", "screen.png", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(20))])
tap.ok(a.status == 422 and any("PNG" in x for x in errors(a)) and small.group(1) in a.text, "a picture that is no photo is refused with the reason, the former one stays", errors(a))

# The power goes
d.stop(signal.SIGKILL)
set_clock(0)
d = w.start_agent("a", env={"TALLY_CLOCK": clock})
other = FormBrowser(d.address)
other.sign_in("wang", PIN)
a = shown(other.get("/record"))
tap.ok(draft in a.text, "after a power cut the unfinished form is offered", a.words())
a = other.get(draft)
typed = [other.value(a, f"v:{x}") for x in ("date", "allowance", "area", "remark")]
tap.ok(typed == ["2026-10-28", "一万", "85.5", "屋主 <b>在外</b>"] and small.group(1) in a.text, "and everything that was typed stands in it, the photo too", typed)
raw = b"".join(open(w.path("a", n), "rb").read() for n in ("journal.db", "journal.db-wal") if os.path.exists(w.path("a", n)))
tap.ok("在外".encode() not in raw, "not in clear on the disk")

# The half hour is over while somebody types
b = other
page = b.get(draft)
set_clock(31)
a = b.submit(page, {"v:allowance": "20,000.5"}, "save", follow=False)
tap.ok(a.status == 303 and a.location.startswith("/sign-in?next=%2Fdraft") and not rows(form="housing-rebuild"), "a session that ended: what was typed is kept, nothing recorded, the PIN is asked for", (a.status, a.location))
a = b.submit(b.get(a.location), {"cadre": "wang", "pin": PIN}, action="/sign-in")
tap.ok(b.path == draft and b.value(a, "v:allowance") == "20,000.5", "and then it goes on where it was", (b.path, b.value(a, "v:allowance") if b.path == draft else a.words()))

# A day to come, then recorded, once
a = b.submit(a, {"v:date": "2099-01-01", "v:allowance": "20,000.5"}, "save")
tap.ok(a.status == 422 and any("not come yet" in x for x in errors(a)) and 'name="late"' in a.text, "a day to come is asked about", errors(a))
form = b.form(a)
a = shown(b.submit(a, {"v:date": "2026-10-28"}, "save"))
house = b.path
tap.ok(house.startswith("/entry/") and "20000.50 yuan" in a.words() and "Signed in: wang" in a.words(), "recorded, money in yuan", a.words())
again = b.post(draft, [(n, v) for n, v in form["fields"] if n != "token"] + [("do", "save")], files=[], token=next(v for n, v in form["fields"] if n == "token"), follow=False)
tap.ok(again.status == 303 and again.location == house and len(rows(form="housing-rebuild")) == 1, "sent again, it is the same entry", (again.status, again.location))
kept = [b.ask("GET", x).bytes for x in re.findall(r'href="(/photo/[0-9a-f]{64})"', a.text)]
tap.ok(len(kept) == 1 and kept[0][:2] == b"\xff\xd8" and not photo.has_position(kept[0]), "its photo has no EXIF", len(kept))
thumb = b.ask("GET", re.search(r'src="(/thumb/[0-9a-f]{64})"', a.text).group(1))
sides = [[int.from_bytes(x[i:i + 2], "big") for i in (x.index(b"\xff\xc0\0") + 7, x.index(b"\xff\xc0\0") + 5)] for x in (kept[0], thumb.bytes)]
tap.ok(sides == [[320, 240], [240, 180]] and thumb.headers.get("Cache-Control") == "no-store", "and a small one for lists, in no cache", (sides, thumb.headers.get("Cache-Control")))
subject = re.search(r'href="(/subject/[^"]*)"', a.text).group(1)
a = shown(b.get("/record/housing-rebuild"))
tap.ok("Applied" in a.words() and "Record: Assessed" in a.words() and draft not in a.text, "the list of houses shows what comes next", a.words())

# Correcting
a = b.get(house + "/correct")
unchanged = b.submit(a, {}, "save")
tap.ok(b.path == house and "Nothing was changed" in unchanged.words() and not rows(kind="correction"), "a correction without a change is none", unchanged.words())
a = shown(b.get(house + "/correct"))
tap.ok("Recorded: 20000.50." in a.words() and b.value(a, "v:remark") == "屋主 <b>在外</b>", "what stands is shown beside each field", a.words()[:400])
a = b.submit(a, {"v:allowance": "21000"}, "save")
corrected = b.path
tap.ok(corrected != house and "21000.00 yuan" in a.words() and "85.5" in a.words() and "the former entry" in a.words(), "a correction stands in its place", a.words())
tap.ok(b.get(house + "/correct").status == 409 and len(rows(kind="correction")) == 1, "what was corrected is not corrected again")
a = shown(b.get(corrected + "/withdraw"))
a = b.submit(a, {"reason": "  "})
tap.ok(a.status == 422 and not rows(kind="withdrawal"), "a withdrawal wants a reason", errors(a))
a = b.submit(a, {"reason": "recorded for the wrong house"})
tap.ok("withdrawn" in a.words() and len(rows(kind="withdrawal")) == 1, "withdrawn", a.words())
a = shown(b.get(subject))
tap.ok(all(x in a.words() for x in ("superseded", "withdrawn", "(correction)")) and a.text.count("/thumb/") == 2, "the history tells all of it, with photos", a.words())

# The slip
a = shown(b.get("/slip/" + hash_of(house)))
text = w.agent("a", "slip", hash_of(house)).out
number = re.search(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{6}", text).group(0)
tap.ok(number in a.text and hash_of(house) in a.text and "<svg" in a.text and "农村危房改造" in a.text and "Rebuilding of dilapidated houses" in a.text and re.search(r"<dd>[0-9a-f]{64}</dd>", a.text),
       "the slip: number, hash, QR code, the log's key, in both languages", a.words())

# A class
a = b.get("/class/dew-training")
sheet = b.path
people = []
for group in ("第1组", "第2组"):
    a = shown(b.submit(a, {"who": people, "pick-group": group, "pick": "find"}))
    people += [x for x in re.findall(r'name="who" value="([^"]*)"', a.text) if x not in people]
people = people[:40]
a = shown(b.submit(a, {"who": people, "v:stage": "completed", "v:date": "2026-10-28", "v:days": "15", "v:class": "2026-03"}, "look"))
tap.ok("On the sheet: 40" in a.words(), "a class of 40 from the roster", a.words()[:300])
before = len(rows())
a = shown(b.submit(a, {f"x:{people[0]}": "absent", f"x:{people[1]}": "days=0", f"x:{people[2]}": "培训天数=7, remark=迟到", f"x:{people[3]}": "hours=3"}, "save"))
line = {m[0]: m[1] for m in re.findall(r'name="x:([^"]*)"[^>]*>(?:<p class="error"[^>]*>([^<]*)</p>)?', a.text)}
tap.ok(a.status == 422 and len(rows()) == before and "above zero" in line[people[1]] and "hours=3" in line[people[3]] and not line[people[2]], "one wrong line: nothing is recorded, and the line says what is wrong", line)
tap.ok(b.value(a, f"x:{people[0]}") == "absent" and b.value(a, "v:days") == "15", "the sheet stands as it was typed", b.value(a, f"x:{people[0]}"))
page = a
a = shown(b.submit(page, {f"x:{people[1]}": "days=10", f"x:{people[3]}": ""}, "save"))
tap.ok(len(rows(form="dew-training")) == 39 and a.words().count(PLACE + "-h") >= 39, "then 39 entries at once, the absent one not", (len(rows(form="dew-training")), a.words()[:300]))
b.submit(page, {f"x:{people[1]}": "days=10", f"x:{people[3]}": ""}, "save")
tap.ok(len(rows(form="dew-training")) == 39, "pressed twice, none is recorded twice", len(rows(form="dew-training")))
shown_one = {r["subject"]: w.agent("a", "show", r["entry"], "--json").json() for r in rows(form="dew-training") if r["subject"] in people[:4]}
days = {k: v["payload"].get("days") for k, v in shown_one.items()}
events = {re.search(r"^event (\S+)", v["header"], re.M).group(1) for v in shown_one.values()}
tap.ok(days == {people[1]: 10, people[2]: 7, people[3]: 15} and len(events) == 1 and events != {"-"}, "exceptions hold for their person, and all are one event", (days, events))
tap.ok(all(v["personal"]["trainee"]["name"] for v in shown_one.values()) and all(b"actor wang" in v["header"].encode() for v in shown_one.values()), "the roster filled in who they are, and who recorded it stands there")

# Works for several villages, and who comes later
a = b.get("/record/water-works/~new")
a = b.submit(a, {"v:kind": "cellar"}, "more:served")
a = b.submit(a, {"v:served[0]/place": PLACE, "v:served[0]/persons": "120"}, "more:served")
a = b.submit(a, {"v:served[1]/place": "451224102202", "v:served[1]/persons": "8x"}, "more:served")
a = b.submit(a, {"v:served[2]/place": "451224102203"}, "less:served[0]")
tap.ok(b.value(a, "v:served[0]/place") == "451224102202" and b.value(a, "v:served[0]/persons") == "8x" and b.value(a, "v:served[1]/place") == "451224102203" and b.value(a, "v:served[2]/place") is None,
       "villages are added and taken out", b.form(a)["fields"])
a = b.submit(a, {"v:served[0]/persons": "80", "v:date": "2026-10-28"}, "save")
works = re.search(r'href="(/subject/water-works/[^"]*)"', a.text)
tap.ok(works and "451224102203" in a.words(), "works for several villages", a.words())
if works:
    a = b.get(works.group(1).replace("/subject/", "/record/") + "?stage=water_tested")
    tap.ok("Begun by wang" in a.words() and b.value(a, "v:stage") == "water_tested" and b.value(a, "v:kind") == "cellar", "a later stage of the same works: who began it stands there", a.words()[:300])
    tap.ok('name="v:water_quality"' in a.text, "what the stage asks is asked", b.form(a)["fields"])
    a = b.submit(a, {"v:stage": "started"}, "look")
    tap.ok('name="v:water_quality"' not in a.text, "and not at another stage", b.form(a)["fields"])
    a = b.submit(a, {"v:stage": "water_tested", "v:date": "2026-11-02"}, "save")
    tap.ok(a.status == 422 and "Please fill this in." in errors(a), "what a stage needs is missed", errors(a))
    li, lab = FormBrowser(d.address), b.path
    b.submit(b.get("/people"), {"own": PIN, "name": "李化验", "id": "li", "new": "615203", "again": "615203"}, action="/people")
    li.sign_in("li", "615203")
    a = li.submit(li.get(lab), {"v:water_quality": "pass", "v:position": "25.3049，107.4051"}, "save")
    entry = w.agent("a", "show", hash_of(li.path), "--json").json()
    tap.ok("actor li" in entry["header"] and entry["payload"]["water_quality"] == "pass" and entry["payload"]["position"] == "25.30 107.41", "the laboratory's result is recorded by who brings it, its place rounded", entry)
    tap.ok("Begun by wang" in li.get(works.group(1)).words(), "and who began the works still stands there")

# A day to come, where the clock is wrong
a = b.submit(b.get("/record/housing-rebuild/~new"), button="new")
a = b.submit(a, {"v:date": "2099-01-01"}, "save")
a = b.submit(a, {"v:household/target_groups": ["minority", "woman"]}, "look")
a = b.submit(a, {"v:household/target_groups": None}, "look")
tap.ok(not [x for x in b.form(a)["fields"] if x[0] == "v:household/target_groups"], "ticks are taken out again", b.form(a)["fields"])
a = b.submit(a, {"v:household/target_groups": ["minority", "woman"], "late": "1"}, "save")
tap.ok("Ethnic minority, Woman" in a.words() and b.path.startswith("/entry/") and "2099-01-01" in a.words(), "a day to come that is said to be right is recorded", a.words()[:300])

# Discarding, and who may see
a = b.get("/record/housing-rebuild/~new")
a = b.submit(a, button="new")
gone = b.path
a = b.get(gone + "/discard")
tap.ok("Discard this unfinished form?" in a.words(), "discarding is asked about")
b.submit(a)
tap.ok(b.get(gone).status == 404, "and then it is gone")
stranger = FormBrowser(d.address)
codes = [stranger.get(p, follow=False).status for p in (house, subject, "/record", sheet, "/slip/" + hash_of(house), "/photo/" + "0" * 64)]
tap.ok(codes == [303] * 6, "nobody sees anything of it without signing in", codes)
tap.ok(largest < 60000, "no page is over 60 kB", largest)
assert w.agent("a", "verify").code == 0
w.close()
tap.done()
