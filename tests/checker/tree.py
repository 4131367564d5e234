"""Section 5: RFC 6962 hashes and proofs, range proofs, C2SP tiles and entry bundles."""
import hashlib

from .grammar import Bytes, need

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split_at(width):
    """The largest power of two below width (width >= 2)."""
    return 1 << ((width - 1).bit_length() - 1)


class Tree:
    """All complete subtrees of a list of leaf hashes: levels[k][i] covers leaves [i*2^k, (i+1)*2^k)."""

    def __init__(self, leaf_hashes):
        self.levels = [list(leaf_hashes)]
        while len(self.levels[-1]) > 1:
            below = self.levels[-1]
            self.levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
        self.size = len(leaf_hashes)

    def span(self, lo, hi):
        """Hash of the leaves [lo, hi), a subtree RFC 6962's splitting reaches."""
        width = hi - lo
        if width & (width - 1) == 0 and lo % width == 0:
            return self.levels[width.bit_length() - 1][lo // width]
        mid = lo + split_at(width)
        return node_hash(self.span(lo, mid), self.span(mid, hi))

    def root(self, size=None):
        size = self.size if size is None else size
        need(0 <= size <= self.size, "size beyond the tree")
        return self.span(0, size) if size else EMPTY_ROOT

    def inclusion(self, index, size=None):
        """Sibling hashes from the leaf up (RFC 6962 2.1.1)."""
        def path(lo, hi):
            if hi - lo == 1:
                return []
            mid = lo + split_at(hi - lo)
            if index < mid:
                return path(lo, mid) + [self.span(mid, hi)]
            return path(mid, hi) + [self.span(lo, mid)]
        return path(0, self.size if size is None else size)

    def consistency(self, old, size=None):
        """RFC 6962 2.1.2; empty when old is 0 or the size itself."""
        size = self.size if size is None else size

        def sub(lo, hi, whole):
            if old == hi:
                return [] if whole else [self.span(lo, hi)]
            mid = lo + split_at(hi - lo)
            if old <= mid:
                return sub(lo, mid, whole) + [self.span(mid, hi)]
            return sub(mid, hi, False) + [self.span(lo, mid)]
        return sub(0, size, True) if 0 < old < size else []

    def range_proof(self, first, count, size=None):
        """Section 5.2, left before right."""
        last, out = first + count, []

        def walk(lo, hi):
            if hi <= first or lo >= last:
                out.append(self.span(lo, hi))
            elif lo < first or hi > last:
                mid = lo + split_at(hi - lo)
                walk(lo, mid)
                walk(mid, hi)
        walk(0, self.size if size is None else size)
        return out


def root_of(leaves):
    return Tree([leaf_hash(x) for x in leaves]).root()


def root_from_inclusion(leaf, index, size, proof):
    need(index < size, "index beyond the tree")
    proof = list(proof)

    def up(lo, hi):
        if hi - lo == 1:
            return leaf
        mid = lo + split_at(hi - lo)
        need(proof, "inclusion proof too short")
        sibling = proof.pop()
        return node_hash(up(lo, mid), sibling) if index < mid else node_hash(sibling, up(mid, hi))
    root = up(0, size)
    need(not proof, "inclusion proof too long")
    return root


def consistent(old, old_root, size, root, proof):
    """Does the proof show that the tree of `size` continues the one of `old`?"""
    if old > size:
        return False
    if old in (0, size):
        return not proof and (old_root == EMPTY_ROOT if old == 0 < size else old_root == root)
    proof = list(proof)

    def up(lo, hi, whole):
        """-> (root of the old part, root of [lo, hi))"""
        if old == hi:
            h = old_root if whole else (proof.pop() if proof else b"")
            return h, h
        mid = lo + split_at(hi - lo)
        right = proof.pop() if proof else b""
        if old <= mid:
            was, now = up(lo, mid, whole)
            return was, node_hash(now, right)
        was, now = up(mid, hi, False)
        return node_hash(right, was), node_hash(right, now)
    was, now = up(0, size, True)
    return not proof and was == old_root and now == root


def root_from_range(leaf_hashes, first, size, proof):
    """The root that the leaves [first, first+len) and the range proof give."""
    last, proof = first + len(leaf_hashes), list(proof)
    need(leaf_hashes and last <= size, "range beyond the tree")

    def walk(lo, hi):
        if hi <= first or lo >= last:
            need(proof, "range proof too short")
            return proof.pop(0)
        if hi - lo == 1:
            return leaf_hashes[lo - first]
        mid = lo + split_at(hi - lo)
        left = walk(lo, mid)
        return node_hash(left, walk(mid, hi))
    root = walk(0, size)
    need(not proof, "range proof too long")
    return root


# --- tiles

def tile_name(number):
    parts = []
    while True:
        parts.append(f"{number % 1000:03d}")
        number //= 1000
        if not number:
            break
    return "/".join(["x" + p for p in reversed(parts[1:])] + [parts[0]])


def _paths(prefix, count):
    """(path, first, width) of the tiles that hold `count` hashes."""
    for n in range((count + 255) // 256):
        width = min(256, count - n * 256)
        yield f"{prefix}/{tile_name(n)}" + ("" if width == 256 else f".p/{width}"), n * 256, width


def bundle_paths(size):
    return [(path, first, width) for path, first, width in _paths("tile/entries", size)]


def tiles(tree):
    """{path: bytes} of all hash tiles of the tree."""
    out, level, count = {}, 0, tree.size
    while count:
        hashes = tree.levels[8 * level]
        for path, first, width in _paths(f"tile/{level}", count):
            out[path] = b"".join(hashes[first:first + width])
        level, count = level + 1, count // 256
    return out


def entry_bundles(leaves):
    """{path: bytes}: u16 length before each leaf."""
    return {path: b"".join(len(x).to_bytes(2, "big") + x for x in leaves[first:first + width])
            for path, first, width in bundle_paths(len(leaves))}


def read_bundle(data, width):
    cursor, out = Bytes(data), []
    for _ in range(width):
        out.append(cursor.take(cursor.u(2)))
    cursor.end()
    return out
