#!/usr/bin/python3
"""Goal of this test: tally-audit and the independent checker agree about every change to an honest export: as it was signed, with MANIFEST
signed again, with the log rebuilt and signed by the county, with entries signed anew by their devices.  Both say ok, or neither does, and
then they share a finding.   tests/torture/agree.py [CHANGES] [SEED] | --one NUMBER [SEED]   (the folder of --one is kept)"""
import atexit, json, multiprocessing, os, random, re, resource, shutil, signal, subprocess, sys, tempfile
from multiprocessing import util

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [TESTS, os.path.join(TESTS, "golden"), os.path.join(TESTS, "lib"), os.path.join(TESTS, "corpus")]
import cast  # noqa: E402
import photo  # noqa: E402
from checker import record, writer  # noqa: E402
from checker.entry import Entry, read_personal_line, show_personal_line  # noqa: E402
from checker.files import read_manifest  # noqa: E402
from checker.grammar import Bad, b64  # noqa: E402
from checker.keys import CountyKeys, load_signing_key  # noqa: E402
from checker.leaf import EntryLeaf, read_leaf, show_entry_leaf, show_record_leaf  # noqa: E402
from checker.note import read_checkpoint, sign_checkpoint  # noqa: E402
from checker.sign import commitment, hexhash, pae, read_signatures, sign_text, split_signed  # noqa: E402
from checker.tree import Tree, bundle_paths, leaf_hash, read_bundle  # noqa: E402
from checker.verifier import verify  # noqa: E402
from world import Tap, World  # noqa: E402

PROGRAM = os.path.join(os.environ.get("TALLY_BUILD") or os.path.join(TESTS, "..", "build"), "bin", "tally-audit")
SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
EXIT = {0: "ok", 1: "findings", 2: "unusable"}


class Base:
    """An honest export in memory, and the keys of those who made it."""

    def __init__(self, name, top, seal, log=None, service=None, devices=(), witness=(), village=None):
        self.name, self.seal, self.log, self.service, self.witness = name, seal, log, service, witness
        self.devices = {k.hash: k for k in devices}
        self.village = village  # a folder: an honest half to lay beside
        self.files = {}
        for path in writer.list_files(top):
            with open(os.path.join(top, path), "rb") as f:
                self.files[path] = f.read()
        self.m = dict(read_manifest(self.files["MANIFEST"]).m)
        self.leaves, self.chains = [], {}
        if log:
            for path, _, width in bundle_paths(self.m["size"]):
                self.leaves += read_bundle(self.files["log/" + path], width)
            for path in self.files:
                if path.endswith("/headers"):
                    self.chains[path[:-len("headers")]] = self._chain(path[:-len("headers")])

    def _chain(self, folder):
        parts = [self.files[folder + p] for p in ("headers", "sigs", "payloads", "personals")]
        rows = zip(parts[0][:-1].split(b"\n\n"), parts[1][:-1].split(b"\n\n"), parts[2].split(b"\n"), parts[3].split(b"\n"))
        return [Row(h + b"\n", read_signatures(s + b"\n"), p, read_personal_line(x)) for h, s, p, x in rows]


class Row:
    """An entry as it stands in the files, whatever it says."""

    def __init__(self, header, sigs, payload, personal):
        self.header, self.sigs, self.payload, self.personal = header, sigs, payload, personal
        self.hash = hexhash(pae("entry", header))
        self.device, self.epoch = self.field("device"), 1

    def field(self, name):
        m = re.search(rb"^%s (\S+)" % name.encode(), self.header, re.M)
        return m[1].decode("utf-8", "replace") if m else ""

    def number(self, name):
        word = self.field(name)
        return int(word) if re.fullmatch(r"\d{1,15}", word) else 0


# --- changes to bytes, lines and words

