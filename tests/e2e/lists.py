#!/usr/bin/python3
"""Goal of this test: forms look at lists from outside: places, roster, subjects and their last state from the device, files that an office published beside
the form, by their hash; on the command line, on the page, on a phone and at the county the same rows decide; names of persons reach nobody without a PIN and no payload."""
import base64, csv, hashlib, http.client, io, json, os, sqlite3, sys, uuid
import xml.etree.ElementTree as ET

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib")]
from formpage import FormBrowser
from world import Tap, World, program

tap, w = Tap(), World()
PLACE, PIN, NAME = "451224102201", "273941", "韦月兰"
DATA = os.path.join(TESTS, "data", "forms")
SHEET, PRICES = os.path.join(DATA, "wells.csv"), os.path.join(DATA, "prices.csv")
FORM = w.path("wells.xml")
EXTERNAL = "{http://openrosa.org/xforms/xformsManifest}"

# The office: the form names its file by hash, and nothing else is taken for it
w.make_county()
county = w.start_county()
w.make_agent("b", "451224102")  # before any of this is published
county.stop()
r = program("tally-county", "form", "compile", SHEET, "-o", FORM)
bare = w.county("form", "publish", FORM)
tap.ok(r.code == 0 and bare.code == 1 and "prices.csv" in bare.err and "--media" in bare.err, "a form whose file it does not name by hash is not published", r.err + bare.err)
r = program("tally-county", "form", "compile", SHEET, "-o", FORM, "--media", PRICES)
sha = hashlib.sha256(open(PRICES, "rb").read()).hexdigest()
tap.ok(r.code == 0 and f'sha256="{sha}"' in open(FORM).read(), "compiled with its file, the form names the file's SHA-256", r.err)
other = w.path("prices.csv")
open(other, "w").write(open(PRICES).read().replace("12000", "99900"))
missing, changed = w.county("form", "publish", FORM), w.county("form", "publish", FORM, "--media", other)
tap.ok(missing.code == 1 and "prices.csv" in missing.err and changed.code == 1 and "SHA-256" in changed.err, "nor without that file, nor with another one of its name", missing.err + changed.err)
r = w.county("form", "publish", FORM, "--media", PRICES)
tap.ok(r.code == 0 and w.county("form", "publish", FORM).code == 0, "with it, it is", r.err)
form_hash = hashlib.sha256(open(FORM, "rb").read()).hexdigest()

# Two villages: one online, one by stick
county = w.start_county(listen=county.address)
w.make_agent("a", PLACE)
assert w.agent("a", "sync").code == 0
county.stop()
assert w.agent("b", "bundle", "write", w.path("b.up")).code == 0 and w.county("bundle", "read", w.path("b.up")).code == 0
dev = w.agent("b", "status", "--json").json()["device"]
r = w.county("bundle", "write", dev, w.path("b.down"))
assert r.code == 0, r.err
assert w.agent("b", "bundle", "read", w.path("b.down")).code == 0


def rows_of(name, sql):
    db = sqlite3.connect(f"file:{w.path(name, 'journal.db')}?mode=ro", uri=True)
    got = [bytes(x[0]) for x in db.execute(sql)]
    db.close()
    return got


def held(name):
    return [h.hex() for h in rows_of(name, "SELECT hash FROM media")]


tap.ok(held("a") == [sha] and held("b") == [sha], "the file comes with a sync and on a stick", (held("a"), held("b")))


def record(name, *fields, form="wells"):
    r = w.agent(name, "record", form, *fields, "--json")
    return r


base = ["subject=w1", "stage=repaired", "date=2026-10-01", f"where={PLACE}"]
r = record("a", *base, "part=pump-a", "pieces=3")
shown = w.agent("a", "show", r.json()["entry"], "--json").json() if r.code == 0 else {}
text = json.dumps(shown, ensure_ascii=False)
tap.ok(r.code == 0 and '"cost": 36000' in text and '"price": 12000' in text, "a choice from the file, and what is calculated from its row", r.err + text)
assert record("a", "subject=450000000000-x1", "stage=broken", "date=2026-10-01", f"where={PLACE}").code == 0  # another county's number
bad = {"part=pump-z": "part", "part=rope": "part", "where=451224102299": "where", "where=450000000000": "where", "works=none": "works"}
for change, field in bad.items():
    r = record("a", *[f for f in base if not f.startswith(change.split("=")[0])], change, "pieces=1" if "part" in change else "pieces=")
    tap.ok(r.code == 1 and field in r.err and "choice" in (r.err + r.out).lower() or field in r.err and r.code == 1, f"not offered: {change}", r.err)

