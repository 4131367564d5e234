"""Section 5.1: the two kinds of leaf."""
from collections import namedtuple

from .grammar import MAX_INT, Bad, Bytes, need

EntryLeaf = namedtuple("EntryLeaf", "hash signature person device epoch seq received")
RecordLeaf = namedtuple("RecordLeaf", "data")
MAX_LEAF = 65535


def show_entry_leaf(x):
    return (b"\x01" + (b"\x02" if x.person else b"\x01") + bytes.fromhex(x.hash) + x.signature + bytes.fromhex(x.device)
            + x.epoch.to_bytes(4, "big") + x.seq.to_bytes(8, "big") + x.received.to_bytes(8, "big") + (x.person or b""))


def leaf_of(entry, received):
    """The leaf an entry gets; its signatures as they stand beside it."""
    need(entry.sigs, "an entry without a signature")
    person = entry.sigs[1][1] if len(entry.sigs) > 1 else None
    return show_entry_leaf(EntryLeaf(entry.hash, entry.sigs[0][1], person, entry.device, entry.epoch, entry.seq, received))


def show_record_leaf(data):
    need(len(data) + 1 <= MAX_LEAF, "a record beyond 65535 bytes")
    return b"\x02" + data


def read_leaf(data):
    cursor = Bytes(data)
    kind = cursor.u(1)
    if kind == 2:
        need(len(data) <= MAX_LEAF, "a record beyond 65535 bytes")
        return RecordLeaf(data[1:])
    if kind != 1:
        raise Bad(f"a leaf of kind {kind}")
    form = cursor.u(1)
    need(form in (1, 2), f"an entry leaf of form {form}")
    fields = (cursor.take(32).hex(), cursor.take(64), cursor.take(32).hex(), cursor.u(4), cursor.u(8), cursor.u(8))
    person = cursor.take(64) if form == 2 else None
    cursor.end()
    entry, signature, device, epoch, seq, received = fields
    need(epoch >= 1 and seq <= MAX_INT and received <= MAX_INT, "numbers of a leaf out of range")
    return EntryLeaf(entry, signature, person, device, epoch, seq, received)
