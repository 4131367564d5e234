"""Section 4: an entry's header, what each kind allows, payload and personal part."""
import re
from collections import namedtuple
from functools import cached_property

from . import strictjson
from .grammar import (CODE, HASH, HEX32, ID, INT, KEY, KIND, MAX_INT, MEDIA, SIG, TEXT, VERSION, Bad, Line, Many, Text, b64,
                      need, one_of, opt)
from .sign import commitment, hexhash, pae

Attachment = namedtuple("Attachment", "length hash media personal")
CLOCKS = ("rtc", "ntp", "gnss", "roughtime", "county", "unset")
REASONS = ("restored", "cloned", "guard-missing", "host-changed", "rolled-back", "lost-key", "renewed")
MAX_HEADER, MAX_PAYLOAD, MAX_PERSONAL, MAX_EPOCH = 4096, 65536, 16384, 2**32 - 1

HEADER = Text(
    "tallystick/entry/v1",
    Line("device", HASH), Line("epoch", INT), Line("seq", INT), Line("prev", opt(HASH)), Line("log", opt(HASH)),
    Line("place", CODE), Line("wall", INT), Line("clock", one_of(*CLOCKS)), Line("boot", HEX32), Line("mono", INT),
    Line("anchor", INT, opt(HASH), opt(HASH)), Line("actor", ID, opt(HASH)), Line("form", opt(ID), opt(VERSION), opt(HASH)),
    Line("kind", KIND), Line("supersedes", opt(HASH)), Line("event", opt(HEX32)), Line("payload", INT, HASH),
    Line("personal", INT, opt(HASH)), Many("att", None, INT, HASH, MEDIA, one_of("plain", "personal"), most=16))

ENDORSEMENT = Text("tallystick/epoch/v1", Line("device", HASH), Line("epoch", INT), Line("key", KEY), Line("prev", HASH))

# kind -> (has a form, names what it supersedes)
KINDS = {
    "epoch-open": (False, False), "record": (True, False), "correction": (True, True), "withdrawal": (False, True),
    "heartbeat": (False, False), "clock-step": (False, False), "loss": (False, False), "handover": (False, False),
    "erasure-ack": (False, False), "reset-code": (False, False),
}


class Entry:
    """A header that was read, and what lies beside it."""

    def __init__(self, header, sigs=(), payload=None, personal=None):
        need(len(header) <= MAX_HEADER, "header beyond 4096 bytes")
        self.header, self.sigs, self.payload, self.personal = header, list(sigs), payload, personal
        self.h = h = HEADER.read(header)
        self.device, self.epoch, self.seq, self.prev = h["device"], h["epoch"], h["seq"], h["prev"]
        self.place, self.kind, self.wall = h["place"], h["kind"], h["wall"]
        self.anchor, self.actor, self.form = h["anchor"], h["actor"], h["form"]
        self.attachments = [Attachment(n, x, m, p == "personal") for n, x, m, p in h["att"]]
        self._rules()

    @cached_property
    def hash(self):
        return hexhash(pae("entry", self.header))

    @property
    def personal_length(self):
        return self.h["personal"][0]

    @property
    def where(self):
        return self.device, self.epoch, self.seq

    def _rules(self):
        h = self.h
        need(1 <= self.epoch <= MAX_EPOCH, "epoch out of range")
        need((self.prev is None) == (self.epoch == 1 and self.seq == 0), "prev is - only, and always, at the very first entry")
        size, root, note = self.anchor
        need((size == 0) == (root is None) and (size == 0) == (note is None), "anchor neither whole nor none")
        need(len({x is None for x in self.form}) == 1, "form neither whole nor none")
        need(2 <= h["payload"][0] <= MAX_PAYLOAD, "payload length")
        length, mark = h["personal"]
        need((length == 0) == (mark is None) and length <= MAX_PERSONAL, "personal length")
        need((self.kind == "epoch-open") == (self.seq == 0), "epoch-open only, and always, at seq 0")
        if self.kind in KINDS:
            form, supersedes = KINDS[self.kind]
            need((self.form[0] is not None) == form, f"kind {self.kind}: form")
            need((h["supersedes"] is not None) == supersedes, f"kind {self.kind}: supersedes")

    def payload_rules(self):
        """The payload's bytes, hash, JSON and the shape of its kind."""
        length, mark = self.h["payload"]
        need(len(self.payload) == length and hexhash(self.payload) == mark, "payload is not the header's")
        self.facts = strictjson.load(self.payload)
        check = SHAPES.get(self.kind)
        if check:
            check(self.facts)
        if self.kind == "epoch-open":
            need(("place" in self.facts) == (self.epoch == 1), "epoch-open: place in epoch 1 only")
            need(self.facts.get("place", self.place) == self.place, "epoch-open: place is not the header's")

    def personal_rules(self):
        salt, data = self.personal
        length, mark = self.h["personal"]
        need(length > 0, "a personal part that the header does not name")
        need(len(data) == length and commitment(salt, data) == mark, "personal part is not the header's")
        strictjson.load(data)

    def endorsement(self, key):
        """What the former epoch's key signs at seq 0 of an epoch beyond 1."""
        return ENDORSEMENT.show({"device": self.device, "epoch": self.epoch, "key": key, "prev": self.prev})


