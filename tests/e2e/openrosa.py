#!/usr/bin/python3
"""Goal of this test: ODK Collect and its like find the forms on the device and send what was filled in: it is signed once, whatever is sent again,
photos come in one post or several, and nothing is taken that is not understood, or from somebody who does not say who."""
import base64, hashlib, http.client, json, os, random, sys, urllib.parse, uuid
import xml.etree.ElementTree as ET

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "corpus")]
import photo
from formpage import FormBrowser
from world import Tap, World

tap, w = Tap(), World()
PLACE = "451224102201"
LIST, RESPONSE = "{http://openrosa.org/xforms/xformsList}", "{http://openrosa.org/http/response}"
w.make_county()
county = w.start_county()
w.make_agent("a", PLACE)
assert w.agent("a", "sync").code == 0
county.stop()
d = w.start_agent("a")


def ask(method, path, body=None, **headers):
    c = http.client.HTTPConnection(d.address, timeout=30)
    headers = {k.replace("_", "-"): v for k, v in headers.items()}
    c.request(method, path, body, {"X-OpenRosa-Version": "1.0", "Date": "Tue, 24 Nov 2026 02:00:00 GMT", **headers})
    r = c.getresponse()
    r.data = r.read()
    c.close()
    return r


def send(xml, files=(), more=False, kind="text/xml", chunked=False, **headers):
    line, parts = uuid.uuid4().hex, []
    for name, type_, data in [("xml_submission_file", kind, xml.encode())] + [(n, "image/jpeg", b) for n, b in files]:
        parts.append(f'Content-Disposition: form-data; name="{name}"; filename="{name}"\r\nContent-Type: {type_}\r\n\r\n'.encode() + data)
    if more:
        parts.append(b'Content-Disposition: form-data; name="*isIncomplete*"\r\n\r\nyes')
    body = b"".join(b"--" + line.encode() + b"\r\n" + p + b"\r\n" for p in parts) + b"--" + line.encode() + b"--\r\n"
    return ask("POST", "/submission?deviceID=collect%3Aabc", iter([body[:100], body[100:]]) if chunked else body, Content_Type=f"multipart/form-data; boundary={line}", **headers)


def works(iid, fields="", date="2026-10-01", version="2026110101", meta="", subject="w-7"):
    return (f"<?xml version='1.0' ?><data id=\"water-works\" version=\"{version}\" xmlns:orx=\"http://openrosa.org/xforms\"><subject>{subject}</subject><stage>started</stage><date>{date}</date>"
            f"<kind>drinking</kind>{fields}<orx:meta><orx:instanceID>uuid:{iid}</orx:instanceID>{meta}</orx:meta></data>")


def entries():
    return [r for r in w.agent("a", "list", "--json").lines() if r["kind"] == "record"]


def said(r):
    m = ET.fromstring(r.data).find(RESPONSE + "message")
    return m.get("nature"), m.text


# Forms
r = ask("GET", "/formList?deviceID=x")
forms = {x.find(LIST + "formID").text: {y.tag.replace(LIST, ""): y.text for y in x} for x in ET.fromstring(r.data)}
tap.ok(r.status == 200 and r.getheader("Content-Type").startswith("text/xml") and r.getheader("X-OpenRosa-Version") == "1.0" and r.getheader("Date") and set(forms) == {"housing-rebuild", "water-works", "dew-training"},
       "the list has every form", r.data)
good = []
for name, f in forms.items():
    u = urllib.parse.urlsplit(f["downloadUrl"])
    x = ask("GET", u.path)
    own = open(os.path.join(TESTS, "..", "forms", "catalogue", name + ".xml"), "rb").read()
    good.append(u.netloc == d.address and x.data == own and f["hash"] == "md5:" + hashlib.md5(own).hexdigest() and f["version"] == "2026110101" and f["name"])
    m = ET.fromstring(ask("GET", urllib.parse.urlsplit(f["manifestUrl"]).path).data)
    good.append(m.tag == "{http://openrosa.org/xforms/xformsManifest}manifest" and len(m) == 0)
tap.ok(all(good), "each can be fetched, bytes and MD5 as published, with a manifest", forms)
tap.ok(len(ET.fromstring(ask("GET", "/formList?formID=water-works").data)) == 1 and ask("GET", "/forms/" + "0" * 64 + ".xml").status == 404, "one form alone; none that is not there")

# One record
r = ask("HEAD", "/submission?deviceID=x")
tap.ok(r.status == 204 and r.getheader("X-OpenRosa-Version") == "1.0" and int(r.getheader("X-OpenRosa-Accept-Content-Length")) >= 1_000_000, "the question before sending is answered with 204", r.status)
one = str(uuid.uuid4())
xml = works(one, "<persons>120</persons><capacity>1.25E7</capacity><served><place>451224102201</place><persons>70</persons></served><served><place>451224102202</place><persons>50</persons></served>")
r = send(xml)
tap.ok(r.status == 201 and said(r)[0] == "submit_success" and len(entries()) == 1, "a submission is signed and stored", r.data)
shown = json.dumps(w.agent("a", "show", entries()[0]["entry"], "--json").json(), ensure_ascii=False) if entries() else ""
tap.ok("12500000" in shown and f"uuid:{one}" in shown and shown.count("45122410220") >= 3, "with its answers, numbers as people read them, and its instanceID", shown)
tap.ok(send(xml).status == 201 and send(xml, chunked=True).status == 201 and len(entries()) == 1, "the same again is told the same and recorded once")
r = send(xml.replace("120", "121"), Accept_Language="en")
tap.ok(r.status == 409 and "other content" in said(r)[1] and len(entries()) == 1, "other content under its instanceID is refused with words", r.data)
blank = works(uuid.uuid4(), subject="")
tap.ok([send(blank).status, send(blank).status] == [201, 201] and len(entries()) == 2, "a subject that the device named is not named twice")

