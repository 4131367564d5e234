"""Section 2 and 11: PAE, Ed25519 with the point check, signed texts, sealed boxes."""
import functools
import hashlib
import hmac

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from .grammar import HASH, SIG, Bad, Lines, need, read_fields, show_fields

TYPES = ("entry", "request", "answer", "enrol", "record", "keys", "bundle", "manifest")
_IDENTITY = bytes([1]) + bytes(31)
_ORDER = 2**252 + 27742317777372353535851937790883648493


def sha256(data):
    return hashlib.sha256(data).digest()


def hexhash(data):
    return hashlib.sha256(data).hexdigest()


def media(kind):
    assert kind in TYPES, kind
    return f"application/vnd.tallystick.{kind}.v1".encode()


def pae(kind, body):
    name = media(kind)
    return b"DSSEv1 %d %s %d %s" % (len(name), name, len(body), body)


@functools.lru_cache(maxsize=100_000)
def point_ok(key):
    """The point check: a canonical encoding of a point of prime order."""
    return len(key) == 32 and key != _IDENTITY and bool(sodium.crypto_core_ed25519_is_valid_point(key))


def _identity_r(key, message, sig):
    """libsodium refuses R = identity, which OpenSSL and Go accept: then [S]B = [h]A decides."""
    s = int.from_bytes(sig[32:], "little")
    h = int.from_bytes(hashlib.sha512(sig[:32] + key + message).digest(), "little") % _ORDER
    if not 0 < s < _ORDER or not h:
        return False
    left = sodium.crypto_scalarmult_ed25519_base_noclamp(sig[32:])
    return left == sodium.crypto_scalarmult_ed25519_noclamp(h.to_bytes(32, "little"), key)


def verify(key, message, sig):
    """Is sig key's Ed25519 signature over message?  Never for a key that fails the point check."""
    if len(sig) != 64 or not point_ok(key):
        return False
    if sig[:32] == _IDENTITY:
        return _identity_r(key, message, sig)
    try:
        sodium.crypto_sign_open(sig + message, key)
        return True
    except (CryptoError, ValueError):
        return False


class Key:
    """An Ed25519 key pair from its 32-byte secret."""

    def __init__(self, seed):
        self.seed = seed
        self.public, self.secret = sodium.crypto_sign_seed_keypair(seed)
        self.hash = hexhash(self.public)

    def sign_raw(self, message):
        return sodium.crypto_sign(message, self.secret)[:64]

    def sign(self, kind, body):
        return self.sign_raw(pae(kind, body))


def verify_typed(key, kind, body, sig):
    return verify(key, pae(kind, body), sig)


# --- signature lines and signed texts

def read_signatures(data):
    lines, out = Lines(data), []
    while lines.at < len(lines.lines):
        out.append(tuple(read_fields(lines.next(), (HASH, SIG))))
    return out


def show_signatures(pairs):
    return "".join(show_fields(p, (HASH, SIG)) + "\n" for p in pairs).encode()


def split_signed(data):
    """A signed text -> (body, [(keyhash, signature)])."""
    at = data.find(b"\n\n")
    need(at > 0, "no empty line before the signatures")
    return data[:at + 1], read_signatures(data[at + 2:])


def split_signed_then(data):
    """A signed text with one signature line that other bytes follow -> (body, pairs, rest)."""
    at = data.find(b"\n\n")
    need(at > 0, "no empty line before the signatures")
    end = data.find(b"\n", at + 2)
    need(end > 0, "no signature line")
    return data[:at + 1], read_signatures(data[at + 2:end + 1]), data[end + 1:]


def join_signed(body, pairs):
    return body + b"\n" + show_signatures(pairs)


def sign_text(kind, body, *keys):
    return join_signed(body, [(k.hash, k.sign(kind, body)) for k in keys])


def signed_by(kind, body, pair, key):
    """Is this signature line the key's, over the body?"""
    return pair[0] == hexhash(key) and verify_typed(key, kind, body, pair[1])


# --- sealed boxes

def seal(data, public, ephemeral_seed=None):
    """crypto_box_seal; with a fixed ephemeral secret the box is always the same (golden files only)."""
    if ephemeral_seed is None:
        return sodium.crypto_box_seal(data, public)
    epk = sodium.crypto_scalarmult_base(ephemeral_seed)
    nonce = hashlib.blake2b(epk + public, digest_size=24).digest()
    return epk + sodium.crypto_box(data, nonce, public, ephemeral_seed)


def unseal(box, secret):
    public = sodium.crypto_scalarmult_base(secret)
    try:
        return sodium.crypto_box_seal_open(box, public, secret)
    except (CryptoError, ValueError, TypeError) as e:
        raise Bad("a sealed box that does not open") from e


def to_x25519(key):
    """A device's Ed25519 public key as the X25519 key one seals to."""
    return sodium.crypto_sign_ed25519_pk_to_curve25519(key)


def to_x25519_secret(key):
    return sodium.crypto_sign_ed25519_sk_to_curve25519(key.secret)


def hmac256(key, data):
    return hmac.new(key, data, hashlib.sha256).hexdigest()


def commitment(salt, data):
    """Sections 4.3 and 6: the salted hash of what stays outside."""
    need(len(salt) == 16, "salt is not 16 bytes")
    return hexhash(b"tallystick/personal/v1\0" + salt + data)
