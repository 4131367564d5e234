#!/usr/bin/python3
"""Goal of this test: in a real browser, what is typed is kept without a press, what else is asked appears by itself, and no page of recording
is wider than a phone, in either language."""
import os, sys, time

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib")]
import chromium
from formpage import FormBrowser
from world import Tap, World

tap = Tap()
if not chromium.find():
    tap.ok(True, "the page with JavaScript # SKIP no Chromium here")
    tap.done()
w = World()
w.make_county()
county = w.start_county()
w.make_agent("a", "451224102201")
assert w.agent("a", "sync").code == 0
county.stop()
with open(w.path("people.csv"), "w", encoding="utf-8") as f:
    f.write("household,group,name,relation\n" + "".join(f"h{i},第一组,王小明{'甲乙丙丁戊'[i]},户主\n" for i in range(5)))
assert w.agent("a", "roster", "import", w.path("people.csv")).code == 0
d = w.start_agent("a")
b = FormBrowser(d.address)
b.first("wang", "273941")
b.get("/record/water-works/~new")
draft = b.path
c = chromium.Chromium(320, 800)
c.cookies("http://" + d.address, b.cookies)
c.call("Log.enable")


def until(script, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if c.run(script):
            return True
        time.sleep(0.1)
    return False


def change(name, value, event="change"):
    c.run(f"(function(){{var e=document.querySelector('[name=\"{name}\"]');e.focus();e.value='{value}';e.dispatchEvent(new Event('{event}',{{bubbles:true}}))}})()")


c.open("http://" + d.address + draft)
change("v:remark", "半句话", "input")
change("v:stage", "water_tested")
tap.ok(until("!!document.querySelector('[name=\"v:water_quality\"]')"), "what a stage asks appears when it is chosen")
tap.ok(c.run("document.activeElement.name") == "v:stage" and c.run("document.querySelector('[name=\"v:remark\"]').value") == "半句话", "the reader stays where he was, with what he typed")
change("v:persons", "120")
end = time.monotonic() + 10
while time.monotonic() < end and b.value(b.get(draft), "v:persons") != "120":
    time.sleep(0.2)
a = b.get(draft)
tap.ok((b.value(a, "v:remark"), b.value(a, "v:persons"), b.value(a, "v:stage")) == ("半句话", "120", "water_tested"), "all of it lies on the device, without a press of a button", b.form(a)["fields"])
tap.ok(c.run("!document.querySelector('[data-locate]').hidden"), "on this machine the browser's position is offered")
b.get("/class/dew-training")
sheet = b.path
a = b.submit(b.get(sheet), {"who": ["h0-1", "h1-1"]}, "look")
c.open("http://" + d.address + sheet)
change("x:h0-1", "absent")
end = time.monotonic() + 10
while time.monotonic() < end and b.value(b.get(sheet), "x:h0-1") != "absent":
    time.sleep(0.2)
tap.ok(b.value(b.get(sheet), "x:h0-1") == "absent", "a sheet is kept as it is typed")
a = b.submit(b.get(draft), {"v:kind": "cellar", "v:date": "2026-10-28", "v:stage": "started"}, "save")
entry = b.path
pages = ["/", "/record", "/record/water-works", "/record/dew-training/~new", sheet, entry, entry + "/withdraw", entry.replace("entry", "slip")]
wide = []
for lang in ("en", "zh"):
    c.cookies("http://" + d.address, {"lang": lang})
    for p in pages:
        c.open("http://" + d.address + p)
        if c.run("document.documentElement.scrollWidth") > 320:
            wide.append((lang, p, c.run("document.documentElement.scrollWidth")))
tap.ok(not wide, "no page of these is wider than a phone of 320 pixels", wide)
said = [e for e in c.events if e.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded") and "favicon" not in str(e)]
tap.ok(not said, "the browser has nothing to complain of", said[:3])
c.close()
w.close()
tap.done()
