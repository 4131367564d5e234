"""What a village does while its disk is recorded, and what was promised at each position of the log."""
import copy, glob, hashlib, os, random, re, signal, stat, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..")]
from corpus import photo  # noqa: E402
from world import BUILD, TOP, Daemon, program  # noqa: E402
import disk  # noqa: E402
import people  # noqa: E402

PLACE = "451224102201"
SQLITE = re.compile(r"^(journal\.db.*|guard)$")  # changed in place, and judged by what the agent reads from them


class Mark:
    """At this position of the log all this had been promised, and ${ahead} was under way until the next mark."""

    def __init__(self, position, name):
        self.position, self.name = position, name
        self.made = False          # init has answered
        self.entries = {}          # hash: (epoch, seq)
        self.rows = {}             # hash: the row that list has shown
        self.files = None          # name: content's hash; None: not looked at
        self.epochs = (1, 1)       # what the newest epoch may be from here to the next mark
        self.roster = None         # the file that was imported
        self.cadres = {}           # id: wrong PINs in a row
        self.draft = None          # (path on the page, its remark)
        self.ahead = None          # arguments of the record command under way


def whole(data):
    """A state file closes with its own sum (store/state.h)."""
    return data is not None and len(data) > 72 and data[-72:] == b"sha256 " + hashlib.sha256(data[:-72]).hexdigest().encode() + b"\n"


def files(top):
    """Every file of the agent that must be there as it was, or as it was to be: {name: its content's hash}."""
    raw, found = {}, {}
    for path in glob.glob(os.path.join(glob.escape(top), "**"), recursive=True):
        name = os.path.relpath(path, top)
        if SQLITE.match(name) or not stat.S_ISREG(os.lstat(path).st_mode):
            continue
        with open(path, "rb") as f:
            raw[name] = f.read()
    for name, data in raw.items():
        base = re.sub(r"\.(new|previous)$", "", name)
        group = [raw.get(base + end) for end in ("", ".new", ".previous")]  # the first that is whole is read
        if base != name or group[1:] != [None, None]:
            data = next((d for d in group if whole(d)), b"none is whole")
        # written several times within one command: people.look() says what of it must be there
        found[base] = "whole" if base == "users" and whole(data) else hashlib.sha256(data).hexdigest()
    return found


