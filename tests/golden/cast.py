"""Who plays in the golden files: fixed keys, fixed times, one county, one device, and a log to put them in."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.dont_write_bytecode = True

from checker import enrol, entry, keys, leaf, note, record, strictjson  # noqa: E402
from checker.grammar import b64  # noqa: E402
from checker.sign import Key, commitment, hexhash, sha256, sodium  # noqa: E402
from checker.tree import Tree, leaf_hash  # noqa: E402


def seed(name):
    return sha256(b"tallystick golden " + name.encode())


def nonce(name):
    return seed(name)[:16].hex()


ROOT, LOG, SERVICE, OFFICER, CADRE, WITNESS = (Key(seed(x)) for x in ("root", "log", "service", "officer", "cadre", "witness"))
DEVICE_KEY, DEVICE_KEY_2, DEVICE_KEY_3, OTHER_KEY = (Key(seed(x)) for x in ("device", "device 2", "device 3", "other device"))
SEALING_SECRET = seed("sealing")
SEALING = sodium.crypto_scalarmult_base(SEALING_SECRET)
SECRET = seed("invitation")[:16]

T0 = 1_750_000_000_000
MINUTE, HOUR = 60_000, 3_600_000
ORIGIN, WITNESS_NAME = "golden.example", "w.example"
COUNTY_PLACE, VILLAGE = "510182", "510182101201"
VKEY = note.make_vkey(ORIGIN, LOG.public)
LOG_ID = keys.log_id(VKEY.text)
DEVICE = keys.device_id(DEVICE_KEY.public)
BOOT = nonce("boot")

FORM_XML = b"<h:html xmlns:h=\"http://www.w3.org/1999/xhtml\"/>\n"
FORM = ("roof", "2025.1", hexhash(FORM_XML))

COUNTY_KEYS = keys.show_county(
    ROOT, origin=ORIGIN, name="示例县 (golden)", version=1, issued=T0, log=VKEY.text, service=SERVICE.public, sealing=SEALING,
    tls=[hexhash(b"a TLS key")])
POLICY = (f"log {VKEY.text}\n"
          f"witness w1 {note.make_vkey(WITNESS_NAME, WITNESS.public, note.COSIGNATURE_TYPE).text}\nquorum w1\n").encode()


class Chain:
    """One device's entries, each with a minute between."""

    def __init__(self, key=DEVICE_KEY, device=DEVICE, place=VILLAGE, start=T0):
        self.key, self.device, self.place, self.start = key, device, place, start
        self.entries, self.epoch, self.base = [], 1, 0

    def open_epoch(self, key, former=None, reason="restored", **more):
        prev = self.entries[-1].hash
        self.epoch += 1
        facts = {"key": b64(key.public), "reason": reason}
        if former:
            text = entry.ENDORSEMENT.show({"device": self.device, "epoch": self.epoch, "key": key.public, "prev": prev})
            facts["former"] = b64(former.sign("enrol", text))
        self.key, self.base = key, len(self.entries)
        return self.add("epoch-open", facts, **more)

    def add(self, kind, facts, personal=None, person=None, **more):
        """more: header fields that differ from the common ones."""
        payload = strictjson.dump(facts) if isinstance(facts, dict) else facts
        seq, n = len(self.entries) - self.base, len(self.entries)
        salt = sha256(b"salt %d" % n)[:16]
        text = strictjson.dump(personal) if personal is not None else None
        h = {"device": self.device, "epoch": self.epoch, "seq": seq, "prev": self.entries[-1].hash if n else None, "log": LOG_ID,
             "place": self.place, "wall": self.start + n * MINUTE, "clock": "ntp", "boot": BOOT, "mono": 5000 + n * MINUTE,
             "anchor": (0, None, None), "actor": ("device", None), "form": (None, None, None), "kind": kind, "supersedes": None,
             "event": None, "payload": (len(payload), hexhash(payload)),
             "personal": (len(text), commitment(salt, text)) if text else (0, None), "att": []}
        h.update(more)
        header = entry.show_header(**h)
        sigs = [(self.key.hash, self.key.sign("entry", header))]
        if person:
            sigs.append((person.hash, person.sign("entry", header)))
        self.entries.append(entry.Entry(header, sigs, payload, (salt, text) if text else None))
        return self.entries[-1]


def genesis(chain, **more):
    """Epoch 1 seq 0: before enrolment, so without log and anchor."""
    return chain.add("epoch-open", {"key": b64(chain.key.public), "place": chain.place}, log=None, **more)


def enrol_fields(chain, place=None, expires=T0 + 24 * HOUR, officer=OFFICER, secret=SECRET, for_device=None, key=None, genesis_entry=None):
    key = key or chain.key
    first = genesis_entry or chain.entries[0]
    place = place or chain.place
    statement = {"log": LOG_ID, "device": chain.device, "epoch": first.epoch, "key": key.public, "place": place, "genesis": first.hash}
    invitation = {"log": LOG_ID, "place": place, "for": for_device, "secret": enrol.secret_hash(secret), "expires": expires}
    return {**statement, **invitation, "proof": key.sign("enrol", enrol.STATEMENT.show(statement)), "officer": officer.hash,
            "invitation": officer.sign("enrol", enrol.INVITATION.show(invitation))}


class Log:
    """The county's log: leaves and the notes it released."""

    def __init__(self):
        self.leaves, self.notes, self.cosign = [], [], True

    def record(self, kind, signers=(SERVICE,), at=T0, /, **r):
        fields = {"log": LOG_ID, "at": at, **{k.replace("_", "-"): v for k, v in r.items()}}
        self.leaves.append(leaf.show_record_leaf(record.make(kind, signers, **fields)))
        return len(self.leaves) - 1

    def begin(self, county=COUNTY_KEYS, policy=POLICY):
        self.record("key", what="county", version=1, keys=county)
        self.record("key", what="policy", policy=policy)
        self.record("key", what="person", actor="officer-1", key=OFFICER.public, role="officer", place=COUNTY_PLACE, state="active")

    def enrol(self, chain, at=T0 + MINUTE, **more):
        return self.record("enrol", (SERVICE,), at, **enrol_fields(chain, **more))

    def publish(self, form=FORM, state="published"):
        return self.record("form", form=form, state=state)

    def append(self, entries, received):
        self.leaves += [leaf.leaf_of(e, received) for e in entries]

    def tree(self):
        return Tree([leaf_hash(x) for x in self.leaves])

    def release(self, time):
        """Signs the tree as it stands; the witness cosigns at `time` (seconds)."""
        tree = self.tree()
        data = note.sign_checkpoint(ORIGIN, tree.size, tree.root(), LOG, [(WITNESS_NAME, WITNESS, time)] if self.cosign else ())
        self.notes.append((tree.size, data))
        return note.read_checkpoint(data)


def anchor(checkpoint):
    return checkpoint.size, checkpoint.root.hex(), checkpoint.hash
