"""Part of bench/run: devices that wake together (bench/swarm.c) and a county that runs."""
import os
import sys


def swarm(b, devices=500, entries=20, binaries=None):
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "lib"))
    import together as lib
    from world import World
    w, s = World(), None
    try:
        w.make_county()
        s = lib.Swarm(w, devices, entries, lib.corpus(w))
        w.start_county()
        before = lib.metrics(w.url)
        f = s.go(w.daemons[0].address)
        after = lib.metrics(w.url)
    finally:
        if s is not None:
            s.close()
        w.close()
    n = f["confirmed"]
    heads = after.get("tally_grouped_heads_total", 0) - before.get("tally_grouped_heads_total", 0)
    print(f"10. Devices that wake together ({f['devices']:.0f} at once over loopback, {entries} entries each: {n:.0f} in all; one run)\n")
    print(f"   {'floor':<9}{'libsodium verify + SHA-256 of the same entries, one core':<71}{f['floor-verify-ms']:9.0f} ms in all")
    print(f"   {'floor':<9}{'bare SQLite (WAL, FULL) of the same bytes, one commit a request':<71}{f['floor-commit-ms']:9.0f} ms in all")
    print(f"   {'measured':<9}{'until all are confirmed':<71}{f['all-ms']:9.0f} ms   ({n / f['all-ms'] * 1e3:,.0f} entries a second)")
    print(f"   {'':<9}{'a sync, from waking to its answer: median':<71}{f['p50-ms']:9.0f} ms")
    print(f"   {'':<9}{'                                   99 of 100':<71}{f['p99-ms']:9.0f} ms")
    print(f"   {'apart':<9}{'connections; refused with 503; broken off':<71}{f['connections']:9.0f}{f['refused']:5.0f}{f['broken']:5.0f}")
    print(f"   {'apart':<9}{'heads signed for them':<71}{heads:9.0f}\n")


if __name__ == "__main__":
    swarm(None, *(int(a) for a in sys.argv[1:3]))
