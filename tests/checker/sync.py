"""Section 10: request, answer, stored answer and receipt file."""
from collections import namedtuple

from .grammar import (B64, HASH, HEX32, INT, KEY, Lines, Line, Many, Text, need, one_of, opt, read_fields, show_fields)
from .note import read_checkpoint

STATUSES = ("ok", "rolled-back", "revoked", "unknown-device", "wrong-log", "malformed", "stopped")
REFUSALS = ("bad-signature", "bad-chain", "bad-header", "bad-payload", "bad-personal", "gap", "too-large", "unsealable")
Range = namedtuple("Range", "first count received runs hashes")

REQUEST = Text(
    "tallystick/request/v1", Line("log", HASH), Line("device", HASH), Line("epoch", INT), Line("counter", INT),
    Line("nonce", HEX32), Line("size", INT), Many("hints", "hint", INT, INT, HASH, most=16), Line("records", INT))


def _read_range(lines):
    first, count, received, runs, hashes = read_fields(lines.keyed("range"), (INT,) * 5)
    runs = [tuple(read_fields(lines.keyed("run"), (INT,) * 3)) for _ in range(runs)]
    need(sum(r[2] for r in runs) == count, "runs do not add up to the range")
    return Range(first, count, received, runs, [KEY.read(lines.keyed("hash")) for _ in range(hashes)])


def _show_range(r):
    counts = (r.first, r.count, r.received, len(r.runs), len(r.hashes))
    return ([f"range {show_fields(counts, (INT,) * 5)}"] + [f"run {show_fields(x, (INT,) * 3)}" for x in r.runs]
            + [f"hash {KEY.show(h)}" for h in r.hashes])


class Receipts:
    """`receipts N`, then N ranges with their run and hash lines."""
    key = "receipts"

    def read(self, lines):
        return [_read_range(lines) for _ in range(INT.read(lines.keyed(self.key)))]

    def show(self, ranges):
        return [f"receipts {INT.show(len(ranges))}"] + [line for r in ranges for line in _show_range(r)]


ANSWER = Text(
    "tallystick/answer/v1", Line("log", HASH), Line("device", HASH), Line("counter", INT), Line("nonce", HEX32),
    Line("time", INT), Line("status", one_of(*STATUSES)), Line("last", INT), Many("fronts", "front", INT, INT, INT, HASH),
    Many("helds", "held", INT, INT, INT, INT, most=64), Many("refusals", "refused", INT, INT, one_of(*REFUSALS)), Receipts(),
    Many("consistency", "hash", KEY), Many("wants", "want", HASH), Many("records", "record", INT, B64), Line("next", INT),
    Line("more", one_of("0", "1")), Line("note", opt(B64)))

STORED = Text("tallystick/stored/v1", Line("log", HASH), Line("attachment", HASH), Line("length", INT), Line("time", INT))

RECEIPT_VERSION = "tallystick/receipt/v1"


def show_receipt(device, r, note):
    return ("\n".join([RECEIPT_VERSION, f"device {device}"] + _show_range(r)) + "\n\n").encode() + note


def read_receipt(data):
    """-> (device, Range, checkpoint)"""
    at = data.find(b"\n\n")
    need(at > 0, "a receipt without an empty line")
    lines = Lines(data[:at + 1])
    need(lines.next() == RECEIPT_VERSION, "not a receipt")
    device, r = HASH.read(lines.keyed("device")), _read_range(lines)
    lines.end()
    return device, r, read_checkpoint(data[at + 2:])
