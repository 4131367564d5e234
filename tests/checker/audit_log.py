"""Section 14, 1 to 4: keys, policy, notes, tiles, leaves and records of a county's export."""
import bisect

from .grammar import Bad
from .keys import CountyKeys
from .leaf import EntryLeaf, read_leaf
from .note import LOG_TYPE, Policy, cosignature_times, log_signature, read_checkpoint
from .files import manifest_signed_by
from .sign import point_ok
from .state import State
from .tree import Tree, bundle_paths, leaf_hash, read_bundle, tiles


def read_keys(export, findings):
    """county.keys, or None."""
    try:
        keys = CountyKeys(export.read("county.keys"))
    except (Bad, OSError) as e:
        findings.add("bad-key", f"county.keys: {e}")
        return None
    if not keys.good():
        findings.add("bad-key", "county.keys: not signed by its root key")
    for name, key in (("root", keys.root), ("log", keys.vkey.key), ("service", keys.service)):
        if not point_ok(key):
            findings.add("bad-key", f"county.keys: the {name} key fails the point check")
    if keys.vkey.type != LOG_TYPE:
        findings.add("bad-key", "county.keys: the log key is not Ed25519")
    return keys


def read_policy(data, keys, findings):
    """The policy that judges, or None; its log must be the county's."""
    try:
        policy = Policy(data)
    except Bad as e:
        findings.add("bad-export", f"policy.txt: {e}")
        return None
    if keys and keys.vkey.text not in [x.text for x in policy.logs]:
        findings.add("bad-key", "the log key is not the policy's")
    for name, vkey in policy.witnesses.items():
        if not point_ok(vkey.key):
            findings.add("bad-key", f"witness {name}'s key fails the point check")
    return policy


