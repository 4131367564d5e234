"""Section 14, 6 to 8: entries laid beside the log, and a village's half beside both."""
from .audit_entries import Entries
from .audit_log import read_keys, read_policy
from .files import manifest_signed_by
from .grammar import Bad
from .leaf import leaf_of, read_leaf
from .note import log_signature, read_checkpoint
from .sign import sha256
from .sync import read_receipt
from .tree import leaf_hash, root_from_range

DAY = 24 * 3600 * 1000


class Laid:
    """Entries of a county's export against its log."""

    def __init__(self, entries, log, inventory=None, window=None):
        self.entries, self.log, self.state, self.findings = entries, log, log.state, log.findings
        self.inventory, self.window = inventory, window
        self.parked = set()

    def check(self):
        export = self.entries.export
        for e in export.all_entries():
            rows = self.log.entry_leaves.get(e.hash, [])
            if not rows:
                self.findings.add("not-in-log", "an entry without a leaf", e.where)
                continue
            index, leaf = rows[0]
            if leaf_of_bytes(e, leaf) != leaf:
                self.findings.add("unexplained-leaf", f"leaf {index} is not its entry's", e.where)
            self._rights(e, index)
            self._time(e, index)
        for mark, rows in self.log.entry_leaves.items():
            for index, leaf in rows[1:]:
                self.findings.add("unexplained-leaf", f"leaf {index}: the entry's second", place(leaf))
            index, leaf = rows[0]
            if mark not in self.entries.by_hash and index >= export.since:
                self.findings.add("unexplained-leaf", f"leaf {index} without its entry", place(leaf))
                self.entries.missing.add(place(leaf))
        self._devices()

    def _rights(self, e, index):
        """unknown-device, revoked-device, wrong-place, bad-form; what is parked."""
        reviewed = self.state.reviews.get(e.hash)
        parked = e.hash in self.state.late
        if not self.state.known(e.device, index if e.seq else None):
            self.findings.add("unknown-device", "no enrol record below its leaf", e.where)
        revoked = self.state.revoked.get(e.device)
        if revoked is not None and index > revoked:
            parked = True
            if not reviewed:
                self.findings.add("revoked-device", f"revoked at {revoked}, entry at {index}", e.where)
        if e.seq and self.state.known(e.device, index) and not self.state.may_record(e.device, e.place, index):
            parked = True
            if not reviewed:
                self.findings.add("wrong-place", f"no assignment to {e.place} at {index}", e.where)
        if e.form[0] and self.state.forms.get(e.form, index) >= index:
            parked = True
            self.findings.add("bad-form", f"{e.form[0]} {e.form[1]}: not published below {index}", e.where)
        if parked and reviewed != "accept":
            self.parked.add(e.hash)

    def _devices(self):
        if self.inventory is None:
            return
        for device in sorted(set(self.state.enrolled) | {d for d, _ in self.entries.export.entries}):
            if device not in self.inventory:
                self.findings.add("unlisted-device", "not in the inventory", (device, None, None))

    def _time(self, e, index):
        low, high = self.log.not_before(e.anchor, self.entries.notes), self.log.not_after(index)
        if e.h["clock"] != "unset":
            if (low is not None and e.wall < low - DAY) or e.wall > high + DAY:
                self.findings.add("clock-outside-bounds", f"{e.wall} is not within {low} to {high}", e.where)
        if self.window is not None and (low is None or high - low > self.window * DAY):
            self.findings.add("unanchored-window", f"{low} to {high}", e.where)


def place(leaf):
    return leaf.device, leaf.epoch, leaf.seq


def leaf_of_bytes(e, leaf):
    """The leaf this entry should have, received when that one was."""
    return read_leaf(leaf_of(e, leaf.received)) if e.sigs else None


