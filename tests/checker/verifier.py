"""The whole of section 14: verify an export, with villages' halves, and say the verdict."""
import os
import re

from .audit_entries import Entries
from .audit_lay import Laid, Village
from .audit_log import Log, read_keys, read_policy
from .export import Export
from .findings import Findings
from .grammar import Bad, b64
from .note import read_checkpoint


def _read(path):
    with open(path, "rb") as f:
        return f.read()


class Verifier:
    def __init__(self, top, policy=None, villages=(), since=None, inventory=None, window=None):
        self.top, self.policy_file, self.villages = top, policy, villages
        self.since, self.inventory, self.window = since, inventory, window
        self.findings, self.had = Findings(), 0
        self.log = self.entries = self.laid = self.keys = self.policy = None

    def run(self):
        """-> the JSON object of `verify`"""
        self.export = Export(self.top, self.findings)
        if not {"MANIFEST", "county.keys"} & self.export.paths:
            return self._result("unusable")
        self.export.check_manifest()
        if self.export.of == "village":
            self._village_alone()
            return self._result()
        self.keys = read_keys(self.export, self.findings)
        self._policy()
        if not self.keys or not self.export.has("log/checkpoint"):
            self.export.bad("nothing can be checked without county.keys and log/checkpoint")
            return self._result("unusable")
        self.export.load_notes()
        self.export.load_entries()
        self.log = Log(self.export, self.keys, self.policy, self.findings)
        self.log.check()
        if self.since:
            self._earlier()
        self._left_out(self.export)
        self.entries = Entries(self.export, self.findings, self.keys.log, self.log.state, self.log, self.export.notes)
        self.entries.check()
        self.laid = Laid(self.entries, self.log, self._inventory(), self.window)
        self.laid.check()
        for top in self.villages:
            village = Village(Export(top, self.findings), self.findings, self.log, self.policy)
            village.check()
            self._left_out(village.export)
        return self._result()

    def _policy(self):
        if self.policy_file:
            self.policy = read_policy(_read(self.policy_file), self.keys, self.findings)
        elif self.export.has("policy.txt"):
            self.policy = read_policy(self.export.read("policy.txt"), self.keys, self.findings)

    def _village_alone(self):
        village = Village(self.export, self.findings)
        village.check()
        self._left_out(self.export)
        self.entries, self.keys = village.entries, village.keys

    def _earlier(self):
        """A note the auditor kept from an earlier export."""
        try:
            note = read_checkpoint(_read(self.since))
            self.had = note.size if self.log.check_note(note, self.since) else 0
        except Bad as e:
            self.findings.add("bad-checkpoint", f"{self.since}: {e}")

    def _left_out(self, export):
        """Entries may be left out only below a note that the auditor kept."""
        if export.since > self.had:
            export.bad(f"MANIFEST: entries below leaf {export.since} are left out")

    def _inventory(self):
        return set(re.findall(r"\b[0-9a-f]{64}\b", _read(self.inventory).decode("utf-8", "replace"))) if self.inventory else None

    def trust(self):
        if not self.policy_file:
            return "export-only"
        cosigned = self.log and self.log.head and self.log.times.get(self.log.head.hash) is not None
        return "witnessed" if cosigned else "pinned"

    def _result(self, verdict=None):
        found = list(self.export.all_entries())
        state = self.log.state if self.log else None
        head = self.log.head if self.log else None
        return {
            "verdict": verdict or ("findings" if self.findings.rows else "ok"),
            "trust": self.trust(),
            "entries": len(found),
            "valid": sum(e.where not in self.findings.touched for e in found),
            "erased": sum(bool(state) and e.personal is None and e.hash in state.erased for e in found),
            "parked": len(self.laid.parked) if self.laid else 0,
            "missing": len(self.entries.missing) if self.entries else 0,
            "forked": len(self.export.forks),
            "devices": len({e.device for e in found}),
            "log": {"origin": head.origin if head else None, "size": head.size if head else 0, "root": b64(head.root) if head else None,
                    "key": self.keys.vkey.text if self.keys else None},
            "findings": self.findings.as_json(),
        }


def verify(top, **options):
    if not os.path.isdir(top):
        raise OSError(f"{top}: no folder")
    return Verifier(top, **options).run()
