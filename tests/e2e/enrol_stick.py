#!/usr/bin/python3
"""Goal of this test: a village without a link joins its county over a stick in one journey: the token alone is needed, its secret never travels, the answer brings forms and plans, and what is damaged, replayed or another county's is named and changes nothing."""
import os, shutil, sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lib.world import FORMS, Tap, World, program  # noqa: E402
from checker import enrol, verifier  # noqa: E402

A, B = "451224102201", "451224102202"
NAME = "韦月兰"
tap, w = Tap(), World()


def put(name, data):
    with open(w.path(name), "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return w.path(name)


def get(name):
    with open(w.path(name), "rb") as f:
        return f.read()


def enrolled(name):
    return w.agent(name, "status", "--json").json()["county"]["origin"]


w.make_county()
r = w.county("plan", "import", put("plan.csv", f"place,form,subject,name,due,count,target.allowance\n{A},housing-rebuild,h1,{NAME},,,\n"), "--unlisted")
assert r.code == 0, r.err
assert w.agent("a", "init", "--place", A).code == 0
token = w.invite(A)
root, secret = enrol.read_token(token)
r = w.agent("a", "enrol", "--request", w.path("a.enrol"), "--token", token)
raw = get("a.enrol")
tap.ok(r.code == 0, "the device writes a request, with the token alone", r.err)
tap.ok(secret not in raw and secret.hex().encode() not in raw and token.split(".")[2].encode() not in raw, "the secret is not in it")
tap.ok(w.agent("a", "enrol", "--request", w.path("a.enrol"), "--token", token).code == 2 and get("a.enrol") == raw, "a file that is there is never changed")
tap.ok(w.agent("a", "enrol", "--answer", w.path("a.enrol")).code != 0 and not enrolled("a"), "a request is no answer")
# damaged, foreign and used requests
bad = raw.replace(b"\nplace " + A.encode(), b"\nplace " + B.encode())
r = w.county("bundle", "read", put("bad.enrol", bad))
tap.ok(r.code == 1 and "bad.enrol" in r.err and not os.path.exists(w.path("bad.enrol.answer")), "a request that was changed on its way is refused, by its name", r.err)
r = w.county("bundle", "read", put("cut.enrol", raw[:len(raw) // 2]))
tap.ok(r.code == 1 and "cut.enrol" in r.err, "so is one that is cut off", r.err)
other = World()
other.make_county("county.example/other")
r = other.county("bundle", "read", w.path("a.enrol"))
tap.ok(r.code == 1 and "token" in r.err, "another county does not know the token", r.err)
r = w.county("bundle", "read", w.path("a.enrol"), "--json")
tap.ok(r.code == 0 and r.json()["answer"] == w.path("a.enrol") + ".answer", "the county answers into a file beside it", r.out + r.err)
answer = get("a.enrol.answer")
tap.ok(NAME.encode() not in answer and b"housing-rebuild" not in answer and b"<h:html" not in answer, "in which nobody reads names or forms")
size = w.county("status", "--json").json()["size"]
r = w.county("bundle", "read", w.path("a.enrol"))
tap.ok(r.code == 0 and w.county("status", "--json").json()["size"] == size, "read once more it enrols nothing twice", r.err)
again = get("a.enrol.answer")
# answers that are damaged, cut, for somebody else
half = answer.index(b"tallystick/bundle/v1")
hurt = bytearray(answer)
hurt[answer.index(b"\nrecord ") + 60] ^= 1
r = w.agent("a", "enrol", "--answer", put("hurt.answer", bytes(hurt)))
tap.ok(r.code == 1 and "hurt.answer" in r.err and not enrolled("a"), "an answer that was changed is refused, by its name", r.err)
r = w.agent("a", "enrol", "--answer", put("cut.answer", answer[:half // 2]))
tap.ok(r.code == 1 and "cut.answer" in r.err and not enrolled("a"), "so is one that is cut off", r.err)
assert w.agent("b", "init", "--place", B).code == 0
r = w.agent("b", "enrol", "--answer", w.path("a.enrol.answer"))
tap.ok(r.code == 1 and "asked for no enrolment" in r.err and not enrolled("b"), "it enrols no device that did not ask", r.err)
assert w.agent("b", "enrol", "--request", w.path("b.enrol"), "--token", w.invite(B)).code == 0
r = w.agent("b", "enrol", "--answer", w.path("a.enrol.answer"))
tap.ok(r.code == 1 and not enrolled("b"), "nor another one", r.err)
# a county in between: its keys are not the token's
assert other.agent("x", "init", "--place", A).code == 0
assert other.agent("x", "enrol", "--request", other.path("x.enrol"), "--token", other.invite(A)).code == 0
assert other.county("bundle", "read", other.path("x.enrol")).code == 0
r = w.agent("a", "enrol", "--answer", other.path("x.enrol.answer"))
tap.ok(r.code == 1 and "root" in r.err and not enrolled("a"), "another county's answer is refused by the token's root key", r.err)
other.close()
# damage behind the answer costs what is damaged alone
hurt = bytearray(again)
hurt[-200] ^= 1
shutil.copytree(w.path("a"), w.path("a2"))
r = w.agent("a2", "enrol", "--answer", put("hurt2.answer", bytes(hurt)))
tap.ok(r.code == 0 and enrolled("a2"), "damage behind the answer does not undo the enrolment", r.err)
# and the real one
r = w.agent("a", "enrol", "--answer", w.path("a.enrol.answer"))
tap.ok(r.code == 0 and enrolled("a") == "county.example/test", "the answer enrols the device", r.err)
p = w.agent("a", "list", "--planned", "--json").lines()
tap.ok("forms came" in r.err and [(x["subject"], x["name"]) for x in p] == [("h1", NAME)], "forms and plans came with it: no second journey", (r.err, p))
r = w.agent("a", "enrol", "--answer", w.path("a.enrol.answer"))
tap.ok(r.code == 1, "read once more it is not needed", r.err)
r = w.agent("a", "record", "housing-rebuild", "subject=h1", "stage=applied", "date=2026-10-01", "household/name=" + NAME, "--json")
tap.ok(r.code == 0, "records are made at once", r.err)
r = w.agent("a", "sync", "--timeout", "3")
tap.ok(r.code == 2 and "address" in r.err, "there is no link, and sync says what is missing", r.err)
assert w.agent("a", "bundle", "write", w.path("up.bundle")).code == 0
r = w.county("bundle", "read", w.path("up.bundle"), "--json")
tap.ok(r.code == 0 and r.json()["entries"] >= 2, "and go by stick", r.out + r.err)
device = w.agent("a", "status", "--json").json()["device"]
assert w.county("bundle", "write", device, w.path("down.bundle")).code == 0
r = w.agent("a", "bundle", "read", w.path("down.bundle"), "--json")
tap.ok(r.code == 0 and r.json()["confirmed"] >= 2, "receipts come back", r.out + r.err)
# a link after all
d = w.start_county()
r = w.agent("a", "enrol", w.url)
tap.ok(r.code == 0 and w.agent("a", "sync", "--timeout", "20").code == 0, "a link that comes later is used once its address is said", r.err)
d.stop()
# an auditor
r = w.county("export", "--audit", w.path("x"))
v = program("tally-audit", "verify", w.path("x"), "--json").json()
tap.ok(v["verdict"] == "ok" and verifier.verify(w.path("x"))["verdict"] == "ok", "an enrolment by the root key's name is one, to the auditor and to the independent checker", v["findings"])
tap.ok(w.agent("a", "verify").code == 0, "and the journal is whole")
# a second token is not needed, a used one is refused
assert w.agent("c", "init", "--place", A).code == 0
assert w.agent("c", "enrol", "--request", w.path("c.enrol"), "--token", token).code == 0
r = w.county("bundle", "read", w.path("c.enrol"))
tap.ok(r.code == 1 and "used before" in r.err, "a token that was used is refused", r.err)
w.close()
tap.done()