class Village:
    """A village's half; log is None when it is looked at alone."""

    def __init__(self, export, findings, log=None, policy=None):
        self.export, self.findings, self.log, self.policy = export, findings, log, policy
        self.entries, self.head, self.notes = None, None, []

    def check(self):
        self.export.check_manifest()
        self.export.load_entries()
        keys = read_keys(self.export, self.findings) if self.export.has("county.keys") else None
        if self.export.has("policy.txt"):
            read_policy(self.export.read("policy.txt"), keys, self.findings)
        self.keys = keys or (self.log.keys if self.log else None)
        self.export.load_notes()
        self._notes()
        known = self.notes + (self.log.export.notes if self.log else [])
        state = self.log.state if self.log else None
        self.entries = Entries(self.export, self.findings, self.keys.log if self.keys else None, state, None, known)
        self.entries.check()
        self._manifest()
        self._receipts()
        if self.log:
            self._journal()
            self._same_keys()

    def _verified(self, note, name):
        """A note of this log by its signature, and of the county's history."""
        if self.log:
            if self.log.keys.vkey != self.keys.vkey:
                self.findings.add("inconsistent-log", f"{name}: the village was shown another log")
                return False
            if not self.log.verify_note(note, name):
                return False
            if not self.log.in_tree(note):
                self.findings.add("inconsistent-log", f"{name}: not of this log's history")
            return True
        if self.keys and note.origin == self.keys.origin and log_signature(note, self.keys.vkey):
            return True
        self.findings.add("bad-checkpoint", f"{name}: not this log's, or not signed by its key")
        return False

    def _notes(self):
        if self.export.has("log/checkpoint"):
            try:
                self.head = read_checkpoint(self.export.read("log/checkpoint"))
            except Bad as e:
                self.findings.add("bad-checkpoint", f"log/checkpoint: {e}")
        if self.head and self.head.hash not in [n.hash for n in self.export.notes]:
            self._verified(self.head, "the village's log/checkpoint")
        for note in self.export.notes:
            if self._verified(note, f"the village's note {note.size}"):
                self.notes.append(note)
        for note in self.export.seen:
            self._verified(note, f"a head of {note.size} that the village saw")

    def _manifest(self):
        m = self.export.manifest
        if not m:
            return
        newest = max(self.entries.keys, default=None)
        key = self.entries.keys.get(newest)
        devices = {d for d, _ in self.entries.keys}
        if len(devices) != 1 or not key or not manifest_signed_by(m, newest[0], key):
            self.export.bad("MANIFEST: not signed by the device's newest epoch key")
        if (m.m["size"], m.m["root"]) != ((self.head.size, self.head.root) if self.head else (0, sha256(b""))):
            self.export.bad("MANIFEST: size or root are not log/checkpoint's")

    def _receipts(self):
        for path in sorted(p for p in self.export.paths if p.startswith("receipts/")):
            try:
                device, r, note = read_receipt(self.export.read(path))
                if path != f"receipts/{r.first}-{r.count}-{note.size}":
                    self.export.bad(f"{path}: not its name")
                self._receipt(path, device, r, note)
            except Bad as e:
                self.findings.add("bad-receipt", f"{path}: {e}")

    def _receipt(self, path, device, r, note):
        if not self.keys or note.origin != self.keys.origin or not log_signature(note, self.keys.vkey):
            raise Bad("its note is not signed by the log")
        own = {e.where: e for e in self.entries.by_hash.values()}
        own.update({e.where: e for rows in self.export.entries.values() for e in rows})
        wheres = [(device, epoch, seq + i) for epoch, seq, count in r.runs for i in range(count)]
        lost = {w: r.first + i for i, w in enumerate(wheres) if w not in own and self.log and r.first + i < len(self.log.leaves) and self.entries.is_lost(*w)}
        absent = [w for w in wheres if w not in own and w not in lost]
        if absent:
            raise Bad(f"its entry {absent[0][1]}.{absent[0][2]} is not in the journal")
        leaves = [self.log.leaves[lost[w]] if w in lost else leaf_of(own[w], r.received) for w in wheres]
        if root_from_range([leaf_hash(x) for x in leaves], r.first, note.size, r.hashes) != note.root:
            raise Bad("its proof does not give its note's root")
        if self.log:
            self._verified(note, path)
            for i, (w, leaf) in enumerate(zip(wheres, leaves)):
                if r.first + i >= len(self.log.leaves) or self.log.leaves[r.first + i] != leaf:
                    self.findings.add("not-in-log", f"{path}: the county's log has another leaf at {r.first + i}", w)

    def _same_keys(self):
        m = self.export.manifest
        if self.export.has("county.keys") and m and m.m["size"] <= len(self.log.leaves):
            if self.export.read("county.keys") not in self.log.state.all_keys:
                self.findings.add("bad-key", "county.keys: the village was shown one that the log does not hold")

    def _journal(self):
        """Leaves of this device that its own journal has not, below its last entry or in the log that it had seen."""
        last = {}
        for e in self.entries.by_hash.values():
            last[e.device] = max(last.get(e.device, (0, 0)), (e.epoch, e.seq))
        for mark, rows in self.log.entry_leaves.items():
            leaf = rows[0][1]
            seen = (leaf.epoch, leaf.seq) <= last.get(leaf.device, (0, 0)) or (self.head and rows[0][0] < self.head.size)
            if leaf.device in last and seen and mark not in self.entries.by_hash and not self.entries.is_lost(leaf.device, leaf.epoch, leaf.seq):
                self.findings.add("unexplained-leaf", f"leaf {rows[0][0]}: the device's own journal has not that entry", place(leaf))
