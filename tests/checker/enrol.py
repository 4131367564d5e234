"""Section 9: token, invitation, statement, request and answer."""
import base64
import binascii
import re

from .grammar import B64, CODE, HASH, HEX32, INT, KEY, Bad, Line, Lines, Many, Text, need, opt
from .sign import hexhash, hmac256, read_signatures, show_signatures, signed_by, verify_typed

INVITATION = Text("tallystick/invitation/v1", Line("log", HASH), Line("place", CODE), Line("for", opt(HASH)),
                  Line("secret", HASH), Line("expires", INT))
STATEMENT = Text("tallystick/enrol/v1", Line("log", HASH), Line("device", HASH), Line("epoch", INT), Line("key", KEY),
                 Line("place", CODE), Line("genesis", HASH))
BY_ROOT = Text("tallystick/enrol-by-root/v1", Line("root", HASH), Line("device", HASH), Line("epoch", INT), Line("key", KEY),
               Line("place", CODE), Line("genesis", HASH))
ANSWER = Text("tallystick/enrolled/v1", Line("log", HASH), Line("device", HASH), Line("nonce", HEX32), Line("time", INT),
              Line("index", INT), Line("record", B64), Many("proof", "hash", KEY), Line("note", B64), Line("keys", B64))


def secret_hash(secret):
    return hexhash(b"tallystick/invitation/v1\0" + secret)


def show_token(root, secret):
    parts = [base64.b32encode(x).decode().rstrip("=") for x in (bytes.fromhex(hexhash(root)), secret)]
    return f"tally1.{parts[0]}.{parts[1]}"


def read_token(text):
    """-> (hash of the root key, secret)"""
    m = re.fullmatch(r"tally1\.([A-Z2-7]{52})\.([A-Z2-7]{26})", text)
    need(m, "not a token")
    try:
        root, secret = base64.b32decode(m[1] + "===="), base64.b32decode(m[2] + "======")
    except binascii.Error as e:
        raise Bad("not base32") from e
    for part, data in ((m[1], root), (m[2], secret)):
        need(base64.b32encode(data).decode().rstrip("=") == part, "base32 not canonical")
    return root.hex(), secret


def show_request(statement, key, secret, nonce):
    body = STATEMENT.show(statement)
    data = body + b"\n" + show_signatures([(key.hash, key.sign("enrol", body))])
    data += f"secret {secret_hash(secret)}\nnonce {nonce}\n".encode()
    return data + f"mac {hmac256(secret, data)}\n".encode()


def read_request(data):
    """-> {statement, body, sigs, secret, nonce, mac, macced}"""
    at = data.find(b"\n\n")
    need(at > 0, "no empty line before the signature")
    body, rest = data[:at + 1], data[at + 2:].split(b"\n")
    need(len(rest) == 5 and rest[4] == b"", "a signature line and three lines expected")
    lines = Lines(b"\n".join(rest[1:4]) + b"\n")
    out = {"statement": STATEMENT.read(body), "body": body, "sigs": read_signatures(rest[0] + b"\n")}
    out.update(secret=HASH.read(lines.keyed("secret")), nonce=HEX32.read(lines.keyed("nonce")), mac=HASH.read(lines.keyed("mac")))
    out["macced"] = data[:len(data) - len(rest[3]) - 1]
    return out


def good_request(request, secret):
    """Does the device's key sign, and does the secret's holder speak?"""
    return (signed_by("enrol", request["body"], request["sigs"][0], request["statement"]["key"])
            and request["secret"] == secret_hash(secret) and request["mac"] == hmac256(secret, request["macced"]))


def good_record(r, officer_key, root=None):
    """An enrol record's two signatures over the texts its lines give: '' or the rule that is broken.  root: the hash of the root key."""
    lines = {k: r[k] for k in ("device", "epoch", "key", "place", "genesis")}
    texts = [STATEMENT.show(dict(lines, log=r["log"]))] + ([BY_ROOT.show(dict(lines, root=root))] if root else [])
    if not any(verify_typed(r["key"], "enrol", text, r["proof"]) for text in texts):
        return "the device's signature over the statement"
    invitation = INVITATION.show({k: r[k] for k in ("log", "place", "for", "secret", "expires")})
    if not verify_typed(officer_key, "enrol", invitation, r["invitation"]):
        return "the officer's signature over the invitation"
    return ""