class Log:
    """The county's log as the export shows it: tree, leaves, state, and which notes are good."""

    def __init__(self, export, keys, policy, findings):
        self.export, self.keys, self.policy, self.findings = export, keys, policy, findings
        self.leaves, self.entry_leaves, self.times, self.good_notes = [], {}, {}, []
        self.head, self.received, self._bounds = None, [], None

    def check(self):
        self._head()
        self._leaves()
        self.tree = Tree([leaf_hash(x) for x in self.leaves])
        self.state = State(self.keys.log, self.tree)
        self._tiles()
        for note in self.export.notes:
            self.check_note(note, "note " + str(note.size))
        self._records()
        self._newest()

    def _head(self):
        try:
            self.head = read_checkpoint(self.export.read("log/checkpoint"))
        except (Bad, OSError) as e:
            self.findings.add("bad-checkpoint", f"log/checkpoint: {e}")
            return
        m = self.export.manifest
        if m and (m.m["origin"], m.m["size"], m.m["root"]) != (self.head.origin, self.head.size, self.head.root):
            self.export.bad("MANIFEST: origin, size or root are not log/checkpoint's")
        packer = self._packer() if m and m.m["of"] == "mirror" else self.keys
        if m and not (packer and manifest_signed_by(m, packer.origin, packer.service)):
            self.export.bad("MANIFEST: signature")

    def _packer(self):
        """The server above that packed a copy: its own county.keys, beside the county's."""
        try:
            keys = CountyKeys(self.export.read("mirror.keys"))
            return keys if keys.good() else None
        except (Bad, OSError):
            return None

    def _leaves(self):
        """Leaves from the bundles; of the head's size, or of what is there when no head can be read."""
        if not self.head:
            return
        for path, first, width in bundle_paths(self.head.size):
            try:
                self.leaves += read_bundle(self.export.read("log/" + path), width)
            except (Bad, OSError) as e:
                self.findings.add("bad-inclusion", f"log/{path}: {e}")
                return

    def _tiles(self):
        if not self.head:
            return
        if len(self.leaves) != self.head.size or self.tree.root() != self.head.root:
            self.findings.add("bad-inclusion", "the bundles do not give the checkpoint's root")
        wanted = tiles(self.tree)
        for path, data in wanted.items():
            if not self.export.has("log/" + path):
                self.findings.add("bad-inclusion", f"log/{path}: missing")
            elif self.export.read("log/" + path) != data:
                self.findings.add("bad-inclusion", f"log/{path}: not what the bundles give")
        known = {"log/" + p for p in wanted} | {"log/" + p for p, _, _ in bundle_paths(self.head.size)}
        for path in sorted(p for p in self.export.paths if p.startswith("log/tile/") and p not in known):
            self.export.bad(f"{path}: no tile of this tree")

    def verify_note(self, note, name):
        """Origin, the log's signature and known witnesses' lines; the size and root are check_note's."""
        if note.origin != self.keys.origin or not log_signature(note, self.keys.vkey):
            self.findings.add("bad-checkpoint", f"{name}: not this log's, or not signed by its key")
            return False
        if self.policy:
            times, failed = cosignature_times(note, self.policy)
            for witness in failed:
                self.findings.add("bad-cosignature", f"{name}: {witness}")
            self.times[note.hash] = None if failed else self.policy.quorum_time(times)
        return True

    def in_tree(self, note):
        return note.size <= self.tree.size and self.tree.root(note.size) == note.root

    def check_note(self, note, name):
        """True when the note is of this log's history."""
        if not self.verify_note(note, name):
            return False
        if not self.in_tree(note):
            self.findings.add("inconsistent-log", f"{name}: not of this tree's history")
            return False
        self.good_notes.append(note)
        return True

    def _records(self):
        before = 0
        for index, data in enumerate(self.leaves):
            try:
                leaf = read_leaf(data)
            except Bad as e:
                self.findings.add("bad-record", f"leaf {index}: {e}")
                self.received.append(before)
                continue
            if isinstance(leaf, EntryLeaf):
                self.entry_leaves.setdefault(leaf.hash, []).append((index, leaf))
                if leaf.received < before:
                    self.findings.add("inconsistent-log", f"leaf {index}: received before the leaf ahead of it",
                                      (leaf.device, leaf.epoch, leaf.seq))
                before = leaf.received
                self.received.append(leaf.received)
            else:
                for code, rule in self.state.apply(index, leaf.data):
                    self.findings.add(code, f"record at {index}: {rule}")
                self.received.append(self._at(leaf.data))

    @staticmethod
    def _at(data):
        for line in data.split(b"\n", 4)[:4]:
            if line.startswith(b"at ") and line[3:].isdigit():
                return int(line[3:])
        return 0

    def _newest(self):
        """What stands beside the log equals its newest records; the newest note is the head and reaches the quorum."""
        if self.head:
            if self.verify_note(self.head, "log/checkpoint") and self.policy and self.policy.quorum != "none" \
                    and self.times.get(self.head.hash) is None:
                self.findings.add("bad-checkpoint", "log/checkpoint: the policy's quorum did not cosign")
        if self.leaves:
            if not self.state.keys or self.state.keys.data != self.export.read("county.keys"):
                self.export.bad("county.keys is not the newest record's")
            if not self.export.has("policy.txt") or self.export.read("policy.txt") != self.state.policy:
                self.export.bad("policy.txt is not the newest record's")

    # --- time

    def not_before(self, anchor, notes):
        """MS, or None: when the anchored note was there at the earliest."""
        size, _, mark = anchor
        if size == 0:
            return None
        note = notes.get(mark)
        time = self.times.get(note.hash) if note else None
        if time is not None:
            return time * 1000
        return self.received[size - 1] if size <= len(self.received) else None

    def not_after(self, index):
        """MS: when the leaf was there at the latest."""
        if self._bounds is None:
            self._bounds = {}
            for note in self.good_notes:
                time = self.times.get(note.hash)
                old = self._bounds.get(note.size)
                self._bounds[note.size] = min((t for t in (time, old) if t is not None), default=None)
            self._sizes = sorted(self._bounds)
        at = bisect.bisect_right(self._sizes, index)
        time = self._bounds[self._sizes[at]] if at < len(self._sizes) else None
        return time * 1000 if time is not None else self.received[index]
