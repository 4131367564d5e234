#!/usr/bin/python3
"""Goal: tally-audit says of every forged variant of the golden export what it must, and agrees with the independent checker
about small random changes, with and without a MANIFEST that is signed again; a hostile folder neither harms nor holds it up."""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "golden")]
from cast import DEVICE, DEVICE_KEY, HOUR, ORIGIN, SERVICE, T0, VKEY  # noqa: E402
from small import Small  # noqa: E402
from checker import verifier, writer  # noqa: E402
from checker.files import read_manifest  # noqa: E402
from checker.note import make_vkey  # noqa: E402

GOLDEN = os.path.join(TESTS, "golden")
PROGRAM = os.path.join(os.environ.get("TALLY_BUILD", os.path.join(TESTS, "..", "build")), "bin", "tally-audit")
CHANGES = int(os.environ.get("TALLY_CHANGES", "300"))
EXIT = {"ok": 0, "findings": 1, "unusable": 2}
count = failed = 0


def ok(good, what, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}", flush=True)
    if not good:
        print("# " + str(detail).replace("\n", "\n# "), flush=True)


def audit(*arguments, cwd=None):
    return subprocess.run([PROGRAM, *arguments], cwd=cwd, capture_output=True, timeout=60)


def verify(*arguments, cwd=None):
    """-> (verdict, codes, JSON object), or (None, error text, None)"""
    p = audit("verify", "--json", *arguments, cwd=cwd)
    try:
        r = json.loads(p.stdout)
    except ValueError:
        return None, f"exit {p.returncode}: {p.stderr.decode(errors='replace')[-2000:]}", None
    if p.returncode != EXIT[r["verdict"]] or p.stderr:
        return None, f"exit {p.returncode} with verdict {r['verdict']}: {p.stderr.decode(errors='replace')[-2000:]}", r
    return r["verdict"], {f["code"] for f in r["findings"]}, r


def variants(top):
    subprocess.run([os.path.join(GOLDEN, "variants"), top], check=True)
    for name in sorted(os.listdir(top)):
        with open(os.path.join(top, name, "expect.json"), encoding="utf-8") as f:
            expect = json.load(f)
        must, also = set(expect["codes"]), set(expect["also"])
        verdict, codes, r = verify(*expect["arguments"], cwd=os.path.join(top, name))
        good = verdict == ("findings" if must else "ok") and must <= codes <= must | also
        ok(good, f"variant {name}", f"must {sorted(must)} also {sorted(also)}; {verdict} {codes}\n{json.dumps(r and r['findings'], indent=1)}")


# --- small changes: both programs must see them, or neither

def load(top):
    out = {}
    for path in writer.list_files(top):
        with open(os.path.join(top, path), "rb") as f:
            out[path] = f.read()
    return out


def change(rng, data):
    """One byte altered, added or taken away, or the end cut off."""
    at, how = rng.randrange(len(data)), rng.randrange(8)
    if how == 0:
        return data[:at] + data[at + 1:]
    if how == 1:
        return data[:at] + bytes([rng.randrange(256)]) + data[at:]
    if how == 2:
        return data[:at]
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1:]


def both(top, **options):
    verdict, codes, _ = verify(top, *options.get("arguments", ()))
    try:
        other = verifier.verify(top, **options.get("checker", {}))["verdict"]
    except Exception as e:  # what the checker cannot even read is not ok
        other = f"error {e}"
    return verdict, codes, other


def restore(top, path, files):
    writer.put(top, path, files[path])
    writer.put(top, "MANIFEST", files["MANIFEST"])


def agreement(work, which, again):
    """CHANGES changes to the export or the village's half; `again`: MANIFEST is signed again over them."""
    rng = random.Random(f"audit {which} {again}")
    files = load(os.path.join(GOLDEN, which))
    manifest = read_manifest(files["MANIFEST"]).m
    top, disagree = os.path.join(work, which), []
    paths = sorted(p for p in files if not (again and p == "MANIFEST"))
    shutil.copytree(os.path.join(GOLDEN, which), top)
    for n in range(CHANGES):
        path = rng.choice(paths)
        data = change(rng, files[path])
        writer.put(top, path, data)
        if again:
            writer.seal_export(top, manifest, *((ORIGIN, SERVICE) if which == "export" else (DEVICE, DEVICE_KEY)))
        verdict, codes, other = both(top)
        if which == "village" and codes == {"bad-cosignature"}:
            restore(top, path, files)  # the checker judges no witnesses' lines in a half alone
            continue
        if verdict is None or (verdict == "ok") != (other == "ok") or (verdict == "ok" and data != files[path] and not again):
            disagree.append(f"{n}: {path}: tally-audit {verdict} {codes}, checker {other}")
            keep = os.environ.get("TALLY_KEEP")
            if keep:
                shutil.copytree(top, os.path.join(keep, f"{which}-{again}-{n}"))
        restore(top, path, files)
    shutil.rmtree(top)
    ok(not disagree, f"{CHANGES} changes to the {which}{', signed again' if again else ''}", "\n".join(disagree))


# --- what a hostile folder may hold

