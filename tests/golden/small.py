"""The small export and its village half: three entries, everything in order; variants.py builds on it."""
import cast
from cast import DEVICE, DEVICE_KEY, FORM, FORM_XML, HOUR, ORIGIN, POLICY, SERVICE, T0, Chain, Log, anchor, genesis
from checker import sync, writer
from checker.note import read_checkpoint

HOUSE = "510182101201-1-7"


class Small:
    """What an export is made of, step by step; files() and write() turn it into a folder."""

    def __init__(self):
        self.chain, self.log = Chain(), Log()
        self.received, self.first, self.note = T0 + HOUR, None, None
        self.personal, self.since, self.county_keys, self.policy = "included", 0, cast.COUNTY_KEYS, POLICY
        self.more, self.signer, self.only, self.logged = {}, SERVICE, {}, 0

    # --- the story

    def begin(self):
        genesis(self.chain, clock="rtc")
        self.log.begin()
        self.log.enrol(self.chain)
        self.log.publish()
        self.note = anchor(self.log.release(T0 // 1000 + 90))

    def roof(self, facts=None, personal=None, **more):
        facts = facts or {"house": HOUSE, "stage": "roof", "amount": 28000}
        return self.chain.add("record", facts, personal=personal or {"head": "王小明"}, **{"form": FORM, "anchor": self.note, **more})

    def correct(self, **more):
        h = {"form": FORM, "anchor": self.note, "supersedes": self.chain.entries[1].hash, **more}
        return self.chain.add("correction", {"house": HOUSE, "stage": "roof", "amount": 27500}, **h)

    def append(self, received=None):
        """The entries without a leaf get theirs."""
        rows, self.logged = self.chain.entries[self.logged:], len(self.chain.entries)
        if self.first is None:
            self.first = len(self.log.leaves)
        self.log.append(rows, received or self.received)

    def release(self):
        return self.log.release(T0 // 1000 + 3700)

    def story(self):
        self.begin()
        self.roof()
        self.correct()
        self.append()
        self.release()
        return self

    # --- the folders

    def files(self, of="county"):
        """{path: bytes} without MANIFEST; `more` adds, changes or (None) takes away."""
        out = {"policy.txt": self.policy, "county.keys": self.county_keys, f"forms/{FORM[2]}.xml": FORM_XML}
        out.update(writer.note_files(self.log.notes))
        for epoch in sorted({e.epoch for e in self.chain.entries}):
            out.update(writer.entry_files([e for e in self.chain.entries if e.epoch == epoch]))
        if of == "county":
            out.update(writer.log_files(self.log.leaves))
        else:
            out.update([self.receipt()])
        out.update(self.more)
        return {path: data for path, data in out.items() if data is not None}

    def receipt(self):
        size, data = self.log.notes[-1]
        count = len(self.chain.entries)
        proof = self.log.tree().range_proof(self.first, count, size)
        r = sync.Range(self.first, count, self.received, [(1, 0, count)], proof)
        return f"receipts/{self.first}-{count}-{size}", sync.show_receipt(DEVICE, r, data)

    def manifest(self, of):
        newest = read_checkpoint(self.log.notes[-1][1])
        return {"of": of, "origin": ORIGIN, "size": newest.size, "root": newest.root, "since": self.since, "personal": self.personal,
                "made": T0 + 2 * HOUR, **self.only}

    def write(self, top, of="county"):
        for path, data in self.files(of).items():
            writer.put(top, path, data)
        name, key = (ORIGIN, self.signer) if of == "county" else (DEVICE, DEVICE_KEY)
        writer.seal_export(top, self.manifest(of), name, key)