class Driver:
    """Runs the agent on the recorded disk and notes what it promised."""

    def __init__(self, position, top, rng, scratch, first=None):
        self.position, self.top, self.rng, self.scratch = position, top, rng, scratch
        self.data, self.n, self.program = os.path.join(top, "agent"), 0, None
        self.marks, self.batches = [], []
        self.now = copy.deepcopy(first) if first else Mark(0, "start")
        self.now.position = 0
        self.marks.append(copy.deepcopy(self.now))

    def mark(self, name, look=True):
        self.now.position, self.now.name, self.now.ahead = self.position(), name, None
        if look and os.path.isdir(self.data):
            self.now.files = files(self.data)
        self.marks.append(Mark(0, ""))
        self.marks[-1].__dict__.update(self.now.__dict__, entries=dict(self.now.entries), rows=dict(self.now.rows))

    def ask(self, *args, ok=(0,), stdin=None):
        r = program("tally-agent", *args, data=self.data, stdin=stdin)
        if r.code not in ok:
            raise RuntimeError(f"tally-agent {' '.join(map(str, args))}: {r.code}: {r.out}{r.err}")
        return r

    def made(self, r):
        rows = r.lines()
        for x in rows:
            self.now.entries[x["entry"]] = (x["epoch"], x["seq"])
        return [x["entry"] for x in rows]

    def record(self, *args):
        """A record command whose arguments are known to the judge, who tries them again."""
        self.n += 1
        args = (*args, "--id", f"w{os.path.basename(self.scratch)}-{self.n}", "--json")
        self.marks[-1].ahead = args
        hashes = self.made(self.ask(*args))
        self.mark(" ".join(args[:3]))
        return hashes[0]

    def cellar(self, **more):
        s = f"{PLACE}-k{os.path.basename(self.scratch)}-{self.n}"
        return self.record("record", "water-works", f"subject={s}", "kind=cellar", "stage=started", "date=2026-10-01", f"persons={self.rng.randrange(1, 9)}")

    def house(self):
        path = os.path.join(self.scratch, f"{self.n}.jpg")
        with open(path, "wb") as f:
            f.write(photo.house(self.rng, 24.5, 107.3))
        s = f"{PLACE}-h{os.path.basename(self.scratch)}-{self.n}"
        return self.record("record", "housing-rebuild", f"subject={s}", "date=2026-10-28", "stage=roof", "household/name=韦某某", "--photo", f"photo={path}")

    def several(self, n):
        """One event for several subjects: all or none."""
        path = os.path.join(self.scratch, f"{self.n}.txt")
        with open(path, "w", encoding="ascii") as f:
            f.writelines(f"{PLACE}-b{os.path.basename(self.scratch)}-{self.n}-{i}\n" for i in range(n))
        self.n += 1
        r = self.ask("record", "housing-rebuild", "stage=walls", "date=2026-10-29", "--subjects", path, "--id", f"b{self.n}", "--json")
        self.batches.append(self.made(r))
        self.mark(f"{n} at once")

    def look(self):
        """What list shows is promised too."""
        for x in self.ask("list", "--json").lines():
            self.now.entries[x["entry"]] = (x["epoch"], x["seq"])
            self.now.rows[x["entry"]] = x
        self.mark("list")

    def sync(self):
        self.ask("sync", "--json")
        self.mark("sync")

    def state_files(self, n):
        """file_write() and state_save() by themselves, as every state file of the agent is written."""
        exe = os.path.join(self.scratch, "statefile")
        flags = ["-fsanitize=address,undefined"] if "san" in os.path.basename(BUILD) else []
        archives = [os.path.join(BUILD, f"lib/lib{x}.a") for x in ("store", "crypto", "base")]
        subprocess.run(["cc", *flags, "-I" + TOP, "-o", exe, os.path.join(TOP, "tests/power/statefile.c"), *archives, "-lsodium", "-lpthread"], check=True)
        with subprocess.Popen([exe, os.path.join(self.data, "one"), os.path.join(self.data, "two")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as p:
            for i in range(n):
                p.stdin.write("\n")
                p.stdin.flush()
                if p.stdout.readline() != f"{i + 1}\n":
                    raise RuntimeError("statefile failed")
                self.mark(f"state file {i + 1}")
            p.stdin.close()


def running(d, work, how=signal.SIGTERM):
    """The same commands, taken by a running agent."""
    daemon = Daemon("tally-agent", "run", "--listen", "127.0.0.1:0", "--interval", "1", data=d.data)
    try:
        d.mark("run")
        work(daemon)
    finally:
        daemon.stop(how)
    d.mark("run is over")


def new_epoch(d):
    """The guard is lost: a new epoch, with a key of its own."""
    d.marks[-1].epochs = (1, 3)  # a cut before the guard is written anew makes one more
    os.unlink(os.path.join(d.data, "guard"))
    epoch = d.ask("status", "--json").json()["epoch"]
    if epoch != 2:
        raise RuntimeError(f"epoch {epoch} after the guard was lost")
    d.now.epochs = (2, 2)
    d.mark("new epoch")


def village(d, world, long):
    """A village's year in two seconds (or ten)."""
    d.ask("init", "--place", PLACE)
    d.now.made = True
    d.mark("init")
    token = world.invite(PLACE)
    d.ask("enrol", world.url, "--token", token)
    d.mark("enrol")
    d.sync()
    for _ in range(4 if long else 2):
        d.cellar()
        d.house()
    d.several(6)
    d.look()
    d.sync()

    def day(_):
        made = []
        for i in range(16 if long else 6):
            made.append(d.cellar())
            if i % 3 == 0:
                d.house()
            if i % 5 == 4:
                d.several(8)
        d.made(d.ask("correct", made[0], "persons=7", "--json"))
        d.mark("correct")
        r = world.county("review", "return", made[1], "--note", "again")
        r = world.county("review", "accept", made[2]) if r.code == 0 else r
        d.sync()
        d.made(d.ask("withdraw", made[3], "--reason", "twice", "--json"))
        d.mark("withdraw")
        d.look()
    running(d, day)
    d.look()
    running(d, lambda _: [d.cellar() for _ in range(6 if long else 3)], signal.SIGKILL)
    d.cellar()
    new_epoch(d)
    d.house()
    running(d, lambda _: [d.house(), d.cellar(), d.several(3)])
    d.sync()
    d.look()
    people.roster(d)
    d.cellar()
    d.look()
    running(d, lambda daemon: people.page(d, daemon))
    people.pins(d)
    d.cellar()
    d.look()
    d.state_files(60 if long else 16)


def after_a_cut(d):
    """What happens after a power cut, until the next one."""
    d.look()
    d.cellar()
    running(d, lambda _: [d.house(), d.cellar()], signal.SIGKILL)
    d.look()


class Recording:
    """A disk as it was, every write and flush since then, and the marks."""

    def __init__(self, system, base, log, driver):
        self.system, self.base, self.log, self.marks, self.batches = system, base, log, driver.marks, driver.batches


def record(space, system, name, world, rng, long=False, base=None, first=None):
    """Record a village's life on a new disk, or what happens on ${base} after a cut."""
    base_path, log = space.path(name + ".base"), space.path(name + ".log")
    scratch = space.path(name)
    os.makedirs(scratch, exist_ok=True)
    if base is None:
        disk.make(system, base_path)
    else:
        disk.copy(base, base_path)
    image = space.path(name + ".image")
    disk.copy(base_path, image)
    recorder = disk.Recorder(space, image, log)
    try:
        try:
            m = disk.Mounted(system, recorder.disk, space.path("mnt"))
        except OSError as e:
            if base is None:
                raise disk.Missing(f"{system} cannot be mounted here: {e.strerror}") from e
            raise
        try:
            d = Driver(recorder.position, m.top, rng, scratch, first)
            village(d, world, long) if base is None else after_a_cut(d)
        finally:
            m.close()
    finally:
        recorder.close()
        os.unlink(image)
    return Recording(system, base_path, log, d)
