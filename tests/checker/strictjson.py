"""Section 4.3: compact JSON, read strictly."""
import json
import re

from .grammar import MAX_INT, Bad, need

MAX_DEPTH = 16
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def _pairs(pairs):
    need(len({k for k, _ in pairs}) == len(pairs), "a key twice in one object")
    return dict(pairs)


def _int(text):
    need(text != "-0", "-0")
    need(len(text) < 20 and abs(int(text)) <= MAX_INT, "integer beyond 2^53-1")
    return int(text)


def _refuse(text):
    raise Bad(f"number not allowed: {text}")


def load(data):
    """The object in data (bytes without LF), or Bad."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise Bad("JSON is not UTF-8") from e
    need(text.startswith("{"), "JSON is not an object")
    bare = _STRING.sub('""', text)
    need(not re.search(r"\s", bare), "white space between tokens")
    need(not _NUL.search(text), "escaped NUL")
    depth = 0
    for c in re.findall(r"[\[\]{}]", bare):
        depth += 1 if c in "[{" else -1
        need(depth <= MAX_DEPTH, f"more than {MAX_DEPTH} levels")
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_int=_int, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as e:
        raise Bad(f"not JSON: {e}") from e


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
