"""What a verifier found: the codes of section 14, and which entries they concern."""
from collections import namedtuple

CODES = frozenset("""bad-signature bad-person-signature bad-key bad-chain bad-payload bad-personal bad-attachment missing-attachment
bad-anchor bad-record bad-erasure bad-receipt bad-cosignature bad-dictionary bad-form bad-export gap fork unknown-device
unlisted-device revoked-device wrong-place bad-checkpoint bad-inclusion inconsistent-log not-in-log unexplained-leaf succession
clock-outside-bounds unanchored-window""".split())

Finding = namedtuple("Finding", "code device epoch seq detail")


class Findings:
    def __init__(self):
        self.rows, self.seen, self.touched = [], set(), set()

    def add(self, code, detail, where=(None, None, None)):
        assert code in CODES, code
        row = Finding(code, *where, str(detail))
        if row not in self.seen:
            self.seen.add(row)
            self.rows.append(row)
        self.touched.add(tuple(where))

    def codes(self):
        return sorted({r.code for r in self.rows})

    def as_json(self):
        return [{"code": r.code, "device": r.device, "epoch": r.epoch, "seq": r.seq, "detail": r.detail} for r in self.rows]
