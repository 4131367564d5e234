"""Section 6: what follows from the records, in order."""
from .enrol import good_record
from .grammar import Bad, inside
from .keys import CountyKeys, device_id
from .note import Policy
from .record import Record
from .sign import hexhash, point_ok, signed_by

OFFICERS, REVIEWERS = ("officer", "admin"), ("reviewer", "officer", "admin")


class State:
    """Apply every record with its index; problems come back as (code, rule)."""

    def __init__(self, log, tree):
        self.log, self.tree = log, tree
        self.keys = self.policy = None
        self.all_keys = []
        self.versions, self.count, self.secrets = 0, 0, set()
        self.people = {}        # hash of a person key -> [(index, lines of the record)]
        self.enrolled = {}      # device -> [(index, lines)]
        self.assigned = {}      # device -> [[place, from, to]]
        self.revoked, self.forms, self.dicts, self.reviews, self.late, self.erased = {}, {}, {}, {}, {}, {}
        self.forks, self.old_logs, self.successions = [], set(), []

    def apply(self, index, data):
        try:
            record = Record(data)
        except Bad as e:
            return [("bad-record", str(e))]
        problems = [("bad-record", p) for p in self._signatures(record)] + self._order(record)
        if record.log != self.log:
            problems.append(("bad-record", "another log's record"))
        if record.kind != "succession":
            self.count += 1
        problems += getattr(self, "_" + record.kind.replace("-", "_"), self._other)(index, record, record.r) or []
        return problems

    # --- who signed

    def _signatures(self, record):
        if record.kind == "succession":
            root = self.keys.root if self.keys else None
            if len(record.sigs) != 1 or not root or not signed_by("record", record.body, record.sigs[0], root):
                yield "succession not signed by the root key alone"
            return
        services = [self.keys.service] if self.keys else []
        if record.what == "county":
            try:
                services.append(CountyKeys(record.r["keys"]).service)
            except Bad:
                pass
        if not any(signed_by("record", record.body, record.sigs[0], key) for key in services):
            yield "not signed by the service key"
        if len(record.sigs) == 2:
            person = self.person(record.sigs[1][0])
            if not person or person["role"] not in REVIEWERS or not signed_by("record", record.body, record.sigs[1], person["key"]):
                yield "second signature is no officer's"

    def _order(self, record):
        wanted = {0: "county", 1: "policy"}.get(self.count)
        if wanted and record.kind != "succession" and record.what != wanted:
            return [("bad-record", f"record {self.count} is not the {wanted} record")]
        return []

    def person(self, keyhash, active=True):
        """The newest lines about a person key."""
        rows = self.people.get(keyhash)
        return rows[-1][1] if rows and (not active or rows[-1][1]["state"] == "active") else None

    # --- the kinds

    def _key(self, index, record, r):
        if record.what == "person":
            self.people.setdefault(hexhash(r["key"]), []).append((index, r))
            return [] if point_ok(r["key"]) else [("bad-key", f"person key of {r['actor']} fails the point check")]
        if record.what == "policy":
            self.policy = r["policy"]
            try:
                Policy(self.policy)
            except Bad as e:
                return [("bad-record", f"policy: {e}")]
            return []
        try:
            keys = CountyKeys(r["keys"])
        except Bad as e:
            return [("bad-record", f"county.keys: {e}")]
        out = []
        if not keys.good() or keys.log != self.log or (self.keys and keys.root != self.keys.root):
            out.append(("bad-record", "county.keys of another root or log, or not signed"))
        if keys.version != r["version"] or keys.version <= self.versions or (self.versions == 0 and keys.version != 1):
            out.append(("bad-record", "county.keys' version"))
        self.keys, self.versions = keys, keys.version
        self.all_keys.append(r["keys"])
        return out

    def _enrol(self, index, record, r):
        out = []
        if not point_ok(r["key"]):
            out.append(("bad-key", f"device key of {r['device']} fails the point check"))
        officer = self.person(r["officer"])
        rules = [
            (r["epoch"] >= 1, "epoch"),
            (r["for"] == (r["device"] if r["epoch"] > 1 else None), "for"),
            (r["epoch"] != 1 or r["device"] == device_id(r["key"]), "a device that is not its first key's hash"),
            (r["secret"] not in self.secrets, "a secret used twice"),
            (record.at <= r["expires"], "an invitation that had expired"),
            (officer and officer["role"] in OFFICERS, "an invitation by no officer"),
        ]
        out += [("bad-record", f"enrol: {rule}") for good, rule in rules if not good]
        problem = officer and good_record(r, officer["key"], self.keys and hexhash(self.keys.root))
        if problem:
            out.append(("bad-record", f"enrol: {problem}"))
        self.secrets.add(r["secret"])
        if not out:
            self.enrolled.setdefault(r["device"], []).append((index, r))
            self.assigned.setdefault(r["device"], []).append([r["place"], index, None])
        return out

    def _assign(self, index, record, r):
        rows = self.assigned.setdefault(r["device"], [])
        for row in rows:
            if row[:2] == [r["place"], r["from"]] and row[2] is None and r["to"] is not None:
                row[2] = r["to"]
                return [] if r["to"] >= index else [("bad-record", "assign: to lies before the record")]
        rows.append([r["place"], r["from"], r["to"]])
        good = r["from"] >= index and (r["to"] is None or r["to"] >= index)
        return [] if good else [("bad-record", "assign: from or to lies before the record")]

    def _revoke(self, index, record, r):
        self.revoked.setdefault(r["device"], index)

    def _form(self, index, record, r):
        if r["state"] == "published":
            self.forms.setdefault(r["form"], index)

    def _dictionary(self, index, record, r):
        self.dicts[r["dict"]] = r["len"]

    def _review(self, index, record, r):
        self.reviews[r["entry"]] = r["verdict"]

    def _late(self, index, record, r):
        self.late[r["entry"]] = r["why"]

    def _erase(self, index, record, r):
        for e in r["entries"]:
            self.erased.setdefault(e, index)

    def _fork(self, index, record, r):
        self.forks.append((index, r))

    def _period(self, index, record, r):
        return [] if r["size"] <= index else [("bad-record", f"{record.kind}: size beyond its own index")]

    _posting = _period

    def _export(self, index, record, r):
        out = self._period(index, record, r)
        if not out and (r["since"] > r["size"] or self.tree.root(r["size"]) != r["root"]):
            out.append(("bad-record", "export: root or since"))
        return out

    def _succession(self, index, record, r):
        self.old_logs.add(r["old-log"])
        return [("succession", f"continues log {r['old-log']} of size {r['old-size']}")]

    def _other(self, index, record, r):
        return []

    # --- what follows

    def known(self, device, index, epoch=None):
        """Was the device enrolled (with that epoch) below the index?  index None: at any."""
        return [r for at, r in self.enrolled.get(device, []) if (index is None or at < index) and epoch in (None, r["epoch"])]

    def may_record(self, device, place, index):
        return any(inside(place, p) and first <= index and (last is None or index < last)
                   for p, first, last in self.assigned.get(device, []))
