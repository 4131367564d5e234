#!/usr/bin/python3
"""Goal of this test: a county office has an agent of its own, with its own chain; phones with ODK Collect send it the county's forms, each record at its
place, and what they sent stands in the county's report."""
import json, os, random, re, sys, threading, uuid

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib"), os.path.join(TESTS, "corpus")]
import photo
from collect import Collect
from lan import forget, inside, namespace
from world import BUILD, Tap, World

tap, w = Tap(), World()
COUNTY, TOWN, VILLAGE, ELSEWHERE = "451224", "451224102", "451224102201", "451225"
FORMS = [os.path.join(BUILD, "forms", f + ".xml") for f in ("fund-flow", "paired-aid")]


def instance(form, answers, iid=None, deprecated=None, version=None):
    edit = f"<orx:deprecatedID>uuid:{deprecated}</orx:deprecatedID>" if deprecated else ""
    body = "".join(f"<{k}>{v}</{k}>" for k, v in answers.items())
    return (f"<data id=\"{form}\" version=\"{version or VERSION[form]}\" xmlns:orx=\"http://openrosa.org/xforms\">{body}"
            f"<orx:meta><orx:instanceID>uuid:{iid or uuid.uuid4()}</orx:instanceID>{edit}</orx:meta></data>")


def flow(subject, amount, **more):
    return {"subject": subject, "stage": "disbursed", "date": "2010-10-01", "level": "central", "year": 2010, "programme": "village-plan", "amount": amount, "disbursed": amount, **more}


def placed():
    """(form, subject) -> the place of its newest entry."""
    out = {}
    for x in w.agent("office", "list", "--json").lines():
        if x["kind"] in ("record", "correction"):
            s = w.agent("office", "show", x["entry"]).out
            out[x["form"], x["subject"]] = re.search(r"^\s*place (\d+)", s, re.M).group(1)
    return out


def pair(*args):
    r = w.agent("office", "pair", "--collect", *args, "--json")
    return Collect(r.json()["settings"], inside=lambda work: inside(NS, work)) if r.code == 0 else r


where = namespace()
if where is None:
    tap.ok(True, "a phone from another address # SKIP neither a network namespace nor an address but loopback")
    tap.done()
    sys.exit()
ADDRESS, NS = where
try:
    w.make_county()
    for f in FORMS:
        r = w.county("form", "publish", f)
        assert r.code == 0, r.err
    w.start_county()
    w.make_agent("office", COUNTY)
    w.make_agent("village", VILLAGE)
    assert w.agent("office", "sync").code == 0 and w.agent("village", "sync").code == 0
    d = w.start_agent("office", "--lan", ADDRESS + ":0", "--lan-collect-http")
    for _ in range(100):
        if "paired phones" in "".join(d.said):
            break
        threading.Event().wait(0.05)

    office, town = pair("--name", "局里"), pair("--name", "乡里", "--place", TOWN)
    r = pair("--place", ELSEWHERE)
    tap.ok(r.code == 1 and "not one that this device records for" in r.err, "a phone is bound to a place inside the office's own, and to no other", r.err)
    office.refresh(), town.refresh()
    VERSION = {k: re.search(rb'<data[^>]* version="([^"]+)"', v[1]).group(1).decode() for k, v in office.forms.items()}
    tap.ok(set(office.forms) >= {"fund-flow", "paired-aid"}, "the office's phone has the county's forms", set(office.forms))

    # Records at their places
    first = str(uuid.uuid4())
    sent = [office.send(instance("fund-flow", flow("2010-0007", 300_000_00, recipient=COUNTY), first)),
            office.send(instance("fund-flow", flow(f"{VILLAGE}-f1", 20_000_00, recipient=VILLAGE))),
            town.send(instance("fund-flow", flow("town-1", 50_000_00, recipient=TOWN))),
            town.send(instance("fund-flow", flow(f"{VILLAGE}-f2", 10_000_00, recipient=VILLAGE))),
            town.send(instance("fund-flow", flow("451224103-f3", 1_000_00, recipient=TOWN))),
            office.send(instance("paired-aid", {"subject": f"{COUNTY}-x1", "stage": "completed", "date": "2010-10-01", "kind": "east_west", "organisation": "广东省某市", "county": COUNTY, "cadres": 2, "direction": "east_to_west", "cash": 100_000_00, "year": 2010,
                                                "photo": "p.jpg"}), [("p.jpg", photo.house(random.Random(1), 24.5, 107.4))])]
    tap.ok(all(o.status == 201 for o in sent), "records of county, township and villages are signed", sent)
    at = placed()
    want = {("fund-flow", "2010-0007"): COUNTY, ("fund-flow", f"{VILLAGE}-f1"): VILLAGE, ("fund-flow", "town-1"): TOWN, ("fund-flow", f"{VILLAGE}-f2"): VILLAGE,
            ("fund-flow", "451224103-f3"): TOWN, ("paired-aid", f"{COUNTY}-x1"): COUNTY}
    tap.ok(at == want, "each at the place with which its subject begins, else at the phone's, never outside it", at)
    o = town.send(instance("fund-flow", flow("2010-0007", 1), deprecated=first))
    tap.ok(o.status == 403, "the township's phone does not edit what is the county's", o)
    o = office.send(instance("fund-flow", flow("2010-0007", 310_000_00, recipient=COUNTY), deprecated=first))
    tap.ok(o.status == 201, "the county's does: a correction", o)

    # In the county's report
    r = w.agent("office", "sync", "--json")
    s = w.county("status", "--json").json()
    tap.ok(r.code == 0 and s["parked"] == 0, "the county takes them all, and its judge finds nothing wrong", (r.out, s))
    rows = {x["form"]: x for x in w.county("report", "--by", "country", "--format", "json").lines()}
    text = json.dumps(rows.get("fund-flow"), ensure_ascii=False)
    total = 310_000_00 + 20_000_00 + 50_000_00 + 10_000_00 + 1_000_00
    tap.ok(rows["fund-flow"]["subjects"] == 5 and str(total) in text, "the report has their sum, the correction in place of what it corrects", text)
    tap.ok(rows["paired-aid"]["subjects"] == 1 and "10000000" in json.dumps(rows["paired-aid"]), "and the aid", rows["paired-aid"])
    below = {x["township"] if "township" in x else x.get("place"): x["subjects"] for x in w.county("report", "--by", "township", "--format", "json", "--form", "fund-flow").lines()}
    tap.ok(4 in below.values() and sum(below.values()) == 5, "in the row of each place below it", below)
    tap.ok(w.agent("office", "verify").code == 0, "the office's chain verifies")
    d.stop()
finally:
    w.close()
    forget()
tap.done()
