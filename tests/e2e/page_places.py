#!/usr/bin/python3
"""Goal of this test: a device that the county lets record for several places asks which one, keeps to the place of what is recorded already, and lists show it."""
import os, sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib")]
from formpage import FormBrowser
from world import Tap, World

tap, w = Tap(), World()
OWN, OTHER, THIRD = "451224102201", "451224102202", "451224102203"
w.make_county()
county = w.start_county()
w.make_agent("a", OWN)
assert w.agent("a", "sync").code == 0
device = w.agent("a", "status", "--json").json()["device"]
d = w.start_agent("a", "--allow-http")
b = FormBrowser(d.address)
b.first("wang", "273941")
a = b.submit(b.get("/record/water-works/~new"), {}, "look")
tap.ok('name="place"' not in a.text, "with one place nothing is asked")
b.submit(b.get(b.path + "/discard"))
assert w.county("device", "assign", device, OTHER, THIRD).code == 0
assert w.county("device", "assign", device, THIRD, "--end").code == 0
assert w.agent("a", "sync").code == 0
a = b.get("/record/water-works/~new")
tap.ok(b.value(a, "place") == OWN and f'value="{OTHER}"' in a.text and THIRD not in a.text, "with two the device's own comes first; one that was ended is not offered", b.form(a)["fields"])
a = b.submit(a, {"place": OTHER, "v:date": "2026-10-28"}, "look")
tap.ok(b.value(a, "place") == OTHER and b.value(a, "v:subject").startswith(OTHER + "-"), "the other is chosen, and the new number is of it", b.form(a)["fields"])
a = b.submit(a, {"v:kind": "cellar", "v:stage": "started", "v:subject": "works-7", "place": "999999999999"}, "save")
row = [r for r in w.agent("a", "list", "--json").lines() if r.get("form") == "water-works"]
shown = w.agent("a", "show", row[0]["entry"], "--json").json() if row else {"header": ""}
tap.ok(f"\nplace {OTHER}\n" in shown["header"], "recorded there; a place that is not the device's is not taken", shown)
a = b.get("/entries")
tap.ok(f'<span class="small">{OTHER}</span>' in a.text, "lists show the place", a.words())
a = b.get("/record/water-works/" + row[0]["subject"])
tap.ok(b.value(a, "place") == OTHER, "a later stage is of the same place", b.form(a)["fields"])
a = b.get("/class/dew-training")
a = b.submit(a, {"place": OTHER}, "look")
tap.ok(b.value(a, "place") == OTHER, "a class is of one of them too", b.form(a)["fields"])
assert w.agent("a", "sync").code == 0
tap.ok(w.agent("a", "verify").code == 0 and [x["state"] for x in w.agent("a", "list", "--json").lines() if x["entry"] == row[0]["entry"]] == ["confirmed"], "the county confirms it")
w.close()
tap.done()
