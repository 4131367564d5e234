"""Forged copies of a real export, as a county could make them with its own log and service keys.

Each forgery returns (device, codes an export alone must show, codes the device's village half adds)."""
import os
import re
import shutil
import tempfile

from . import writer
from .entry import Entry, show_header
from .export import Export
from .findings import Findings
from .grammar import Bad, need
from .keys import CountyKeys, load_signing_key
from .leaf import EntryLeaf, leaf_of, read_leaf
from .note import sign_checkpoint
from .record import Record
from .sign import Key, hexhash, sha256
from .tree import Tree, bundle_paths, leaf_hash, read_bundle
from .verifier import verify

HISTORY = ["inconsistent-log", "not-in-log"]


def find_key(folders, name):
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return load_signing_key(path)
    raise OSError(f"no {name} in {' '.join(folders)}")


class Forger:
    """A county's export taken apart, and the county's keys."""

    def __init__(self, top, folders):
        self.top, self.folders = top, folders
        self.log_key, self.service = find_key(folders, "log.key"), find_key(folders, "service.key")
        self.export = x = Export(top, Findings())
        x.check_manifest()
        x.load_notes()
        x.load_entries()
        need(x.manifest and x.of == "county", f"{top}: not a county's export")
        self.files = {p: x.read(p) for p in x.paths if p != "MANIFEST"}
        self.m = dict(x.manifest.m)
        self.leaves = []
        for path, _, width in bundle_paths(self.m["size"]):
            self.leaves += read_bundle(self.files["log/" + path], width)
        self.index = {}
        for i, data in enumerate(self.leaves):
            read = read_leaf(data)
            if isinstance(read, EntryLeaf):
                self.index.setdefault(read.hash, i)
        self.before = {f["code"] for f in verify(top)["findings"]}

    # --- changing things

    def set_entries(self, place, entries):
        folder = "entries/%s/%d/" % place
        for part in ("headers", "sigs", "payloads", "personals"):
            self.files.pop(folder + part, None)
        if entries:
            self.files.update(writer.entry_files(entries))

    def rebuild(self, leaves, same):
        """Log, tiles and newest note anew; leaves below `same` are untouched, so notes up to there stay."""
        for path in [p for p in self.files if p.startswith("log/")]:
            del self.files[path]
        tree = Tree([leaf_hash(x) for x in leaves])
        notes = sorted((n.size, n.data) for n in self.export.notes if n.size <= same)
        if not notes or notes[-1][0] != len(leaves):
            notes.append((len(leaves), sign_checkpoint(self.m["origin"], tree.size, tree.root(), self.log_key)))
        self.files.update(writer.note_files(notes))
        self.files.update(writer.log_files(leaves))
        self.m.update(size=tree.size, root=tree.root())

    def save(self, out):
        shutil.rmtree(out, ignore_errors=True)
        for path, data in self.files.items():
            writer.put(out, path, data)
        writer.seal_export(out, self.m, self.m["origin"], self.service)

    def passes(self):
        """Would an auditor with this export alone see nothing new?"""
        with tempfile.TemporaryDirectory() as out:
            self.save(os.path.join(out, "x"))
            return {f["code"] for f in verify(os.path.join(out, "x"))["findings"]} <= self.before

    # --- choosing where

    def chains(self, device=None, least=1):
        """[(place, entries)] of enough entries, longest first."""
        rows = [(p, e) for p, e in self.export.entries.items() if device in (None, p[0]) and len(e) >= least]
        need(rows, f"no chain of {least} entries")
        return sorted(rows, key=lambda row: (-len(row[1]), row[0]))


def _payloads(entries):
    """(entry, place of an integer in its payload), records first."""
    for e in sorted(entries, key=lambda e: e.kind not in ("record", "correction")):
        m = re.search(rb'":(\d+)[,}\]]', e.payload)
        if m:
            yield e, m


def changed_amount(f, device=None):
    for place, entries in f.chains(device):
        for e, m in _payloads(entries):
            digits = bytearray(m[1])
            digits[-1] = ord("1") if digits[-1] == ord("9") else digits[-1] + 1
            changed = Entry(e.header, e.sigs, e.payload[:m.start(1)] + bytes(digits) + e.payload[m.end(1):], e.personal)
            f.set_entries(place, [changed if x is e else x for x in entries])
            return e.device, ["bad-payload"], []
    raise Bad("no payload with a whole number")


def dropped_entry(f, device=None):
    place, entries = f.chains(device, 3)[0]
    at = len(entries) // 2
    f.set_entries(place, entries[:at] + entries[at + 1:])
    return place[0], ["gap", "unexplained-leaf"], []


