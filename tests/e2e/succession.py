#!/usr/bin/python3
"""Goal of this test: a county that lost the end of its log begins a new one under the root key's signature; devices check it, keep what the old log signed as evidence, and send again exactly what is missing; the auditor reports it and verifies both parts."""
import base64, http.server, os, shutil, sys, threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from world import Tap, World, program

tap, w = Tap(), World()
PLACE = "451224102201"
houses = 0


def record(name, n=1):
    global houses
    for _ in range(n):
        houses += 1
        r = w.agent(name, "record", "housing-rebuild", f"subject={PLACE}-h{houses}", "stage=applied", "date=2026-10-28", "household/name=韦某某", "allowance=20000元")
        assert r.code == 0, r.err


def sync(name, seconds="20"):
    return w.agent(name, "sync", "--timeout", seconds, "--json")


def status(name):
    return w.agent(name, "status", "--json").json()


w.make_county("county.example/log")
root = w.path("root.key")
shutil.move(os.path.join(w.county_dir, "root.key"), root)
county = w.start_county()
address = county.address
for name in ("a", "b", "c"):
    w.make_agent(name, PLACE)
for name in ("a", "b"):
    record(name, 3)
    assert sync(name).code == 0
word = w.path("word")
with open(word, "w") as f:
    f.write("correct horse battery staple\n")
bare, full = w.path("bare.backup"), w.path("full.backup")
assert w.county("backup", bare).code == 0
old_policy = open(os.path.join(w.county_dir, "policy.txt")).read()
# after the backup: "a" is confirmed, "b" is not heard, "c" for the first time; an officer acts
record("a", 2)
record("c", 2)
assert sync("a").code == 0 and sync("c").code == 0
record("b", 1)
lost = w.county("log", "checkpoint", "--json").json()["size"]
r = w.county("log", "succeed", "--root", root, "--accept-loss")
tap.ok(r.code == 2 and "stop the server" in r.err, "nothing is succeeded under a running server", r.err)
county.stop()
r = w.county("log", "succeed", "--root", root, "--accept-loss")
tap.ok(r.code == 1 and "whole" in r.err, "nor where nothing is lost", r.err)

# the machine is lost, its keys with it: only the root key is left
shutil.rmtree(w.county_dir)
assert w.county("restore", bare).code == 0
r = w.county("log", "succeed", "--root", root)
tap.ok(r.code == 2 and "--accept-loss" in r.err, "a loss is accepted by name", r.err)
r = w.county("log", "succeed", "--root", word, "--accept-loss")
tap.ok(r.code == 2, "and only by the root key", r.err)
r = w.county("log", "succeed", "--root", root, "--accept-loss", "--json")
kept = r.json()["old_size"]
tap.ok(r.code == 0 and r.json()["origin"] == "county.example/log/2" and kept < lost, "the log goes on under another name", r.out + r.err)
r = w.county("log", "check")
tap.ok(r.code == 0, "and is whole, its old heads under the old key", r.out + r.err)

# somebody who has not the root key shows a log of his own
genuine = {}
county = w.start_county(listen=address)
import urllib.request
for path in ("/v1/keys", "/v1/succession"):
    genuine[path] = urllib.request.urlopen(f"http://{address}{path}").read()
county.stop()
forged = genuine["/v1/succession"].split(b" ")
leaf = bytearray(base64.b64decode(forged[2]))
at = len(leaf) - 40  # well inside the signature's base64
leaf[at] = ord("B" if leaf[at] == ord("A") else "A")
forged[2] = base64.b64encode(leaf) + b"\n"


class Forger(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = {"/v1/keys": genuine["/v1/keys"], "/v1/succession": b" ".join(forged)}.get(self.path, b"tallystick/answer/v1\nlog " + b"0" * 64 + b"\n\nnobody AAAA\n")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *a):
        pass


host, port = address.split(":")
server = http.server.ThreadingHTTPServer((host, int(port)), Forger)
threading.Thread(target=server.serve_forever, daemon=True).start()
before = status("a")
r = sync("a", "1")
after = status("a")
tap.ok(r.code == 1 and after["confirmed"] == before["confirmed"] and after["county"]["origin"] == "county.example/log", "a forged succession changes nothing", r.out + r.err)
server.shutdown()
server.server_close()

# the devices
county = w.start_county(listen=address)
had = {n: status(n)["entries"] for n in "abc"}
r = sync("a")
s = status("a")
tap.ok(s["county"]["origin"] == "county.example/log/2" and "ALARM" in r.err and s["epoch"] == 1, "a device accepts it under its pinned root key, loudly", r.out + r.err)
tap.ok(s["waiting"] == 0 and r.code == 0, "what the county lost it sends again", f"{r.out}{r.err}{s}")
tap.ok(any(n.startswith("succession-") for n in os.listdir(w.path("a", "alarms"))), "and keeps the old log's word as evidence")
r = w.agent("a", "verify")
tap.ok(r.code == 0, "its journal verifies, anchors of the lost part and all", r.out + r.err)
r = sync("b")
tap.ok(r.code == 0 and status("b")["waiting"] == 0, "one that had not been heard since sends what waited", r.out + r.err)
r = sync("c")
tap.ok(r.code == 0 and status("c")["waiting"] == 0, "one that the county knew only as enrolled sends all", r.out + r.err)
record("a")
r = sync("a")
tap.ok(r.code == 0, "and all goes on", r.out + r.err)
n = w.county("status", "--json").json()
tap.ok(n["forked"] == 0 and n["entries"] == sum(status(x)["entries"] for x in "abc"), "no entry is lost, none doubled, none forked", str(n))

# the auditor
audit, half = w.path("audit"), w.path("half")
assert w.county("export", "--audit", audit).code == 0 and w.agent("a", "export", "--audit", half).code == 0
r = program("tally-audit", "verify", audit, "--village", half, "--json")
codes = sorted({f["code"] for f in r.json()["findings"]})
tap.ok(codes == ["succession"] and r.json()["entries"] == n["entries"] == r.json()["valid"], "the auditor reports the succession and verifies both parts", r.out + r.err)
with open(w.path("old-policy"), "w") as f:
    f.write(old_policy)
r = program("tally-audit", "verify", audit, "--policy", w.path("old-policy"), "--json")
tap.ok("bad-key" in {f["code"] for f in r.json()["findings"]}, "whoever knows only the old log is told so", r.out + r.err)
shutil.copytree(audit, w.path("cut"))
w.close()
tap.done()
