"""Section 6: the form of the county's records."""
from .grammar import (B64, CODE, DATE, HASH, ID, INT, KEY, KIND, MONTH, SIG, VERSION, Bad, Line, Lines, Many, Text, need, one_of,
                      opt)
from .sign import join_signed, sign_text, split_signed

VERSION_LINE = "tallystick/record/v1"
HEAD = (Line("log", HASH), Line("kind", KIND), Line("at", INT))
ROLES = ("cadre", "viewer", "reviewer", "officer", "admin")

KEY_BODIES = {
    "county": (Line("version", INT), Line("keys", B64)),
    "policy": (Line("policy", B64),),
    "person": (Line("actor", ID), Line("key", KEY), Line("role", one_of(*ROLES)), Line("place", opt(CODE)),
               Line("state", one_of("active", "disabled"))),
}
_DEVICE, _ORDER, _ENTRY = Line("device", HASH), Line("order", opt(HASH)), Line("entry", HASH)
BODIES = {
    "enrol": (_DEVICE, Line("epoch", INT), Line("key", KEY), Line("place", CODE), Line("genesis", HASH), Line("proof", SIG),
              Line("secret", HASH), Line("for", opt(HASH)), Line("expires", INT), Line("officer", HASH), Line("invitation", SIG)),
    "assign": (_DEVICE, Line("place", CODE), Line("from", INT), Line("to", opt(INT))),
    "revoke": (_DEVICE, _ORDER),
    "form": (Line("form", ID, VERSION, HASH), Line("state", one_of("published", "retired"))),
    "plan": (Line("form", ID), Line("place", CODE), Line("rows", INT), Line("plan", HASH)),
    "dictionary": (Line("dict", HASH), Line("len", INT)),
    "review": (_ENTRY, Line("verdict", one_of("accept", "return")), Line("note", opt(HASH))),
    "link": (Line("from", ID), Line("to", ID), Line("state", one_of("linked", "unlinked")), _ORDER),
    "place-map": (Line("old", CODE), Line("new", CODE), Line("from", DATE), _ORDER),
    "period": (Line("period", MONTH), Line("size", INT), Line("report", HASH)),
    "posting": (Line("form", ID), Line("place", CODE), Line("size", INT), Line("list", HASH)),
    "erase": (_ORDER, Many("entries", "entry", HASH)),
    "fork": (_DEVICE, Line("epoch", INT), Line("seq", INT), Line("a", B64), Line("a-sig", SIG), Line("b", B64), Line("b-sig", SIG)),
    "late": (_ENTRY, Line("why", one_of("late", "revoked", "wrong-place", "invalid", "unknown-form"))),
    "export": (Line("size", INT), Line("root", KEY), Line("personal", one_of("included", "withheld")), Line("since", INT)),
    "succession": (Line("old-log", HASH), Line("old-size", INT), Line("old-root", KEY), Line("old-note", HASH)),
    "message": (Line("device", opt(HASH)), Line("place", opt(CODE)), Line("text", HASH)),
}


def _schema(kind, what):
    if kind == "key":
        need(what in KEY_BODIES, f"a key record about {what}")
        return Text(VERSION_LINE, *HEAD, Line("what", one_of(what)), *KEY_BODIES[what])
    if kind not in BODIES:
        raise Bad(f"a record of kind {kind}")
    return Text(VERSION_LINE, *HEAD, *BODIES[kind])


class Record:
    """A record that was read: r holds its lines, body and sigs what is signed and by whom."""

    def __init__(self, data):
        self.data = data
        self.body, self.sigs = split_signed(data)
        lines = Lines(self.body)
        need(lines.next() == VERSION_LINE, "not a record")
        head = [p.read(lines) for p in HEAD]
        self.kind, self.at = head[1], head[2]
        what = lines.keyed("what") if self.kind == "key" else None
        self.r = _schema(self.kind, what).read(self.body)
        self.log, self.what = self.r["log"], what
        need(1 <= len(self.sigs) <= 2, "one or two signature lines expected")


def show_body(kind, /, **r):
    return _schema(kind, r.get("what")).show({"kind": kind, **r})


def make(kind, keys, /, **r):
    """A record signed by keys in order (service first; succession: root)."""
    return sign_text("record", show_body(kind, **r), *keys)


def show(record):
    return join_signed(show_body(record.kind, **{k: v for k, v in record.r.items() if k != "kind"}), record.sigs)
