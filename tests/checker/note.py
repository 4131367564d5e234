"""C2SP: signed notes, verifier keys, checkpoints, cosignatures, policies, tlog-proofs (sections 5.2, 8, 13)."""
import re
from collections import namedtuple

from .grammar import INT, KEY, NAME, Lines, b64, need, unb64
from .sign import hexhash, media, sha256, verify

Vkey = namedtuple("Vkey", "name id type key text")
Line = namedtuple("Line", "name id signature")
Checkpoint = namedtuple("Checkpoint", "origin size root text lines data hash")
LOG_TYPE, COSIGNATURE_TYPE = b"\x01", b"\x04"
MANIFEST_TYPE = b"\xff" + media("manifest")


def key_id(name, kind, key):
    return sha256(name.encode() + b"\n" + kind + key)[:4]


def make_vkey(name, key, kind=LOG_TYPE):
    return read_vkey(f"{name}+{key_id(name, kind, key).hex()}+{b64(kind + key)}")


def read_vkey(text):
    parts = text.split("+", 2)
    need(len(parts) == 3, f"not a verifier key: {text[:60]!r}")
    name, number, material = NAME.read(parts[0]), parts[1], unb64(parts[2])
    need(len(material) == 33, "verifier key of another length")
    kind, key = material[:1], material[1:]
    need(number == key_id(name, kind, key).hex(), "verifier key whose id is not its hash")
    return Vkey(name, bytes.fromhex(number), kind, key, text)


def read_note(data):
    """-> (text, [Line])"""
    need(b"\r" not in data and data.endswith(b"\n"), "not a note")
    at = data.rfind(b"\n\n")
    need(at > 0, "a note without an empty line")
    text, out = data[:at + 1], []
    need(not re.search(rb"[\x00-\x09\x0b-\x1f]", data), "a control character in a note")
    Lines(text)  # UTF-8
    for line in Lines(data[at + 2:]).lines:
        m = re.fullmatch(r"— (\S+) (\S+)", line)
        need(m, f"not a signature line: {line[:60]!r}")
        blob = unb64(m[2])
        need(len(blob) > 4, "a signature line without a signature")
        out.append(Line(NAME.read(m[1]), blob[:4], blob[4:]))
    return text, out


def note_line(name, number, signature):
    return f"— {name} {b64(number + signature)}\n".encode()


def read_checkpoint(data):
    text, lines = read_note(data)
    cursor = Lines(text)
    origin, size, root = NAME.read(cursor.next()), INT.read(cursor.next()), KEY.read(cursor.next())
    cursor.end()
    return Checkpoint(origin, size, root, text, lines, data, hexhash(data))


def checkpoint_text(origin, size, root):
    return f"{origin}\n{INT.show(size)}\n{b64(root)}\n".encode()


def cosigned(time, text):
    return b"cosignature/v1\ntime %d\n%s" % (time, text)


def sign_checkpoint(origin, size, root, key, witnesses=()):
    """witnesses: (name, key, time in seconds)"""
    text = checkpoint_text(origin, size, root)
    out = text + b"\n" + note_line(origin, key_id(origin, LOG_TYPE, key.public), key.sign_raw(text))
    for name, wkey, time in witnesses:
        sig = time.to_bytes(8, "big") + wkey.sign_raw(cosigned(time, text))
        out += note_line(name, key_id(name, COSIGNATURE_TYPE, wkey.public), sig)
    return out


def log_signature(note, vkey):
    """True when the log's line verifies; False when it fails or there is none."""
    mine = [x for x in note.lines if (x.name, x.id) == (vkey.name, vkey.id)]
    return bool(mine) and all(verify(vkey.key, note.text, x.signature) for x in mine)


def cosignature_times(note, policy):
    """-> ({witness: time}, [witness whose line fails])"""
    times, failed = {}, []
    for name, vkey in policy.witnesses.items():
        for line in note.lines:
            if (line.name, line.id) != (vkey.name, vkey.id):
                continue
            time = int.from_bytes(line.signature[:8], "big")
            if len(line.signature) == 72 and time < 2**63 and verify(vkey.key, cosigned(time, note.text), line.signature[8:]):
                times[name] = min(time, times.get(name, time))
            else:
                failed.append(name)
    return times, failed


class Policy:
    """A C2SP tlog-policy."""

    def __init__(self, data):
        self.data, self.logs, self.witnesses, self.groups, self.quorum = data, [], {}, {}, None
        need(not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", data), "a control character in the policy")
        need(data.endswith(b"\n"), "no LF at the end of the policy")
        for line in data.decode("utf-8", "surrogateescape").split("\n"):
            words = re.findall(r"[^ \t]+", line)
            if words and not words[0].startswith("#"):
                self._line(words)
        need(self.quorum is not None, "a policy without a quorum line")

    def _known(self, name):
        return name in self.witnesses or name in self.groups

    def _line(self, words):
        what, args = words[0], words[1:]
        if what == "log" and len(args) in (1, 2):
            vkey = read_vkey(args[0])
            need(vkey.key not in [x.key for x in self.logs], "a log twice in the policy")
            need(vkey.type == LOG_TYPE, "a log key that is not Ed25519")
            self.logs.append(vkey)
        elif what == "witness" and len(args) in (2, 3):
            vkey = read_vkey(args[1])
            need(vkey.key not in [x.key for x in self.witnesses.values()], "a witness twice in the policy")
            need(not self._known(args[0]) and args[0] != "none", f"name {args[0]} twice in the policy")
            need(vkey.type == COSIGNATURE_TYPE, "a witness key that is not cosignature/v1")
            self.witnesses[args[0]] = vkey
        elif what == "group" and len(args) >= 3:
            members = args[2:]
            need(not self._known(args[0]) and args[0] != "none", f"name {args[0]} twice in the policy")
            need(all(self._known(x) for x in members) and len(set(members)) == len(members), "group members")
            need(args[1] in ("any", "all") or re.fullmatch("[1-9][0-9]*", args[1]), "group threshold")
            k = {"any": 1, "all": len(members)}.get(args[1]) or int(args[1])
            need(k <= len(members), "group threshold beyond its members")
            self.groups[args[0]] = (k, members)
        elif what == "quorum" and len(args) == 1:
            need(self.quorum is None, "two quorum lines")
            need(args[0] == "none" or self._known(args[0]), "quorum of an unknown name")
            self.quorum = args[0]
        else:
            need(False, f"policy line: {' '.join(words)[:60]!r}")

    def quorum_time(self, times):
        """When the quorum was reached (seconds), or None when it was not or none is asked for."""
        def when(name):
            if name in self.witnesses:
                return times.get(name)
            k, members = self.groups[name]
            known = sorted(t for t in map(when, members) if t is not None)
            return known[k - 1] if len(known) >= k else None
        return None if self.quorum == "none" else when(self.quorum)


# --- tlog-proof

def show_proof(index, hashes, note):
    body = ["c2sp.org/tlog-proof@v1", f"index {INT.show(index)}"] + [b64(h) for h in hashes]
    return ("\n".join(body) + "\n\n").encode() + note


def read_proof(data):
    """-> (index, hashes, checkpoint); an `extra` line is refused, as none is written."""
    at = data.find(b"\n\n")
    need(at > 0, "a proof without an empty line")
    lines = Lines(data[:at + 1])
    need(lines.next() == "c2sp.org/tlog-proof@v1", "not a tlog-proof")
    index = INT.read(lines.keyed("index"))
    hashes = [KEY.read(x) for x in lines.lines[lines.at:]]
    return index, hashes, read_checkpoint(data[at + 2:])
