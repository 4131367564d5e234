"""Forged and unusual variants of the small export, each with the finding codes it must give (none: verdict ok).

A variant tells its story on a Small and returns the options of verify beyond the folder; what it changes after MANIFEST
was signed is done by `after`.  tests/golden/variants writes them all to disk for other verifiers."""
import cast
from cast import (CADRE, DEVICE, DEVICE_KEY, DEVICE_KEY_2, DEVICE_KEY_3, FORM, FORM_XML, HOUR, LOG, OFFICER, ORIGIN,
                  OTHER_KEY, ROOT, SERVICE, T0, VKEY, WITNESS, WITNESS_NAME, Chain, anchor, genesis)
from checker import keys, leaf, note, record, writer
from checker.entry import show_personal_line
from checker.grammar import b64
from checker.sign import commitment, hexhash
from small import HOUSE

VARIANTS = []
FOLDER = f"entries/{DEVICE}/1/"
PHOTO = b"a photo\n"
ATT = (len(PHOTO), hexhash(PHOTO), "image/jpeg")


def variant(codes="", **options):
    """codes: what a verifier must find, and nothing beyond them but `also`, what follows from it.
    options: policy (bytes), inventory (bytes), window, village (True: with its honest half), after (path -> function of bytes)"""
    def keep(story):
        VARIANTS.append((story.__name__.replace("_", "-"), codes.split(), options, story))
        return story
    return keep


def edit(s, path, old, new):
    """Replaces old in the file, which must have it once."""
    data = s.files()[path]
    assert data.count(old) >= 1, (path, old)
    s.more[path] = data.replace(old, new, 1)


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


def hexb(text):
    return bytes.fromhex(hexhash(text.encode()))


@variant("inconsistent-log")
def received_that_falls(s):
    s.begin()
    s.append()
    s.roof()
    s.append(s.received - 1)
    s.release()


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


# --- 5: entries

@variant("bad-payload")
def amount_changed(s):
    s.story()
    edit(s, FOLDER + "payloads", b"28000", b"82000")


@variant("bad-payload")
def payload_with_a_key_twice(s):
    s.begin()
    s.roof(b'{"amount":1,"amount":2}')
    s.append()
    s.release()


@variant("bad-payload")
def payload_with_a_fraction(s):
    s.begin()
    s.roof(b'{"amount":1.5}')
    s.append()
    s.release()


@variant("bad-personal")
def personal_changed(s):
    s.story()
    edit(s, FOLDER + "personals", "王小明".encode(), "王大明".encode())


@variant("bad-signature")
def signed_by_the_county(s):
    s.begin()
    s.chain.key = SERVICE
    s.roof()
    s.append()
    s.release()


@variant("bad-signature unexplained-leaf")
def signature_changed(s):
    s.story()
    e = s.chain.entries[2]
    wrong = DEVICE_KEY.sign("record", e.header)
    edit(s, FOLDER + "sigs", b64(e.sigs[0][1]).encode(), b64(wrong).encode())


def cadre(s):
    s.log.record("key", what="person", actor="cadre-7", key=CADRE.public, role="cadre", place=cast.VILLAGE, state="active")


@variant()
def person_signs(s):
    s.begin()
    cadre(s)
    s.roof(actor=("cadre-7", CADRE.hash), person=CADRE)
    s.append()
    s.release()


@variant("bad-person-signature")
def person_did_not_sign(s):
    s.begin()
    cadre(s)
    forged = type("Forged", (), {"hash": CADRE.hash, "sign": OFFICER.sign})
    s.roof(actor=("cadre-7", CADRE.hash), person=forged)
    s.append()
    s.release()


@variant("bad-person-signature")
def person_unknown_to_the_log(s):
    s.begin()
    s.roof(actor=("cadre-7", CADRE.hash), person=CADRE)
    s.append()
    s.release()


@variant("bad-chain")
def prev_of_another_entry(s):
    s.begin()
    s.roof()
    s.correct(prev=s.chain.entries[0].hash)
    s.append()
    s.release()


