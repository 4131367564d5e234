"""Section 10.2: frames.  Written uncompressed; a compressed one is refused."""
from collections import namedtuple

from .entry import CLOCKS, HEADER, Entry
from .grammar import Bad, Bytes, need, put_varint, unzigzag, zigzag
from .sign import commitment, hexhash, seal, unseal

MAX_FRAME, MAX_ENTRIES, SALT = 2 * 1024 * 1024, 16, 16
ORDER = ("log", "place", "wall", "clock", "boot", "mono", "anchor", "actor", "form", "kind", "supersedes", "event", "payload",
         "personal", "att")
MAPPED = ("log", "place", "clock", "boot", "anchor", "actor", "form", "kind", "event")

# What a receiver knows: the request's log, device and epoch key; prev(epoch, seq), form(id, version), anchor(size, first 4 bytes)
# give what a frame leaves out; secret opens personal sections.
Receiver = namedtuple("Receiver", "log device keyhash prev form anchor secret")


def _short(text):
    return bytes([len(text)]) + text.encode()


def _maybe(value):
    return b"\0" if value is None else b"\1" + bytes.fromhex(value)


class Values:
    """The values of the mapped columns, and the two shorter forms (02) where asked for."""

    def __init__(self, short_forms=False, short_anchors=False):
        self.short_forms, self.short_anchors = short_forms, short_anchors

    def put(self, column, v):
        return getattr(self, "put_" + column)(v)

    def put_log(self, v):
        return _maybe(v)

    def put_place(self, v):
        return _short(v)

    def put_clock(self, v):
        return bytes([CLOCKS.index(v)])

    def put_boot(self, v):
        return bytes.fromhex(v)

    def put_anchor(self, v):
        size, root, note = v
        if size == 0:
            return b"\0"
        if self.short_anchors:
            return b"\2" + put_varint(size) + bytes.fromhex(note)[:4]
        return b"\1" + put_varint(size) + bytes.fromhex(root) + bytes.fromhex(note)

    def put_actor(self, v):
        return _short(v[0]) + _maybe(v[1])

    def put_form(self, v):
        if v[0] is None:
            return b"\0"
        return (b"\2" if self.short_forms else b"\1") + _short(v[0]) + _short(v[1]) + (b"" if self.short_forms else bytes.fromhex(v[2]))

    def put_kind(self, v):
        return _short(v)

    def put_event(self, v):
        return _maybe(v)


def _text(c):
    try:
        return c.take(c.u(1)).decode("ascii")
    except UnicodeDecodeError as e:
        raise Bad("a name that is not ASCII") from e


def _flag(c, most=1):
    value = c.u(1)
    need(value <= most, "an unknown form of value")
    return value


def _opt(c, size):
    return c.take(size).hex() if _flag(c) else None


def take_value(column, c, known):
    if column == "log":
        return _opt(c, 32)
    if column == "event":
        return _opt(c, 16)
    if column in ("place", "kind"):
        return _text(c)
    if column == "clock":
        return CLOCKS[_flag(c, len(CLOCKS) - 1)]
    if column == "boot":
        return c.take(16).hex()
    if column == "actor":
        return _text(c), _opt(c, 32)
    form = _flag(c, 2)
    if column == "anchor":
        if form == 0:
            return 0, None, None
        size = c.varint()
        return (size, c.take(32).hex(), c.take(32).hex()) if form == 1 else (size, *known.anchor(size, c.take(4)))
    if form == 0:
        return None, None, None
    name, version = _text(c), _text(c)
    return name, version, c.take(32).hex() if form == 1 else known.form(name, version)


def _start(log):
    return {"log": log, "place": "", "clock": "rtc", "boot": "00" * 16, "anchor": (0, None, None), "actor": ("device", None),
            "form": (None, None, None), "kind": "record", "event": None}


def show_frame(entries, log, sealing, with_prev=True, commitments=True, values=None, ephemeral=None):
    """entries of one epoch in sequence, with payload, personal and signatures."""
    values, heads = values or Values(), [e.h for e in entries]
    need(1 <= len(entries) <= MAX_ENTRIES, "1 to 16 entries")
    first = entries[0]
    need(all(e.where == (first.device, first.epoch, first.seq + i) for i, e in enumerate(entries)), "entries not in sequence")
    with_prev = with_prev and first.prev is not None
    public = bytes([len(entries)]) + put_varint(first.epoch) + put_varint(first.seq)
    public += bytes([(1 if with_prev else 0) | (2 if commitments else 0)]) + (bytes.fromhex(first.prev) if with_prev else b"")
    for column in ORDER:
        public += _column(column, heads, _start(log), values, entries, commitments)
    opened = b"".join(e.personal[0] + e.personal[1] for e in entries if e.personal_length)
    personal = seal(opened, sealing, ephemeral) if opened else b""
    signatures = b"".join(e.sigs[0][1] for e in entries) + b"".join(e.sigs[1][1] for e in entries if e.actor[1])
    rest = len(public).to_bytes(4, "big") + len(personal).to_bytes(4, "big") + public + personal + signatures
    return b"TF\1\0" + len(rest).to_bytes(4, "big") + rest