def bytes_changed(rng, d):
    at, how = rng.randrange(len(d)) if d else 0, rng.randrange(9)
    if how == 0 or not d:
        return d[:at] + bytes([rng.randrange(256)]) + d[at:]
    if how == 1:
        return d[:at] + d[at + rng.choice((1, 1, 2, 9)):]
    if how == 2:
        return d[:at]
    return d[:at] + bytes([d[at] ^ 1 << rng.randrange(8)]) + d[at + 1:]


def lines_changed(rng, d):
    rows = d.split(b"\n")
    i, j, how = rng.randrange(len(rows)), rng.randrange(len(rows)), rng.randrange(4)
    if how == 0:
        rows[i], rows[j] = rows[j], rows[i]
    elif how == 1:
        del rows[i]
    elif how == 2:
        rows.insert(j, rows[i])
    else:
        rows[i] = rng.choice((b"", rows[i] + b" ", rows[i][:-1], rows[i] + b"\r", b"-", rows[j]))
    return b"\n".join(rows)


def words_changed(rng, d):
    words = list(re.finditer(rb"[A-Za-z0-9+/=._-]+", d))
    if not words:
        return bytes_changed(rng, d)
    m = rng.choice(words)
    old, like = m[0], [w[0] for w in words if len(w[0]) == len(m[0]) and w[0].isdigit() == m[0].isdigit()]
    if old.isdigit() and rng.random() < 0.7:
        new = str(max(0, int(old[:17]) + rng.choice((-1, 1, 1, 2, 1000, -86400000 * 3, 86400000 * 3, 1 << 53)))).encode()
    elif len(old) < 12 and rng.random() < 0.5:
        new = rng.choice((b"-", b"record", b"correction", b"withdrawal", b"loss", b"unset", b"ntp", b"device", b"accept", b"return", b"0", b"51", b"plain"))
    else:
        new = rng.choice(like) if rng.random() < 0.7 else bytes_changed(rng, old)
    return d[:m.start()] + new + d[m.end():]


def changed(rng, d):
    return rng.choices((bytes_changed, lines_changed, words_changed), (4, 2, 4))[0](rng, d)


def a_file(rng, base, f, sealed):
    """One file changed, added, dropped, or exchanged with another."""
    path = rng.choice([p for p in sorted(f) if not (sealed and p == "MANIFEST")])
    how = rng.randrange(20)
    if how == 0:
        del f[path]
    elif how == 1:
        other = rng.choice(sorted(f))
        f[path], f[other] = f[other], f[path]
    elif how == 2:
        name = rng.choice(("dicts/%064x" % rng.getrandbits(256), "attachments/%064x" % rng.getrandbits(256), path + "x", "x/" + path, "extra"))
        f[name] = f[path]
    else:
        f[path] = changed(rng, f[path])
    return path


# --- what a county can do with its keys: another log

def rebuild(rng, base, f, m, leaves, same):
    """Tiles, bundles and newest note anew; leaves below `same` are untouched, so notes up to there may stay."""
    kept = [read_checkpoint(d) for p, d in base.files.items() if p.startswith("log/checkpoints/")]
    if rng.random() < 0.8:
        kept = [n for n in kept if n.size <= same]
    for path in [p for p in f if p.startswith("log/")]:
        del f[path]
    tree = Tree([leaf_hash(x) for x in leaves])
    notes = sorted((n.size, n.data) for n in kept)
    if not notes or notes[-1][0] != len(leaves) or len(leaves) > same:
        notes.append((len(leaves), sign_checkpoint(m["origin"], tree.size, tree.root(), base.log, base.witness)))
    f.update(writer.note_files(notes))
    f.update(writer.log_files(leaves))
    m.update(size=tree.size, root=tree.root())


