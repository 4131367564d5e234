"""Variants of entries (section 14, 5)."""
import cast
from cast import CADRE, DEVICE_KEY, FORM, FORM_XML, OFFICER, SERVICE, T0, anchor, genesis
from checker import writer
from checker.entry import show_personal_line
from checker.grammar import b64
from checker.sign import commitment, hexhash
from variants import FOLDER, edit, variant

PHOTO = b"a photo\n"
ATT = (len(PHOTO), hexhash(PHOTO), "image/jpeg")


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
def anchor_that_falls_to_an_older_note(s):
    s.begin()
    s.roof()
    s.append()
    s.roof(anchor=anchor(s.release()))
    s.correct()
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


@variant("bad-attachment")
def attachment_of_another_length(s):
    s.begin()
    s.roof(att=[(ATT[0] + 1, *ATT[1:], "plain")])
    s.append()
    s.release()
    s.more[f"attachments/{ATT[1]}"] = PHOTO


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