def hostile(work):
    golden = os.path.join(GOLDEN, "export")

    def fresh(name):
        top = os.path.join(work, name)
        shutil.copytree(golden, top)
        return top

    top = fresh("link")
    os.rename(os.path.join(top, "policy.txt"), os.path.join(work, "elsewhere"))
    os.symlink(os.path.join(work, "elsewhere"), os.path.join(top, "policy.txt"))
    verdict, codes, _ = verify(top)
    ok(verdict == "findings" and "bad-export" in codes, "a link in place of a file is not followed", codes)
    top = fresh("folder-link")
    os.rename(os.path.join(top, "forms"), os.path.join(work, "forms-elsewhere"))
    os.symlink(os.path.join(work, "forms-elsewhere"), os.path.join(top, "forms"))
    verdict, codes, _ = verify(top)
    ok(verdict == "findings" and {"bad-export", "bad-form"} <= codes, "a link in place of a folder is not followed", codes)
    top = fresh("pipe")
    os.remove(os.path.join(top, "county.keys"))
    os.mkfifo(os.path.join(top, "county.keys"))
    verdict, codes, _ = verify(top)
    ok(verdict == "findings" and "bad-key" in codes, "a pipe does not hold it up", codes)
    top = fresh("sparse")
    with open(os.path.join(top, "log", "checkpoint"), "ab") as f:
        f.truncate(1 << 40)
    verdict, codes, _ = verify(top)
    ok(verdict == "findings" and "bad-export" in codes, "a file of a terabyte is not read", codes)
    top = fresh("names")
    with open(os.path.join(top, b"\x1b[2J\xff\n".decode("utf-8", "surrogateescape")), "w"):
        pass
    os.makedirs(os.path.join(top, *"abcdefghijklmnopqrstuvwxyz"))
    verdict, codes, r = verify(top)
    text = audit("verify", top).stdout
    ok(verdict == "findings" and codes == {"bad-export"} and b"\x1b" not in text, "names that would harm a terminal are not printed", (codes, text))
    verdict, codes, r = verify(golden, "--policy", os.path.join(golden, "policy.txt"))
    ok(verdict == "ok" and r["trust"] == "export-only", "a policy out of the export proves nothing", r)
    verdict, codes, r = verify(golden, "--policy", os.path.join(GOLDEN, "policy.txt"), "--village", os.path.join(GOLDEN, "village"))
    ok(verdict == "ok" and r["trust"] == "witnessed" and (r["entries"], r["valid"], r["devices"]) == (3, 3, 1), "a policy of one's own, and a village's half", r)
    p = audit("verify", os.path.join(work, "nothing"))
    ok(p.returncode == 2 and not p.stdout and p.stderr, "no folder: exit 2")
    p = audit("verify", golden, "--slips", "x")
    ok(p.returncode == 2 and b"not built yet" in p.stderr, "slips are not built yet")


# --- one entry, one receipt

def one_entry(work):
    golden, village, policy = (os.path.join(GOLDEN, x) for x in ("export", "village", "policy.txt"))
    mark = Small().story().chain.entries[1].hash
    p = audit("inspect", golden, mark, "--json", "--policy", policy, "--village", village)
    r = json.loads(p.stdout or b"{}")
    by = [(r.get(x) or {}).get("by") for x in ("not_before", "not_after")]
    ok(p.returncode == 0 and r["entry"] == mark and r["signature"] and r["leaf"]["index"] == 6 and len(r["leaf"]["proof"]) == 3
       and r["receipts"] == 1 and by == ["witnesses"] * 2 and not r["findings"], "inspect gives proof, bounds and receipts", p)
    p = audit("inspect", golden, mark[:8])
    ok(p.returncode == 0 and mark.encode() in p.stdout and b"witnesses whom the county names" in p.stdout, "inspect takes the beginning of an entry's hash", p)
    ok(audit("inspect", golden, "0" * 64).returncode == 1, "inspect of an entry that is not there: exit 1")
    ok(audit("inspect", golden, "nonsense").returncode == 2, "inspect of no entry: exit 2")
    p = audit("inspect", golden, mark, "--statement", "--policy", policy)
    text = p.stdout.decode()
    words = [x for x in ("signature", "hash", "key", "Merkle", "签名", "密钥", "哈希") if x in text]
    ok(p.returncode == 0 and "可以证明的" in text and "1. Proven" in text and not words, "the statement has no cryptographic words", words or p)
    top = os.path.join(work, "changed")
    shutil.copytree(golden, top)
    path = os.path.join(top, "entries", DEVICE, "1", "payloads")
    with open(path, "rb") as f:
        data = f.read()
    writer.put(top, os.path.relpath(path, top), data.replace(b"28000", b"82000", 1))
    p = audit("inspect", top, mark, "--json")
    ok(p.returncode == 1 and json.loads(p.stdout)["findings"] == ["bad-payload"], "inspect of a changed entry: exit 1", p)


def one_proof(work):
    proof, entry, policy = (os.path.join(GOLDEN, x) for x in ("log/entry.tlog-proof", "entry/record", "policy.txt"))
    given = ["proof", proof, "--entry", entry, "--policy", policy]
    p = audit(*given, "--received", str(T0 + HOUR), "--json")
    ok(p.returncode == 0 and json.loads(p.stdout)["index"] == 7, "a receipt alone", p)
    ok(audit(*given, "--received", str(T0)).returncode == 1, "a receipt with another time: exit 1")
    ok(audit(*given).returncode == 2, "a receipt that does not carry its leaf: exit 2")
    other = ["proof", proof, "--entry", os.path.join(GOLDEN, "entry/correction"), "--policy", policy, "--received", str(T0 + HOUR)]
    ok(audit(*other).returncode == 1, "another entry's receipt: exit 1")
    quorum = os.path.join(work, "policy")
    writer.put(work, "policy", open(policy, "rb").read().replace(VKEY.text.encode(), make_vkey(ORIGIN, SERVICE.public).text.encode()))
    p = audit("proof", proof, "--entry", entry, "--policy", quorum, "--received", str(T0 + HOUR))
    ok(p.returncode == 1, "a receipt of a log that the policy does not name: exit 1", p)


def main():
    with tempfile.TemporaryDirectory() as work:
        variants(os.path.join(work, "variants"))
        for which in ("export", "village"):
            for again in (False, True):
                agreement(work, which, again)
        hostile(work)
        one_entry(work)
        one_proof(work)
    print(f"1..{count}")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
