#!/usr/bin/python3
"""Goal of this test: a photo goes on where it stopped, whoever was switched off meanwhile; what is wrong in the middle is noticed, dropped
and sent anew; one that cannot be sent holds up nothing."""
import hashlib, http.client, os, random, signal, socket, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..")]
from bad_link import BadLink
from corpus import photo
from world import BUILD, Tap, World

tap, w = Tap(), World()
PLACE = "451224102201"
w.make_county()
county = w.start_county()
address = county.address
link = BadLink(address)
w.make_agent("a", PLACE, url=link.url)
made = 0


def record(size):
    """An entry with a photo; (entry, hash of the photo, its bytes as kept in the journal)."""
    global made
    made += 1
    path = w.path(f"{made}.jpg")
    with open(path, "wb") as f:
        f.write(photo.large(random.Random(made), size))
    before = set(os.listdir(w.path("a", "attachments")))
    r = w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h{made}", "date=2026-10-28", "stage=roof", "--photo", f"photo={path}", "--json")
    assert r.code == 0, r.err
    new = set(os.listdir(w.path("a", "attachments"))) - before
    return max(new, key=lambda n: os.path.getsize(w.path("a", "attachments", n)))  # the other one is its thumbnail


def kept(name):
    path = os.path.join(w.county_dir, "attachments", name)
    return os.path.exists(path) and hashlib.sha256(open(path, "rb").read()).hexdigest() == name


def folder(*names):
    path = os.path.join(*names)
    return os.listdir(path) if os.path.isdir(path) else []


def ask(method, name, id_, length, body=None, **headers):
    host, _, port = county.address.rpartition(":")
    c = http.client.HTTPConnection(host, int(port), timeout=20)
    h = {"Upload-Length": str(length), "Content-Type": "application/partial-upload"}
    h.update({k.replace("_", "-"): str(v) for k, v in headers.items()})
    c.request(method, f"/v1/attachment/{name}/{id_}", body, h)
    r = c.getresponse()
    return r.status, r.headers, r.read()


def status():
    return w.agent("a", "status", "--json").json()