@variant("bad-chain")
def neighbours_swapped(s):
    s.story()
    e = s.chain.entries
    s.more.update(writer.entry_files([e[0], e[2], e[1]]))


@variant("bad-chain")
def log_unset_again(s):
    s.begin()
    s.roof()
    s.correct(log=None)
    s.append()
    s.release()


@variant("bad-chain", also="gap unexplained-leaf bad-export")
def header_broken(s):
    s.story()
    edit(s, FOLDER + "headers", b"clock ntp", b"clock sun")


@variant("bad-anchor")
def anchor_that_falls(s):
    s.begin()
    s.roof()
    s.correct(anchor=(0, None, None))
    s.append()
    s.release()


@variant("bad-anchor")
def anchor_nobody_released(s):
    s.begin()
    s.roof(anchor=(s.note[0], s.note[1], hexhash(b"a note shown to one village alone")))
    s.append()
    s.release()


@variant("bad-erasure")
def personal_part_hidden(s):
    s.story()
    e = s.chain.entries[1]
    edit(s, FOLDER + "personals", show_personal_line(e.personal), b"-")


@variant()
def personal_part_withheld(s):
    personal_part_hidden(s)
    s.personal = "withheld"


@variant()
def personal_part_erased(s):
    s.story()
    erase(s)
    s.chain.entries[1].personal = None


@variant("bad-erasure")
def erased_but_there(s):
    s.story()
    erase(s)


def erase(s):
    s.log.record("erase", order=commitment(b"s" * 16, b"order"), entries=[s.chain.entries[1].hash])
    s.release()


@variant()
def attachment(s):
    s.begin()
    s.roof(att=[(*ATT, "plain")])
    s.append()
    s.release()
    s.more[f"attachments/{ATT[1]}"] = PHOTO


@variant("bad-attachment")
def attachment_changed(s):
    attachment(s)
    s.more[f"attachments/{ATT[1]}"] = b"another\n"


@variant("missing-attachment")
def attachment_missing(s):
    attachment(s)
    s.more = {}


@variant("bad-form")
def form_changed(s):
    s.story()
    s.more[f"forms/{FORM[2]}.xml"] = FORM_XML + b" "