# Earlier state
r = record("a", "subject=w1", "stage=broken", "date=2026-10-09", f"where={PLACE}")
payload = w.agent("a", "show", r.json()["entry"], "--json").json() if r.code == 0 else {}
tap.ok(r.code == 0 and '"before": "repaired"' in json.dumps(payload), "the state of a subject before this entry is at hand", r.err + json.dumps(payload))
r2 = record("a", "subject=w1", "stage=broken", "date=2026-10-05", f"where={PLACE}")
tap.ok(r2.code == 1 and "date" in r2.err, "and judges the next one", r2.err)
r3 = w.agent("a", "correct", r.json()["entry"], "date=2026-10-04", "--json")
tap.ok(r3.code == 0, "a correction is judged by the state without what it corrects", r3.err)
assert record("a", "subject=ww-1", "stage=started", "date=2026-10-01", "kind=cellar", form="water-works").code == 0
r = record("a", "subject=w3", "stage=broken", "date=2026-10-09", f"where={PLACE}", "works=ww-1")
tap.ok(r.code == 0, "subjects of another form are offered", r.err)
r = record("b", "subject=451224102207-x1", "stage=broken", "date=2026-10-01", "where=451224102")
r2 = record("b", "subject=w8", "stage=broken", "date=2026-10-01", "where=451224102207")
tap.ok(r.code == 0 and r2.code == 0, "a township's device offers the villages that its subjects are of", r.err + r2.err)

# The roster: on the page with a PIN, ids in payloads, names nowhere
open(w.path("r.csv"), "w").write(f"household,group,name,relation\n{PLACE}-h1,第1组,{NAME},户主\n")
d = w.start_agent("a")


def ask(path, cadre=None, pin=PIN, form=form_hash):
    c = http.client.HTTPConnection(d.address, timeout=30)
    head = {"X-OpenRosa-Version": "1.0"}
    if cadre:
        head["Authorization"] = "Basic " + base64.b64encode(f"{cadre}:{pin}".encode()).decode()
    c.request("GET", f"/forms/{form}{path}", None, head)
    r = c.getresponse()
    r.data = r.read()
    c.close()
    return r


tap.ok(ask("/media/roster.csv").status == 403 and ask("/manifest").status == 403, "without a cadre the device lists no persons")
b = FormBrowser(d.address)
b.first("wang", PIN)
assert w.agent("a", "roster", "import", w.path("r.csv")).code == 0
keeper = f"{PLACE}-h1-1"
page = b.get("/record/wells/~new")
page = b.submit(page, {"subject": "w5"}, action="/record/wells/~new") if "/draft/" not in b.path else page
page = b.get(b.path)
f = lambda p: {n: v for n, v in b.form(p)["fields"]}
tap.ok(NAME in page.text and keeper in page.text and 'value="pump-a"' not in page.text, "the page offers persons by name, and the file's rows when they are asked", page.words()[:600])
page = b.submit(page, {"v:subject": "w5", "v:stage": "repaired", "v:date": "2026-10-02", "v:where": PLACE, "v:keeper": keeper}, "look")
tap.ok('value="pump-a"' in page.text and 'value="rope"' not in page.text and "手压泵 B, 加长" in page.text, "with what the filter lets through", page.words()[:900])
page = b.submit(page, {"v:part": "pump-b", "v:pieces": "2"}, "look")
page = b.submit(page, {}, "save")
tap.ok("/entry/" in b.path, "and it is recorded", page.words()[:600])
entry = b.path.split("/")[-1]
d.stop()
payloads = b"".join(rows_of("a", "SELECT payload FROM entry"))
d = w.start_agent("a")
b.address = d.address
b.sign_in("wang", PIN)
tap.ok(keeper.encode() in payloads and NAME.encode() not in payloads, "the payload says who by an id that says nothing")
tap.ok(NAME in page.text or NAME in b.get("/entry/" + entry).text, "the name that the form asked for is among the personal answers")

