#!/usr/bin/python3
"""Goal of this test: an 8 MiB file system filled to the brim, and one without inodes, cost no acknowledged entry; errors are clear, sync goes
on, and all works again by itself once there is room.   tests/torture/full.py   (needs root and loop devices)"""
import json, os, shutil, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World

PLACE = "451224102201"
tap, w = Tap(), World()
MOUNT = w.path("small")


def mount(*mkfs):
    """8 MiB of ext4.  Whether that can be had here."""
    with open(w.path("image"), "wb") as f:
        f.truncate(8 << 20)
    os.makedirs(MOUNT, exist_ok=True)
    try:
        return subprocess.run(["mkfs.ext4", "-q", "-F", *mkfs, w.path("image")], capture_output=True).returncode == 0 and \
            subprocess.run(["mount", "-o", "loop", w.path("image"), MOUNT], capture_output=True).returncode == 0
    except OSError:
        return False


def unmount():
    subprocess.run(["umount", MOUNT], capture_output=True)


def record(i):
    return w.agent("small/a", "record", "water-works", f"subject={PLACE}-s{i}", "kind=cellar", "stage=started", "date=2026-10-01", f"persons={i + 1}",
                   "--id", f"s{i}", "--json")


def fill_bytes():
    with open(os.path.join(MOUNT, "ballast"), "wb") as f:
        try:
            while True:
                f.write(b"x" * 4096)
                f.flush()
        except OSError:
            pass
    n = 0
    try:  # the last odd bytes too
        with open(os.path.join(MOUNT, "ballast2"), "wb", buffering=0) as f:
            while True:
                n += f.write(b"x")
    except OSError:
        pass


def fill_inodes():
    os.makedirs(os.path.join(MOUNT, "many"), exist_ok=True)
    i = 0
    try:
        while True:
            os.close(os.open(os.path.join(MOUNT, "many", str(i)), os.O_CREAT | os.O_WRONLY))
            i += 1
    except OSError:
        pass


def free():
    for name in ("ballast", "ballast2"):
        if os.path.exists(os.path.join(MOUNT, name)):
            os.unlink(os.path.join(MOUNT, name))
    shutil.rmtree(os.path.join(MOUNT, "many"), ignore_errors=True)


def rows():
    r = w.agent("small/a", "list", "--json")
    return {x["entry"]: x for x in r.lines()} if r.code == 0 else None


def scene(name, mkfs, fill):
    if not mount(*mkfs):
        print(f"ok {tap.n + 1} - {name} # SKIP no root, no loop device or no mkfs.ext4 here")
        tap.n += 1
        return
    try:
        r = w.agent("small/a", "init", "--place", PLACE)
        assert r.code == 0, r.err
        assert w.agent("small/a", "enrol", w.url, "--token", w.invite(PLACE)).code == 0
        said, i, failed = set(), 0, None
        for i in range(5):
            r = record(i)
            assert r.code == 0, r.err
            said.add(r.json()["entry"])
        fill()
        for i in range(5, 60):
            r = record(i)
            if r.code == 0:
                said.add(r.json()["entry"])
            else:
                failed = failed or r
        tap.ok(failed is None or (failed.code in (1, 2) and len(failed.err) > 20), f"{name}: what cannot be kept is refused with a reason", failed and failed.err)
        held = rows()
        # without an inode a command by itself cannot open the database's log; what an agent that runs has open goes on
        tap.ok(said <= set(held) if held is not None else len(w.agent("small/a", "list").err) > 20, f"{name}: while it is full all is there, or cannot be read for a reason")
        s = w.agent("small/a", "sync", "--timeout", "10", "--json")
        tap.ok(s.code in (0, 1, 2) and (s.code == 0 or len(s.err) > 20), f"{name}: sync says what it could do", s.err)
        print(f"# {name}: {len(said)} recorded, sync while full: {s.code} {s.out.strip()} {s.err.strip()}")
        free()
        for i in range(60):
            r = record(i)
            assert r.code == 0, r.err
            said.add(r.json()["entry"])
        tap.ok(True, f"{name}: with room again everything is recorded, by itself")
        s = w.agent("small/a", "sync", "--timeout", "30", "--json")
        held = rows()
        tap.ok(s.code == 0 and held is not None and said <= set(held) and all(x["state"] == "confirmed" for x in held.values()), f"{name}: all is confirmed", s.out + s.err)
        tap.ok({x["epoch"] for x in held.values()} == {1} and len([x for x in held.values() if x["kind"] == "record"]) == 60, f"{name}: no new epoch, nothing doubled")
        v = w.agent("small/a", "verify")
        tap.ok(v.code == 0, f"{name}: the journal verifies", v.out)
    finally:
        unmount()


w.make_county()
w.start_county()
scene("a full file system", [], fill_bytes)
scene("no inodes left", ["-N", "1024"], fill_inodes)
w.close()
tap.done()
