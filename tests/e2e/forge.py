#!/usr/bin/python3
"""Goal: forge makes of an export of two villages every forgery it knows; the checker finds what forge foretells, and what
no export alone can show, the village's half shows."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "golden")]
import cast  # noqa: E402
from cast import DEVICE, DEVICE_KEY, FORM, HOUR, LOG, ORIGIN, OTHER_KEY, SERVICE, T0, Chain, Log, anchor, genesis  # noqa: E402
from checker import keys, sync, writer  # noqa: E402
from checker.forgery import KINDS  # noqa: E402
from checker.note import read_checkpoint  # noqa: E402
from checker.verifier import verify  # noqa: E402

POLICY = f"log {cast.VKEY.text}\nquorum none\n".encode()


class Two:
    """Two devices that record and sync in turn; the second syncs last."""

    def __init__(self):
        self.log, self.receipts = Log(), {}
        self.log.cosign = False
        self.chains = [Chain(), Chain(OTHER_KEY, keys.device_id(OTHER_KEY.public), "510182101202")]
        self.log.begin(policy=POLICY)
        for i, chain in enumerate(self.chains):
            genesis(chain)
            self.log.enrol(chain, secret=bytes([i]) * 16)
        self.log.publish()
        self.seen = [anchor(self.log.release(0))] * 2
        self.logged, self.clock = [0, 0], 0
        for device, count in ((0, 3), (1, 2), (0, 2), (1, 3)):
            self.sync(device, count)
        self.log.record("export", size=len(self.log.leaves), root=self.log.tree().root(), personal="included", since=0)
        self.log.release(0)

    def sync(self, i, count):
        chain, self.clock = self.chains[i], self.clock + HOUR
        for n in range(count):
            chain.add("record", {"house": f"h{n}", "amount": 100 + n}, form=FORM, anchor=self.seen[i])
        first, rows = len(self.log.leaves), chain.entries[self.logged[i]:]
        self.log.append(rows, T0 + self.clock)
        note = self.log.release(0)
        proof = self.log.tree().range_proof(first, len(rows))
        r = sync.Range(first, len(rows), T0 + self.clock, [(1, self.logged[i], len(rows))], proof)
        self.receipts[chain.device, f"receipts/{first}-{len(rows)}-{note.size}"] = sync.show_receipt(chain.device, r, note.data)
        self.seen[i], self.logged[i] = anchor(note), len(chain.entries)

    def write(self, top, chain=None):
        """The county's export, or one chain's half with the notes of its receipts."""
        files = {"policy.txt": POLICY, "county.keys": cast.COUNTY_KEYS, f"forms/{FORM[2]}.xml": cast.FORM_XML}
        files.update(writer.note_files(self.log.notes[:-1] if chain else self.log.notes))
        for c in [chain] if chain else self.chains:
            files.update(writer.entry_files(c.entries))
        if chain:
            files.update({path: d for (device, path), d in self.receipts.items() if device == chain.device})
        else:
            files.update(writer.log_files(self.log.leaves))
        for path, data in files.items():
            writer.put(top, path, data)
        head = read_checkpoint(files["log/checkpoint"])
        m = {"of": "village" if chain else "county", "origin": ORIGIN, "size": head.size, "root": head.root, "since": 0,
             "personal": "included", "made": T0}
        writer.seal_export(top, m, chain.device if chain else ORIGIN, chain.key if chain else SERVICE)


count = failed = 0


def ok(good, what, detail=""):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        print("# " + str(detail).replace("\n", "\n# "))


def codes(result):
    return {f["code"] for f in result["findings"]}


with tempfile.TemporaryDirectory() as top:
    two = Two()
    export, data = os.path.join(top, "export"), os.path.join(top, "data")
    two.write(export)
    halves = {c.device: os.path.join(top, c.place) for c in two.chains}
    for c in two.chains:
        two.write(halves[c.device], c)
    writer.put(data, "log.key", keys.show_key_file("ed25519", LOG.seed))
    writer.put(data, "service.key", keys.show_key_file("ed25519", SERVICE.seed))
    result = verify(export, villages=list(halves.values()))
    ok(result["verdict"] == "ok" and result["valid"] == 12, "the honest export and both halves verify", result)
    assert DEVICE in halves and DEVICE_KEY
    for kind in KINDS:
        out = os.path.join(top, kind)
        p = subprocess.run([os.path.join(TESTS, "checker", "forge"), export, out, "--" + kind, "--keys", data], capture_output=True, text=True)
        said = {line.split()[0]: [w for w in line.split()[1:] if w != "none"] for line in p.stdout.splitlines()}
        ok(p.returncode == 0 and set(said) == {"device", "alone", "village"}, f"{kind}: forged", p.stderr)
        if p.returncode:
            continue
        alone = verify(out)
        ok(codes(alone) == set(said["alone"]), f"{kind}: alone {' '.join(said['alone']) or 'nothing is seen'}", alone["findings"])
        both = verify(out, villages=[halves[said["device"][0]]])
        ok(codes(both) == set(said["alone"]) | set(said["village"]), f"{kind}: the village adds {' '.join(said['village']) or 'nothing'}", both["findings"])
    p = subprocess.run([os.path.join(TESTS, "checker", "forge"), export, os.path.join(top, "x"), "--swapped", "--keys", top], capture_output=True)
    ok(p.returncode == 2, "without the county's keys nothing is forged")
print(f"1..{count}")
sys.exit(failed > 0)
