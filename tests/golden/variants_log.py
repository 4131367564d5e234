"""Variants of the folder, keys, notes and the log (section 14, 1 to 4)."""
import cast
from cast import CADRE, DEVICE, FORM, LOG, ORIGIN, OTHER_KEY, ROOT, SERVICE, T0, VKEY, WITNESS, WITNESS_NAME, Chain, genesis
from checker import keys, leaf, note, record
from checker.grammar import b64
from checker.sign import hexhash
from variants import FOLDER, edit, hexb, variant


# --- 1: the export's folder

@variant()
def honest(s):
    s.story()


@variant("bad-export", after={"policy.txt": lambda d: d + b"# note\n"})
def changed_after_signing(s):
    s.story()


@variant("bad-export")
def manifest_by_another_key(s):
    s.story()
    s.signer = OTHER_KEY


@variant("bad-export", after={"dicts/" + "0" * 64: lambda d: None, "attachments/" + hexhash(b"x"): lambda d: b"x"})
def file_not_listed(s):
    s.story()


@variant("bad-export")
def file_of_no_layout(s):
    s.story()
    s.more["notes.txt"] = b"hello\n"


@variant("bad-export", also="bad-form", after={"forms/" + FORM[2] + ".xml": lambda d: None})
def file_taken_away(s):
    s.story()


@variant("bad-export")
def policy_not_the_records(s):
    s.story()
    s.policy += b"# another\n"


@variant("bad-export")
def manifest_of_another_size(s):
    s.story()
    s.only = {"size": 7}


@variant("bad-export")
def payload_line_too_many(s):
    s.story()
    edit(s, FOLDER + "payloads", b'"amount":27500}\n', b'"amount":27500}\n{}\n')


@variant("bad-export")
def tile_of_no_tree(s):
    s.story()
    s.more["log/tile/0/000.p/7"] = s.files()["log/tile/0/000.p/8"][:224]


# --- 2 and 3: keys and notes

def county_keys(signer=ROOT, **k):
    fields = {"origin": ORIGIN, "name": "x", "version": 1, "issued": T0, "log": VKEY.text, "service": SERVICE.public,
              "sealing": cast.SEALING, "tls": [], **k}
    return keys.show_county(signer, **fields)


@variant("bad-export bad-key")
def county_keys_not_signed(s):
    s.story()
    s.county_keys = county_keys(OTHER_KEY, name="y").replace(b64(OTHER_KEY.public).encode(), b64(ROOT.public).encode())


@variant("bad-key", policy=f"log {note.make_vkey(ORIGIN, OTHER_KEY.public).text}\nquorum none\n".encode())
def policy_of_another_log(s):
    s.story()


@variant("bad-checkpoint bad-key", policy=(f"log {VKEY.text}\nwitness w "
         f"{note.make_vkey('small.example', bytes([1]) + bytes(31), note.COSIGNATURE_TYPE).text}\nquorum w\n").encode())
def witness_key_of_small_order(s):
    s.story()


@variant("bad-checkpoint")
def note_by_another_key(s):
    s.story()
    data = note.sign_checkpoint(ORIGIN, 8, s.log.tree().root(), OTHER_KEY)
    s.more[f"log/checkpoints/8-{hexhash(data)}"] = data


@variant("bad-checkpoint")
def note_with_extension_line(s):
    s.story()
    text = note.checkpoint_text(ORIGIN, 8, s.log.tree().root()) + b"extension\n"
    data = text + b"\n" + note.note_line(ORIGIN, VKEY.id, LOG.sign_raw(text))
    s.more[f"log/checkpoints/8-{hexhash(data)}"] = data