@variant("bad-form")
def form_published_too_late(s):
    genesis(s.chain)
    s.log.begin()
    s.log.enrol(s.chain)
    s.note = anchor(s.log.release(T0 // 1000 + 90))
    s.roof()
    s.append()
    s.log.publish()
    s.release()


@variant()
def dictionary(s):
    s.story()
    s.log.record("dictionary", dict=hexhash(b"words"), len=5)
    s.release()
    s.more["dicts/" + hexhash(b"words")] = b"words"


@variant("bad-dictionary")
def dictionary_missing(s):
    dictionary(s)
    s.more = {}


# --- 6: entries and log

@variant("gap unexplained-leaf")
def entry_dropped(s):
    s.story()
    e = s.chain.entries
    s.more.update(writer.entry_files([e[0], e[2]]))


@variant("unexplained-leaf")
def last_entry_dropped(s):
    s.story()
    s.more.update(writer.entry_files(s.chain.entries[:2]))


@variant()
def loss_closes_a_gap(s):
    s.begin()
    s.roof()
    s.append()
    s.roof()
    lost = s.chain.entries.pop()
    s.chain.entries.append(lost)
    s.chain.add("loss", {"epoch": 1, "from": 2, "to": 2}, anchor=s.note)
    del s.chain.entries[2]
    s.logged = 2
    s.append()
    s.release()


@variant("fork")
def two_branches(s):
    s.story()
    other = Chain()
    other.entries = s.chain.entries[:1]
    e = other.add("record", {"house": HOUSE, "amount": 1}, form=FORM, anchor=s.note)
    s.log.append([e], s.received)
    s.release()
    path, data = writer.fork_file(e)
    s.more[path] = data


@variant("not-in-log")
def entry_without_leaf(s):
    s.begin()
    s.roof()
    s.append()
    s.correct()
    s.release()


@variant("unexplained-leaf")
def leaf_twice(s):
    s.story()
    s.log.append(s.chain.entries[1:2], s.received)
    s.release()


@variant("unexplained-leaf")
def leaf_of_other_numbers(s):
    s.begin()
    s.roof()
    for e in s.chain.entries:
        x = leaf.read_leaf(leaf.leaf_of(e, s.received))
        s.log.leaves.append(leaf.show_entry_leaf(x._replace(seq=e.seq * 5)))
    s.release()


@variant("unknown-device")
def device_not_enrolled(s):
    genesis(s.chain)
    s.log.begin()
    s.log.publish()
    s.note = anchor(s.log.release(T0 // 1000 + 90))
    s.roof()
    s.append()
    s.release()


@variant("unlisted-device", inventory=b"device,place\n" + b"0" * 64 + b",510182101201\n")
def ghost_device(s):
    s.story()


def revoke(s):
    s.begin()
    s.append()
    s.log.record("revoke", device=DEVICE, order=None)
    s.roof()
    s.append()


@variant("revoked-device")
def revoked(s):
    revoke(s)
    s.release()


@variant()
def revoked_but_accepted(s):
    revoke(s)
    s.log.record("review", (SERVICE, OFFICER), entry=s.chain.entries[1].hash, verdict="accept", note=None)
    s.release()


@variant("wrong-place")
def place_not_assigned(s):
    s.begin()
    s.roof(place="510182101202")
    s.append()
    s.release()


@variant()
def second_place_assigned(s):
    s.begin()
    s.log.record("assign", device=DEVICE, place="510182101202", **{"from": len(s.log.leaves), "to": None})
    s.roof(place="510182101202")
    s.append()
    s.release()


@variant("wrong-place")
def assignment_ended(s):
    s.begin()
    at = len(s.log.leaves)
    for to in (None, at + 1):
        s.log.record("assign", device=DEVICE, place="510182101202", **{"from": at, "to": to})
    s.roof(place="510182101202")
    s.append()
    s.release()


# --- epochs

@variant()
def new_epoch_endorsed(s):
    s.begin()
    s.roof()
    s.chain.open_epoch(DEVICE_KEY_2, former=DEVICE_KEY, anchor=s.note)
    s.append()
    s.release()


@variant("bad-chain")
def new_epoch_endorsed_by_another(s):
    s.begin()
    s.chain.open_epoch(DEVICE_KEY_2, former=OTHER_KEY, anchor=s.note)
    s.append()
    s.release()


@variant("unknown-device")
def lost_key_without_enrolment(s):
    s.begin()
    s.chain.open_epoch(DEVICE_KEY_3, reason="lost-key", anchor=s.note)
    s.append()
    s.release()


@variant()
def lost_key_enrolled_again(s):
    s.begin()
    e = s.chain.open_epoch(DEVICE_KEY_3, reason="lost-key", anchor=s.note)
    s.log.enrol(s.chain, key=DEVICE_KEY_3, genesis_entry=e, secret=b"2" * 16, for_device=DEVICE)
    s.append()
    s.release()


# --- 7: with the village's half; 8: time

@variant("inconsistent-log not-in-log", village=True)
def log_cut_back(s):
    s.begin()
    s.append()
    s.release()


@variant("inconsistent-log not-in-log", village=True)
def log_rebuilt_without_the_last(s):
    s.begin()
    s.roof()
    s.append()
    s.log.record("late", entry=hexhash(b"x"), why="late")
    s.release()


@variant("clock-outside-bounds")
def back_dated(s):
    s.begin()
    s.roof(wall=T0 - 30 * 24 * HOUR)
    s.append()
    s.release()


@variant()
def back_dated_by_an_unset_clock(s):
    s.begin()
    s.roof(wall=0, clock="unset")
    s.append()
    s.release()


@variant("unanchored-window", window=1)
def long_way_from_the_county(s):
    s.story()
