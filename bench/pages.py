"""6. The local page after a month of 10,000 entries with 5,000 people: each page beside the smallest answer of the same server, in turns."""
import json, os, random, statistics, sys, time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENTRIES, HOUSEHOLDS, EACH, ROUNDS, GOAL = 10000, 1250, 4, 9, 200
PLACE, PIN = "451224102201", "273941"


def month(w, people):
    """A village with all of it, 20 entries sent back: hashes of its entries, newest first."""
    rng = random.Random(5)
    with open(w.path("people.csv"), "w", encoding="utf-8") as f:
        f.write("household,group,name,relation,id_number,phone\n")
        for i in range(HOUSEHOLDS * EACH):
            p = people.person(rng, "451224")
            f.write(f"{PLACE}-h{i // EACH:04d},第{i // EACH % 12 + 1}组,{p['name']},{'子女' if i % EACH else '户主'},{p['id_number']},{p.get('phone', '')}\n")
    assert w.agent("a", "roster", "import", w.path("people.csv")).code == 0
    stages = ("applied", "assessed", "approved", "roof", "completed", "completed", "completed", "completed")
    for batch in range(ENTRIES // HOUSEHOLDS):
        with open(w.path("entries"), "w", encoding="utf-8") as f:
            for h in range(HOUSEHOLDS):
                f.write(json.dumps({"subject": f"{PLACE}-h{h:04d}", "date": f"2026-10-{batch + 1:02d}", "stage": "applied" if h % 3 == 0 else stages[batch], "grade": "C", "remark": "屋主在外"}) + "\n")
        r = w.agent("a", "record", "housing-rebuild", "--json", w.path("entries"))
        assert r.code == 0, r.err
    assert w.agent("a", "sync", "--allow-http", timeout=600).code == 0
    entries = [r["entry"] for r in w.agent("a", "list", "--json").lines() if r.get("form")]
    for e in entries[:20]:
        assert w.county("review", "return", e, "--note", "照片看不清屋顶，请补拍").code == 0
    assert w.agent("a", "sync").code == 0
    return entries


def ways(b, entries):
    """(name, what asks for it) of every page that grows."""
    h = f"{PLACE}-h0003"
    first = {"": b.get("/record/housing-rebuild/" + h), "class": b.get("/class/dew-training")}
    draft, sheet = first[""].path, first["class"].path
    found = b.submit(first["class"], {"pick-q": "第1组", "pick": "find"})
    b.submit(found, {"who": [f"{PLACE}-h{i:04d}-1" for i in range(40)]}, "look")
    for name, path in (("home", "/"), ("records", "/entries"), ("records, the last", f"/entries?from={ENTRIES - 50}"), ("sent back", "/entries?state=returned"), ("programmes", "/record"),
                       ("subjects", "/record/housing-rebuild"), ("subjects by name", "/record/housing-rebuild?q=lm"), ("choose a person", "/record/housing-rebuild/~new"), ("a form", draft),
                       ("a class of 40", sheet), ("an entry", "/entry/" + entries[7]), ("a history", f"/subject/housing-rebuild/{h}"), ("a slip", "/slip/" + entries[7]), ("roster", "/roster"),
                       ("a household", "/roster/" + h), ("people", "/people"), ("handing over", "/handover"), ("machine", "/status")):
        yield name, lambda path=path: b.get(path)
    yield "roster, by initials", lambda: b.post("/roster", {"q": "lxm"})


def pages(b):
    sys.path[:0] = [os.path.join(TOP, "tests", d) for d in ("lib", "corpus")]
    os.environ["TALLY_TOP"] = TOP
    import people
    from formpage import FormBrowser
    from world import World
    w = World()
    try:
        w.make_county()
        w.start_county()
        w.make_agent("a", PLACE)
        assert w.agent("a", "sync").code == 0
        entries = month(w, people)
        browser = FormBrowser(w.start_agent("a", "--allow-http").address)
        browser.first("wang", PIN)
        print(f"6. The page, {len(entries)} entries and {HOUSEHOLDS * EACH} people (whole requests on loopback; medians of {ROUNDS}, page and floor in turns)\n")
        print(f"   {'':<24}{'kB':>6}{'median':>12}{'worst':>12}{'x floor':>9}")
        slowest, floors = 0, []
        for name, ask in ways(browser, entries):
            took = []
            for _ in range(ROUNDS):
                t = time.perf_counter()
                browser.ask("GET", "/static/page.js")
                floors.append((time.perf_counter() - t) * 1e3)
                t = time.perf_counter()
                a = ask()
                took.append((time.perf_counter() - t) * 1e3)
                assert a.status == 200 and len(a.bytes) < 60000, (name, a.status, len(a.bytes))
            slowest = max(slowest, max(took))
            print(f"   {name:<24}{len(a.bytes) / 1000:6.1f}{statistics.median(took):9.1f} ms{max(took):9.1f} ms{statistics.median(took) / statistics.median(floors):9.1f}")
        print(f"   {'floor: page.js':<24}{'':>6}{statistics.median(floors):9.1f} ms\n   the slowest of all {slowest:.1f} ms   (goal {GOAL} ms or less)\n")
    finally:
        w.close()
