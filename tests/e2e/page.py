#!/usr/bin/python3
"""Goal of this test: cadres sign in and out on the local page, sessions end when they must, nobody sees anything personal before, and home
says what needs doing and what the county has."""
import os, re, sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib")]
from browser import Browser
from world import Daemon, Tap, World

tap, w = Tap(), World()
PLACE, PIN, NEW = "451224102201", "273941", "615203"
w.make_county()
county = w.start_county()
w.make_agent("a", PLACE)
entries = [w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h{i}", "date=2026-10-28", "stage=roof", "--json").json()["entry"] for i in range(3)]
assert w.agent("a", "sync", "--allow-http").code == 0
assert w.county("review", "return", entries[0], "--note", "which house?").code == 0
assert w.agent("a", "sync", "--allow-http").code == 0
county.stop()
for i in (7, 8):
    assert w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h{i}", "date=2026-10-28", "stage=roof").code == 0
clock = w.path("a", "clock")  # where the sandbox lets the agent read


def set_clock(minutes):
    with open(clock + ".new", "w") as f:
        f.write(f"mono {10_000_000 + minutes * 60_000}\n")
    os.replace(clock + ".new", clock)


def fails(a, *words):
    return a.status == 200 and all(x in a.words() for x in words)


set_clock(0)
d = Daemon("tally-agent", "run", "--allow-http", "--listen", "127.0.0.1:0", data=w.path("a"), env={"TALLY_CLOCK": clock})
w.daemons.append(d)
b = Browser(d.address)

# Before anybody signs in
home = b.get("/")
tap.ok(home.status == 200 and re.search(r"Saved here: [67]\.", home.words()) and f"{PLACE}-h" not in home.text and "housing" not in home.text, "home without sign-in: counts, nothing of the records", home.words())
tap.ok("Confirmed by the county: 4" in home.words() and re.search(r"Waiting for a link: [23] \(about 1 kB\)", home.words()), "what the county has, and what waits and how much it is", home.words())
a = b.get("/entries", follow=False)
tap.ok((a.status, a.location) == (303, "/sign-in?next=%2Fentries"), "records are only for who signed in", (a.status, a.location))
a = b.get("/sign-in", follow=False)
tap.ok((a.status, a.location) == (303, "/first"), "with no cadre yet, the first one is asked for", (a.status, a.location))
b.get("/first")
a = b.post("/first", {"name": "<b>王", "id": "Cadre One", "new": PIN, "again": NEW})
tap.ok(a.status == 200 and 'aria-describedby="h-id e-id" aria-invalid="true"' in a.text and 'id="e-id"' in a.text and 'id="e-again"' in a.text,
       "errors stand beside their fields and are read out with them", a.text[-3000:])
tap.ok('value="&lt;b&gt;王"' in a.text and 'value="Cadre One"' in a.text and PIN not in a.text, "what was typed is there again, escaped, and no PIN", a.text[-3000:])
a = b.post("/first", {"name": "王", "id": "cadre-1", "new": "123456", "again": "123456"})
tap.ok(fails(a, "not an easy one"), "an easy PIN is refused", a.words())
before, token = b.cookie(), b.page.token()
a = b.post("/first", {"name": "王干部", "id": "cadre-1", "new": PIN, "again": PIN}, follow=False)
tap.ok(a.status == 303 and b.cookie() != before, "the first cadre is signed in, under a new cookie", (a.status, a.words()))
a = b.post("/people", {"own": PIN}, token=token)
tap.ok(a.status == 403, "a form from before sign-in is out of date", a.status)

# Home
home = b.get("/")
tap.ok(f"Sent back by the county: 1. Correct what is wrong, or withdraw it. Rebuilding of dilapidated houses Roof on {PLACE}-h0 The county writes: which house? Correct Withdraw" in home.words() and
       f'href="/entry/{entries[0]}/correct"' in home.text, "home names what was sent back, why, and what may be done", home.words())
a = b.get("/entry/" + entries[0])
tap.ok("The county writes: which house?" in a.words(), "the entry's page says why too", a.words())
tap.ok("which house" not in Browser(d.address).get("/").text and "Last contact with the county: 20" in home.words(), "nobody else reads it; when the county was heard last", home.words())
tap.ok(f"{PLACE}-h8 waiting" in home.words() and home.words().index(f"{PLACE}-h8") < home.words().index(f"{PLACE}-h7"), "the newest record first", home.words())
begun = f"{PLACE}-h8 Roof on, next: Completed" in home.words()
tap.ok(begun == ('href="/record"' in home.text), "what is begun and not finished, with its next stage, where it can be recorded", home.words())
tap.ok("safe to switch off" in home.words() or "may lose data" in home.words(), "whether it is safe to switch off", home.words())
zh = b.get("/?lang=zh")
tap.ok("待办" in zh.words() and 'lang="zh-Hans"' in zh.text and b.cookies["lang"] == "zh", "and in Chinese", zh.words())
b.get("/?lang=en")
sizes = {p: len(b.get(p).bytes) for p in ("/", "/entries", "/people", "/status", "/people/cadre-1/pin")}
tap.ok(max(sizes.values()) < 60000, "no page is over 60 kB", sizes)
a = b.get("/no/such/page")
tap.ok(a.status == 404 and "no such page" in a.words(), "a page that is not there says so", a.words())

# Signing out and in
cookie = b.cookie()
b.get("/people")
a = b.post("/sign-out")
tap.ok("Sign in to record" in a.words(), "signed out", a.words())
stale = Browser(d.address)
stale.cookies.update({k: cookie for k in b.cookies if k.startswith("tally")})
a = stale.get("/people", follow=False)
tap.ok(a.status == 303, "the cookie of a session that ended opens nothing", a.status)
a = stale.post("/sign-out", token="0" * 32)
tap.ok(a.status == 200 and "Sign in to record" in a.words(), "signing out twice is no error", a.words())
a = b.sign_in(pin="000111")
tap.ok(fails(a, "This is not the PIN."), "a wrong PIN", a.words())
a = b.sign_in(cadre="nobody")
tap.ok(fails(a, "This is not the PIN."), "a wrong cadre is the same as a wrong PIN", a.words())
planted = "0123456789abcdef" * 2
victim = Browser(d.address)
victim.get("/")
name = next(k for k in victim.cookies if k.startswith("tally"))
victim.cookies[name] = planted
a = victim.sign_in()
tap.ok("To do" in a.words() and victim.cookie() != planted, "signing in gives up a cookie that somebody planted", victim.cookie())
thief = Browser(d.address)
thief.cookies[name] = planted
tap.ok(thief.get("/people", follow=False).status == 303, "which opens nothing")
for to in ("//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x=y"):
    c = Browser(d.address)
    c.get("/sign-in")
    a = c.post("/sign-in", {"cadre": "cadre-1", "pin": PIN, "next": to}, follow=False)
    if not tap.ok((a.status, a.location) == (303, "/") and "x" not in c.cookies, f"after signing in, not to {to!r}", (a.status, a.location)):
        break
b.get("/sign-in?next=%2Fentries")
a = b.post("/sign-in", {"cadre": "cadre-1", "pin": PIN, "next": "/entries"}, follow=False)
tap.ok((a.status, a.location) == (303, "/entries"), "but to the page that was wanted", (a.status, a.location))

# People
second = {"name": "李<i>", "id": "cadre-2", "new": NEW, "again": NEW}
b.get("/people")
a = b.post("/people", dict(second, own="999999"))
tap.ok(fails(a, "This is not the PIN."), "nobody is added without one's own PIN", a.words())
a = b.post("/people", dict(second, own=PIN))
tap.ok("The cadre can sign in now." in a.words() and "李<i>" in a.words() and "<i>" not in a.text, "a second cadre, by name", a.words())
two = Browser(d.address)
a = two.get("/sign-in")
tap.ok("cadre-2" in a.text and "李" not in a.text, "names are not shown before sign-in", a.words())
a = two.sign_in("cadre-2", NEW)
tap.ok("Signed in: cadre-2." in a.words(), "who signs in too", a.words())
b.get("/people/cadre-1/pin")
a = b.post("/people/cadre-1/pin", {"own": PIN, "new": "842071", "again": "842071"})
tap.ok("The new PIN is set." in a.words() and b.get("/people", follow=False).status == 200, "one's own PIN is changed, and one stays signed in", a.words())
tap.ok(victim.get("/people", follow=False).status == 303, "whoever was signed in under the former PIN is not any more")
a = Browser(d.address).sign_in(pin=PIN)
tap.ok(fails(a, "This is not the PIN."), "the former PIN opens nothing", a.words())
b.get("/people/cadre-2/disable")
a = b.post("/people/cadre-2/disable", {"own": "111999"})
tap.ok(fails(a, "This is not the PIN."), "nobody is stopped without one's own PIN", a.words())
a = b.post("/people/cadre-2/disable", {"own": "842071"})
tap.ok("can no longer sign in" in a.words() and two.get("/people", follow=False).status == 303, "a cadre who was stopped is out at once", a.words())
a = two.sign_in("cadre-2", NEW)
tap.ok("Signed in" not in a.words(), "and does not come in again", a.words())
b.get("/people/cadre-2/pin")
b.post("/people/cadre-2/pin", {"own": "842071", "new": "777123", "again": "777123"})
a = two.sign_in("cadre-2", "777123")
tap.ok("Signed in: cadre-2." in a.words(), "a new PIN from another cadre lets in again", a.words())

# Handing over
two.get("/handover")
a = two.get("/handover")
tap.ok(f"{PLACE}-h8 waiting" in a.words() and "which house?" in a.words() and "Photos waiting" not in a.words(), "what is handed over is there for both to see", a.words())
a = two.post("/handover", {"to": "cadre-1", "pin": "777123"})
tap.ok(fails(a, "This is not the PIN.") and not [r for r in w.agent("a", "list", "--json").lines() if r["kind"] == "handover"], "nobody takes over without their own PIN", a.words())
a = two.post("/handover", {"to": "cadre-2", "pin": "777123"})
tap.ok(a.status == 422 and "Choose who takes over." in a.words(), "nobody hands over to themselves", a.words())
a = two.post("/handover", {"to": "cadre-1", "pin": "842071"})
rows = [r for r in w.agent("a", "list", "--json").lines() if r["kind"] == "handover"]
said = w.agent("a", "show", rows[0]["entry"], "--json").json()["payload"] if rows else {}
waits = w.agent("a", "status", "--json").json()["waiting"] - 1
tap.ok("Handed over." in a.words() and said == {"from": "cadre-2", "to": "cadre-1", "waiting": waits}, "with it a signed entry says who to whom, and how much waits", (a.words(), said, waits))
tap.ok(two.get("/people", follow=False).status == 303, "and who handed over is signed out")

# A form that comes too late
w2 = Browser(d.address)
w2.sign_in(pin="842071")
w2.get("/people")
w2.cookies = {"lang": "en"}  # as after a restart
a = w2.post("/people", {"id": "cadre-3", "name": "张<三>", "new": "1", "again": "2", "own": "531642"})
tap.ok(a.status == 403 and "531642" not in a.text and "what you typed is there again" in a.words() and "张&lt;三&gt;" in a.text, "a form that comes when nobody is signed in is kept through sign-in, but for PINs", a.words())
late = [("cadre", "cadre-1"), ("pin", "000000"), ("next", "/"), ("again-path", "/people"), ("again.id", "cadre-3"), ("again.name", "张<三>"), ("again.own", "531642")]
a = w2.post("/sign-in", late)
tap.ok(fails(a, "This is not the PIN.") and 'name="again.id" value="cadre-3"' in a.text, "also through a wrong PIN", a.text[-2500:])
a = w2.post("/sign-in", [("pin", "842071") if k == "pin" else (k, v) for k, v in late])
tap.ok('action="/people"' in a.text and 'name="id" value="cadre-3"' in a.text and 'name="name" value="张&lt;三&gt;"' in a.text and "531642" not in a.text, "and is then offered to be sent", a.text[-2500:])
a = w2.post("/people", {"id": "cadre-3", "name": "张<三>", "new": "1", "again": "2", "own": "x"})
tap.ok(a.status == 200 and 'id="e-new"' in a.text, "which arrives", a.words())
a = w2.post("/people", {"id": "cadre-3"}, token="0" * 32)
tap.ok(a.status == 403 and 'action="/people"' in a.text, "a form with an old token does nothing but is offered again", a.text[-1500:])

# A forgotten PIN
county = w.start_county(listen=county.address)
assert w.agent("a", "sync").code == 0
device = w.agent("a", "status", "--json").json()["device"]
r = w.county("device", "reset-code", device, "--json")
lost = Browser(d.address)
number = re.search(r"code number (\d+)\.", lost.get("/forgotten").words())
tap.ok(r.code == 0 and number, "the page names the code that the county is to read out", r.out + r.err)
code = r.json()["code"]
reset = {"cadre": "cadre-1", "new": "360915", "again": "360915"}
a = lost.post("/forgotten", dict(reset, code="AAAABBBBCCCCDDDD"))
tap.ok(fails(a, "This is not the code."), "a wrong code", a.words())
a = lost.post("/forgotten", dict(reset, code=code.lower()))
tap.ok("The new PIN is set. The code is used up" in a.words() and "Signed in: cadre-1." in a.words(), "the right one sets a new PIN and signs in", a.words())
tap.ok(b.get("/people", follow=False).status == 303, "whoever was signed in under the forgotten one is not any more")
a = Browser(d.address).sign_in(pin="842071")
tap.ok(fails(a, "This is not the PIN."), "which opens nothing", a.words())
county.stop()

# Time
b.sign_in(pin="360915")
set_clock(29)
tap.ok(b.get("/people", follow=False).status == 200, "29 minutes without a touch: signed in")
set_clock(60)
tap.ok(b.get("/people", follow=False).status == 303, "31 minutes: signed out")
b.sign_in(pin="360915")
for minutes in range(80, 60 + 12 * 60, 20):
    set_clock(minutes)
    assert b.get("/status").status == 200
tap.ok(b.get("/people", follow=False).status == 200, "a busy day: signed in for nearly 12 hours")
set_clock(60 + 12 * 60 + 1)
tap.ok(b.get("/people", follow=False).status == 303, "and not for longer")
d.stop()
w.close()
tap.done()
