"""The people of a device: roster, cadres and their PINs, a form that is not finished; and how the judge looks for them after a cut."""
import os, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from formpage import FormBrowser  # noqa: E402

LI, WU, WRONG = "482917", "602214", "482918"
CSV = "household,group,name,relation\n" + "".join(f"h{i},第{i % 3}组,韦{'月兰花小明'[i % 5]}{i},head\n" for i in range(40))


def csv(d):
    path = os.path.join(d.scratch, "people.csv")
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8") as f:
            f.write(CSV)
    return path


def roster(d):
    d.ask("roster", "import", csv(d))
    d.now.roster = csv(d)
    d.mark("roster")


def page(d, daemon):
    """The first cadre; then a form is begun, saved again and again, and never finished."""
    b = FormBrowser(daemon.address)
    b.first("li", LI)
    d.now.cadres = {"li": 0}
    d.mark("first cadre")
    a = b.submit(b.get("/record/housing-rebuild/~new"), button="new")
    path = b.path
    for i in range(4):
        a = b.submit(a, {"v:remark": f"说明 {i}"}, "look")
        if b.value(b.get(path), "v:remark") != f"说明 {i}":
            raise RuntimeError(f"{path} was not kept")
        d.now.draft = (path, f"说明 {i}")
        d.mark(f"draft {i}")


def pins(d):
    """A second cadre, at the second try; handed over; what the county has is destroyed here."""
    d.ask("user", "add", "wu", "--as", "li", "--pin-file", "-", stdin=f"{WRONG}\n{WU}\n", ok=(1,))
    d.now.cadres = {"li": 1}
    d.mark("a wrong PIN")
    d.ask("user", "add", "wu", "--as", "li", "--pin-file", "-", stdin=f"{LI}\n{WU}\n")
    d.now.cadres = {"li": 0, "wu": 0}
    d.mark("second cadre")
    d.ask("handover", "--to", "wu", "--as", "li")
    d.mark("handover")
    d.ask("retention", "--days", "0")
    d.mark("retention")


def look(judge, was, then):
    """-> what is missing, or None"""
    if was.roster and not then.cadres:  # afterwards it is locked
        r = judge.ask("roster", "import", was.roster, "--dry-run", "--json").json()
        if r["households_same"] != CSV.count("\n") - 1:
            return f"roster: {r}"
    if was.cadres:
        fails = {x["id"]: x["fails"] for x in judge.ask("user", "list", "--json").lines()}
        for who, n in was.cadres.items():
            if fails.get(who, -1) < min(n, then.cadres.get(who, n)):
                return f"cadre {who}: {fails}"
    return None


def look_at_page(address, was, then):
    """The form that was begun, behind the PIN."""
    if not was.draft:
        return None
    b = FormBrowser(address)
    b.sign_in("li", LI)
    path, _ = was.draft
    found = b.value(b.get(path), "v:remark")
    return None if found in (was.draft[1], then.draft[1]) else f"{path} says {found}, not {was.draft[1]}"
