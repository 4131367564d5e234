"""Variants of entries against the log, of epochs, with a village's half, and of time (section 14, 6 to 8)."""
from cast import (DEVICE, DEVICE_KEY, DEVICE_KEY_2, DEVICE_KEY_3, FORM, HOUR, OFFICER, ORIGIN, OTHER_KEY, ROOT, SEALING, SERVICE,
                  T0, VKEY, Chain, Log, anchor, genesis)
from checker import leaf, writer
from checker.grammar import b64
from checker.keys import show_county
from checker.sign import hexhash
from small import HOUSE
from variants import variant


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


@variant("fork unexplained-leaf", village=True)
def branch_that_the_village_never_made(s):
    two_branches(s)


def spoil_receipt(half):
    path, data = half.receipt()
    first = data.split(b"\nhash ", 1)[1].split(b"\n", 1)[0]
    half.more[path] = data.replace(first, b64(bytes(32)).encode(), 1)


@variant("bad-receipt", village=spoil_receipt)
def receipt_that_proves_nothing(s):
    s.story()


def ghost_epoch(s):
    """An officer of the county's own invites the device again, with a key that the county made."""
    s.story()
    e = s.chain.open_epoch(DEVICE_KEY_3, reason="lost-key", anchor=s.note)
    s.log.enrol(s.chain, key=DEVICE_KEY_3, genesis_entry=e, secret=b"2" * 16, for_device=DEVICE)
    s.roof()
    s.append()
    s.release()


def synced_since(half):
    """The village's device saw the newest head, and went on as ever."""
    honest = half.chain.entries
    half.chain, half.log, half.first, half.logged = Chain(), Log(), None, 0
    ghost_epoch(half)
    half.chain.entries = honest


@variant("unexplained-leaf", village=synced_since)
def epoch_that_the_village_never_opened(s):
    ghost_epoch(s)


def other_keys(half):
    half.county_keys = show_county(ROOT, origin=ORIGIN, name="for one village alone", version=1, issued=T0, log=VKEY.text,
                                   service=OFFICER.public, sealing=SEALING, tls=[])


@variant("bad-key", village=other_keys)
def keys_that_the_log_does_not_hold(s):
    s.story()


def entries_left_out(s):
    s.story()
    s.since = len(s.log.leaves)
    s.more.update({path: None for path in s.files() if path.startswith("entries/")})


@variant("bad-export")
def older_leaves_left_out(s):
    entries_left_out(s)


@variant(since=True)
def older_leaves_left_out_for_one_who_has_them(s):
    entries_left_out(s)


@variant("clock-outside-bounds")
def post_dated(s):
    s.begin()
    s.roof(wall=T0 + 30 * 24 * HOUR)
    s.append()
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