def some_record(rng, base):
    """A record that the county signs: sometimes right, mostly not quite."""
    rows = [r for c in base.chains.values() for r in c]
    row, n = rng.choice(rows), len(base.leaves)
    at = rng.choice((n, n, n + 3, n - 1, 0, rng.randrange(n + 1)))
    h = {"log": CountyKeys(base.files["county.keys"]).log, "at": cast.T0}
    word, some = rng.choice, hexhash(b"%d" % rng.getrandbits(8))
    kind, more = word((
        ("revoke", {"device": row.device, "order": None}), ("review", {"entry": row.hash, "verdict": word(("accept", "return")), "note": None}),
        ("late", {"entry": word((row.hash, some)), "why": "late"}), ("erase", {"order": None, "entries": [word((row.hash, some))]}),
        ("assign", {"device": word((row.device, some)), "place": word(("51", row.field("place") or "51")), "from": at, "to": word((None, at, at + 1, max(0, at - 1)))}),
        ("form", {"form": ("roof", word(("1", "2025.1")), some), "state": word(("published", "retired"))}),
        ("export", {"size": word((n, at, n + 9)), "root": word((Tree([leaf_hash(x) for x in base.leaves]).root(), bytes(32))), "personal": "included", "since": word((0, at))}),
        ("dictionary", {"dict": some, "len": 3}), ("period", {"period": "2026-01", "size": at, "report": some}),
        ("posting", {"form": "roof", "place": "51", "size": at, "list": some}), ("plan", {"form": "roof", "place": "51", "rows": 3, "plan": some}),
        ("link", {"from": "a", "to": "b", "state": "linked", "order": None}),
        ("key", {"what": "person", "actor": "p", "key": base.service.public, "role": "officer", "place": None, "state": "active"}),
        ("key", {"what": "policy", "policy": word((base.files["policy.txt"], base.files["policy.txt"] + b"# x\n", b"x\n"))}),
        ("key", {"what": "county", "version": word((1, 2)), "keys": base.files["county.keys"]}),
    ))
    return show_record_leaf(record.make(kind, (word((base.service, base.service, base.service, base.log)),), **h, **more))


def a_log(rng, base, f, m):
    """A leaf dropped, doubled, moved, changed; a record made anew, put in or signed by another."""
    leaves = list(base.leaves)
    i, how = rng.randrange(len(leaves)), rng.randrange(8)
    if how == 0:
        del leaves[i]
    elif how == 1:
        leaves.insert(rng.randrange(len(leaves) + 1), leaves[i])
    elif how == 2:
        leaves = leaves[:i]
    elif how == 3:
        j = rng.randrange(len(leaves))
        leaves[i], leaves[j] = leaves[j], leaves[i]
    elif how == 4:
        leaves[i] = bytes_changed(rng, leaves[i])
    elif how == 5 and leaves[i][:1] == b"\2":
        try:
            leaves[i] = show_record_leaf(sign_text("record", changed(rng, split_signed(leaves[i][1:])[0]), base.service))
        except (Bad, ValueError, AssertionError):
            leaves[i] = bytes_changed(rng, leaves[i])
    else:
        i = len(leaves) if rng.random() < 0.7 else i
        leaves.insert(i, some_record(rng, base))
    same = next((k for k, (a, b) in enumerate(zip(leaves, base.leaves)) if a != b), min(len(leaves), len(base.leaves)))
    rebuild(rng, base, f, m, leaves, same)
    return f"leaf {i}, way {how}"


# --- what a device can do with its key

def new_body(rng, row):
    """Another payload or personal part, mostly with a header that commits to it."""
    payload, personal, header = row.payload, row.personal, row.header
    if personal and rng.random() < 0.4:
        personal = (personal[0], rng.choice((changed(rng, personal[1]), b'{"a": 1}', b'{"a":1,"a":2}', b"[]", b'{"a":1.0}')))
        line = b"personal %d %s" % (len(personal[1]), commitment(*personal).encode())
        header = re.sub(rb"^personal .*", lambda _: line, header, flags=re.M) if rng.random() < 0.8 else header
    else:
        payload = rng.choice((changed(rng, payload), changed(rng, payload), b"{}", b'{"a":1e3}', b'{"a":-0}', b'{"a":9007199254740992}',
                              b'{"a":"\\u0000"}', b'{"a":1}', b'{"epoch":1,"from":1,"to":2}', b'{"b":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}'))
        line = b"payload %d %s" % (len(payload), hexhash(payload).encode())
        header = re.sub(rb"^payload .*", lambda _: line, header, flags=re.M) if rng.random() < 0.8 else header
    return header, payload.replace(b"\n", b" "), personal and (personal[0], personal[1].replace(b"\n", b" "))