# Photos, in one post and in several
picture, other = photo.house(random.Random(1), 25.3, 107.4), photo.house(random.Random(2), 25.3, 107.4)
two = works(uuid.uuid4(), "<photo>1795449600123.jpg</photo>")
r = send(two)
tap.ok(r.status == 400 and len(entries()) == 2, "a photo that did not come is asked for, the record not signed without it", r.data)
tap.ok(send(two, more=True).status == 202 and len(entries()) == 2, "while the phone says that more comes, it is told to go on")
r = send(two, [("1795449600123.jpg", picture)], more=True)
tap.ok(r.status == 201 and len(entries()) == 3, "the photo comes in a later post", r.data)
stored = [os.path.join(p, n) for p, _, ns in os.walk(w.path("a", "attachments")) for n in ns]
tap.ok(photo.has_position(picture) and len(stored) == 1 and picture not in open(stored[0], "rb").read(), "one photo is kept, not as it came", stored)
tap.ok(send(two, [("1795449600123.jpg", picture)]).status == 201 and send(two, [("1795449600123.jpg", other)]).status == 409 and len(entries()) == 3, "another photo under its name is other content")
early = works(uuid.uuid4(), "<photo>a.jpg</photo>")
assert send(early, [("b.jpg", other)], more=True).status == 202
d.stop()
d = w.start_agent("a")
tap.ok(send(early, [("a.jpg", other)]).status == 201 and len(entries()) == 4, "a restart between two posts loses nothing")

# What is not taken
bad = {
    "an element that the form does not have": (works(uuid.uuid4(), "<extra>1</extra>"), 422, "extra"),
    "a date in the future": (works(uuid.uuid4(), date="2999-01-01"), 422, "date"),
    "a version that is not here": (works(uuid.uuid4(), version="1"), 404, "version"),
    "a document type": ("<!DOCTYPE data [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + works(uuid.uuid4(), "<persons>&a;</persons>")[21:], 400, "DOCTYPE"),
    "an edit of what is not here": (works(uuid.uuid4(), meta=f"<orx:deprecatedID>uuid:{uuid.uuid4()}</orx:deprecatedID>"), 404, "deprecatedID"),
    "no instanceID": (works("x").replace("uuid:x", ""), 400, "instanceID"),
}
for name, (text, status, word) in bad.items():
    r = send(text, Accept_Language="en")
    tap.ok(r.status == status and said(r)[0] == "submit_error" and word in said(r)[1] and len(entries()) == 4, f"not taken: {name}", r.data)
r = send(works(uuid.uuid4(), "<photo>a.jpg</photo>"), [("a.jpg", b"\x89PNG\r\n\x1a\n" + bytes(20))], Accept_Language="en")
tap.ok(r.status == 422 and "JPEG" in said(r)[1], "not taken: a picture that is no photo", r.data)
r = send(works(uuid.uuid4(), "<photo>lost.jpg</photo>", date="2999-01-01"), [("lost.jpg", photo.house(random.Random(3), 25.3, 107.4))])
stored = [n for _, _, ns in os.walk(w.path("a", "attachments")) for n in ns]
tap.ok(r.status == 422 and len(stored) == 2, "of a record that is refused no photo stays", stored)
tap.ok(send(works(uuid.uuid4()), Origin="http://evil.example").status == 403 and ask("GET", "/formList", Sec_Fetch_Site="cross-site").status == 403, "not taken: what another site's page sends")
tap.ok(ask("GET", "/formList", X_OpenRosa_Version="2.0").status == 400 and len(entries()) == 4, "not taken: another version of OpenRosa")

# Who
FormBrowser(d.address).first("wang", "273941")
good = "Basic " + base64.b64encode(b"wang:273941").decode()
mine = works(uuid.uuid4())
r = send(mine)
tap.ok(r.status == 401 and r.getheader("WWW-Authenticate", "").startswith("Basic") and ask("HEAD", "/submission").status == 401 and len(entries()) == 4, "once a cadre has a PIN, who sends must say who", r.status)
tap.ok(send(mine, Authorization="Basic " + base64.b64encode(b"wang:111112").decode()).status == 401 and len(entries()) == 4, "a wrong PIN is told")
r = send(mine, Authorization=good)
shown = json.dumps(w.agent("a", "show", entries()[-1]["entry"], "--json").json())
tap.ok(r.status == 201 and len(entries()) == 5 and "actor wang " in shown, "the cadre is the entry's actor", (r.status, r.data, shown))

# A photo of some size has a thumbnail
iid = str(uuid.uuid4())
r = send(works(iid, "<photo>big.jpg</photo>"), [("big.jpg", photo.large(random.Random(5), 60000))], Authorization=good)
header = w.agent("a", "show", entries()[-1]["entry"], "--json").json()["header"] if r.status == 201 else ""
tap.ok(header.count(" image/jpeg plain\n") == 1 and header.endswith(" image/vnd.tallystick.thumbnail+jpeg plain\n"), "a photo of some size is signed with its thumbnail", (r.data, header))
tap.done()
