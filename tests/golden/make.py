#!/usr/bin/python3
"""Writes the golden files: make.py [FOLDER], default its own.  The same bytes every time."""
import json
import os
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import cast  # noqa: E402
from cast import (BOOT, CADRE, COUNTY_KEYS, COUNTY_PLACE, DEVICE, DEVICE_KEY, DEVICE_KEY_2, DEVICE_KEY_3, FORM, FORM_XML, HOUR,  # noqa: E402
                  LOG_ID, MINUTE, OFFICER, ORIGIN, POLICY, ROOT, SEALING, SEALING_SECRET, SECRET, SERVICE, T0, VILLAGE, VKEY,
                  WITNESS, Chain, Log, anchor, genesis, nonce, seed)
from small import Small  # noqa: E402

from checker import enrol, entry, files, frame, keys, leaf, note, record, sync, writer  # noqa: E402
from checker.sign import commitment, hexhash, seal, sign_text, to_x25519  # noqa: E402
from checker.tree import leaf_hash  # noqa: E402

PHOTO, VOICE = b"golden photo\n", b"golden voice\n"
DICT = b"golden dictionary\n"


class Golden:
    """Collects files and their lines of INDEX.json."""

    def __init__(self):
        self.out, self.index = {}, {}

    def put(self, name, path, data, **facts):
        self.out[path] = data
        self.index[name] = {"file": path, **facts}