def show_header(**h):
    """A header from HEADER's keys; payload, personal and att as their header fields."""
    data = HEADER.show(h)
    Entry(data)
    return data


# --- payloads of the kinds without a form

def _count(value):
    need(type(value) is int and 0 <= value <= MAX_INT, "a count expected")


def _field(field):
    def check(value):
        need(isinstance(value, str), "a string expected")
        field.read(value)
    return check


def _entries(value):
    need(isinstance(value, list), "a list expected")
    for x in value:
        _field(HASH)(x)


def _shape(fields, optional=()):
    def check(facts):
        for name in facts:
            need(name in fields, f"a field that this kind has not: {name}")
        for name, check_value in fields.items():
            need(name in facts or name in optional, f"field {name} is missing")
            if name in facts:
                check_value(facts[name])
    return check


def _epoch_open(facts):
    _shape({"key": _field(KEY), "place": _field(CODE), "reason": _field(one_of(*REASONS)), "former": _field(SIG)},
           ("place", "reason", "former"))(facts)
    need(("place" in facts) != ("reason" in facts), "epoch-open: either place or reason")
    need("reason" in facts or "former" not in facts, "epoch-open: former in epoch 1")


SHAPES = {
    "epoch-open": _epoch_open,
    "withdrawal": _shape({}),
    "heartbeat": _shape(dict.fromkeys(("entries", "waiting", "free", "uptime"), _count)),
    "clock-step": _shape(dict.fromkeys(("from", "to"), _count)),
    "loss": _shape(dict.fromkeys(("epoch", "from", "to"), _count)),
    "handover": _shape({"from": _field(ID), "to": _field(ID), "waiting": _count}),
    "erasure-ack": _shape({"erase": _count, "entries": _entries}),
    "reset-code": _shape({"number": _count, "reason": _field(ID)}),
}


# --- the line of a personal part in an export

def read_personal_line(line):
    """`SALT JSON` -> (salt, json), `-` -> None"""
    if line == b"-":
        return None
    m = re.fullmatch(rb"([0-9a-f]{32}) (.+)", line, re.S)
    if not m:
        raise Bad("a personal line of another form")
    return bytes.fromhex(m[1].decode()), m[2]


def show_personal_line(personal):
    return b"-" if personal is None else personal[0].hex().encode() + b" " + personal[1]


def reason_json(text):
    """The personal part of a withdrawal."""
    TEXT.show(text)
    return strictjson.dump({"reason": text})


def key_json(key, place):
    return strictjson.dump({"key": b64(key), "place": place})