def _column(column, heads, start, values, entries, commitments):
    if column in MAPPED:
        before, bits, out = start[column], 0, b""
        for i, h in enumerate(heads):
            if h[column] != before:
                bits |= 1 << i
                out += values.put(column, h[column])
            before = h[column]
        return bits.to_bytes(2, "big") + out
    if column in ("wall", "mono"):
        before = [0] + [h[column] for h in heads]
        return b"".join(put_varint(zigzag(h[column] - b)) for h, b in zip(heads, before))
    if column == "supersedes":
        named = [(i, h[column]) for i, h in enumerate(heads) if h[column]]
        return sum(1 << i for i, _ in named).to_bytes(2, "big") + b"".join(bytes.fromhex(x) for _, x in named)
    if column == "payload":
        return b"".join(put_varint(len(e.payload)) for e in entries) + b"".join(e.payload for e in entries)
    if column == "personal":
        out = b"".join(put_varint(h[column][0]) for h in heads)
        return out + b"".join(bytes.fromhex(h[column][1]) for h in heads if h[column][0] and commitments)
    out = b"".join(put_varint(len(h["att"])) for h in heads)
    for h in heads:
        for length, mark, media, kind in h["att"]:
            out += put_varint(length) + bytes.fromhex(mark) + _short(media) + bytes([kind == "personal"])
    return out


def read_frame(data, known):
    """One frame -> [Entry], with payload, personal and signatures in place (not verified)."""
    c = Bytes(data)
    need(c.take(3) == b"TF\1", "not a frame")
    flags, length = c.u(1), c.u(4)
    need(flags & 1 == 0 and flags & 2 == 0, "a compressed frame, which this reader does not open")
    need(flags < 8, "unknown flags")
    need(length <= MAX_FRAME and length == len(data) - c.at, "the frame's length")
    public_length, personal_length = c.u(4), c.u(4)
    c.take(8 if flags & 4 else 0)
    public, box = Bytes(c.take(public_length)), c.take(personal_length)
    n, epoch, seq, bits = public.u(1), public.varint(), public.varint(), public.u(1)
    need(1 <= n <= MAX_ENTRIES and bits < 4, "entries or bits of a frame")
    prev = public.take(32).hex() if bits & 1 else known.prev(epoch, seq)
    columns = {column: _take_column(column, public, n, known, bits & 2) for column in ORDER}
    public.end()
    opened = Bytes(unseal(box, known.secret) if box else b"")
    entries = []
    for i in range(n):
        h = {"device": known.device, "epoch": epoch, "seq": seq + i, "prev": prev, **{k: v[i] for k, v in columns.items()}}
        payload, h["payload"] = columns["payload"][i]
        size, mark = h["personal"]
        personal = (opened.take(SALT), opened.take(size)) if size else None
        h["personal"] = (size, (mark or commitment(*personal)) if size else None)
        entries.append(Entry(HEADER.show(h), [], payload, personal))
        prev = entries[-1].hash
    opened.end()
    for e in entries:
        e.sigs.append((known.keyhash, c.take(64)))
    for e in entries:
        if e.actor[1]:
            e.sigs.append((e.actor[1], c.take(64)))
    c.end()
    return entries


def _take_column(column, c, n, known, commitments):
    if column in MAPPED:
        bits, out, value = c.u(2), [], _start(known.log)[column]
        need(bits < 1 << n, "a map beyond the entries")
        for i in range(n):
            if bits >> i & 1:
                value = take_value(column, c, known)
            out.append(value)
        return out
    if column in ("wall", "mono"):
        out, value = [], 0
        for _ in range(n):
            value += unzigzag(c.varint())
            out.append(value)
        return out
    if column == "supersedes":
        bits = c.u(2)
        need(bits < 1 << n, "a map beyond the entries")
        return [c.take(32).hex() if bits >> i & 1 else None for i in range(n)]
    if column == "payload":
        payloads = [c.take(x) for x in [c.varint() for _ in range(n)]]
        return [(x, (len(x), hexhash(x))) for x in payloads]
    if column == "personal":
        sizes = [c.varint() for _ in range(n)]
        return [(x, c.take(32).hex() if x and commitments else None) for x in sizes]
    out = []
    for count in [c.varint() for _ in range(n)]:
        need(count <= 16, "more than 16 attachments")
        rows = []
        for _ in range(count):
            length, mark, media = c.varint(), c.take(32).hex(), _text(c)
            rows.append((length, mark, media, ("plain", "personal")[_flag(c)]))
        out.append(rows)
    return out