def sync_until_cut(at):
    """A sync whose line is cut when so much went up, and whose machine loses power then."""
    cuts, deadline = link.cuts, time.time() + 20
    link.cut_at = [at]
    p = subprocess.Popen([os.path.join(BUILD, "bin", "tally-agent"), "-D", w.path("a"), "sync", "--timeout", "30"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while link.cuts == cuts and p.poll() is None and time.time() < deadline:
        time.sleep(0.01)
    p.kill()
    p.wait()
    link.fault = None
    return link.cuts > cuts


# cut on the way, both sides started anew each time
name = record(600000)
size = os.path.getsize(w.path("a", "attachments", name))
link.rate = 400000
rounds = 0
for cut in (120000, 300000, 420000, 560000):
    rounds += sync_until_cut(cut) and status()["attachments_waiting"] == 1
    time.sleep(0.3)  # the county notices the cut; the part that it is just taking would go with its power
    county.stop(signal.SIGKILL)
    county = w.start_county(listen=address)
tap.ok(rounds == 4 and len(folder(w.county_dir, "partial")) == 1, "cut four times, nothing is called sent, one part is kept", str(folder(w.county_dir, "partial")))
r = w.agent("a", "sync", "--timeout", "10", "--json")
tap.ok(r.code == 0 and kept(name), "then it is there whole", r.out + r.err)
over = link.up * 100 // size - 100
tap.ok(link.up < 1.1 * size, f"over the link went {over} % more than its size, entry and requests and all", f"{link.up} of {size}")
tap.ok(folder(w.county_dir, "partial") == [] and folder(w.path("a", "outgoing")) == [], "no part and no copy is left over")

# one wrong byte in the middle
name = record(200000)
link.rate, link.cut_at = None, []
link.flip_at = link.up + 90000
r = w.agent("a", "sync", "--timeout", "10", "--json")
tap.ok(link.flipped == 1 and r.code == 0 and kept(name), "one byte changed on the way: dropped and sent anew", r.out + r.err)
tap.ok("dropped" in r.err + "".join(county.said), "and the county said so", "".join(county.said))

# the county's own manners
name, id_ = record(100000), "ab" * 16
tap.ok(ask("HEAD", name, id_, 5)[0] == 404, "what no logged entry names is unknown")
link.rate = 400000
sync_until_cut(link.up + 40000)
link.rate = None
mine = folder(w.county_dir, "partial")
tap.ok(len(mine) == 1, "a part is there", str(mine))
length = int(mine[0].rsplit("-", 1)[1])
s, h, _ = ask("HEAD", name, mine[0].split("-")[1], length)
tap.ok(s == 204 and 0 < int(h["Upload-Offset"]) < length and h["Upload-Complete"] == "?0", "HEAD says how much", f"{s} {h}")
s, h, _ = ask("HEAD", name, id_, length)
tap.ok(s == 204 and h["Upload-Offset"] == "0", "to somebody else, nothing", f"{s} {h}")
s, h, _ = ask("PATCH", name, id_, length, b"x" * 10, Upload_Offset=7)
tap.ok(s == 409 and h["Upload-Offset"] == "0", "what begins behind is refused with where it stands", f"{s} {h}")
tap.ok(ask("PATCH", name, id_, length + 1, b"x", Upload_Offset=0)[0] == 400, "another length than its entry names is refused")
tap.ok(ask("PATCH", name, id_, length - 48, b"x", Upload_Offset=0)[0] == 400, "a personal one in the clear is refused")
tap.ok(ask("PATCH", name, id_, length, b"x" * (length + 1), Upload_Offset=0)[0] == 400, "more than its length is refused")
tap.ok(ask("PATCH", name, id_, length, b"x", Upload_Offset="-1")[0] == 400, "an offset that is no number is refused")
s, h, b = ask("PATCH", name, "cd" * 16, length, b"x" * length, Upload_Offset=0)
tap.ok(s == 422 and h["Upload-Offset"] == "0", "whole and wrong: said so", f"{s} {b}")
tap.ok(ask("HEAD", name, "cd" * 16, length)[1]["Upload-Offset"] == "0", "and nothing of it is kept")
codes = [ask("PATCH", name, f"{i:032x}", length, b"x", Upload_Offset=0)[0] for i in range(6)]
tap.ok(codes.count(204) <= 4 and 503 in codes, "parts of one photo are bounded", str(codes))
r = w.agent("a", "sync", "--timeout", "10", "--json")
tap.ok(r.code == 0 and kept(name) and folder(w.county_dir, "partial") == [], "the device's own went on all the same, and all parts are gone", r.out + r.err)
s, h, b = ask("PATCH", name, id_, length, b"", Upload_Offset=0)
tap.ok(s == 200 and b.startswith(b"tallystick/stored/v1\n"), "asked again, the county says again that it holds it", f"{s} {b}")

# a line that died without a word: what came on it counts as soon as the sender asks anew
name = record(50000)
sync_until_cut(link.up + 30000)
length = int(folder(w.county_dir, "partial")[0].rsplit("-", 1)[1])
host, _, port = county.address.rpartition(":")
dead = socket.create_connection((host, int(port)))
id_ = "ee" * 16
dead.sendall(f"PATCH /v1/attachment/{name}/{id_} HTTP/1.1\r\nHost: x\r\nContent-Type: application/partial-upload\r\nUpload-Length: {length}\r\n"
             f"Upload-Offset: 0\r\nContent-Length: {length}\r\n\r\n".encode() + b"x" * 20000)
time.sleep(0.2)
s, h, _ = ask("HEAD", name, id_, length)
tap.ok(s == 204 and h["Upload-Offset"] == "20000", "what came on a line that hangs counts when the sender asks on another", f"{s} {h}")
tap.ok(ask("HEAD", name, id_, length)[1]["Upload-Offset"] == "20000", "once")
dead.close()
w.agent("a", "sync", "--timeout", "10")

# one that cannot be sent
bad, good = record(60000), record(90000)
with open(w.path("a", "attachments", bad), "r+b") as f:
    f.seek(2000)
    f.write(b"\0\0\0\0")
r = w.agent("a", "sync", "--timeout", "5", "--json")
s, text = status(), w.agent("a", "list", "--state", "set-aside").out
tap.ok(kept(good) and not kept(bad) and s["photos_aside"] == 1 and s["waiting"] == 0, "a damaged photo is set aside, the one behind it goes", r.out + r.err)
tap.ok(bad[:12] in text and "损坏" in text, "and is shown", text)

# a new entry goes before the rest of a long photo
name = record(400000)
link.rate, link.rtt = 60000, 0.02
a = w.start_agent("a", "--interval", "1")
deadline = time.time() + 8
while not folder(w.county_dir, "partial") and time.time() < deadline:
    time.sleep(0.05)
r = w.agent("a", "record", "water-works", f"subject={PLACE}-w1", "kind=cellar", "stage=started", "date=2026-10-01", "--json")
while status()["waiting"] and time.time() < deadline:
    time.sleep(0.05)
s = status()
tap.ok(r.code == 0 and s["waiting"] == 0 and not kept(name), "an entry recorded meanwhile is confirmed before the photo is through", str(s))
link.rate = None
while not kept(name) and time.time() < deadline + 10:
    time.sleep(0.05)
tap.ok(kept(name), "which goes on behind it")
a.stop()

# the photo's own budget
a = w.start_agent("a", "--interval", "1", "--metered", "yes", "--photos", "unmetered")
name = record(30000)
deadline = time.time() + 10
while status()["waiting"] and time.time() < deadline:
    time.sleep(0.05)
time.sleep(0.3)
s = status()
tap.ok(s["waiting"] == 0 and s["attachments_waiting"] == 3 and s["photos_wait"] == "metered" and s["link"]["metered"] and not kept(name), "on a metered link photos wait, thumbnails with them, and status says why", str(s))
a.stop()
a = w.start_agent("a", "--interval", "1", "--data-budget", "1000")
deadline = time.time() + 10
while (status()["photos_wait"] != "budget" or status()["waiting"]) and time.time() < deadline:
    time.sleep(0.05)
s = status()
tap.ok(s["photos_wait"] == "budget" and not kept(name), "so they do when the day's budget is spent", str(s))
a.stop()
a = w.start_agent("a", "--interval", "1")
while not kept(name) and time.time() < deadline + 10:
    time.sleep(0.05)
tap.ok(kept(name), "and go when nothing holds them back")
link.close()
w.close()
tap.done()
