"""Sections 7 and 15: county.keys and key files."""
from .grammar import HASH, INT, KEY, NAME, TEXT, Bad, Field, Line, Many, Text, b64, need, unb64
from .note import read_vkey
from .sign import Key, hexhash, sha256, sign_text, signed_by, split_signed

VKEY = Field("a verifier key", r"\S+", lambda t: read_vkey(t).text)
COUNTY = Text(
    "tallystick/keys/v1", Line("origin", NAME), Line("name", TEXT), Line("version", INT), Line("issued", INT),
    Line("root", KEY), Line("log", VKEY), Line("service", KEY), Line("sealing", KEY), Many("tls", "spki", HASH))


def log_id(vkey_text):
    return hexhash(vkey_text.encode())


class CountyKeys:
    """county.keys that was read; good() tells whether the root key signed it."""

    def __init__(self, data):
        self.data = data
        self.body, self.sigs = split_signed(data)
        self.k = k = COUNTY.read(self.body)
        self.vkey = read_vkey(k["log"])
        self.root, self.service, self.version, self.origin = k["root"], k["service"], k["version"], k["origin"]
        need(self.origin == self.vkey.name, "origin is not the log key's name")
        need(self.version >= 1, "version from 1")
        self.log = log_id(k["log"])

    def good(self):
        return len(self.sigs) == 1 and signed_by("keys", self.body, self.sigs[0], self.root)


def show_county(root_key, **k):
    return sign_text("keys", COUNTY.show({"root": root_key.public, **k}), root_key)


def show_key_file(kind, secret):
    return f"tallystick/key/v1\n{kind} {b64(secret)}\n".encode()


def read_key_file(data):
    """-> (ed25519|x25519, secret)"""
    lines = data.decode("ascii").split("\n")
    need(len(lines) == 3 and lines[0] == "tallystick/key/v1" and lines[2] == "", "not a key file")
    kind, _, secret = lines[1].partition(" ")
    if kind not in ("ed25519", "x25519"):
        raise Bad(f"a key of kind {kind}")
    secret = unb64(secret)
    need(len(secret) == 32, "a secret of another length")
    return kind, secret


def load_signing_key(path):
    with open(path, "rb") as f:
        kind, secret = read_key_file(f.read())
    need(kind == "ed25519", f"{path}: not a signing key")
    return Key(secret)


def device_id(public):
    return sha256(public).hex()
