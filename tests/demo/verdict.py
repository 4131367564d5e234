"""Acts 7 and 8: the auditor's verdict, and six forgeries."""
import os
import subprocess

import house
from players import parallel
from stage import TOP, Result, Trouble, need

FORGERIES = (
    ("changed-amount", "an amount changed"),
    ("dropped-entry", "an entry dropped"),
    ("swapped", "two entries swapped"),
    ("inserted", "an entry put in by the county"),
    ("rolled-back", "the log rolled back"),
    ("rebuilt", "the WHOLE log rebuilt, own keys"),
)


def verify(s, folder, *words):
    r = s.run("tally-audit", None, "verify", folder, *words, "--json", allow=(0, 1))
    return r.json()[0]


def codes(result):
    return sorted({f["code"] for f in result["findings"]})


def audit(s, w, entries):
    s.head("7. The verdict")
    policy = os.path.join(s.out, "auditor-policy.txt")
    halves = [x for place in sorted(w.halves) for x in ("--village", w.halves[place])]
    words = ["verify", w.export, "--policy", policy] + halves
    s.say(f"tally-audit verify out/export --policy out/auditor-policy.txt --village out/halves/... ({len(w.halves)} of them)")
    told = s.run("tally-audit", None, *words, allow=(0, 1))
    with open(os.path.join(s.out, "verdict.txt"), "w", encoding="utf-8") as f:
        f.write(told.out)
    v = verify(s, w.export, "--policy", policy, *halves)
    need(v["verdict"] == "ok", f"the verdict is {v['verdict']}: {v['findings'][:5]}")
    need(v["trust"] == "pinned", f"the trust is {v['trust']}, and should be pinned")
    need(v["entries"] == v["valid"] >= entries and v["missing"] == v["forked"] == v["parked"] == 0, f"counts: {v}")
    s.say(f"verdict {v['verdict']}: {v['valid']:,} entries of {v['devices']} devices are valid, {house.NAME}'s among them; none missing, none forked.", keep=True)
    s.say(f"trust {v['trust']}: the log's key is the one the auditor took home on the first day, and {len(w.halves)} villages' receipts agree.", keep=True)
    return v


def forge(s, w, kind):
    """A forged copy: (its folder, what forge says of it)."""
    to = os.path.join(s.out, "forged", kind)
    words = [os.path.join(TOP, "tests", "checker", "forge"), w.export, to, "--" + kind, "--keys", w.county.data]
    if kind in ("rebuilt", "rolled-back"):
        words += ["--device", w.home.device(), "--least", "2"]  # the completed house and its correction
    p = s.spawn(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = p.communicate()
    s.forget(p)
    if p.returncode != 0:
        raise Trouble(f"{' '.join(words)}: {err.strip()}")
    said = {line.split()[0]: line.split()[1:] for line in Result(0, out, err).out.splitlines()}
    return to, {k: [] if v == ["none"] else v for k, v in said.items()}


def forgeries(s, w):
    s.head("8. What if the county cheats? Six copies of its export, forged with the county's own keys")
    os.mkdir(os.path.join(s.out, "forged"))
    devices = dict(zip(parallel(lambda a: a.device(), w.agents, 2), w.agents))
    made = parallel(lambda row: forge(s, w, row[0]), FORGERIES, 2)
    wrong = []
    s.say(pad("", 34) + pad("the export alone", 24) + pad("with a village's half", 30) + "expected", keep=True)
    for (kind, what), (folder, said) in zip(FORGERIES, made):
        village = w.halves[devices[said["device"][0]].place]
        alone, both = verify(s, folder), verify(s, folder, "--village", village)
        expect = [sorted(set(said["alone"])), sorted(set(said["alone"]) | set(said["village"]))]
        found = [codes(alone), codes(both)]
        s.say(pad(what, 34) + pad(", ".join(found[0]) or f"ok ({alone['trust']}!)", 24) + pad(", ".join(found[1]) or "ok", 30)
              + ("yes" if found == expect else "NO"), keep=True)
        if found != expect or (alone["verdict"] == "ok") != (not expect[0]) or both["verdict"] != "findings":
            wrong.append(f"{kind}: expected {expect}, found {found}")
    need(not wrong, "\n".join(wrong))
    s.say("The last one matters most:")
    s.say(f"with its own keys the county made its whole log anew, without {house.NAME}'s finished house. That export verifies by itself;", keep=True)
    s.say(f"but {w.home.name} holds receipts for entries which are not in that log, and no key of the county can mend that.", keep=True)
    other(s, w, made[-1][0])


def other(s, w, folder):
    """Whoever synced after the house sees it too: its leaves have moved."""
    last = max((a for a in w.agents if a is not w.home), key=lambda a: latest(w.halves[a.place]))
    found = codes(verify(s, folder, "--village", w.halves[last.place]))
    if not found:  # nobody has synced since: only the house's own village can tell
        return
    need("inconsistent-log" in found, f"{last.name}, which synced after the house, sees {found}")
    pinned = verify(s, folder, "--policy", os.path.join(s.out, "auditor-policy.txt"))
    need((pinned["verdict"], pinned["trust"]) == ("ok", "pinned"), f"the rebuilt log under the auditor's own policy: {pinned}")
    s.say("The auditor's own policy alone does not show it (ok, pinned): it takes a village's half, or a witness.")
    s.say(f"{last.name}'s half alone catches it too ({', '.join(found)}): its receipts are of another history.")


def latest(half):
    """The first leaf of a half's newest receipt."""
    return max(int(name.split("-")[0]) for name in os.listdir(os.path.join(half, "receipts")))


def pad(text, width):
    return text + " " * max(1, width - len(text))
