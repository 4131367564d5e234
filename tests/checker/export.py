"""Section 13: reads an export's folder, a county's or a village's, and judges its layout and MANIFEST."""
import os
import re

from .entry import Entry, read_personal_line
from .files import read_manifest
from .grammar import Bad
from .note import read_checkpoint
from .sign import hexhash, read_signatures

_TILE = r"(x\d{3}/)*\d{3}(\.p/([1-9]\d{0,2}))?"
_COUNTY = [r"policy\.txt", r"county\.keys", r"log/checkpoint", r"log/checkpoints/(0|[1-9]\d*)-[0-9a-f]{64}",
           r"entries/[0-9a-f]{64}/[1-9]\d*/(headers|sigs|payloads|personals)", r"forms/[0-9a-f]{64}\.xml", r"dicts/[0-9a-f]{64}",
           r"attachments/[0-9a-f]{64}", r"forks/[0-9a-f]{64}-[1-9]\d*-(0|[1-9]\d*)/[0-9a-f]{64}", r"MANIFEST"]
_LAYOUT = {"county": re.compile("|".join(_COUNTY + [rf"log/tile/(\d|[1-5]\d|6[0-3]|entries)/{_TILE}"])),
           "mirror": re.compile("|".join(_COUNTY + [r"mirror\.keys", rf"log/tile/(\d|[1-5]\d|6[0-3]|entries)/{_TILE}"])),
           "village": re.compile("|".join(_COUNTY + [r"receipts/(0|[1-9]\d*)-[1-9]\d*-[1-9]\d*", r"log/seen/(0|[1-9]\d*)-[0-9a-f]{64}"]))}
_PARTS = ("headers", "sigs", "payloads", "personals")


class Export:
    """The folder; entries[(device, epoch)] lists what stands there in order, entries that could not be read left out."""

    def __init__(self, top, findings):
        self.top, self.findings = top, findings
        self.paths = {os.path.relpath(os.path.join(folder, name), top) for folder, _, names in os.walk(top) for name in names}
        self.seen = []
        self.manifest, self.notes, self.entries, self.forks, self.spoilt = None, [], {}, [], set()

    def has(self, path):
        return path in self.paths

    def read(self, path):
        with open(os.path.join(self.top, path), "rb") as f:
            return f.read()

    def bad(self, detail, where=(None, None, None)):
        self.findings.add("bad-export", detail, where)

    @property
    def of(self):
        return self.manifest.m["of"] if self.manifest else ("county" if any(p.startswith("log/tile/") for p in self.paths) else "village")

    @property
    def personal(self):
        return self.manifest.m["personal"] if self.manifest else None

    @property
    def since(self):
        return self.manifest.m["since"] if self.manifest else 0

    def check_manifest(self):
        """Form, sums, layout; the signature is the caller's, who knows the key."""
        try:
            self.manifest = read_manifest(self.read("MANIFEST"))
        except (Bad, OSError) as e:
            self.bad(f"MANIFEST: {e}")
            return
        sums = self.manifest.sums
        for path in sorted(self.paths - {"MANIFEST"}):
            if path not in sums:
                self.bad(f"{path}: not in MANIFEST")
            elif hexhash(self.read(path)) != sums[path]:
                self.bad(f"{path}: sum differs")
            if not _LAYOUT[self.of].fullmatch(path):
                self.bad(f"{path}: no part of the layout")
        for path in sorted(set(sums) - self.paths):
            self.bad(f"{path}: missing")

    def load_notes(self):
        """Every kept note; those that are none are told."""
        for path in sorted(p for p in self.paths if p.startswith(("log/checkpoints/", "log/seen/"))):
            name = path.rsplit("/", 1)[1]
            try:
                note = read_checkpoint(self.read(path))
            except Bad as e:
                self.findings.add("bad-checkpoint", f"{path}: {e}")
                continue
            if name != f"{note.size}-{note.hash}":
                self.bad(f"{path}: not its name")
            (self.seen if path.startswith("log/seen/") else self.notes).append(note)

    def load_entries(self):
        folders = {}
        for path in self.paths:
            m = re.fullmatch(r"entries/([0-9a-f]{64})/([1-9]\d*)/(\w+)", path)
            if m:
                folders.setdefault((m[1], int(m[2])), set()).add(m[3])
        for place in sorted(folders):
            if not folders[place] >= set(_PARTS):
                self.bad("files of an epoch missing: " + " ".join(sorted(set(_PARTS) - folders[place])), (*place, None))
                continue
            self.entries[place] = self._epoch(*place)
        for path in sorted(p for p in self.paths if p.startswith("forks/")):
            self._fork(path)

    def _epoch(self, device, epoch):
        headers, sigs, payloads, personals = (self.read(f"entries/{device}/{epoch}/{part}") for part in _PARTS)
        headers, sigs = _split(headers), _split(sigs)
        payloads, personals = payloads.split(b"\n"), personals.split(b"\n")
        if payloads.pop() or personals.pop():
            self.bad("payloads or personals without LF at the end", (device, epoch, None))
        counts = {len(x) for x in (headers, sigs, payloads, personals)}
        if len(counts) != 1:
            self.bad("headers, sigs, payloads, personals do not match in number", (device, epoch, None))
        out = []
        for row in zip(headers, sigs, payloads, personals):
            e = self._entry(device, epoch, *row)
            if e:
                out.append(e)
        return out

    def _entry(self, device, epoch, header, sigs, payload, personal):
        try:
            e = Entry(header, [], payload, None)
        except Bad as problem:
            m = re.search(rb"^seq ([0-9]{1,15})$", header, re.M)
            where = (device, epoch, int(m[1]) if m else None)
            self.findings.add("bad-chain", f"header: {problem}", where)
            self.spoilt.add(where)
            return None
        try:
            e.sigs = read_signatures(sigs)
        except Bad as problem:
            self.findings.add("bad-signature", problem, e.where)
        try:
            e.personal = read_personal_line(personal)
        except Bad as problem:
            self.findings.add("bad-personal", problem, e.where)
        return e

    def _fork(self, path):
        parts = self.read(path).split(b"\n\n")
        lines = parts[2].split(b"\n") if len(parts) == 3 else []
        m = re.fullmatch(r"forks/(\w+)-(\d+)-(\d+)/(\w+)", path)
        if len(lines) != 3 or lines[2] or not m:
            self.bad(f"{path}: not the form of an entry beside the main branch")
            return
        e = self._entry(m[1], int(m[2]), parts[0] + b"\n", parts[1] + b"\n", lines[0], lines[1])
        if e:
            if e.where != (m[1], int(m[2]), int(m[3])) or e.hash != m[4]:
                self.bad(f"{path}: not its name", e.where)
            self.forks.append(e)

    def all_entries(self):
        for place in sorted(self.entries):
            yield from self.entries[place]
        yield from self.forks


def _split(data):
    """Texts with an empty line between two, each with its LF."""
    if not data:
        return []
    parts = data.split(b"\n\n")
    return [p + b"\n" for p in parts[:-1]] + [parts[-1]]