# Phones
r = ask("/manifest")
tap.ok(r.status == 401 and "Basic" in r.getheader("WWW-Authenticate"), "a manifest with personal lists is for who shows a PIN", r.status)
tap.ok(ask("/media/roster.csv").status == 401 and ask("/media/roster.csv", "wang", "111111").status == 401 and ask("/media/subjects-water-works.csv").status == 401, "and so are they themselves")
r = ask("/manifest", "wang")
files = {m.find(EXTERNAL + "filename").text: (m.find(EXTERNAL + "hash").text, m.find(EXTERNAL + "downloadUrl").text) for m in ET.fromstring(r.data)}
tap.ok(r.status == 200 and set(files) == {"places.csv", "roster.csv", "subjects-water-works.csv", "last.csv", "prices.csv"}, "it names every list of the form", r.data)
good = []
for name, (md5, url) in files.items():
    x = ask("/media/" + name, "wang")
    good.append(x.status == 200 and md5 == "md5:" + hashlib.md5(x.data).hexdigest() and url == f"http://{d.address}/forms/{form_hash}/media/{name}" and x.getheader("Content-Type").startswith("text/csv"))
    good.append(name != "prices.csv" or x.data == open(PRICES, "rb").read())
tap.ok(all(good), "each can be fetched, with its MD5; the office's byte by byte", good)
rows = list(csv.DictReader(io.StringIO(ask("/media/last.csv", "wang").data.decode())))
last = {x["name"]: x for x in rows}
tap.ok(set(last) == {"450000000000-x1", "w1", "w3", "w5"} and last["w1"]["stage"] == "broken" and last["w1"]["part"] == "pump-a" and last["w1"]["date"] == "2026-10-04", "the last state has each field's newest value", rows)
people = list(csv.DictReader(io.StringIO(ask("/media/roster.csv", "wang").data.decode())))
tap.ok(people == [{"name": keeper, "label": NAME, "household": f"{PLACE}-h1", "group": "第1组", "relation": "户主"}], "the roster its persons", people)
got = [ask("/media/prices.csv").status, ask("/media/none.csv").status, ask("/media/..%2Fusers").status, ask("/media/prices.csv", form="0" * 64).status]
tap.ok(got in ([200, 404, 400, 404], [200, 404, 404, 404]), "nothing else is served", got)


def send(xml):
    line = uuid.uuid4().hex
    body = f'--{line}\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="s.xml"\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n--{line}--\r\n'.encode()
    c = http.client.HTTPConnection(d.address, timeout=30)
    c.request("POST", "/submission", body, {"X-OpenRosa-Version": "1.0", "Content-Type": f"multipart/form-data; boundary={line}", "Authorization": "Basic " + base64.b64encode(f"wang:{PIN}".encode()).decode()})
    r = c.getresponse()
    r.data = r.read()
    c.close()
    return r


def filled(subject, part, price, cost, before=""):
    return (f'<data id="wells" version="1" xmlns:orx="http://openrosa.org/xforms"><subject>{subject}</subject><stage>repaired</stage><date>2026-10-20</date><where>{PLACE}</where><keeper>{keeper}</keeper>'
            f'<part>{part}</part><pieces>2</pieces><price>{price}</price><cost>{cost}</cost><before>{before}</before><keeper_name>{NAME}</keeper_name>'
            f'<orx:meta><orx:instanceID>uuid:{uuid.uuid4()}</orx:instanceID></orx:meta></data>')


r = send(filled("w9", "pump-b", 15050, 30100))
tap.ok(r.status == 201, "what a phone filled in with them is taken", r.data)
tap.ok(send(filled("w10", "pump-z", 1, 2)).status == 422, "what is none of their rows is not")
d.stop()
r = record("a", *base[1:], "subject=w11", "keeper=nobody-1")
tap.ok(r.code == 0, "while nobody is signed in, who is chosen from the roster is not judged", r.err)

# The county judges by the same rows, and by none where it has none
county = w.start_county(listen=county.address)
for name in "ab":
    s = w.agent(name, "sync")
    assert s.code == 0, s.err
for name in "ab":
    w.agent(name, "sync")
states = {name: [x["state"] for x in w.agent(name, "list", "--json").lines() if x["kind"] in ("record", "correction")] for name in "ab"}
tap.ok(all("aside" not in s for v in states.values() for s in v) and any("confirmed" in s for s in states["a"]), "the county parks none of these", states)
tap.done()
