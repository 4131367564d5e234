#!/usr/bin/python3
"""Goal of this test: ODK Collect on a phone of the village's network, set up by the code that pairing shows, gets the forms and sends what was filled
in: signed once as the cadre's, in one post or several, edits as corrections, and nothing without its token."""
import json, os, random, re, signal, ssl, subprocess, sys, threading, urllib.parse, uuid

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "corpus")]
import photo
from collect import Collect, settings
from formpage import FormBrowser
from lan import forget, inside, namespace
from world import Tap, World, program

tap, w = Tap(), World()
PLACE, PIN = "451224102201", "273941"
SHOTS = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" xmlns:tally="urn:tallystick:xform:v1">
<h:head><h:title>现场照片</h:title><model>
<instance><data id="shots" version="1"><subject/><date/><deviceid/><shot jr:template=""><photo/></shot><orx:meta><orx:instanceID/><orx:timeStart/></orx:meta></data></instance>
<bind nodeset="/data/subject" type="string" tally:subject="true()"/>
<bind nodeset="/data/date" type="date" required="true()"/>
<bind nodeset="/data/deviceid" type="string" jr:preload="property" jr:preloadParams="deviceid"/>
<bind nodeset="/data/shot/photo" type="binary" tally:personal="false()"/>
<bind nodeset="/data/orx:meta/orx:instanceID" type="string" readonly="true()" jr:preload="uid"/>
<bind nodeset="/data/orx:meta/orx:timeStart" type="dateTime" jr:preload="timestamp" jr:preloadParams="start"/>
</model></h:head><h:body>
<input ref="/data/subject"><label>编号</label></input><input ref="/data/date"><label>日期</label></input>
<group ref="/data/shot"><label>照片</label><repeat nodeset="/data/shot"><upload ref="/data/shot/photo" mediatype="image/*"><label>照片</label></upload></repeat></group>
</h:body></h:html>
"""


def works(iid, persons=120, subject="w-7", deprecated=None, form="water-works", photo_=""):
    edit = f"<orx:deprecatedID>uuid:{deprecated}</orx:deprecatedID>" if deprecated else ""
    return (f"<?xml version='1.0' ?><data id=\"{form}\" version=\"2026110101\" xmlns:orx=\"http://openrosa.org/xforms\"><subject>{subject}</subject><stage>started</stage><date>2026-10-01</date>"
            f"<kind>drinking</kind><persons>{persons}</persons>{photo_}<orx:meta><orx:instanceID>uuid:{iid}</orx:instanceID>{edit}</orx:meta></data>")


def shots(iid, names):
    return (f"<data id=\"shots\" version=\"1\" xmlns:orx=\"http://openrosa.org/xforms\"><subject>s-1</subject><date>2026-10-01</date><deviceid>collect:abcdefgh12345678</deviceid>"
            + "".join(f"<shot><photo>{n}</photo></shot>" for n in names) +
            f"<orx:meta><orx:instanceID>uuid:{iid}</orx:instanceID><orx:timeStart>2026-10-01T09:00:00.000+08:00</orx:timeStart></orx:meta></data>")


def entries():
    return [r for r in w.agent("a", "list", "--json").lines() if r["kind"] in ("record", "correction")]


def show(entry):
    return json.dumps(w.agent("a", "show", entry, "--json").json(), ensure_ascii=False)


def attachments():
    return [n for _, _, ns in os.walk(w.path("a", "attachments")) for n in ns]


def start(*args):
    d = w.start_agent("a", "--lan", ADDRESS + ":0", *args)
    for _ in range(100):
        m = re.search(r"paired phones at (https?)://(\S+)/", "".join(d.said))
        if m:
            return d, m.group(2)
        threading.Event().wait(0.05)
    raise RuntimeError("".join(d.said))


def pair(*args, pin=PIN):
    return w.agent("a", "pair", "--collect", *args, "--pin-file", "-", "--json", stdin=pin + "\n")


def phone(code, tls=None):
    return Collect(code, tls, lambda work: inside(NS, work))


where = namespace()
if where is None:
    tap.ok(True, "a phone from another address # SKIP neither a network namespace nor an address but loopback")
    tap.done()
    sys.exit()
ADDRESS, NS = where
try:
    w.make_county()
    with open(w.path("shots.xml"), "w", encoding="utf-8") as f:
        f.write(SHOTS)
    r = w.county("form", "publish", w.path("shots.xml"))
    assert r.code == 0, r.err
    county = w.start_county()
    w.make_agent("a", PLACE)
    assert w.agent("a", "sync").code == 0

    # Over plain HTTP: nothing, unless whoever runs it says so
    d, lan = start()
    r = pair()
    tap.ok(r.code == 1 and "encrypted" in r.err, "without TLS no phone of Collect is paired", r.err)
    fake = Collect(__import__("base64").b64encode(__import__("zlib").compress(json.dumps({"general": {"server_url": f"http://{lan}/key/{'0' * 48}"}}).encode())).decode(), inside=lambda work: inside(NS, work))
    r = fake.ask("GET", fake.server + "/formList")
    tap.ok(r.status == 403 and b"encrypted" in r.data and b"OpenRosaResponse" in r.data, "nor answered, and it is told why", r.data)
    d.stop()
    d, lan = start("--lan-collect-http")
    r = pair()
    c = phone(r.json()["settings"])
    tap.ok(r.code == 0 and c.server.startswith(f"http://{lan}/key/") and set(c.refresh()) >= {"water-works", "shots"} and "can be read" in "".join(d.said), "with --lan-collect-http it is, and the log says what that means", r.err)
    o = c.send(works(uuid.uuid4()))
    tap.ok(o.sent and "actor device " in show(entries()[-1]["entry"]), "while no cadre has a PIN, the device is the actor", o)
    assert w.agent("a", "user", "add", "wang", "--pin-file", "-", stdin=PIN + "\n").code == 0
    o = c.send(works(uuid.uuid4()))
    tap.ok(not o.sent and o.status == 403, "once one has, such a phone must be paired anew", o)
    assert w.agent("a", "pair", "--revoke", "1").code == 0
    d.stop()

    # TLS, and who vouches
    key, cert = w.path("lan.key"), w.path("lan.crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj", "/CN=tally", "-addext", f"subjectAltName=IP:{ADDRESS}",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    d, lan = start("--lan-cert", cert, "--lan-key", key)
    trust = ssl.create_default_context(cafile=cert)
    tap.ok(pair().code == 1 and pair("--user", "li").code == 1 and pair("--user", "wang", pin="999999").code == 1 and "\n" not in w.agent("a", "pair", "--list").out, "no code without a cadre, and none without the PIN")
    tap.ok(pair("--user", "wang", "--place", "110101").code == 1, "nor for a place that is not the device's")
    r = pair("--user", "wang", "--name", "王干部的手机")
    code = r.json()["settings"]
    said = settings(code)
    token = said["general"]["server_url"].rsplit("/", 1)[1]
    tap.ok(said["general"]["server_url"] == f"https://{lan}/key/{token}" and re.fullmatch(r"[0-9a-f]{48}", token) and set(said) == {"general", "admin", "project"}, "the code is settings of Collect: general, admin, project, and the address with the token", said)
    raw = b"".join(open(w.path("a", n), "rb").read() for n in ("phones", "phones.previous"))
    tap.ok(token.encode() not in raw and b"wang" in raw, "of the token only a hash is kept", raw)
    r = w.agent("a", "pair", "--collect", "--user", "wang", "--pin-file", "-", stdin=PIN + "\n")
    tap.ok(r.code == 0 and settings(r.out.splitlines()[-1])["general"]["server_url"].startswith("https://") and r.out.count("\n") > 30 and "█" in r.out or "▀" in r.out, "as text and as QR", r.out[-300:])
    assert w.agent("a", "pair", "--revoke", "3").code == 0

    # Without the token
    c = phone(code, trust)
    bare = f"https://{lan}"
    for name, method, path in (("no token", "GET", "/formList"), ("no token", "HEAD", "/submission"), ("no token", "POST", "/submission"), ("a token that is none", "GET", f"/key/{'f' * 48}/formList"), ("half a token", "GET", f"/key/{token[:24]}/formList")):
        r = c.ask(method, bare + path, b"" if method == "POST" else None, {"Content-Type": "multipart/form-data; boundary=x"} if method == "POST" else None)
        tap.ok(r.status == 401 and r.getheader("X-OpenRosa-Version") == "1.0" and r.getheader("Date") and (method == "HEAD" or b"<OpenRosaResponse" in r.data and b"pair --collect" in r.data), f"{method}, {name}: 401 in an envelope", (r.status, r.data))
    r = c.ask("GET", c.server + "/roster")
    tap.ok(r.status == 404 and c.ask("GET", c.server + "/").status == 404 and b"OpenRosaResponse" in r.data, "a token opens OpenRosa alone", r.data)
    for i in range(5):
        c.ask("GET", f"{bare}/key/{'e' * 48}/formList")
    r = c.ask("GET", c.server + "/formList")
    tap.ok(r.status == 403 and b"Too many" in r.data, "after wrong ones the address waits, as for PINs", (r.status, r.data))
    code = pair("--user", "wang", "--name", "王干部的手机").json()["settings"]
    c = phone(code, trust)
    tap.ok(c.preflight()[0] == 204, "somebody at the device who pairs a phone ends the wait")

    # Forms
    got = c.refresh()
    own = open(os.path.join(TESTS, "..", "forms", "catalogue", "water-works.xml"), "rb").read()
    tap.ok(set(got) == {"housing-rebuild", "water-works", "dew-training", "shots"} and c.forms["water-works"][1] == own, "forms come with their hashes, under the token's address", got)
    tap.ok(c.refresh() == [], "and are not fetched again")
    text = SHOTS.replace('version="1"', 'version="2"', 2).replace("<h:title>现场照片", "<h:title>现场照片2").replace('<?xml version="2"?>', '<?xml version="1.0"?>')
    with open(w.path("shots2.xml"), "w", encoding="utf-8") as f:
        f.write(text)
    r = w.county("form", "publish", w.path("shots2.xml"))
    assert r.code == 0 and w.agent("a", "sync").code == 0, r.err
    tap.ok(c.refresh() == ["shots"], "a new version is: its hash is another")

    # Lists of persons
    wells = [os.path.join(TESTS, "data", "forms", n) for n in ("wells.csv", "prices.csv")]
    r = program("tally-county", "form", "compile", wells[0], "-o", w.path("wells.xml"), "--media", wells[1])
    assert r.code == 0 and w.county("form", "publish", w.path("wells.xml"), "--media", wells[1]).code == 0 and w.agent("a", "sync").code == 0, r.err
    manifest = c.form_list()["wells"]["manifestUrl"]
    tap.ok(c.ask("GET", manifest).status == 401, "a token alone opens no list that names persons")
    c.login = ("wang", PIN)
    tap.ok(manifest.startswith(c.server + "/") and c.refresh() == ["wells"] and c.media["wells", "prices.csv"][1] == open(wells[1], "rb").read(), "with its cadre's PIN besides, over TLS, the files come with the form", set(c.media))
    c.login = None

    # Records
    before = len(entries())
    one = str(uuid.uuid4())
    o = c.send(works(one))
    tap.ok(o.sent and o.status == 201 and o.nature == "submit_success" and len(entries()) == before + 1 and "actor wang " in show(entries()[-1]["entry"]), "a record is signed, the phone's cadre the actor", o)
    first = entries()[-1]["entry"]
    tap.ok(c.send(works(one)).status == 201 and c.send(works(one), chunked=True).status == 201 and len(entries()) == before + 1, "the same bytes again: the same entry, in chunks too")
    o = c.send(works(one, persons=121))
    tap.ok(o.status == 409 and o.nature == "submit_error" and len(set(re.findall(r"[0-9a-f]{16}", o.said))) == 2 and len(entries()) == before + 1, "other content under its id: 409, both named", o)
    o = c.send(works(uuid.uuid4()), [("audit.csv", b"event,node,start,end\nform start,,1,\n")])
    tap.ok(o.status == 201 and "audit.csv" in o.said and len(attachments()) == 0, "a file that the record does not name is not kept, and that is said", o)

    # Several posts
    pictures = [(f"{1795449600000 + i}.jpg", photo.house(random.Random(i), 25.3, 107.4) + bytes(3_600_000)) for i in range(5)]
    names, big = [n for n, _ in pictures], shots(uuid.uuid4(), [n for n, _ in pictures])
    n = len(entries())
    o = c.send(big, pictures, stop_after=1)
    tap.ok(not o.sent and len(entries()) == n and len(attachments()) == 2, "the link breaks between posts: nothing is signed, what came is kept", (o, attachments()))
    d.stop(signal.SIGKILL)
    d, lan2 = start("--lan-cert", cert, "--lan-key", key)
    again = phone(code, trust)
    again.server = again.server.replace(lan, lan2)
    part = again.post(big.encode(), pictures[2:4], more=True)
    tap.ok(part.status == 202 and len(entries()) == n, "202 while more is to come", part)
    o = again.post(big.encode(), pictures[4:])
    tap.ok(o.status == 201 and len(entries()) == n + 1 and len(attachments()) == 5, "after the agent was killed the rest completes it", o)
    shown = show(entries()[-1]["entry"])
    tap.ok("collect:abcdefgh12345678" in shown and "2026-10-01T09:00:00.000+08:00" in shown, "what the phone says of itself stands among its answers", shown)
    c = again
    o = c.send(big, pictures)
    tap.ok(o.status == 201 and o.posts == 3 and len(entries()) == n + 1, "a whole resend in three posts is the same entry", o)
    other = [(names[0], photo.house(random.Random(99), 25.3, 107.4))] + pictures[1:]
    o = c.send(big, other)
    tap.ok(o.status == 409 and names[0] in o.said and len(set(re.findall(r"[0-9a-f]{16}", o.said))) == 2, "another photo under a name: 409, both named", o)
    lost = shots(uuid.uuid4(), names)
    o = c.send(lost, pictures[:1])
    tap.ok(o.status == 400 and not o.sent and "photo" in o.said, "a photo that never comes: the record is not signed without it", o)
    instead = lost.replace("2026-10-01<", "2026-10-02<")
    o = c.post(instead.encode(), pictures[1:2], more=True)
    tap.ok(o.status == 202, "what was never signed may come changed", o)
    r = c.ask("POST", c.server + "/submission", headers={"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "50000000"})
    tap.ok(r.status == 413 and b"OpenRosaResponse" in r.data and r.getheader("X-OpenRosa-Accept-Content-Length") == "10000000", "a post too long: 413 in an envelope", (r.status, r.data))
    r = c.ask("GET", c.server + "/formList", headers={"X-OpenRosa-Version": "2.0"})
    tap.ok(r.status == 400 and b"OpenRosaResponse" in r.data, "another version of OpenRosa: 400 in an envelope", r.data)

    # Edits
    n, edit = len(entries()), str(uuid.uuid4())
    o = c.send(works(edit, persons=130, deprecated=one))
    e = [x for x in entries() if x["entry"] not in (first,)][-1]
    tap.ok(o.status == 201 and len(entries()) == n + 1 and e["kind"] == "correction" and f"supersedes {first}" in show(e["entry"]), "an edit is a correction of the entry", (o, show(e["entry"])))
    tap.ok(c.send(works(edit, persons=130, deprecated=one)).status == 201 and len(entries()) == n + 1, "the same edit again is the same entry")
    bad = {"of what is not here": (works(uuid.uuid4(), deprecated=uuid.uuid4()), 404), "of what was corrected already": (works(uuid.uuid4(), persons=140, deprecated=one), 409),
           "that is about something else": (works(uuid.uuid4(), subject="w-8", deprecated=edit), 409), "of another form": (shots(uuid.uuid4(), []).replace("</orx:instanceID>", f"</orx:instanceID><orx:deprecatedID>uuid:{edit}</orx:deprecatedID>"), 409)}
    for name, (text, status) in bad.items():
        o = c.send(text)
        tap.ok(o.status == status and o.nature == "submit_error" and len(entries()) == n + 1, f"not taken: an edit {name}", o)
    o = c.send(works(uuid.uuid4(), persons=150, deprecated=edit))
    tap.ok(o.status == 201 and len(entries()) == n + 2, "an edit of the edit is a correction of that", o)
    blank = str(uuid.uuid4())
    tap.ok(c.send(works(blank, subject="")).status == 201 and c.send(works(uuid.uuid4(), persons=7, subject="", deprecated=blank)).status == 201, "an edit of what the device named keeps that name")
    a = entries()[-2:]
    tap.ok(a[0]["subject"] == a[1]["subject"] != "" if "subject" in a[0] else True, "and is about the same", a)

    # A photo of a record that is refused, and one who may not any more
    k = len(attachments())
    o = c.send(works(uuid.uuid4(), persons=-5, photo_="<photo>x.jpg</photo>"), [("x.jpg", photo.house(random.Random(50), 25.3, 107.4))])
    tap.ok(o.status == 422 and len(attachments()) == k, "of a record that is refused no photo stays", o)
    assert w.agent("a", "user", "add", "li", "--as", "wang", "--pin-file", "-", stdin=PIN + "\n382716\n").code == 0
    c.login = ("li", "382716")
    tap.ok(c.ask("GET", c.form_list()["wells"]["manifestUrl"]).status == 401, "another cadre's PIN opens them not on this phone")
    c.login = None
    assert w.agent("a", "user", "disable", "wang").code == 0
    mine, n = works(uuid.uuid4()), len(entries())
    o = c.send(mine)
    tap.ok(not o.sent and o.status == 403 and len(entries()) == n and c.ask("GET", c.server + "/formList").status == 403, "a cadre who may not record any more: 403, the record stays on the phone", o)
    number = w.agent("a", "pair", "--list", "--json").lines()[-1]["phone"]
    r = pair("--user", "li", "--phone", number, pin="382716")
    anew = phone(r.json()["settings"], trust)
    o = anew.send(mine)
    tap.ok(o.status == 201 and "actor li " in show(entries()[-1]["entry"]) and c.preflight()[0] == 401, "paired anew for another cadre, it is sent; the former token is void", (o, r.err))

    # On the page
    b = FormBrowser(d.address)
    b.sign_in("li", "382716")
    a = b.post("/phones", {"name": "第二部"}, follow=False)
    tap.ok(a.status == 200 and "<svg" in a.text and "第二部" in b.get("/phones").text and len(w.agent("a", "pair", "--list", "--json").lines()) == 3, "the page shows a code to who is signed in", a.words()[:300])
    assert w.agent("a", "pair", "--revoke", number).code == 0
    tap.ok(anew.preflight()[0] == 401, "a revoked phone is out at once")
    tap.ok(w.agent("a", "verify").code == 0, "the journal verifies")
    assert w.agent("a", "sync").code == 0
    bad = [x for x in w.county("list", "--json").lines() if x.get("state") in ("disputed", "set-aside")] if w.county("list", "--json").code == 0 else []
    tap.ok(not bad, "and the county takes it all", bad)
    d.stop()
finally:
    w.close()
    forget()
tap.done()