def entries(g):
    """A chain with every kind; returns it with its log, which holds all of epoch 1."""
    log, chain = Log(), Chain()
    genesis(chain, clock="rtc")
    log.begin()
    log.record("key", what="person", actor="cadre-7", key=CADRE.public, role="cadre", place=VILLAGE, state="active")
    log.enrol(chain)
    log.publish()
    first = anchor(log.release(T0 // 1000 + 90))
    photo, voice = (len(PHOTO), hexhash(PHOTO), "image/jpeg", "plain"), (len(VOICE), hexhash(VOICE), "audio/ogg", "personal")
    signed = {"actor": ("cadre-7", CADRE.hash), "person": CADRE}
    roof = chain.add("record", {"house": "h7", "amount": 28000, "photo": hexhash(PHOTO), "meta": {"instanceID": "uuid:1"}},
                     personal={"head": "王小明"}, form=FORM, anchor=first, event=nonce("event"), att=[photo, voice], **signed)
    chain.add("correction", {"house": "h7", "amount": 27500}, form=FORM, anchor=first, supersedes=roof.hash, place=VILLAGE[:9],
              clock="gnss", event=nonce("event"), **signed)
    chain.add("withdrawal", {}, personal={"reason": "重复登记"}, anchor=first, supersedes=chain.entries[2].hash, actor=("cadre-7", None))
    log.append(chain.entries, T0 + HOUR)
    second = anchor(log.release(T0 // 1000 + 3700))
    chain.add("heartbeat", {"entries": 4, "waiting": 0, "free": 9007199254740991, "uptime": 0}, clock="county", anchor=second)
    chain.add("clock-step", {"from": T0, "to": T0 + 12345}, clock="roughtime", wall=T0, mono=1, boot=nonce("boot 2"), anchor=second)
    chain.add("loss", {"epoch": 1, "from": 40, "to": 41}, clock="unset", wall=0, anchor=second)
    chain.add("handover", {"from": "cadre-7", "to": "cadre-8", "waiting": 2}, anchor=second)
    chain.add("erasure-ack", {"erase": 9, "entries": [roof.hash]}, anchor=second)
    chain.add("x-unknown", b'{"anything":[true,null,"\\u4e2d"]}', anchor=second)
    for e in chain.entries:
        name = f"entry {e.kind}"
        put_entry(g, name, e, chain.key, CADRE if len(e.sigs) > 1 else None)
    first_epoch = list(chain.entries)
    e = chain.open_epoch(DEVICE_KEY_2, former=DEVICE_KEY, anchor=second)
    put_entry(g, "entry epoch-open 2", e, DEVICE_KEY_2)
    e = chain.open_epoch(DEVICE_KEY_3, reason="lost-key", anchor=second)
    put_entry(g, "entry epoch-open lost", e, DEVICE_KEY_3)
    return log, chain, first_epoch


def put_entry(g, name, e, key, person=None):
    g.put(name, "entry/" + name[6:].replace(" ", "-"), writer.fork_file(e)[1], hash=e.hash, key=key.public.hex(),
          person=person.public.hex() if person else None)


def records(g, log, chain):
    """One of each; a kind beyond the county's key is made up, its rules hold."""
    e, f, order = chain.entries, chain.entries[1:3], commitment(seed("order")[:16], b"order 12")
    lost = cast.enrol_fields(chain, for_device=DEVICE, key=DEVICE_KEY_3, genesis_entry=e[-1], secret=seed("second")[:16])
    forked = Chain()
    genesis(forked)
    a, b = forked.entries[0], genesis(Chain(), wall=T0 + 1)
    rows = [
        ("key county", "key", {"what": "county", "version": 1, "keys": COUNTY_KEYS}),
        ("key policy", "key", {"what": "policy", "policy": POLICY}),
        ("key person", "key", {"what": "person", "actor": "cadre-7", "key": CADRE.public, "role": "cadre", "place": VILLAGE, "state": "active"}),
        ("enrol", "enrol", cast.enrol_fields(chain, key=DEVICE_KEY)), ("enrol lost", "enrol", lost),
        ("assign", "assign", {"device": DEVICE, "place": VILLAGE[:9], "from": 30, "to": None}),
        ("revoke", "revoke", {"device": DEVICE, "order": order}),
        ("form", "form", {"form": FORM, "state": "published"}),
        ("plan", "plan", {"form": "roof", "place": COUNTY_PLACE, "rows": 120, "plan": order}),
        ("dictionary", "dictionary", {"dict": hexhash(DICT), "len": len(DICT)}),
        ("review", "review", {"entry": f[0].hash, "verdict": "return", "note": order}),
        ("link", "link", {"from": "h7", "to": "h8", "state": "linked", "order": None}),
        ("place-map", "place-map", {"old": VILLAGE, "new": VILLAGE[:9] + "202", "from": "2025-07-01", "order": order}),
        ("period", "period", {"period": "2025-06", "size": 8, "report": hexhash(b"{}")}),
        ("posting", "posting", {"form": "roof", "place": VILLAGE, "size": 8, "list": order}),
        ("erase", "erase", {"order": order, "entries": [x.hash for x in f]}),
        ("fork", "fork", {"device": DEVICE, "epoch": 1, "seq": 0, "a": a.header, "a-sig": a.sigs[0][1], "b": b.header, "b-sig": b.sigs[0][1]}),
        ("late", "late", {"entry": f[0].hash, "why": "wrong-place"}),
        ("export", "export", {"size": 6, "root": log.tree().root(6), "personal": "withheld", "since": 0}),
        ("succession", "succession", {"old-log": hexhash(b"old"), "old-size": 9, "old-root": log.tree().root(9), "old-note": hexhash(b"note")}),
        ("message", "message", {"device": None, "place": VILLAGE[:9], "text": order}),
    ]
    for name, kind, r in rows:
        signers = {"succession": (ROOT,), "review": (SERVICE, OFFICER)}.get(kind, (SERVICE,))
        data = record.make(kind, signers, **{"log": LOG_ID, "at": T0 + MINUTE, **r})
        g.put("record " + name, "record/" + name.replace(" ", "-"), data, keys=[k.public.hex() for k in signers])


def logs(g, log, chain):
    size, data = log.notes[-1]
    tree, at = log.tree(), log.leaves.index(leaf.leaf_of(chain.entries[1], T0 + HOUR))
    for name, index in (("entry", at - 1), ("entry-person", at), ("record", at - 2)):
        g.put("leaf " + name, "log/leaf-" + name, log.leaves[index], hash=leaf_hash(log.leaves[index]).hex(), index=index)
    g.put("checkpoint", "log/checkpoint", data, vkey=VKEY.text, witness=WITNESS.public.hex(), size=size, root=tree.root().hex(),
          hash=hexhash(data), time=T0 // 1000 + 3700)
    g.put("tlog-proof", "log/entry.tlog-proof", note.show_proof(at, tree.inclusion(at), data), leaf=leaf_hash(log.leaves[at]).hex())
    for path, content in writer.log_files(log.leaves).items():
        g.put("tile " + path.split("/")[2], path, content, size=size)
    g.put("county.keys", "county.keys", COUNTY_KEYS, root=ROOT.public.hex(), log=LOG_ID)
    g.put("policy", "policy.txt", POLICY, log=VKEY.text)
    return at


def enrolment(g, log, chain):
    fields = cast.enrol_fields(chain, key=DEVICE_KEY)
    g.put("token", "enrol/token", enrol.show_token(ROOT.public, SECRET).encode() + b"\n", root=ROOT.public.hex(), secret=SECRET.hex(),
          hash=enrol.secret_hash(SECRET))
    invitation = enrol.INVITATION.show({k: fields[k] for k in ("log", "place", "for", "secret", "expires")})
    g.put("invitation", "enrol/invitation", sign_text("enrol", invitation, OFFICER), key=OFFICER.public.hex())
    statement = {k: fields[k] for k in ("log", "device", "epoch", "key", "place", "genesis")}
    g.put("enrol request", "enrol/request", enrol.show_request(statement, DEVICE_KEY, SECRET, nonce("enrol")), secret=SECRET.hex())
    index = 4
    size, data = log.notes[0]
    body = enrol.ANSWER.show({"log": LOG_ID, "device": DEVICE, "nonce": nonce("enrol"), "time": T0 + 2 * MINUTE, "index": index,
                              "record": log.leaves[index], "proof": log.tree().inclusion(index, size), "note": data, "keys": COUNTY_KEYS})
    g.put("enrol answer", "enrol/answer", sign_text("answer", body, SERVICE), key=SERVICE.public.hex())
    text = entry.ENDORSEMENT.show({"device": DEVICE, "epoch": 2, "key": DEVICE_KEY_2.public, "prev": chain.entries[-2].prev})
    g.put("endorsement", "enrol/endorsement", text, key=DEVICE_KEY.public.hex(), signature=DEVICE_KEY.sign("enrol", text).hex())


def syncing(g, log, chain, at, first_epoch):
    old, (size, data) = log.notes[0][0], log.notes[-1]
    e = first_epoch
    head = {"log": LOG_ID, "device": DEVICE, "epoch": 2, "counter": 7, "nonce": nonce("sync"), "size": old,
            "hints": [(2, 0, chain.entries[-2].hash), (1, 0, e[0].hash)], "records": 3}
    request = sign_text("request", sync.REQUEST.show(head), DEVICE_KEY_2)
    g.put("request", "sync/request", request, key=DEVICE_KEY_2.public.hex())
    one = frame.show_frame([e[1]], LOG_ID, SEALING, with_prev=False, commitments=False, values=frame.Values(True, True), ephemeral=seed("box 1"))
    many = frame.show_frame(e[1:], LOG_ID, SEALING, ephemeral=seed("box 2"))
    common = {"device": DEVICE, "key": DEVICE_KEY.public.hex(), "log": LOG_ID, "sealing_secret": SEALING_SECRET.hex()}
    g.put("frame one", "sync/frame-one", one, entries=[e[1].hash], prev=e[0].hash, forms=[list(FORM)],
          anchors=[list(e[1].anchor)], **common)
    g.put("frame many", "sync/frame-many", many, entries=[x.hash for x in e[1:]], prev=e[0].hash, **common)
    tree, consistency = log.tree(), log.tree().consistency(old)
    ranges = [sync.Range(at - 1, 1, T0 + HOUR, [(1, 0, 1)], tree.range_proof(at - 1, 1)),
              sync.Range(at, 3, T0 + HOUR, [(1, 1, 1), (1, 2, 2)], tree.range_proof(at, 3))]
    answer = {"log": LOG_ID, "device": DEVICE, "counter": 7, "nonce": nonce("sync"), "time": T0 + HOUR, "status": "ok", "last": 6,
              "fronts": [(1, 0, 3, e[3].hash), (2, 0, 0, chain.entries[-2].hash)], "helds": [(1, 0, 5, 9)],
              "refusals": [(1, 4, "bad-payload"), (1, 10, "gap")], "receipts": ranges, "consistency": consistency, "wants": [hexhash(PHOTO)],
              "records": [(3, log.leaves[3]), (4, log.leaves[4])], "next": 5, "more": "1", "note": data}
    g.put("answer", "sync/answer", sign_text("answer", sync.ANSWER.show(answer), SERVICE), key=SERVICE.public.hex())
    empty = {**answer, "status": "rolled-back", "last": 9, "next": 0, "more": "0", "note": None}
    empty.update(dict.fromkeys(("fronts", "helds", "refusals", "receipts", "consistency", "wants", "records"), []))
    g.put("answer rolled-back", "sync/answer-rolled-back", sign_text("answer", sync.ANSWER.show(empty), SERVICE), key=SERVICE.public.hex())
    stored = sync.STORED.show({"log": LOG_ID, "attachment": hexhash(PHOTO), "length": len(PHOTO), "time": T0 + HOUR})
    g.put("stored", "sync/stored", sign_text("answer", stored, SERVICE), key=SERVICE.public.hex())
    g.put("receipt", "sync/receipt", sync.show_receipt(DEVICE, ranges[1], data), vkey=VKEY.text,
          leaves=[leaf_hash(x).hex() for x in log.leaves[at:at + 3]])
    sticks(g, request, one)


def sticks(g, request, one):
    up = [seal(part, SEALING, seed(f"box up {i}")) for i, part in enumerate((b"\1" + request, b"\2" + one,
          b"\5" + bytes.fromhex(hexhash(PHOTO)) + PHOTO))]
    head = {"log": LOG_ID, "device": DEVICE, "way": "up", "counter": 7}
    g.put("bundle up", "stick/bundle-up", files.show_bundle(head, DEVICE_KEY_2, up), key=DEVICE_KEY_2.public.hex(),
          sealing_secret=SEALING_SECRET.hex(), kinds=[1, 2, 5])
    down = [seal(part, to_x25519(DEVICE_KEY_2.public), seed(f"box down {i}")) for i, part in enumerate((
        b"\3" + g.out["sync/answer"], b"\4" + FORM_XML))]
    g.put("bundle down", "stick/bundle-down", files.show_bundle({**head, "way": "down"}, SERVICE, down), key=SERVICE.public.hex(),
          device_seed=DEVICE_KEY_2.seed.hex(), kinds=[3, 4])
    slots = [files.Guard(1, 41, 8, hexhash(b"head 8"), hexhash(b"host")), files.Guard(1, 42, 9, hexhash(b"head 9"), hexhash(b"host"))]
    g.put("guard", "stick/guard", b"".join(map(files.show_guard_slot, slots)), epoch=1, counter=42, seq=9, head=slots[1].head,
          host=slots[1].host)
    g.put("key file", "stick/key", keys.show_key_file("ed25519", DEVICE_KEY.seed), public=DEVICE_KEY.public.hex())


def main():
    own = os.path.dirname(os.path.abspath(__file__))
    top = sys.argv[1] if len(sys.argv) > 1 else own
    g = Golden()
    log, chain, first_epoch = entries(g)
    records(g, log, chain)
    at = logs(g, log, chain)
    enrolment(g, log, chain)
    syncing(g, log, chain, at, first_epoch)
    for folder in ("entry", "record", "log", "enrol", "sync", "stick", "export", "village"):
        shutil.rmtree(os.path.join(top, folder), ignore_errors=True)
    for path, data in g.out.items():
        writer.put(top, path, data)
    small = Small().story()
    small.write(os.path.join(top, "export"))
    small.write(os.path.join(top, "village"), "village")
    g.index["export"] = {"file": "export", "verdict": "ok", "entries": 3, "origin": ORIGIN, "device": DEVICE, "boot": BOOT}
    g.index["village"] = {"file": "village", "verdict": "ok", "device": DEVICE}
    rows = [f"{json.dumps(name)}: {json.dumps(facts)}" for name, facts in sorted(g.index.items())]
    writer.put(top, "INDEX.json", ("{\n" + ",\n".join(rows) + "\n}\n").encode())


if __name__ == "__main__":
    main()
