#!/usr/bin/python3
"""Goal of this test: over 40 kbit/s with 600 ms there and back, 100 entries are confirmed within 30 s, within 120 s with 20 % loss and the
line cut every 30 s; a photo of 2 MB with the line cut every 20 s sends at most 10 % more than its size.  The kernel's own TCP over TUN
devices in two network namespaces (tests/lib/tunlink.py).

    tests/torture/link.py [entries|lossy|photo]...    --seed N    --short: clean entries, and a little of the photo twice as fast"""
import argparse, atexit, json, os, random, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..")]
import tunlink
from corpus import photo
from world import BUILD, Tap, World

ap = argparse.ArgumentParser()
ap.add_argument("what", nargs="*")
ap.add_argument("--seed", type=int, default=1)
ap.add_argument("--short", action="store_true")
args = ap.parse_args()
RATE, RTT = 5000.0, 0.6
PLACE = "451224102201"
tap = Tap()
missing = tunlink.why_not()


class Village:
    def __init__(self, **link):
        self.w = World()
        self.w.make_county()
        self.link = tunlink.TunLink(1e9, seed=args.seed)
        self.later = link
        self.start_county()
        self.url = f"http://{tunlink.COUNTY}:8480"
        self.run("init", "--place", PLACE)
        self.run("enrol", self.url, "--token", self.w.invite(PLACE), "--allow-http")

    def start_county(self):
        cmd = self.link.county(os.path.join(BUILD, "bin", "tally-county"), "-D", self.w.county_dir, "run", "--listen", f"{tunlink.COUNTY}:8480", "--allow-http")
        self.county = subprocess.Popen(cmd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.county.kill)
        time.sleep(1)

    def run(self, *a, timeout=900):
        cmd = self.link.village(os.path.join(BUILD, "bin", "tally-agent"), "-D", self.w.path("a"), *a)
        r = subprocess.run(cmd, capture_output=True, text=True, timeout=timeout)
        return r

    def worsen(self, scale=1):
        self.link.rate, self.link.rtt = RATE * scale, RTT / scale
        for k, v in self.later.items():
            setattr(self.link, k, v)
        self.link.up = self.link.down_bytes = 0

    def close(self):
        self.link.close()
        self.county.kill()
        self.county.wait()
        self.w.close()


def entries(name, most, **link):
    v = Village(**link)
    n = 100
    lines = "".join(f"{PLACE}-h{i}\n" for i in range(1, n + 1))
    path = v.w.path("subjects")
    with open(path, "w") as f:
        f.write(lines)
    r = v.run("record", "housing-rebuild", "date=2026-10-28", "stage=roof", "remark=梁已上好，等瓦。", "--subjects", path)
    assert r.returncode == 0, r.stderr
    v.worsen()
    began = time.monotonic()
    r = v.run("sync", "--timeout", str(most + 60), "--allow-http", "--json")
    took = time.monotonic() - began
    tap.ok(r.returncode == 0 and took <= most, f"{name}: {n} entries confirmed in {took:.1f} s of {most} s, {v.link.up} bytes up, {v.link.down_bytes} down, {v.link.cuts} cuts, {v.link.lost} packets lost",
           r.stdout + r.stderr)
    v.close()


def one_photo(scale, less, most):
    v = Village(cut=20.0 / scale, down=1.0 / scale)
    path = v.w.path("p.jpg")
    size = 2000000 // less
    with open(path, "wb") as f:
        f.write(photo.large(random.Random(args.seed), size))
    r = v.run("record", "housing-rebuild", f"subject={PLACE}-h1", "date=2026-10-28", "stage=roof", "--photo", f"photo={path}")
    assert r.returncode == 0, r.stderr
    name = os.listdir(v.w.path("a", "attachments"))[0]
    size = os.path.getsize(v.w.path("a", "attachments", name))
    v.worsen(scale)
    began = time.monotonic()
    r = v.run("sync", "--timeout", "1500", "--allow-http", "--json", timeout=1600)
    took = time.monotonic() - began
    http = int(json.loads(r.stdout)["bytes_up"]) if r.stdout else 0
    there = os.path.exists(os.path.join(v.w.county_dir, "attachments", name))
    tap.ok(r.returncode == 0 and there and v.link.up <= size * most,
           f"photo: {size} bytes in {took:.0f} s, {v.link.cuts} cuts: {v.link.up} bytes of IP packets over the link, {v.link.up * 100 / size - 100:.1f} % more ({http} given to the kernel)", r.stdout + r.stderr)
    v.close()


jobs = {"entries": lambda: entries("clean", 30), "lossy": lambda: entries("20 % loss, a cut every 30 s", 120, loss=0.2, cut=30.0, down=1.0), "photo": lambda: one_photo(2, 25, 1.2) if args.short else one_photo(1, 1, 1.1)}
for what in args.what or (["entries", "photo"] if args.short else jobs):
    if missing:
        tap.ok(True, f"{what} # SKIP {missing}")
    else:
        jobs[what]()
tap.done()
