#!/usr/bin/python3
"""Goal of this test: storage that keeps no promise is refused by name; when room gets short photos stop first, then entries, while sync goes on; all of it starts again by itself."""
import os, random, shutil, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from formpage import FormBrowser
from world import BUILD, TOP, Tap, World

sys.path.insert(0, os.path.join(TOP, "tests", "corpus"))
import photo

tap, w = Tap(), World()
PLACE = "451224102201"
NOT_ALLOWED = {"TALLY_ALLOW_STORAGE": ""}


def refusal():
    if not os.path.isdir("/dev/shm") or subprocess.run(["stat", "-f", "-c", "%T", "/dev/shm"], capture_output=True, text=True).stdout.strip() != "tmpfs":
        tap.ok(True, "tmpfs is refused by name # SKIP no tmpfs at /dev/shm")
        return
    shm = tempfile.mkdtemp(prefix="tally-", dir="/dev/shm")
    home = os.path.join(shm, "a")
    try:
        r = w.agent(home, "init", "--place", PLACE, env=NOT_ALLOWED)
        tap.ok(r.code == 2 and "tmpfs" in r.err and "--allow-storage tmpfs" in r.err and not os.path.exists(home), "tmpfs is refused by name, and nothing is made", r.err)
        r = w.agent(home, "init", "--place", PLACE, "--allow-storage", "tmpfs", env=NOT_ALLOWED)
        tap.ok(r.code == 0, "allowed by name it is taken", r.err)
        s = w.agent(home, "status", "--json", env=NOT_ALLOWED).json()
        tap.ok(s["storage"] == "tmpfs" and not s["safe_to_switch_off"], "and status says what it is worth", s)
        r = w.agent(home, "user", "list", env=NOT_ALLOWED)
        d = w.start_agent(home, env=NOT_ALLOWED)
        tap.ok(d.address, "the permission is kept: the agent starts without saying it again", r.err)
        d.stop()
    finally:
        shutil.rmtree(shm)


class Small:
    """A little ext4 file system in a file."""

    def __init__(self, mib):
        self.image, self.at = w.path("small.img"), w.path("small")
        os.makedirs(self.at)
        with open(self.image, "wb") as f:
            f.truncate(mib << 20)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", self.image], check=True, capture_output=True)
        subprocess.run(["mount", "-o", "loop", self.image, self.at], check=True, capture_output=True)

    def free(self):
        s = os.statvfs(self.at)
        return s.f_bavail * s.f_frsize

    def fill(self, leave):
        with open(os.path.join(self.at, "ballast"), "ab") as f:
            while self.free() > leave:
                f.write(bytes(min(65536, max(4096, self.free() - leave))))
                f.flush()

    def close(self):
        subprocess.run(["umount", self.at], capture_output=True)


def record(n, *more):
    return w.agent(home, "record", "water-works", f"subject={PLACE}-w{n}", "kind=cellar", "stage=started", "date=2026-10-01", *more)


def shrinking(small):
    w.make_county()
    w.start_county()
    w.make_agent(home, PLACE)
    d = w.start_agent(home)
    b = FormBrowser(d.address)
    b.first("wang", "273941")
    a = b.get("/record/water-works/~new")
    draft = b.path
    tap.ok('type="file"' in a.text and "short of room" not in b.get("/").words(), "with room, the page takes photos")
    picture = w.path("p.jpg")
    open(picture, "wb").write(photo.house(random.Random(1), 24.5, 107.3))
    deadline = time.time() + 20
    while not os.path.exists(os.path.join(home, "reserve")) and time.time() < deadline:
        time.sleep(0.1)
    tap.ok(os.path.getsize(os.path.join(home, "reserve")) > 100000, "the running agent keeps a reserve")
    r = record(0, "--photo", f"photo={picture}")
    tap.ok(r.code == 0, "with room, photos and entries are recorded", r.err)
    total = os.statvfs(small.at)
    total = total.f_blocks * total.f_frsize
    small.fill(total // 14)
    r = record(1, "--photo", f"photo={picture}")
    tap.ok(r.code == 2 and "no photo is taken" in r.err, "photos stop first", r.err)
    r = record(1)
    tap.ok(r.code == 0, "entries go on", r.err)
    tap.ok(w.agent(home, "status", "--json").json()["space"] == "no-photos", "status says so")
    a = b.get(draft)
    tap.ok(a.status == 200 and 'type="file"' not in a.text and "photos are not taken" in a.words(), "on the page a sentence stands in place of the photo's field", a.words())
    tap.ok("photos are not taken" in b.get("/").words() and "entries, no photos" in b.get("/status").words(), "home and the machine's page say it")
    small.fill(total // 25)
    r = record(2)
    tap.ok(r.code == 2 and "nothing is recorded until space is freed" in r.err, "then entries stop, with a reason", r.err)
    a = b.get("/record/water-works/~new")
    tap.ok(a.status == 507 and "no room left" in a.words() and "<form method=\"post\" novalidate" not in a.text, "no form is begun: a page says why", a.words())
    a = b.get(draft)
    tap.ok(a.status == 200 and "no room left" in a.words() and b.value(a, "v:stage") is not None, "one that was begun says so, and is there", a.words())
    tap.ok("no room left" in b.get("/").words() and "nothing until room is freed" in b.get("/status").words(), "home and the machine's page too")
    small.fill(0)
    tap.ok(small.free() < 4096, "then nothing is left at all")
    r = w.agent(home, "sync", "--timeout", "60", "--json")
    tap.ok(r.code == 0 and r.json()["waiting"] == 0, "sync goes on, on the reserve", r.out + r.err)
    os.remove(os.path.join(small.at, "ballast"))
    r = record(2, "--photo", f"photo={picture}")
    tap.ok(r.code == 0, "with room again, all goes on by itself", r.err)
    tap.ok('type="file"' in b.get(draft).text and "room" not in b.get("/").words(), "on the page too")
    d.stop()
    r = w.agent(home, "verify")
    tap.ok(r.code == 0, "the journal is whole", r.out + r.err)


refusal()
small = None
home = w.path("small", "a")
try:
    if os.geteuid() != 0:
        raise OSError("only root can mount")
    small = Small(24)
except (OSError, subprocess.CalledProcessError) as e:
    tap.ok(True, f"room gets short # SKIP no loop file system here ({getattr(e, 'stderr', None) or e})")
if small is not None and os.path.ismount(small.at):
    try:
        shrinking(small)
    finally:
        small.close()
w.close()
tap.done()
