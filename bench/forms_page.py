"""9. Filling in forms on the page: opening one, asking again after an answer, saving; a typical form, the largest of the catalogue, and one of 100,000 choices; each beside the smallest answer of the same server, in turns."""
import os, statistics, sys, time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROUNDS, CHOICES, GOAL = 9, 100000, 2000
PLACE, PIN = "451224102201", "273941"


def big_sheet(path):
    with open(path, "w", encoding="utf-8") as f:
        f.write("survey\n,type,name,label,required,choice_filter,bind::tally:subject\n,text,subject,S,yes,,yes\n,date,date,D,yes,,\n,select_one v,village,V,,,\n,select_one v,near,N,,up = 'u7',\n")
        f.write("choices\n,list_name,name,label,up\n")
        f.writelines(f",v,{450000000000 + i},第{i}村,u{i % 100}\n" for i in range(CHOICES))
        f.write("settings\n,form_id,version,form_title\n,big,1,Big\n")


def cpu(pid):
    a = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(a[11]) + int(a[12])) / os.sysconf("SC_CLK_TCK") * 1e3


def measured(browser, pid, ask, floors):
    t = time.perf_counter()
    browser.ask("GET", "/static/page.js")
    floors.append((time.perf_counter() - t) * 1e3)
    t, c = time.perf_counter(), cpu(pid)
    a = ask()
    assert a.status == 200, (a.status, a.words()[:300])
    return (time.perf_counter() - t) * 1e3, cpu(pid) - c, len(a.bytes)


def one(name, browser, pid, form, answers, floors):
    """Open, ask again, save; ROUNDS of them."""
    took = {"open": [], "ask again": [], "save": []}
    for i in range(ROUNDS):
        page = browser.get(f"/record/{form}/{form}-{i}")
        draft = browser.path
        assert "/draft/" in draft, draft
        took["open"].append(measured(browser, pid, lambda: browser.get(draft), floors))
        took["ask again"].append(measured(browser, pid, lambda: browser.submit(page, answers, "look"), floors))
        page = browser.get(draft)
        took["save"].append(measured(browser, pid, lambda: browser.submit(page, answers, "save"), floors))
        assert "/entry/" in browser.path, browser.path
    for what, x in took.items():
        ms = [m for m, _, _ in x]
        print(f"   {name + ', ' + what:<34}{x[0][2] / 1000:7.1f}{statistics.median(ms):9.1f} ms{max(ms):9.1f} ms{statistics.median([c for _, c, _ in x]):8.0f} ms{statistics.median(ms) / statistics.median(floors):9.1f}")
    return max(statistics.median([m for m, _, _ in x]) for x in took.values())


def forms_page(b):
    sys.path[:0] = [os.path.join(TOP, "tests", "lib")]
    os.environ["TALLY_TOP"] = TOP
    from formpage import FormBrowser
    from world import BUILD, World, program
    w = World()
    try:
        big_sheet(w.path("big.csv"))
        t = time.perf_counter()
        assert program("tally-county", "form", "compile", w.path("big.csv"), "-o", w.path("big.xml")).code == 0
        compiled = time.perf_counter() - t
        w.make_county()
        assert w.county("form", "publish", os.path.join(BUILD, "forms/village-plan.xml"), w.path("big.xml")).code == 0
        county = w.start_county()
        w.make_agent("a", PLACE)
        assert w.agent("a", "sync").code == 0
        county.stop()
        d = w.start_agent("a")
        browser, floors = FormBrowser(d.address), []
        browser.first("wang", PIN)
        print(f"9. Filling in forms on the page (whole requests on loopback, redirects followed; medians of {ROUNDS}; CPU is the agent's)\n")
        print(f"   {'':<34}{'kB':>7}{'median':>12}{'worst':>12}{'CPU':>11}{'x floor':>9}")
        day = {"v:date": "2010-11-05"}
        one("water-works", browser, d.p.pid, "water-works", dict(day, **{"v:stage": "completed", "v:kind": "cellar", "v:persons": "12"}), floors)
        one("village-plan", browser, d.p.pid, "village-plan", dict(day, **{"v:stage": "under_way"}), floors)
        slowest = one(f"{CHOICES} choices", browser, d.p.pid, "big", dict(day, **{"v:village": "450000000007", "v:near": "450000000107"}), floors)
        print(f"   {'floor: page.js':<34}{'':>7}{statistics.median(floors):9.1f} ms\n   compiling the 100,000 choices {compiled:.1f} s; the slowest page of them {slowest:.0f} ms   (goal {GOAL} ms or less)\n")
    finally:
        w.close()
