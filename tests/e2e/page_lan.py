#!/usr/bin/python3
"""Goal of this test: on the village's own network only a paired phone gets anything, nothing personal without TLS, and a revoked phone gets nothing
any more; asked from another address than this machine's own, in a network namespace, where that can be made."""
import glob, http.client, os, re, ssl, subprocess, sys, threading, urllib.parse

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib")]
from browser import Answer, Browser
from lan import forget, inside, ip, namespace
from world import Tap, World

tap, w = Tap(), World()
PLACE, PIN, NEWCOMER = "451224102201", "273941", "刘梅"


class Phone(Browser):
    """A browser on another machine."""

    def __init__(self, address, tls=None, lang="en"):
        super().__init__(address, lang)
        self.tls, self.origin, self.flags = tls, ("https://" if tls else "http://") + address, {}

    def ask(self, method, path, body=None, headers=None):
        said = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        said.update(headers or {})
        if "Origin" in said and said["Origin"] == "http://" + self.address:
            said["Origin"] = self.origin

        def work():
            c = http.client.HTTPSConnection(self.address, timeout=60, context=self.tls) if self.tls else http.client.HTTPConnection(self.address, timeout=60)
            c.request(method, path, body, {k: v for k, v in said.items() if v is not None})
            r = c.getresponse()
            a = Answer(r.status, r.headers, r.read())
            c.close()
            return a

        a = inside(NS, work)
        for line in a.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name], self.flags[name] = value, line
        if a.token():
            self.page = a
        return a

    def open_link(self, link, **more):
        path = urllib.parse.urlsplit(link).path
        return self.ask("GET", path, headers=dict({"Sec-Fetch-Site": "none"}, **more))


def refused(name, a):
    """403, one sentence in both languages, no page and no cookie."""
    good = a.status == 403 and "尚未" in a.text and "not paired" in a.text and "<" not in a.text and not a.headers.get("Set-Cookie")
    return tap.ok(good, name, f"{a.status}\n{a.headers}\n{a.text[:300]}")


def pair(*args):
    r = w.agent("a", "pair", *args)
    assert r.code == 0, r.err
    return re.search(r"https?://\S+", r.out).group(0)


def start(*args):
    d = w.start_agent("a", "--lan", ADDRESS + ":0", *args)
    for _ in range(100):
        m = re.search(r"paired phones at (https?)://(\S+)/", "".join(d.said))
        if m:
            return d, ADDRESS + ":" + m.group(2).rsplit(":", 1)[1]
        threading.Event().wait(0.05)
    raise RuntimeError("".join(d.said))


where = namespace()
if where is None:
    tap.ok(True, "a phone from another address # SKIP neither a network namespace nor an address but loopback")
    tap.done()