def sign_rows(base, rows):
    """Signatures anew under the epoch's key, which is the first entry's."""
    for r in rows:
        key = next((k for k in base.devices.values() if k.hash == r.sigs[0][0]), None)
        if key:
            r.sigs = [(key.hash, key.sign("entry", r.header))] + r.sigs[1:]
        r.hash = hexhash(pae("entry", r.header))


def an_entry(rng, base, f, m):
    """An entry changed and signed again; what follows it in the chain too, mostly; and the log with their leaves."""
    folder = rng.choice(sorted(base.chains))
    rows = [Row(r.header, list(r.sigs), r.payload, r.personal) for r in base.chains[folder]]
    before = [r.hash for r in rows]
    i, how = rng.randrange(len(rows)), rng.randrange(5)
    if how < 3:
        header, payload, personal = changed(rng, rows[i].header), rows[i].payload, rows[i].personal
    else:
        header, payload, personal = new_body(rng, rows[i])
    if not header.endswith(b"\n") or b"\n\n" in header or header.startswith(b"\n"):
        header = words_changed(rng, rows[i].header)
    rows[i] = Row(header, rows[i].sigs, payload, personal)
    follow = rng.random() < 0.8
    for k in range(i, len(rows)):
        if k > i and follow:
            rows[k] = Row(rows[k].header.replace(before[k - 1].encode(), rows[k - 1].hash.encode()), rows[k].sigs, rows[k].payload, rows[k].personal)
        sign_rows(base, rows[k:k + 1])
    for r in rows:
        r.device, r.epoch = folder.split("/")[1], int(folder.split("/")[2])
    f.update(writer.entry_files(rows))
    if rng.random() < 0.9:
        mine, leaves = dict(zip(before, rows)), []
        for x in base.leaves:
            x = read_leaf(x)
            r = mine.get(x.hash) if isinstance(x, EntryLeaf) else None
            if r:
                x = x._replace(hash=r.hash, signature=r.sigs[0][1], seq=r.number("seq"), epoch=max(1, r.number("epoch")))
            leaves.append(show_entry_leaf(x) if isinstance(x, EntryLeaf) else show_record_leaf(x.data))
        same = next((k for k, (a, b) in enumerate(zip(leaves, base.leaves)) if a != b), len(leaves))
        rebuild(rng, base, f, m, leaves, same)
    return f"{folder} entry {i}, way {how}"


# --- one change, both programs

WAYS = {"as it was signed": lambda r, b, f, m: a_file(r, b, f, False), "with MANIFEST signed again": lambda r, b, f, m: a_file(r, b, f, True),
        "with another log": a_log, "with entries signed anew": an_entry}


def audit(top, arguments):
    """-> (verdict, codes)"""
    p = subprocess.run([PROGRAM, "verify", "--json", top, *arguments], capture_output=True, timeout=60)
    try:
        r = json.loads(p.stdout)
        if EXIT.get(p.returncode) == r["verdict"]:
            return r["verdict"], {f["code"] for f in r["findings"]}
    except (ValueError, KeyError):
        pass
    if p.returncode == 2 and p.stderr and not p.stdout:
        return "unusable", set()
    return f"exit {p.returncode}: {p.stderr.decode(errors='replace')[-500:]}", None


def check(top, village, policy):
    try:
        r = verify(top, villages=[village] if village else (), policy=policy)
        return r["verdict"], {f["code"] for f in r["findings"]}
    except (OSError, Bad) as e:
        return "unusable", set()
    except Exception as e:  # a checker that falls over has found nothing
        return f"{type(e).__name__}: {e}", None


