"""Sections 12, 13 and 15: bundle, MANIFEST, guard."""
import struct
from collections import namedtuple

from .grammar import HASH, INT, KEY, NAME, Bad, Line, Lines, Text, need, one_of
from .note import MANIFEST_TYPE, key_id, note_line, read_note
from .sign import pae, sha256, show_signatures, sign_text, split_signed_then, verify

# --- bundle

BUNDLE = Text("tallystick/bundle/v1", Line("log", HASH), Line("device", HASH), Line("way", one_of("up", "down")),
              Line("counter", INT), Line("parts", INT))
PART_KINDS = {1: "request", 2: "frame", 3: "answer", 4: "form or dictionary", 5: "attachment"}


def show_bundle(head, key, boxes):
    return sign_text("bundle", BUNDLE.show({**head, "parts": len(boxes)}), key) + b"".join(
        b"TB01" + struct.pack(">I", len(x)) + x for x in boxes)


def read_bundle(data):
    """-> (head, body, sigs, [box]); damage is an error here."""
    body, sigs, rest = split_signed_then(data)
    head, boxes = BUNDLE.read(body), []
    while rest:
        need(rest[:4] == b"TB01" and len(rest) >= 8, "not a part")
        length = struct.unpack(">I", rest[4:8])[0]
        need(len(rest) >= 8 + length, "a part cut short")
        boxes.append(rest[8:8 + length])
        rest = rest[8 + length:]
    need(len(boxes) == head["parts"], "parts do not match in number")
    return head, body, sigs, boxes


def reshow_bundle(head, sigs, boxes):
    return BUNDLE.show(head) + b"\n" + show_signatures(sigs) + b"".join(b"TB01" + struct.pack(">I", len(x)) + x for x in boxes)


# --- MANIFEST

Manifest = namedtuple("Manifest", "m sums text lines")
MANIFEST = (Line("of", one_of("county", "village", "mirror")), Line("origin", NAME), Line("size", INT), Line("root", KEY),
            Line("since", INT), Line("personal", one_of("included", "withheld")), Line("made", INT))


def read_manifest(data):
    """-> Manifest(lines' values, {path: hash}, text, note lines)"""
    text, note_lines = read_note(data)
    lines = Lines(text)
    need(lines.next() == "tallystick/manifest/v1", "not a MANIFEST")
    m = {p.key: p.read(lines) for p in MANIFEST}
    count, sums, last = INT.read(lines.keyed("files")), {}, b""
    for _ in range(count):
        mark, _, path = lines.next().partition("  ")
        HASH.read(mark)
        need(last < path.encode(), f"paths not sorted at {path}")
        last, sums[path] = path.encode(), mark
    lines.end()
    return Manifest(m, sums, text, note_lines)


def show_manifest_text(m, sums):
    out = ["tallystick/manifest/v1"]
    for p in MANIFEST:
        out += p.show(m[p.key])
    out.append(f"files {len(sums)}")
    out += [f"{sums[path]}  {path}" for path in sorted(sums, key=str.encode)]
    return ("\n".join(out) + "\n").encode()


def sign_manifest(text, name, key):
    return text + b"\n" + note_line(name, key_id(name, MANIFEST_TYPE, key.public), key.sign("manifest", text))


def manifest_signed_by(manifest, name, key):
    number = key_id(name, MANIFEST_TYPE, key)
    mine = [x for x in manifest.lines if (x.name, x.id) == (name, number)]
    return len(manifest.lines) == 1 and len(mine) == 1 and verify(key, pae("manifest", manifest.text), mine[0].signature)


# --- guard

Guard = namedtuple("Guard", "epoch counter seq head host")


def show_guard_slot(g):
    data = b"TALLYGRD" + struct.pack(">IIQQ", 1, g.epoch, g.counter, g.seq) + bytes.fromhex(g.head) + bytes.fromhex(g.host)
    data = data.ljust(480, b"\0")
    return data + sha256(data)


def read_guard_slot(data):
    need(len(data) == 512 and data[480:] == sha256(data[:480]), "a guard slot whose sum differs")
    need(data[:8] == b"TALLYGRD" and not any(data[96:480]), "not a guard slot")
    version, epoch, counter, seq = struct.unpack(">IIQQ", data[8:32])
    need(version == 1, "a guard of another version")
    return Guard(epoch, counter, seq, data[32:64].hex(), data[64:96].hex())


def read_guard(data):
    """The slot that counts, or None."""
    need(len(data) == 1024, "a guard is two slots of 512 bytes")
    slots = []
    for at in (0, 512):
        try:
            slots.append(read_guard_slot(data[at:at + 512]))
        except Bad:
            pass
    return max(slots, key=lambda g: g.counter, default=None)