ADDRESS, NS = where
try:
    w.make_county()
    w.start_county()
    w.make_agent("a", PLACE)
    with open(w.path("r.csv"), "w", encoding="utf-8") as f:
        f.write("村民小组,姓名,与户主关系,性别,出生年份,公民身份号码,联系电话,重点人群\n第1组,刘梅,户主,女,1970,45122419700101002X,12345678901,低保、妇女\n")
    assert w.agent("a", "roster", "import", w.path("r.csv")).code == 0
    entry = w.agent("a", "record", "housing-rebuild", f"subject={PLACE}-h1", "date=2026-10-28", "stage=roof", "remark=屋主王小明", "--json").json()["entry"]
    assert w.agent("a", "user", "add", "cadre-1", "--name", "王干部", "--pin-file", "-", stdin=PIN + "\n").code == 0

    # What is refused before it begins
    for bad, why in ((["--lan", "0.0.0.0:8471"], "not all addresses"), (["--lan", "127.0.0.1:8471"], "not loopback"), (["--lan-name", "x"], "only with --lan"),
                     (["--lan", ADDRESS + ":0", "--lan-key", w.path("r.csv")], "go together"), (["--lan", ADDRESS + ":0", "--lan-name", "a:1"], "not a name")):
        r = w.agent("a", "run", "--listen", "127.0.0.1:0", *bad, timeout=20)
        tap.ok(r.code == 2 and why in r.err, "refused at the start: " + " ".join(bad[:3]).replace(ADDRESS, "ADDR"), r.err)
    d = w.start_agent("a")
    r = w.agent("a", "pair")
    tap.ok(r.code == 2 and "--lan" in r.err, "off by default: nothing to pair with", r.err)
    here = Browser(d.address)
    tap.ok(here.get("/pair/" + "0" * 32).status == 404, "nor on loopback")
    d.stop()

    # Plain HTTP
    d, lan = start("--lan-name", "village.test")
    stranger = Phone(lan)
    tap.ok(NS is None or not lan.startswith("127."), f"asked from another {'address' if NS is None else 'machine: a network namespace'}")
    for path in ("/", "/status", "/metrics", "/static/page.js", "/sign-in", "/nothing", "/pair/", "/pair/" + "0" * 32, "/roster"):
        refused("unpaired: " + path, stranger.get(path))
    refused("unpaired: a post", stranger.post("/sign-in", {"cadre": "cadre-1", "pin": PIN}))
    for bad in ("0" * 64, "", "x" * 64, "f" * 63):
        stranger.cookies["paired" + lan.rsplit(":", 1)[1]] = bad
        refused(f"unpaired: a cookie that was made up ({len(bad)})", stranger.get("/"))
    link = pair("--name", "李四的手机")
    tap.ok(re.fullmatch(r"http://village\.test:\d+/pair/[0-9a-f]{32}", link), "a link of 128 bits", link)
    phone = Phone(lan)
    a = phone.ask("HEAD", urllib.parse.urlsplit(link).path)
    tap.ok(a.status == 403, "a link that is only looked at", a.status)
    refused("a link that is fetched in advance", phone.open_link(link, **{"Sec-Purpose": "prefetch"}))
    a = phone.open_link(link, **{"Sec-Fetch-Site": "cross-site"})
    tap.ok(a.status == 403 and not a.headers.get("Set-Cookie"), "a link on another site pairs nobody", a.status)
    a = phone.open_link(link, Host="evil.example")
    tap.ok(a.status == 403 and not a.headers.get("Set-Cookie"), "nor one under another name", a.status)
    a = phone.open_link(link)
    flags = next((v for k, v in phone.flags.items() if k.startswith("paired")), "")
    tap.ok(a.status == 200 and "paired" in a.words() and "HttpOnly" in flags and "SameSite=Strict" in flags and "Max-Age=" in flags, "is not used up by any of that, and pairs", (a.status, flags))
    secret = next(v for k, v in phone.cookies.items() if k.startswith("paired"))
    raw = open(w.path("a", "phones"), "rb").read()
    tap.ok(len(secret) == 64 and secret.encode() not in raw and oct(os.stat(w.path("a", "phones")).st_mode)[-3:] == "600", "of the secret only a hash is kept", raw)
    refused("the link again", Phone(lan).open_link(link))
    a = phone.get("/")
    tap.ok(a.status == 200 and "Saved here" in a.words() and "encrypted" in a.words() and "--lan-cert" in a.words(), "paired: home with its counts", a.words())
    tap.ok(phone.get("/status").status == 200 and phone.get("/static/page.js").status == 200, "and the machine")
    a = Phone(lan, lang="zh")
    a.cookies.update(phone.cookies, lang="zh")
    a = a.get("/sign-in")
    tap.ok(a.status == 403 and "没有加密" in a.words() and "--lan-cert" in a.words(), "sign-in is refused in Chinese too, saying what to do", a.words())

    # Every page there is, without TLS: nothing of anybody
    here = Browser(d.address)
    here.sign_in()
    SECRETS = ("刘梅", "45122419700101002X", "12345678901", "王小明", "王干部", "cadre-1", f"{PLACE}-h", entry, "housing", "roof", PIN)
    patterns = set()
    for f in glob.glob(os.path.join(TESTS, "..", "agent", "page", "*.c")):
        patterns |= set(re.findall(r'^\t\{ "(GET|POST)", "(/[^"]*)"', open(f, encoding="utf-8").read(), re.M))
    patterns = {p for p in patterns if "*" not in p[1]}
    tap.ok(len(patterns) > 40, "the table of all pages is read", len(patterns))
    said, open_to = [], set()
    for method, pattern in sorted(patterns):
        for part in (entry, "housing-rebuild", f"{PLACE}-h1", "~new"):
            path = pattern.replace(":", part)
            a = phone.get(path, follow=False) if method == "GET" else phone.post(path, {"cadre": "cadre-1", "pin": PIN, "next": "/"}, follow=False, token=here.page.token())
            if [s for s in SECRETS if s in a.text.replace(f"/{part}", "")] or (method, pattern) != ("GET", "/") and a.headers.get("Set-Cookie"):
                said.append((path, a.status, [s for s in SECRETS if s in a.text]))
            if a.status != 403:
                open_to.add((method, pattern))
            if ":" not in pattern:
                break
    tap.ok(not said, "plain HTTP shows nothing personal on any page, signed in elsewhere or not", said)
    tap.ok(open_to == {("GET", "/"), ("GET", "/status"), ("GET", "/static/page.js"), ("GET", "/pair/:")}, "and no other page than these is there", open_to)
    thief = Phone(lan)
    thief.cookies.update(phone.cookies)
    thief.cookies.update({k.replace(d.address.rsplit(":", 1)[1], lan.rsplit(":", 1)[1]): v for k, v in here.cookies.items() if k.startswith("tally")})
    a = thief.get("/")
    tap.ok("Signed in" not in a.words() and thief.get("/roster").status == 403, "a session begun on this machine is nobody's there", a.words())

    # Whose words
    for name, status, headers in (("another name", 403, {"Host": "evil.example"}), ("a name that begins like ours", 403, {"Host": lan + ".evil.example"}), ("the address without its port", 403, {"Host": ADDRESS}),
                                  ("the loopback page's name", 403, {"Host": d.address}), ("localhost", 403, {"Host": "localhost:" + lan.rsplit(":", 1)[1]}),
                                  ("another site reads", 403, {"Origin": "http://evil.example"}), ("https for http", 403, {"Origin": "https://" + lan}), ("another site embeds", 403, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}),
                                  ("a frame", 403, {"Sec-Fetch-Dest": "iframe"}), ("the name it was given", 200, {"Host": "village.test:" + lan.rsplit(":", 1)[1]})):
        a = phone.ask("GET", "/status", headers=headers)
        tap.ok(a.status == status and (status == 200 or "<main" not in a.text), f"{'refused' if status == 403 else 'served'}: {name}", (a.status, a.text[:200]))
    a = phone.ask("POST", "/sign-out", b"token=0", {"Origin": "http://evil.example", "Content-Type": "application/x-www-form-urlencoded"})
    tap.ok(a.status == 403 and "<main" not in a.text, "refused: another site posts", a.status)

    # Wi-Fi that goes and comes
    if NS:
        ip("addr", "del", ADDRESS + "/30", "dev", NS)
        d.stop()
        d, lan = start("--lan-name", "village.test")
        ip("addr", "add", ADDRESS + "/30", "dev", NS)
        late = Phone(lan)
        late.cookies["paired" + lan.rsplit(":", 1)[1]] = secret
        tap.ok(late.get("/").status == 200, "an address that comes later than the agent is served all the same")

    # Revoked
    r = w.agent("a", "pair", "--list")
    tap.ok(r.code == 0 and re.match(r"1  \S+ \S+  李四的手机\n$", r.out), "the phones are listed", r.out)
    d.stop()
    d, lan2 = start()
    again = Phone(lan2)
    again.cookies["paired" + lan2.rsplit(":", 1)[1]] = secret
    tap.ok(again.get("/").status == 200, "a phone stays paired through a restart")
    r = w.agent("a", "pair", "--revoke", "7")
    tap.ok(r.code == 1 and "no such phone" in r.err, "one that is not there cannot be revoked", r.err)
    r = w.agent("a", "pair", "--revoke", "1")
    tap.ok(r.code == 0, "revoked", r.err)
    refused("a revoked phone is out at once", again.get("/"))
    tap.ok(w.agent("a", "pair", "--list").out == "", "and no longer listed")
    d.stop()

    # TLS
    key, cert = w.path("lan.key"), w.path("lan.crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650", "-subj", "/CN=tally", "-addext", f"subjectAltName=IP:{ADDRESS}",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    d, lan = start("--lan-cert", cert, "--lan-key", key)
    trust = ssl.create_default_context(cafile=cert)
    refused("TLS: unpaired", Phone(lan, trust).get("/sign-in"))
    link = pair()
    tap.ok(link.startswith(f"https://{lan}/pair/"), "TLS with a self-signed pair: the link is https", link)
    phone = Phone(lan, trust)
    a = phone.open_link(link)
    tap.ok(a.status == 200 and all("Secure" in v for v in phone.flags.values()), "TLS: paired, the cookie goes nowhere else", phone.flags)
    tap.ok(phone.get("/roster", follow=False).status == 303 and NEWCOMER not in phone.get("/roster").text, "TLS: pairing is no sign-in")
    a = phone.sign_in()
    tap.ok("Signed in: cadre-1." in a.words() and "Secure" in phone.flags.get("tally" + lan.rsplit(":", 1)[1], ""), "TLS: the PIN is", a.words())
    a = phone.get("/roster")
    tap.ok(a.status == 200 and "第1组" in a.text or NEWCOMER in a.text, "TLS: then what is personal is shown", a.words())
    tap.ok(phone.get("/metrics").status == 403, "TLS: figures are for this machine alone")
    other = Phone(lan, trust)
    other.open_link(pair())
    other.cookies.update({k: v for k, v in phone.cookies.items() if k.startswith("tally")})
    tap.ok("Signed in" not in other.get("/").words(), "TLS: another phone with its session cookie is not signed in")
    a = phone.post("/sign-out", token="0" * 32)
    r = w.agent("a", "pair", "--revoke", "2")
    tap.ok(r.code == 0, "TLS: revoked", r.err)
    refused("TLS: signed in and revoked, it is out at once", phone.get("/roster"))
    for d in w.daemons:
        d.stop()
finally:
    w.close()
    forget()
tap.done()
