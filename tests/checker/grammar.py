"""Section 1: fields, lines and texts.  Reading is strict, and showing what was read gives the same bytes."""
import base64
import binascii
import re

MAX_INT = 2**53 - 1


class Bad(Exception):
    """The bytes are not of their form; the message names the rule."""


def need(condition, rule):
    if not condition:
        raise Bad(rule)


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    """Strict RFC 4648 section 4: padded, no other characters, unused bits zero."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error) as e:
        raise Bad(f"not base64: {text[:20]!r}") from e
    need(b64(data) == text, f"base64 not canonical: {text[:20]!r}")
    return data


class Field:
    """One field of a line: a pattern, and the way from text to value and back."""

    def __init__(self, what, pattern, load=str, show=str, rest=False):
        self.what, self.pattern, self.load, self.show_value, self.rest = what, re.compile(pattern), load, show, rest

    def read(self, text):
        need(self.pattern.fullmatch(text), f"not {self.what}: {text[:80]!r}")
        return self.load(text)

    def show(self, value):
        text = self.show_value(value)
        self.read(text)
        return text


class Optional:
    """A field where `-` stands for none."""
    rest = False

    def __init__(self, field):
        self.field = field

    def read(self, text):
        return None if text == "-" else self.field.read(text)

    def show(self, value):
        return "-" if value is None else self.field.show(value)


def _load_int(text):
    value = int(text)
    need(value <= MAX_INT, f"integer beyond 2^53-1: {text}")
    return value


def base64_field(size=None):
    def load(text):
        data = unb64(text)
        need(size is None or len(data) == size, f"base64 of {len(data)} bytes, not {size}")
        return data
    return Field("base64", r"[A-Za-z0-9+/]+={0,2}", load, b64)


def one_of(*words):
    return Field("one of " + " ".join(words), "|".join(re.escape(w) for w in words))


HASH = Field("a hash", r"[0-9a-f]{64}")
HEX32 = Field("32 hex digits", r"[0-9a-f]{32}")
INT = Field("an integer", r"0|[1-9][0-9]{0,15}", _load_int)
ID = Field("an id", r"[A-Za-z0-9._][A-Za-z0-9._-]{0,63}")
VERSION = Field("a form version", r"[A-Za-z0-9._][A-Za-z0-9._-]{0,31}")
CODE = Field("a place", r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")
KIND = Field("a kind", r"[a-z][a-z-]{0,31}")
MEDIA = Field("a media type", r"[a-z0-9/.+-]{1,64}")
TEXT = Field("text", r"[^\x00-\x1f\x7f]+", rest=True)
NAME = Field("a key name", r"[^\x00-\x20+\s\ud800-\udfff]+")
DATE = Field("a date", r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
MONTH = Field("a month", r"[0-9]{4}-(0[1-9]|1[0-2])")
B64 = base64_field()
KEY = base64_field(32)
SIG = base64_field(64)


def opt(field):
    return Optional(field)


def read_fields(text, fields):
    if fields[-1].rest:
        parts = text.split(" ", len(fields) - 1)
    else:
        parts = text.split(" ")
    need(len(parts) == len(fields), f"{len(parts)} fields, not {len(fields)}: {text[:80]!r}")
    return [f.read(p) for f, p in zip(fields, parts)]


def show_fields(values, fields):
    return " ".join(f.show(v) for f, v in zip(fields, values, strict=True))


class Lines:
    """A cursor over the lines of a text."""

    def __init__(self, data):
        need(data.endswith(b"\n"), "no LF at the end")
        need(b"\r" not in data and b"\0" not in data, "CR or NUL")
        try:
            self.lines = data[:-1].decode("utf-8").split("\n")
        except UnicodeDecodeError as e:
            raise Bad("not UTF-8") from e
        self.at = 0

    def next(self):
        need(self.at < len(self.lines), "a line is missing at the end")
        line = self.lines[self.at]
        self.at += 1
        need(line != "", "an empty line")
        return line

    def keyed(self, key):
        line = self.next()
        need(line.startswith(key + " "), f"line {key!r} expected, not {line[:40]!r}")
        return line[len(key) + 1:]

    def end(self):
        need(self.at == len(self.lines), f"a line too many: {self.lines[self.at:self.at + 1]}")


class Line:
    """`KEY FIELD...`; the value is the field's, or a tuple when there are several."""

    def __init__(self, key, *fields):
        self.key, self.fields = key, fields

    def read(self, lines):
        values = read_fields(lines.keyed(self.key), self.fields)
        return values[0] if len(values) == 1 else tuple(values)

    def show(self, value):
        values = [value] if len(self.fields) == 1 else value
        return [f"{self.key} {show_fields(values, self.fields)}"]


class Many:
    """`KEY N`, then N lines `ITEM FIELD...` (or without ITEM)."""

    def __init__(self, key, item, *fields, most=MAX_INT):
        self.key, self.item, self.fields, self.most = key, item, fields, most

    def read(self, lines):
        count = INT.read(lines.keyed(self.key))
        need(count <= self.most, f"{self.key}: more than {self.most}")
        rows = []
        for _ in range(count):
            values = read_fields(lines.keyed(self.item) if self.item else lines.next(), self.fields)
            rows.append(values[0] if len(values) == 1 else tuple(values))
        return rows

    def show(self, rows):
        out = [f"{self.key} {INT.show(len(rows))}"]
        for row in rows:
            values = [row] if len(self.fields) == 1 else row
            out.append((self.item + " " if self.item else "") + show_fields(values, self.fields))
        return out


class Text:
    """A version line, then lines in a fixed order; read gives a dict by the lines' keys."""

    def __init__(self, version, *parts):
        self.version, self.parts = version, parts

    def read(self, data):
        lines = Lines(data)
        need(lines.next() == self.version, f"first line is not {self.version}")
        values = {p.key: p.read(lines) for p in self.parts}
        lines.end()
        return values

    def show(self, values):
        need(set(values) == {p.key for p in self.parts}, "keys: " + " ".join(set(values) ^ {p.key for p in self.parts}))
        out = [self.version]
        for p in self.parts:
            out += p.show(values[p.key])
        return ("\n".join(out) + "\n").encode()


def inside(place, outer):
    return place.startswith(outer)


def put_varint(value):
    need(0 <= value < 2**64, "varint out of range")
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def zigzag(value):
    return value * 2 if value >= 0 else -value * 2 - 1


def unzigzag(value):
    return value // 2 if value % 2 == 0 else -(value + 1) // 2


class Bytes:
    """A cursor over binary data."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "cut short")
        self.at += count
        return self.data[self.at - count:self.at]

    def u(self, size):
        return int.from_bytes(self.take(size), "big")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.u(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            need(shift < 70, "varint of more than 10 bytes")
        need(byte or not shift, "varint not minimal")
        need(value < 2**64, "varint beyond 64 bits")
        return value

    def end(self):
        need(self.at == len(self.data), f"{len(self.data) - self.at} bytes too many")
