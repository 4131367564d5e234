#!/usr/bin/python3
"""Goal of this test: a county changes its service, sealing and TLS keys; villages that missed three changes go on, online and over a stick; an old county.keys that is replayed is refused by its version."""
import hashlib, http.server, os, shutil, subprocess, sys, threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
houses = 0


def certificate(name, *dates):
    key, cert, csr = w.path(name + ".key"), w.path(name + ".crt"), w.path(name + ".csr")
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=nobody", "-keyout", key, "-out", csr],
                   check=True, capture_output=True)
    # a day that is over long before this test runs
    os.makedirs(w.path("ca", "new"), exist_ok=True)
    open(w.path("ca", "index"), "w").close()
    with open(w.path("ca", "conf"), "w") as f:
        f.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={w.path('ca', 'index')}\nnew_certs_dir={w.path('ca', 'new')}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
    subprocess.run(["openssl", "ca", "-batch", "-config", w.path("ca", "conf"), "-selfsign", "-keyfile", key, "-in", csr, "-out", cert, "-notext",
                    "-startdate", "20200101000000Z", "-enddate", "20200102000000Z"], check=True, capture_output=True)
    spki = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    return ["--tls-cert", cert, "--tls-key", key], hashlib.sha256(spki).hexdigest()


def record(name):
    global houses
    houses += 1
    r = w.agent(name, "record", "housing-rebuild", f"subject={PLACE}-h{houses}", "stage=applied", "date=2026-10-28", "household/name=韦某某", "allowance=20000元")
    assert r.code == 0, r.err


def sync(name):
    return w.agent(name, "sync", "--timeout", "20", "--json")


def rotate(*args):
    r = w.county("keys", "rotate", "--root", root, "--json", *args)
    assert r.code == 0, r.err
    return r.json()


one, pin1 = certificate("one")
two, pin2 = certificate("two")
w.make_county("county.example/rotation", "--tls-pin", pin1)
root = w.path("root.key")
shutil.move(os.path.join(w.county_dir, "root.key"), root)
county = w.start_county(*one)
address = county.address
for name in ("a", "b", "c"):
    w.make_agent(name, PLACE)
tap.ok(True, "a certificate that expired years ago locks nobody out")
record("c")
stick = w.path("stick")
assert w.agent("c", "bundle", "write", stick).code == 0
r = w.county("keys", "rotate", "--root", root)
tap.ok(r.code == 2 and "stop the server" in r.err, "keys do not change under a running server", r.err)
with open(w.path("v1.keys"), "w") as f:
    f.write(w.county("keys").out)
county.stop()
r = w.county("keys", "rotate")
tap.ok(r.code == 2 and "--root" in r.err, "nor without the root key", r.err)
r = w.county("keys", "rotate", "--root", os.path.join(w.county_dir, "service.key"))
tap.ok(r.code == 2 and "not this county's root key" in r.err, "nor with another key", r.err)
county = w.start_county(*one, listen=address)

# three changes, in all of which "a" syncs and "b" does not
for n, (args, tls) in enumerate(((["--service", "--sealing"], one), (["--service", "--tls-pin", pin2], one), (["--sealing", "--drop-tls-pin", pin1], two)), 2):
    county.stop()
    k = rotate(*args)
    assert k["version"] == n
    county = w.start_county(*tls, listen=address)
    record("a")
    r = sync("a")
    tap.ok(r.code == 0 and r.json()["waiting"] == 0, f"a village goes on under version {n}: {' '.join(a for a in args if a.startswith('--'))}", r.out + r.err)
record("b")
r = sync("b")
tap.ok(r.code == 0 and r.json()["waiting"] == 0, "a village that missed all three goes on: other TLS key, other service key, other sealing key", r.out + r.err)
r = subprocess.run(["curl", "-sk", f"https://{address}/v1/keys/2"], capture_output=True, text=True)
tap.ok("\nversion 2\n" in r.stdout, "the county serves every version there was", r.stdout + r.stderr)
r = subprocess.run(["curl", "-sk", "-o", w.path("none"), "-w", "%{http_code}", f"https://{address}/v1/keys/9"], capture_output=True, text=True)
tap.ok(r.stdout == "404", "and no other")

# over a stick
r = w.county("bundle", "read", stick, "--json")
tap.ok(r.code == 0, "what was sealed to a key three versions old still opens", r.out + r.err)
down = w.path("down")
device = w.agent("c", "status", "--json").json()["device"]
assert w.county("bundle", "write", device, down).code == 0
r = w.agent("c", "bundle", "read", down)
tap.ok(r.code == 0 and w.agent("c", "status", "--json").json()["waiting"] == 0, "a stick brings county.keys to a village that missed three versions, and its receipts count", r.out + r.err)

# the auditor
audit, half = w.path("audit"), w.path("half")
assert w.county("export", "--audit", audit).code == 0 and w.agent("b", "export", "--audit", half).code == 0
r = program("tally-audit", "verify", audit, "--village", half, "--json")
tap.ok(r.code == 0 and r.json()["verdict"] == "ok", "old receipts, records and checkpoints verify under the keys of their time", r.out + r.err)

# a restored backup knows its log's newest keys
word = w.path("word")
with open(word, "w") as f:
    f.write("correct horse battery staple\n")
assert w.county("backup", w.path("bk"), "--with-keys", "--passphrase-file", word).code == 0
keys = os.path.join(w.county_dir, "county.keys")
county.stop()
shutil.copy(w.path("v1.keys"), keys)
r = w.county("keys", "--json")
tap.ok(r.json()["version"] == 4, "county.keys follows the log's newest record", r.out)
r = w.county("user", "add", "lu", "--role", "viewer")
tap.ok(r.code == 0 and "version 4" in open(keys).read(), "and is put right when somebody signs", r.err)

# replayed
old = open(w.path("v1.keys"), "rb").read()


class Replayer(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = old if self.path == "/v1/keys" else b"tallystick/answer/v1\nlog " + b"0" * 64 + b"\n\nnobody AAAA\n"
        n = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(n)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *a):
        pass


plain = World()
plain.make_county("county.example/plain")
c2 = plain.start_county()
plain.make_agent("d", PLACE)
old = plain.county("keys").out.encode()
where = c2.address
c2.stop()
assert plain.county("keys", "rotate").code == 0
c2 = plain.start_county(listen=where)
r = plain.agent("d", "sync", "--timeout", "20")
tap.ok(r.code == 0, "over plain HTTP on this machine too", r.err)
c2.stop()
server = http.server.ThreadingHTTPServer(tuple([where.split(":")[0], int(where.split(":")[1])]), Replayer)
threading.Thread(target=server.serve_forever, daemon=True).start()
plain.agent("d", "record", "water-works", f"subject={PLACE}-w1", "kind=cellar", "stage=started", "date=2026-10-01")
r = plain.agent("d", "sync", "--timeout", "1")
tap.ok(r.code == 1 and "replayed" in r.err, "an old county.keys that is replayed is refused by its version", r.err)
old = open(w.path("v1.keys"), "rb").read()
r = plain.agent("d", "sync", "--timeout", "1")
tap.ok(r.code == 1 and "another root key" in r.err, "and so is one of another root", r.err)
server.shutdown()
server.server_close()
c2 = plain.start_county(listen=where)
r = plain.agent("d", "sync", "--timeout", "20")
tap.ok(r.code == 0, "and the device goes on with its county", r.err)
plain.close()
w.close()
tap.done()
