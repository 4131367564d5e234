#!/usr/bin/python3
"""Goal: the golden files are what make.py writes, every one of them reads and shows back the same bytes, and the checker
says of the golden export and of each forged variant of it exactly what it must."""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "golden")]
from checker import enrol, entry, export, files, frame, keys, leaf, note, record, sync, tree, verifier, writer  # noqa: E402
from checker.findings import Findings  # noqa: E402
from checker.sign import (Key, hexhash, join_signed, read_signatures, show_signatures, signed_by, split_signed,  # noqa: E402
                          split_signed_then, to_x25519_secret, unseal, verify_typed)

GOLDEN = os.path.join(TESTS, "golden")
INDEX = json.load(open(os.path.join(GOLDEN, "INDEX.json"), encoding="utf-8"))
count = failed = 0


def ok(good, what, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good and detail:
        print("# " + str(detail).replace("\n", "\n# "))


def data(path):
    with open(os.path.join(GOLDEN, path), "rb") as f:
        return f.read()


def same_bytes():
    with tempfile.TemporaryDirectory() as top:
        subprocess.run([os.path.join(GOLDEN, "make.py"), top], check=True)
        made = writer.list_files(top)
        kept = [p for p in writer.list_files(GOLDEN) if not p.endswith((".py", ".pyc", "README.md")) and p != "variants"]
        different = [p for p in made if p in kept and open(os.path.join(top, p), "rb").read() != data(p)]
        ok(made == kept and not different, "make.py writes the committed bytes", f"{set(made) ^ set(kept)} {different}")


# --- each form: read what the file says, judge it by INDEX.json, show it again

def one_entry(x, d):
    parts = d.split(b"\n\n")
    payload, personal = parts[2].split(b"\n")[:2]
    e = entry.Entry(parts[0] + b"\n", read_signatures(parts[1] + b"\n"), payload, entry.read_personal_line(personal))
    e.payload_rules()
    if e.personal:
        e.personal_rules()
    signers = [x["key"]] + ([x["person"]] if x["person"] else [])
    good = all(signed_by("entry", e.header, pair, bytes.fromhex(k)) for pair, k in zip(e.sigs, signers, strict=True))
    shown = entry.Entry(entry.HEADER.show(e.h), e.sigs, payload, e.personal)
    return good and e.hash == x["hash"] and writer.fork_file(shown)[1] == d


def one_record(x, d):
    r = record.Record(d)
    good = all(signed_by("record", r.body, pair, bytes.fromhex(k)) for pair, k in zip(r.sigs, x["keys"], strict=True))
    return good and record.show(r) == d


def one_leaf(x, d):
    read = leaf.read_leaf(d)
    shown = leaf.show_record_leaf(read.data) if isinstance(read, leaf.RecordLeaf) else leaf.show_entry_leaf(read)
    return shown == d and tree.leaf_hash(d).hex() == x["hash"]


def signed(schema, kind):
    def check(x, d):
        body, pairs = split_signed(d)
        good = signed_by(kind, body, pairs[0], bytes.fromhex(x["key"]))
        return good and len(pairs) == 1 and join_signed(schema.show(schema.read(body)), pairs) == d
    return check


def enrol_request(x, d):
    r, secret = enrol.read_request(d), bytes.fromhex(x["secret"])
    import cast
    return enrol.good_request(r, secret) and enrol.show_request(r["statement"], cast.DEVICE_KEY, secret, r["nonce"]) == d


def enrol_answer(x, d):
    a = enrol.ANSWER.read(split_signed(d)[0])
    n = note.read_checkpoint(a["note"])
    root = tree.root_from_inclusion(tree.leaf_hash(a["record"]), a["index"], n.size, a["proof"])
    r = record.Record(a["record"][1:])
    officer = bytes.fromhex(INDEX["invitation"]["key"])
    return signed(enrol.ANSWER, "answer")(x, d) and root == n.root and not enrol.good_record(r.r, officer)


def checkpoint(x, d):
    n, vkey = note.read_checkpoint(d), note.read_vkey(x["vkey"])
    times, bad = note.cosignature_times(n, note.Policy(data("policy.txt")))
    lines = b"".join(note.note_line(*line) for line in n.lines)
    return (note.log_signature(n, vkey) and times == {"w1": x["time"]} and not bad and n.hash == x["hash"]
            and note.checkpoint_text(n.origin, n.size, n.root) + b"\n" + lines == d)


def tlog_proof(x, d):
    index, hashes, n = note.read_proof(d)
    return (tree.root_from_inclusion(bytes.fromhex(x["leaf"]), index, n.size, hashes) == n.root
            and note.show_proof(index, hashes, n.data) == d)


def one_frame(x, d):
    forms, anchors = x.get("forms", []), x.get("anchors", [])
    known = frame.Receiver(
        x["log"], x["device"], hexhash(bytes.fromhex(x["key"])), lambda epoch, seq: x["prev"],
        lambda name, version: next(f[2] for f in forms if f[:2] == [name, version]),
        lambda size, first: next((a[1], a[2]) for a in anchors if a[0] == size and a[2].startswith(first.hex())),
        bytes.fromhex(x["sealing_secret"]))
    read = frame.read_frame(d, known)
    for e in read:
        e.payload_rules()
    return [e.hash for e in read] == x["entries"] and all(signed_by("entry", e.header, e.sigs[0], bytes.fromhex(x["key"])) for e in read)


def receipt(x, d):
    device, r, n = sync.read_receipt(d)
    root = tree.root_from_range([bytes.fromhex(h) for h in x["leaves"]], r.first, n.size, r.hashes)
    return root == n.root and sync.show_receipt(device, r, n.data) == d


def bundle(x, d):
    head, body, pairs, boxes = files.read_bundle(d)
    secret = bytes.fromhex(x["sealing_secret"]) if "sealing_secret" in x else to_x25519_secret(Key(bytes.fromhex(x["device_seed"])))
    return (signed_by("bundle", body, pairs[0], bytes.fromhex(x["key"])) and [unseal(b, secret)[0] for b in boxes] == x["kinds"]
            and files.reshow_bundle(head, pairs, boxes) == d)


def guard(x, d):
    g = files.read_guard(d)
    return (g.epoch, g.counter, g.seq, g.head, g.host) == tuple(x[k] for k in ("epoch", "counter", "seq", "head", "host"))


def token(x, d):
    root, secret = enrol.read_token(d.decode().rstrip("\n"))
    return root == hexhash(bytes.fromhex(x["root"])) and enrol.secret_hash(secret) == x["hash"]


def county_keys(x, d):
    k = keys.CountyKeys(d)
    return k.good() and k.log == x["log"] and join_signed(keys.COUNTY.show(k.k), k.sigs) == d


def whole(x, d):
    found = Findings()
    e = export.Export(os.path.join(GOLDEN, x["file"]), found)
    e.check_manifest()
    shown = files.show_manifest_text(e.manifest.m, e.manifest.sums) + b"\n" + b"".join(note.note_line(*line) for line in e.manifest.lines)
    return shown == e.read("MANIFEST") and not found.rows


FORMS = {
    "entry": one_entry, "record": one_record, "leaf": one_leaf, "invitation": signed(enrol.INVITATION, "enrol"), "token": token,
    "enrol request": enrol_request, "enrol answer": enrol_answer, "checkpoint": checkpoint, "tlog-proof": tlog_proof,
    "request": signed(sync.REQUEST, "request"), "answer": signed(sync.ANSWER, "answer"), "stored": signed(sync.STORED, "answer"),
    "frame": one_frame, "receipt": receipt, "bundle": bundle, "guard": guard, "county.keys": county_keys, "export": whole, "village": whole,
    "policy": lambda x, d: [v.text for v in note.Policy(d).logs] == [x["log"]],
    "key file": lambda x, d: keys.show_key_file(*keys.read_key_file(d)) == d and Key(keys.read_key_file(d)[1]).public.hex() == x["public"],
    "endorsement": lambda x, d: entry.ENDORSEMENT.show(entry.ENDORSEMENT.read(d)) == d and verify_typed(
        bytes.fromhex(x["key"]), "enrol", d, bytes.fromhex(x["signature"])),
    "tile entries": lambda x, d: tree.entry_bundles(tree.read_bundle(d, x["size"])) == {x["file"].partition("/")[2]: d},
    "tile 0": lambda x, d: len(d) == 32 * x["size"],
}


def every_form():
    for name, x in INDEX.items():
        check = FORMS.get(name) or FORMS[name.split(" ")[0]]
        try:
            good, why = check(x, data(x["file"]) if os.path.isfile(os.path.join(GOLDEN, x["file"])) else None), ""
        except Exception as e:  # what is thrown is the test's answer
            good, why = False, repr(e)
        ok(good, f"{x['file']} reads and shows the same", why)
    request = data(INDEX["request"]["file"])
    ok(split_signed_then(request + data(INDEX["frame many"]["file"]))[2][:2] == b"TF", "frames begin after a request's one signature line")
    ok(show_signatures([]) == b"", "no signatures, no lines")


def verdicts():
    run = [os.path.join(TESTS, "checker", "verify")]
    p = subprocess.run(run + ["export", "--policy", "policy.txt", "--village", "village", "--json"], cwd=GOLDEN, capture_output=True)
    said = json.loads(p.stdout)
    ok(p.returncode == 0 and said["verdict"] == "ok" and said["trust"] == "witnessed" and said["valid"] == 3, "the golden export verifies, witnessed", p.stdout)
    p = subprocess.run(run + ["village", "--json"], cwd=GOLDEN, capture_output=True)
    ok(p.returncode == 0 and json.loads(p.stdout)["verdict"] == "ok", "the village's half verifies alone", p.stdout)
    p = subprocess.run(run + ["record"], cwd=GOLDEN, capture_output=True)
    ok(p.returncode == 2, "a folder that is no export is unusable")
    with tempfile.TemporaryDirectory() as top:
        subprocess.run([os.path.join(GOLDEN, "variants"), top], check=True)
        for name in sorted(os.listdir(top)):
            variant(os.path.join(top, name), name)


def variant(folder, name):
    expect = json.load(open(os.path.join(folder, "expect.json"), encoding="utf-8"))
    words = [os.path.join(folder, w) if os.path.exists(os.path.join(folder, w)) else w for w in expect["arguments"]]
    options = dict(zip((w[2:] for w in words[1::2]), words[2::2]))
    result = verifier.verify(words[0], policy=options.get("policy"), inventory=options.get("inventory"), since=options.get("since"),
                             villages=[options["village"]] if "village" in options else (),
                             window=int(options["window"]) if "window" in options else None)
    codes = {f["code"] for f in result["findings"]}
    must = set(expect["codes"])
    good = must <= codes <= must | set(expect["also"]) and result["verdict"] == ("findings" if must else "ok")
    ok(good, f"{name}: {' '.join(sorted(must)) or 'ok'}", result["findings"])


same_bytes()
every_form()
verdicts()
print(f"1..{count}")
sys.exit(failed > 0)
