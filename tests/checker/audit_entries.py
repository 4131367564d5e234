"""Section 14, 5, 6 and 8: every entry of an export, county's or village's."""
from .grammar import Bad, unb64
from .entry import HEADER
from .keys import device_id
from .sign import hexhash, pae, point_ok, signed_by, verify_typed

MISSING_MOST = 100000  # of one hole, as many are counted


def _without(begin, end, lost):
    """What the ranges in `lost` leave of begin..end, as ranges."""
    for a, b in sorted(x for x in lost if isinstance(x[0], int) and isinstance(x[1], int)):
        if b < begin or a > end:
            continue
        if begin < a:
            yield begin, a - 1
        begin = b + 1
    if begin <= end:
        yield begin, end


class Entries:
    """Checks all entries; state is the log's (None when only a village's half is there)."""

    def __init__(self, export, findings, log_id, state=None, log=None, notes=()):
        self.export, self.findings, self.log_id, self.state, self.log = export, findings, log_id, state, log
        self.notes = {n.hash: n for n in notes}
        self.by_hash = {e.hash: e for e in export.all_entries()}
        self.keys, self.parked, self.missing, self.files, self.lost = {}, set(), set(), {}, {}
        self.village = log is None

    def add(self, code, detail, entry):
        self.findings.add(code, detail, entry.where)

    def check(self):
        for device in sorted({d for d, _ in self.export.entries}):
            self._device(device)
        for e in self.export.forks:
            self.add("fork", f"entry {e.hash} beside the main branch", e)
            self._one(e, self.by_hash.get(e.prev) if e.prev else None)
        self._fork_records()
        self._named_files()

    # --- the chain

    def _device(self, device):
        epochs = sorted(epoch for d, epoch in self.export.entries if d == device)
        losses, log_set = [], False
        for epoch in epochs:
            for e in self.export.entries[device, epoch]:
                if e.kind == "loss":
                    losses.append(e)
        self.lost[device] = [(x.get("epoch"), x.get("from"), x.get("to")) for x in (self._facts(e) for e in losses) if x]
        for epoch in epochs:
            rows = self.export.entries[device, epoch]
            self._epoch_key(device, epoch, rows)
            log_set = self._chain(device, epoch, rows, log_set)
            self._gaps(device, epoch, rows, losses)

    def _chain(self, device, epoch, rows, log_set):
        seen, expected = {}, 0
        for e in rows:
            if (e.device, e.epoch) != (device, epoch):
                self.findings.add("bad-chain", "another device's or epoch's entry", (device, epoch, e.seq))
                continue
            if e.seq in seen and seen[e.seq].hash != e.hash:
                self.add("fork", "two entries at one place", e)
            elif e.seq < expected:
                self.add("bad-chain", f"seq {e.seq} after {expected - 1}", e)
            expected = max(expected, e.seq + 1)
            seen.setdefault(e.seq, e)
        for e in seen.values():
            self._one(e, seen.get(e.seq - 1) if e.seq else self.by_hash.get(e.prev))
            if log_set and e.h["log"] is None:
                self.add("bad-chain", "log is - again", e)
            log_set = log_set or e.h["log"] is not None
        return log_set

    def is_lost(self, device, epoch, seq):
        """Does a loss entry declare that place?"""
        return any(n == epoch and begin <= seq <= end for n, begin, end in self.lost.get(device, ()))

    def _gaps(self, device, epoch, rows, losses):
        present = {e.seq for e in rows} | {s for d, ep, s in self.export.spoilt if (d, ep) == (device, epoch)}
        if not present or None in present:
            return
        lost = [(x.get("from"), x.get("to")) for x in (self._facts(e) for e in losses) if x.get("epoch") == epoch]
        expected = min(present) if self.export.since else 0
        for s in sorted(present):
            for begin, end in _without(expected, s - 1, lost):
                self.findings.add("gap", f"seq {begin} to {end}", (device, epoch, begin))
                self.missing |= {(device, epoch, x) for x in range(begin, min(end, begin + MISSING_MOST) + 1)}
            expected = s + 1

    @staticmethod
    def _facts(e):
        try:
            e.payload_rules()
            return e.facts
        except Bad:
            return {}

    # --- keys

    def _epoch_key(self, device, epoch, rows):
        """The key of an epoch: stated in its seq 0, endorsed by the former one or enrolled."""
        first = next((e for e in rows if e.seq == 0), None)
        enrolled = [r["key"] for r in self.state.known(device, None) if r["epoch"] == epoch] if self.state else []
        facts = self._facts(first) if first else {}
        if "key" not in facts:
            self.keys[device, epoch] = enrolled[0] if enrolled else None
            return
        key = unb64(facts["key"])
        self.keys[device, epoch] = key
        if not point_ok(key):
            self.add("bad-key", "the epoch's key fails the point check", first)
        elif epoch == 1 and device_id(key) != device:
            self.add("bad-chain", "the device is not its first key's hash", first)
        elif epoch > 1:
            self._successor(first, facts, key, enrolled)

    def _successor(self, first, facts, key, enrolled):
        if "former" in facts:
            # epochs between may be a copy's, so any earlier one's key will do
            earlier = [k for (device, epoch), k in self.keys.items() if device == first.device and epoch < first.epoch and k]
            if not any(verify_typed(k, "enrol", first.endorsement(key), unb64(facts["former"])) for k in earlier):
                self.add("bad-chain", "no earlier epoch's key signed this one's", first)
        elif self.state and key not in enrolled:
            self.add("unknown-device", "a new epoch that neither the former key nor an enrolment vouches for", first)

    # --- one entry

    def _one(self, e, before):
        self._prev(e, before)
        self._anchor(e, before)
        self._signatures(e)
        try:
            e.payload_rules()
        except Bad as problem:
            self.add("bad-payload", problem, e)
        self._personal(e)
        self._attachments(e)
        if e.h["log"] not in (None, self.log_id) and not (self.state and e.h["log"] in self.state.old_logs):
            self.add("bad-chain", "meant for another log", e)

    def _prev(self, e, before):
        if e.prev is None:
            return
        named = self.by_hash.get(e.prev)
        if e.seq == 0:
            if (not named or named.device != e.device or named.epoch >= e.epoch) and not self.export.since:
                self.add("bad-chain", "prev names no entry of an earlier epoch", e)
        elif before is not None and before.hash != e.prev:
            if not named or named.where != (e.device, e.epoch, e.seq - 1):
                self.add("bad-chain", "prev is not the entry before", e)

    def _anchor(self, e, before):
        size, root, mark = e.anchor
        if before is not None and size < before.anchor[0]:
            self.add("bad-anchor", "the anchor's size falls", e)
        if size:
            note = self.notes.get(mark)
            if not note or (note.size, note.root.hex()) != (size, root):
                self.add("bad-anchor", f"no note {size} {mark[:16]} was released", e)

    def _signatures(self, e):
        key = self.keys.get((e.device, e.epoch))
        if not e.sigs or not key or not signed_by("entry", e.header, e.sigs[0], key):
            self.add("bad-signature", "not signed by the epoch's key", e)
        actor, person = e.actor
        if person is None:
            if len(e.sigs) > 1:
                self.add("bad-signature", "a signature line too many", e)
            return
        if len(e.sigs) != 2 or e.sigs[1][0] != person:
            self.add("bad-person-signature", "the person's signature line is missing or another's", e)
        elif self.state:
            known = self.state.person(person, active=False)
            if not known or known["actor"] != actor or not signed_by("entry", e.header, e.sigs[1], known["key"]):
                self.add("bad-person-signature", "not signed by the person that actor names", e)

    def erased(self, e):
        return bool(self.state) and e.hash in self.state.erased

    def _personal(self, e):
        code = e.kind == "reset-code"  # its personal part is in no export
        if e.personal is not None:
            if code:
                self.export.bad("a device's code, which no export holds", e.where)
            try:
                e.personal_rules()
            except Bad as problem:
                self.add("bad-personal", problem, e)
            if self.erased(e):
                self.add("bad-erasure", "an erased personal part that is there", e)
            if self.export.personal == "withheld":
                self.export.bad("a personal part in an export that says withheld", e.where)
        elif e.personal_length and self.export.personal == "included" and not self.village and not code and not self.erased(e):
            self.add("bad-erasure", "a personal part is absent and no erase record names it", e)

    def _attachments(self, e):
        for a in e.attachments:
            path = f"attachments/{a.hash}"
            if self.export.has(path):
                if path not in self.files:
                    data = self.export.read(path)
                    self.files[path] = len(data), hexhash(data)
                if self.files[path] != (a.length, a.hash):
                    self.add("bad-attachment", f"{path}: other bytes", e)
                if a.personal and self.erased(e) and not self._kept_for_others(a.hash):
                    self.add("bad-erasure", f"{path}: an erased attachment that is there", e)
            elif not self.village and not (a.personal and (self.erased(e) or self.export.personal == "withheld")):
                self.add("missing-attachment", path, e)

    def _kept_for_others(self, mark):
        return any(a.hash == mark and not (a.personal and self.erased(e)) for e in self.by_hash.values() for a in e.attachments)

    # --- what records and files say

    def _fork_records(self):
        for index, r in self.state.forks if self.state else ():
            place, heads = (r["device"], r["epoch"], r["seq"]), []
            key = self.keys.get(place[:2]) or next((k["key"] for k in self.state.known(r["device"], None) if k["epoch"] == r["epoch"]), None)
            for name in "ab":
                try:
                    h = HEADER.read(r[name])
                    heads.append((h["device"], h["epoch"], h["seq"]) == place)
                except Bad:
                    heads.append(False)
                heads.append(bool(key) and verify_typed(key, "entry", r[name], r[name + "-sig"]))
            if not all(heads) or r["a"] == r["b"]:
                self.findings.add("bad-record", f"record at {index}: fork: not two signed headers of one place")
            elif not any(f.code == "fork" and (f.device, f.epoch, f.seq) == place for f in self.findings.rows):
                self.findings.add("fork", f"{hexhash(pae('entry', r['a']))} and {hexhash(pae('entry', r['b']))}", place)

    def _named_files(self):
        for path in sorted(self.export.paths):
            folder, _, name = path.partition("/")
            if folder == "forms" and hexhash(self.export.read(path)) + ".xml" != name:
                self.findings.add("bad-form", f"{path}: other bytes")
            elif folder == "dicts" and hexhash(self.export.read(path)) != name:
                self.findings.add("bad-dictionary", f"{path}: other bytes")
            elif folder == "attachments" and path not in self.files and hexhash(self.export.read(path)) != name:
                self.findings.add("bad-attachment", f"{path}: other bytes")
        if self.village:
            return
        for mark, length in self.state.dicts.items():
            if not self.export.has(f"dicts/{mark}"):
                self.findings.add("bad-dictionary", f"dicts/{mark}: missing")
            elif len(self.export.read(f"dicts/{mark}")) != length:
                self.findings.add("bad-dictionary", f"dicts/{mark}: another length than the record's")
        for form in {e.form for e in self.by_hash.values() if e.form[0]}:
            if not self.export.has(f"forms/{form[2]}.xml"):
                self.findings.add("bad-form", f"forms/{form[2]}.xml: missing")
