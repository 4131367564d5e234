"""The small export and its village half: three entries, everything in order."""
import cast
from cast import (DEVICE, DEVICE_KEY, FORM, FORM_XML, HOUR, ORIGIN, POLICY, SERVICE, T0, Chain, Log, anchor, genesis)
from checker import sync, writer
from checker.note import read_checkpoint


class Small:
    """What the export is made of; tests change parts and write it again."""

    def __init__(self):
        self.chain, self.log = Chain(), Log()
        genesis(self.chain, clock="rtc")
        self.log.begin()
        self.log.enrol(self.chain)
        self.log.publish()
        first = self.log.release(T0 // 1000 + 90)
        self.chain.add("record", {"house": "510182101201-1-7", "stage": "roof", "amount": 28000}, form=FORM, anchor=anchor(first),
                       personal={"head": "王小明"})
        self.chain.add("correction", {"house": "510182101201-1-7", "stage": "roof", "amount": 27500}, form=FORM,
                       anchor=anchor(first), supersedes=self.chain.entries[1].hash)
        self.received, self.first = T0 + HOUR, len(self.log.leaves)
        self.log.append(self.chain.entries, self.received)
        self.log.release(T0 // 1000 + 3700)
        self.files, self.village_files = {}, {}
        self.personal, self.since, self.county_keys, self.policy = "included", 0, cast.COUNTY_KEYS, POLICY

    def county(self):
        """{path: bytes} of the county's export without MANIFEST."""
        out = {"policy.txt": self.policy, "county.keys": self.county_keys, f"forms/{FORM[2]}.xml": FORM_XML}
        out.update(writer.note_files(self.log.notes))
        out.update(writer.log_files(self.log.leaves))
        for epoch in sorted({e.epoch for e in self.chain.entries}):
            out.update(writer.entry_files([e for e in self.chain.entries if e.epoch == epoch]))
        return out

    def receipt(self):
        size, data = self.log.notes[-1]
        count = len(self.chain.entries)
        proof = self.log.tree().range_proof(self.first, count, size)
        r = sync.Range(self.first, count, self.received, [(1, 0, count)], proof)
        return f"receipts/{self.first}-{count}-{size}", sync.show_receipt(DEVICE, r, data)

    def village(self):
        out = {p: d for p, d in self.county().items() if not p.startswith("log/tile/")}
        path, data = self.receipt()
        out[path] = data
        return out

    def manifest(self, of):
        newest = read_checkpoint(self.log.notes[-1][1])
        return {"of": of, "origin": ORIGIN, "size": newest.size, "root": newest.root, "since": self.since, "personal": self.personal,
                "made": T0 + 2 * HOUR}

    def write(self, top, of="county", files=None):
        files = files or (self.county() if of == "county" else self.village())
        for path, data in files.items():
            writer.put(top, path, data)
        name, key = (ORIGIN, SERVICE) if of == "county" else (DEVICE, DEVICE_KEY)
        writer.seal_export(top, self.manifest(of), name, key)