def agree(a, b):
    """Both ok, or both not, and then for a reason that they share (of a half alone the checker judges no witness)."""
    if a[1] is None or b[1] is None or (a[0] == "ok") != (b[0] == "ok"):
        return False
    return a[0] == "ok" or not a[1] or not b[1] or bool(a[1] & b[1])


def groups(bases):
    return [(b, w) for b in bases for w in WAYS if b.log or w in list(WAYS)[:2]]


class Worker:
    """A folder that always holds what was compared last."""

    def __init__(self, bases, seed):
        self.top, self.held = tempfile.mkdtemp(prefix="tally-agree.", dir=SHM), {}
        self.groups, self.seed = groups(bases), seed

    def lay(self, files):
        for path in [p for p in self.held if p not in files]:
            os.remove(os.path.join(self.top, "x", path))
            folder = os.path.dirname(path)
            while folder and not os.listdir(os.path.join(self.top, "x", folder)):
                os.rmdir(os.path.join(self.top, "x", folder))
                folder = os.path.dirname(folder)
        for path, data in files.items():
            if self.held.get(path) != data:
                writer.put(os.path.join(self.top, "x"), path, data)
        self.held = dict(files)

    def one(self, number):
        """-> codes that both found (None: nothing to compare), and None or (what was done, what each said)"""
        base, way = self.groups[number % len(self.groups)]
        rng = random.Random(f"{self.seed} {number}")
        f, m = dict(base.files), dict(base.m)
        said = WAYS[way](rng, base, f, m)
        if any(p.startswith(q + "/") for p in f for q in f):  # no folder holds such files
            return None, None
        if way != "as it was signed":
            if rng.random() < 0.05:
                m.update(rng.choice(({"since": 1}, {"personal": "withheld"}, {"made": 0}, {"size": m["size"] + 1}, {"of": "village"})))
            f.pop("MANIFEST", None)
        self.lay(f)
        x = os.path.join(self.top, "x")
        if way != "as it was signed":
            writer.seal_export(x, m, *base.seal)
            with open(os.path.join(x, "MANIFEST"), "rb") as g:
                self.held["MANIFEST"] = g.read()
        village = base.village if rng.random() < 0.3 else None
        policy = None
        if rng.random() < 0.3 and base.log:
            policy = os.path.join(self.top, "policy")
            with open(policy, "wb") as g:
                g.write(base.files["policy.txt"])
        a = audit(x, (["--village", village] if village else []) + (["--policy", policy] if policy else []))
        b = check(x, village, policy)
        if not base.log and a[1] == {"bad-cosignature"}:
            return None, None
        if not agree(a, b):
            return None, (f"{number} ({base.name} {way}): {said}", a, b)
        return sorted(a[1] & b[1]) or [a[0]], None


worker = None


def too_long(*_):
    raise TimeoutError("more than a minute")


def start(bases, seed):
    """In its own process: what a change makes a program swallow or wait for is found, and does not end the test."""
    global worker
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    signal.signal(signal.SIGALRM, too_long)
    worker = Worker(bases, seed)
    util.Finalize(None, shutil.rmtree, args=(worker.top,), kwargs={"ignore_errors": True}, exitpriority=10)


def work(number):
    signal.alarm(60)
    try:
        return number, *worker.one(number)
    except Exception as e:
        return number, None, (f"{number}: {type(e).__name__}: {e}", None, None)
    finally:
        signal.alarm(0)


# --- honest exports