def swapped(f, device=None):
    place, entries = f.chains(device, 3)[0]
    at = max(1, len(entries) // 2 - 1)
    f.set_entries(place, entries[:at] + [entries[at + 1], entries[at]] + entries[at + 2:])
    return place[0], ["bad-chain"], []


def inserted(f, device=None):
    """An entry in a village's name, by a key the county made, logged and checkpointed in all form."""
    own = Key(sha256(b"forged by the county"))
    place, entries = f.chains(device)[0]
    like = next((e for e in reversed(entries) if e.kind == "record"), None)
    need(like, "no record to imitate")
    last, payload = entries[-1], like.payload
    m = next((m for _, m in _payloads([like])), None)
    if m:
        payload = payload[:m.start(1)] + b"1" + payload[m.start(1):]
    h = {**like.h, "epoch": last.epoch, "seq": last.seq + 1, "prev": last.hash, "wall": last.wall + 60000, "mono": last.h["mono"] + 60000,
         "boot": last.h["boot"], "anchor": last.anchor, "actor": ("device", None), "payload": (len(payload), hexhash(payload)),
         "personal": (0, None), "att": []}
    header = show_header(**h)
    forged = Entry(header, [(own.hash, own.sign("entry", header))], payload, None)
    received = max(read_leaf(f.leaves[i]).received for i in f.index.values())
    f.set_entries(place, entries + [forged])
    f.rebuild(f.leaves + [leaf_of(forged, received)], len(f.leaves))
    return place[0], ["bad-signature"], []


def _tidy(f):
    """Takes away what only the dropped leaves and entries named."""
    records, entries = [], []
    for path, data in list(f.files.items()):
        if path.startswith("log/tile/entries/"):
            width = int(path.rpartition(".p/")[2]) if ".p/" in path else 256
            records += [Record(x[1:]) for x in read_bundle(data, width) if x[0] == 2]
        elif path.endswith("/headers"):
            entries += [Entry(h + b"\n") for h in data.rstrip(b"\n").split(b"\n\n")]
    named = {f"forms/{r.r['form'][2]}.xml" for r in records if r.kind == "form"}
    named |= {f"dicts/{r.r['dict']}" for r in records if r.kind == "dictionary"}
    named |= {f"attachments/{a.hash}" for e in entries for a in e.attachments}
    for path in [p for p in f.files if p.startswith(("forms/", "dicts/", "attachments/")) and p not in named]:
        del f.files[path]
    for what, path in (("county", "county.keys"), ("policy", "policy.txt")):
        newest = [r for r in records if r.what == what][-1]
        f.files[path] = newest.r["keys" if what == "county" else "policy"]


def _without(f, dropped):
    """Removes entries, by hash, from the folders of their chains and forks."""
    for place, entries in f.export.entries.items():
        kept = [e for e in entries if e.hash not in dropped]
        if len(kept) < len(entries):
            f.set_entries(place, kept)
    for e in f.export.forks:
        if e.hash in dropped:
            f.files.pop(writer.fork_file(e)[0], None)


def rolled_back(f, device=None):
    """The log as it stood at an older note that the county really released.  Nothing in it is forged, and nobody who has not
    seen a newer note can tell."""
    for note in sorted(f.export.notes, key=lambda n: -n.size):
        dropped = {h for h, i in f.index.items() if i >= note.size}
        named = {read_leaf(f.leaves[f.index[h]]).device for h in dropped}
        if not dropped or note.size < 3 or (device and device not in named):
            continue
        trial = Forger(f.top, f.folders)
        _without(trial, dropped)
        trial.rebuild(f.leaves[:note.size], note.size)
        _tidy(trial)
        if trial.passes():
            f.files, f.m = trial.files, trial.m
            return device or sorted(named)[0], [], HISTORY
    raise Bad("no older note to which the log can be cut back unseen")


def _names(data, dropped):
    """Does this leaf go with the dropped entries: theirs, or a record that names them?"""
    read = read_leaf(data)
    if isinstance(read, EntryLeaf):
        return read.hash in dropped
    r = Record(read.data).r
    return r.get("entry") in dropped or bool(dropped & set(r.get("entries", ())))


def rebuilt(f, device=None, least=1):
    """The whole log made anew without a device's last entries: as few of them as can go unseen, and no fewer than ${least}.

    What holds the county: every entry signs its prev, so only the end of a chain can go without a gap; and every entry that
    anchors a note signs its size, root and hash, so each anchored note must still be there and true, which pins all leaves
    below the newest note that a remaining entry anchors.  Beyond that note nothing but the county's own signatures
    speaks: leaves can go, and with them the records that name them; the notes released since are left out and a new one is
    signed.  Records that state a size and root beyond the first dropped leaf (export, period, posting) go too.  Such an export
    verifies alone.  The village's receipt, a witness's memory or an auditor's kept note shows it."""
    for place, entries in f.chains(device, 2):
        for count in range(least, len(entries)):
            dropped = {e.hash for e in entries[-count:]}
            at = min((f.index[h] for h in dropped if h in f.index), default=0)
            kept = [e for e in f.export.all_entries() if e.hash not in dropped]
            if entries[-count].seq == 0 or at < max(e.anchor[0] for e in kept):
                break
            trial = Forger(f.top, f.folders)
            leaves = [x for x in f.leaves if not _names(x, dropped)]
            leaves = leaves[:at] + [x for x in leaves[at:] if not _sized(x, at)]
            _without(trial, dropped)
            trial.rebuild(leaves, at)
            _tidy(trial)
            if trial.passes():
                f.files, f.m = trial.files, trial.m
                return place[0], [], HISTORY
    raise Bad("every chain's end is below a note that another entry anchors")


def _sized(data, at):
    read = read_leaf(data)
    if isinstance(read, EntryLeaf):
        return False
    record = Record(read.data)
    return record.kind in ("export", "period", "posting") and record.r["size"] > at


KINDS = {"changed-amount": changed_amount, "dropped-entry": dropped_entry, "swapped": swapped, "inserted": inserted,
         "rolled-back": rolled_back, "rebuilt": rebuilt}


def forge(top, out, kind, folders, device=None, **more):
    f = Forger(top, folders)
    keys = CountyKeys(f.files["county.keys"])
    need(keys.service == f.service.public and keys.vkey.key == f.log_key.public, "these are not the export's county's keys")
    device, alone, village = KINDS[kind](f, device, **more)
    f.save(out)
    return device, alone, village