@variant("bad-cosignature")
def cosignature_that_fails(s):
    s.story()
    forged = type("Forged", (), {"public": WITNESS.public, "sign_raw": OTHER_KEY.sign_raw})
    data = note.sign_checkpoint(ORIGIN, 8, s.log.tree().root(), LOG, [(WITNESS_NAME, forged, T0 // 1000)])
    s.more[f"log/checkpoints/8-{hexhash(data)}"] = data


@variant("bad-checkpoint")
def quorum_not_reached(s):
    s.log.cosign = False
    s.story()


@variant("", policy=f"log {VKEY.text}\nquorum none\n".encode())
def no_witness_asked_for(s):
    s.log.cosign = False
    s.story()


@variant("inconsistent-log")
def note_of_another_root(s):
    s.story()
    data = note.sign_checkpoint(ORIGIN, 7, hexb("another root"), LOG)
    s.more[f"log/checkpoints/7-{hexhash(data)}"] = data


@variant("inconsistent-log")
def note_beyond_the_tree(s):
    s.story()
    data = note.sign_checkpoint(ORIGIN, 9, hexb("another root"), LOG)
    s.more[f"log/checkpoints/9-{hexhash(data)}"] = data


@variant("inconsistent-log")
def received_that_falls(s):
    s.begin()
    s.append()
    s.roof()
    s.append(s.received - 1)
    s.release()


@variant("bad-inclusion", also="inconsistent-log")
def checkpoint_of_another_root(s):
    s.story()
    s.log.notes[-1] = (8, note.sign_checkpoint(ORIGIN, 8, hexb("another root"), LOG, [(WITNESS_NAME, WITNESS, T0 // 1000 + 3700)]))


# --- 4: the log

@variant("bad-inclusion")
def tile_changed(s):
    s.story()
    data = bytearray(s.files()["log/tile/0/000.p/8"])
    data[40] ^= 1
    s.more["log/tile/0/000.p/8"] = bytes(data)


@variant("bad-inclusion bad-record", also="inconsistent-log unknown-device")
def record_changed_in_bundle(s):
    s.story()
    edit(s, "log/tile/entries/000.p/8", b"role officer", b"role xfficer")


@variant("bad-inclusion")
def tile_missing(s):
    s.story()
    s.more["log/tile/0/000.p/8"] = None


@variant("bad-record")
def leaf_of_no_kind(s):
    s.story()
    s.log.leaves.append(b"\x03nothing")
    s.release()


@variant("bad-record")
def record_by_another_key(s):
    s.story()
    s.log.record("review", (OTHER_KEY,), entry=s.chain.entries[1].hash, verdict="accept", note=None)
    s.release()


@variant("bad-record")
def record_of_another_log(s):
    s.story()
    s.log.leaves.append(leaf.show_record_leaf(record.make("late", (SERVICE,), log=hexhash(b""), at=T0, entry=s.chain.entries[1].hash, why="late")))
    s.release()


@variant("bad-record")
def secret_used_twice(s):
    s.story()
    other = Chain(OTHER_KEY, keys.device_id(OTHER_KEY.public))
    genesis(other)
    s.log.enrol(other)
    s.release()


@variant("bad-record")
def invitation_by_no_officer(s):
    s.story()
    other = Chain(OTHER_KEY, keys.device_id(OTHER_KEY.public))
    genesis(other)
    s.log.enrol(other, officer=CADRE, secret=b"2" * 16)
    s.release()


@variant("bad-record")
def invitation_expired(s):
    s.story()
    other = Chain(OTHER_KEY, keys.device_id(OTHER_KEY.public))
    genesis(other)
    s.log.enrol(other, secret=b"2" * 16, expires=T0)
    s.release()


def enrolled_with(s, **fields):
    """An enrol record of another device in which a signature is not what it should be."""
    s.story()
    other = Chain(OTHER_KEY, keys.device_id(OTHER_KEY.public))
    genesis(other)
    s.log.record("enrol", (SERVICE,), T0, **{**cast.enrol_fields(other, secret=b"2" * 16), **fields})
    s.release()


@variant("bad-record")
def enrolled_without_the_device(s):
    enrolled_with(s, proof=SERVICE.sign("enrol", b"of a device that never asked\n"))


@variant("bad-record")
def invitation_that_the_officer_never_signed(s):
    enrolled_with(s, invitation=SERVICE.sign("enrol", b"in an officer's name\n"))


@variant("bad-record")
def assignment_back_dated_by_one(s):
    s.story()
    s.log.record("assign", device=DEVICE, place=cast.COUNTY_PLACE, **{"from": len(s.log.leaves) - 1, "to": None})
    s.release()


@variant("bad-record")
def assignment_back_dated(s):
    s.story()
    s.log.record("assign", device=DEVICE, place=cast.COUNTY_PLACE, **{"from": 2, "to": None})
    s.release()


@variant("bad-record")
def export_record_of_another_root(s):
    s.story()
    s.log.record("export", size=5, root=hexb("x"), personal="included", since=0)
    s.release()


@variant("succession")
def succession(s):
    s.story()
    s.log.record("succession", (ROOT,), **{"old-log": hexhash(b"old"), "old-size": 3, "old-root": hexb("r"), "old-note": hexhash(b"n")})
    s.release()