def golden(top):
    g = os.path.join(TESTS, "golden")
    keys = {"log": cast.LOG, "service": cast.SERVICE, "devices": (cast.DEVICE_KEY, cast.DEVICE_KEY_2, cast.DEVICE_KEY_3, cast.OTHER_KEY),
            "witness": [(cast.WITNESS_NAME, cast.WITNESS, cast.T0 // 1000 + 3700)]}
    half = os.path.join(g, "village")
    yield Base("the golden export", os.path.join(g, "export"), (cast.ORIGIN, cast.SERVICE), village=half, **keys)
    yield Base("the golden village", half, (cast.DEVICE, cast.DEVICE_KEY))
    subprocess.run([os.path.join(g, "variants"), top], check=True)
    for name in ("attachment", "person-signs", "new-epoch-endorsed", "two-branches", "personal-part-erased", "loss-closes-a-gap", "lost-key-enrolled-again"):
        yield Base("the variant " + name, os.path.join(top, name, "export"), (cast.ORIGIN, cast.SERVICE), **keys)


def fresh(top):
    """What the real programs make: two villages, several syncs, a correction, a withdrawal, a photo, several in one event."""
    w, places = World(), ("451224102201", "451224102202")
    w.make_county()
    w.start_county()
    picture = w.path("p.jpg")
    with open(picture, "wb") as f:
        f.write(photo.house(random.Random(1), 25.3, 107.4))

    def must(r):
        assert r.code == 0, (r.code, r.out, r.err)
        return r

    for name, place in zip("ab", places):
        w.make_agent(name, place)
        house = ["record", "housing-rebuild", f"subject={place}-h1", "date=2026-10-28"]
        entry = must(w.agent(name, *house, "stage=roof", "remark=王小明家", "--photo", f"photo={picture}", "--json")).json()["entry"]
        must(w.agent(name, "sync"))
        must(w.agent(name, "correct", entry, "stage=walls"))
        other = must(w.agent(name, *house, "stage=roof", "--json")).json()["entry"]
        must(w.agent(name, "withdraw", other, "--reason", "重复"))
        must(w.agent(name, "sync"))
        must(w.agent(name, "export", "--audit", os.path.join(top, name)))
    must(w.county("export", "--audit", os.path.join(top, "county")))
    log, service = (load_signing_key(os.path.join(w.county_dir, n)) for n in ("log.key", "service.key"))
    devices = [load_signing_key(w.path(n, "device-1.key")) for n in "ab"]
    origin = read_manifest(open(os.path.join(top, "county", "MANIFEST"), "rb").read()).m["origin"]
    w.close()
    yield Base("a fresh export", os.path.join(top, "county"), (origin, service), log, service, devices, village=os.path.join(top, "a"))
    yield Base("a fresh village", os.path.join(top, "b"), (hexhash(devices[1].public), devices[1]))


def main():
    words = [a for a in sys.argv[1:] if a != "--one"]
    count, seed = int(words[0]) if words else 10000, words[1] if len(words) > 1 else "1"
    top = tempfile.mkdtemp(prefix="tally-agree.", dir=SHM)
    atexit.register(shutil.rmtree, top, True)
    bases = [*golden(os.path.join(top, "variants")), *fresh(os.path.join(top, "fresh"))]
    tap = Tap()
    if "--one" in sys.argv:
        start(bases, seed)
        print(json.dumps(worker.one(count), default=sorted, ensure_ascii=False, indent=1), worker.top, sep="\n")
        os._exit(0)
    all_groups = groups(bases)
    seen, bad, codes = [0] * len(all_groups), [[] for _ in all_groups], {}
    with multiprocessing.Pool(2, start, (bases, seed)) as pool:
        for number, both, r in pool.imap_unordered(work, range(count), 16):
            seen[number % len(all_groups)] += 1
            for code in both or ["disagreement" if r else "nothing to compare"]:
                codes[code] = codes.get(code, 0) + 1
            if r:
                bad[number % len(all_groups)].append("{0}\n  tally-audit {1}\n  checker {2}".format(*r))
    for (b, way), n, rows in zip(all_groups, seen, bad):
        if n:
            tap.ok(not rows, f"{b.name} {way}: {n} changes", "\n".join(rows))
    print("# found by both: " + ", ".join(f"{k} {n}" for k, n in sorted(codes.items(), key=lambda x: -x[1])))
    tap.done()


if __name__ == "__main__":
    main()
