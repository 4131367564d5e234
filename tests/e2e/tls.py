#!/usr/bin/python3
"""Goal of this test: over TLS 1.3 an agent talks only to the keys that county.keys pins; names, issuers and dates of certificates do not matter."""
import hashlib, os, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World

tap, w = Tap(), World()
PLACE = "451224102201"


def certificate(name, *more):
    key, cert = w.path(name + ".key"), w.path(name + ".crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=nobody", "-keyout", key,
                    "-out", cert, *more], check=True, capture_output=True)
    spki = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    return ["--tls-cert", cert, "--tls-key", key], hashlib.sha256(spki).hexdigest()


good, pin = certificate("good", "-days", "1")
other, _ = certificate("other", "-days", "3650")
w.make_county("county.example/tls", "--tls-pin", pin)
county = w.start_county(*good)
w.make_agent("a", PLACE)
tap.ok(True, "an agent enrols over TLS with a certificate nobody issued")
record = ["record", "water-works", f"subject={PLACE}-w1", "kind=cellar", "stage=started", "date=2026-10-01"]
assert w.agent("a", *record).code == 0
r = w.agent("a", "sync", "--timeout", "20")
tap.ok(r.code == 0, "and syncs", r.out + r.err)
address = county.address
county.stop()
county = w.start_county(*other, listen=address)
assert w.agent("a", *record).code == 0
r = w.agent("a", "sync", "--timeout", "2", "--json")
tap.ok(r.code == 1 and r.json()["waiting"] == 1 and "pin" in r.err.lower(), "another key under the same address is refused, by name", r.out + r.err)
county.stop()
# TLS 1.2 is not spoken
county = w.start_county(*good, listen=address)
p = subprocess.run(["openssl", "s_client", "-connect", address, "-tls1_2"], input=b"", capture_output=True)
tap.ok(p.returncode != 0, "TLS 1.2 is refused", p.stdout.decode(errors="replace")[-300:])
clock = w.path("clock")
with open(clock, "w") as f:
    f.write("wall 4102444800000\n")
r = w.agent("a", "sync", "--timeout", "20", env={"TALLY_CLOCK": clock})
tap.ok(r.code == 0, "a clock far from the certificate's dates locks nobody out", r.out + r.err)
w.close()
tap.done()
