#!/usr/bin/python3
"""Goal of this test: other sites, other names and other programs of this machine reach nothing on the agent's page; its own pages, typed
addresses and links from elsewhere do."""
import os, re, socket, sys, urllib.parse

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib")]
from world import Daemon, Tap, World

tap, w = Tap(), World()
r = w.agent("a", "init", "--place", "451224102201")
assert r.code == 0, r.err
d = Daemon("tally-agent", "run", "--listen", "127.0.0.1:0", data=w.path("a"))
w.daemons.append(d)
PORT = d.address.rsplit(":", 1)[1]
HOST = d.address
OURS = "http://" + HOST


def ask(method="GET", path="/", host=HOST, body=None, version="HTTP/1.1", more=(), **headers):
    """One request, byte by byte as given.  -> (status, head, body)"""
    lines = [f"{method} {path} {version}"]
    if host is not None:
        lines += [f"Host: {host}"]
    lines += [f"{k.replace('_', '-')}: {v}" for k, v in headers.items() if v is not None] + list(more) + ["Connection: close"]
    data = urllib.parse.urlencode(body).encode() if body is not None else b""
    if body is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(data)}"]
    with socket.create_connection(("127.0.0.1", int(PORT)), 10) as s:
        s.sendall("\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + data)
        answer = b""
        while part := s.recv(65536):
            answer += part
    head, _, text = answer.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    return status, head.decode("latin-1"), text.decode("utf-8", "replace")


def refused(name, *args, **kw):
    """Refused by its head: no page, no cookie, no session."""
    status, head, text = ask(*args, **kw)
    return tap.ok(status in (0, 400, 403, 404, 405) and "Set-Cookie" not in head and "<main" not in text, "refused: " + name, f"{status}\n{head}\n{text[:200]}")


def served(name, *args, want=(200,), **kw):
    status, head, text = ask(*args, **kw)
    return tap.ok(status in want, "served: " + name, f"{status}\n{head}\n{text[:300]}")


def form():
    """A form token with its cookie, as a browser before sign-in has them."""
    _, head, text = ask("GET", "/first", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")
    return re.search(r"Set-Cookie: ([^;]+)", head).group(1), re.search(r'name="token" value="([0-9a-f]+)"', text).group(1)


COOKIE, TOKEN = form()
SETUP = {"token": TOKEN, "name": "", "id": "UPPER", "new": "1", "again": "2"}  # refused by the handler: nothing is set up here


def post(**kw):
    return dict({"method": "POST", "path": "/first", "body": SETUP, "Cookie": COOKIE}, **kw)


# Our own
served("an address typed in", Sec_Fetch_Site="none", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")
served("a browser that says nothing of where it comes from")
served("localhost", host="localhost:" + PORT)
served("the name in capitals", host="LOCALHOST:" + PORT)
served("IPv6's loopback by name", host="[::1]:" + PORT)
served("a page of ours", path="/status", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")
served("the script of our pages", path="/static/page.js", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="script")
served("a form of ours", **post(Origin=OURS, Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document"))
served("a form of ours from an older browser", **post(Origin=OURS))
served("a form of ours under localhost", **post(host="localhost:" + PORT, Origin="http://localhost:" + PORT))
served("a form that says only Sec-Fetch-Site", **post(Sec_Fetch_Site="same-origin"))
status, head, text = ask(Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document", Sec_Fetch_User="?1")
tap.ok(status == 200 and "Set-Cookie" not in head and 'http-equiv="refresh"' in text, "a link from another site leads home, by way of a page that touches no session", head)

# Names that are not ours
for host in (None, "", "evil.example", "evil.example:" + PORT, "127.0.0.1", "localhost", "127.0.0.1:1", f"127.0.0.1:{PORT}0", f"127.0.0.1.evil.example:{PORT}",
             f"localhost.evil.example:{PORT}", f"127.0.0.2:{PORT}", f"0.0.0.0:{PORT}", f"[::]:{PORT}", f"[::ffff:127.0.0.1]:{PORT}", f"localhost.:{PORT}", f"evil@127.0.0.1:{PORT}",
             f"127.0.0.1:{PORT}@evil.example", f"2130706433:{PORT}", f"0x7f.1:{PORT}", f"127.1:{PORT}", f"127.0.0.1:{PORT} evil.example", f"127.0.0.1:+{PORT}", f"１27.0.0.1:{PORT}"):
    refused("Host " + repr(host).replace(PORT, "PORT"), host=host)
refused("no Host in HTTP/1.0", host=None, version="HTTP/1.0")
refused("two Hosts, ours first", more=["Host: evil.example:" + PORT])
refused("two Hosts, ours last", host="evil.example:" + PORT, more=["Host: " + HOST])
refused("an absolute address of another host", path=f"http://evil.example:{PORT}/")
refused("a proxy's word for the host", host="evil.example:" + PORT, X_Forwarded_Host=HOST)
refused("a name of another, with an origin that fits", **post(host="evil.example:" + PORT, Origin=f"http://evil.example:{PORT}", Sec_Fetch_Site="same-origin"))

# What changes something, asked for elsewhere
for origin in (None, "", "null", "http://evil.example", "https://" + HOST, "http://127.0.0.1", "http://127.0.0.1:1", f"http://localhost:{PORT}", OURS + ".evil.example", OURS + "/",
               f"http://evil.example/{OURS}", OURS + " http://evil.example", "file://", "chrome-extension://abc", "http://[::1]:" + PORT, "http:" + HOST):
    refused("a post with Origin " + repr(origin).replace(PORT, "PORT"), **post(Origin=origin))
for site in ("cross-site", "same-site", "none", "", "Same-Origin", "same-origin, cross-site"):
    refused(f"a post with Sec-Fetch-Site {site!r}", **post(Sec_Fetch_Site=site))
    refused(f"a post with our Origin and Sec-Fetch-Site {site!r}", **post(Origin=OURS, Sec_Fetch_Site=site))
refused("a post of another site's Origin that says same-origin", **post(Origin="http://evil.example", Sec_Fetch_Site="same-origin"))
for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
    refused(f"{method} without an Origin", method=method)
refused("the question before a cross-origin post", method="OPTIONS", path="/first", Origin="http://evil.example", Access_Control_Request_Method="POST")

# What only shows something, for other sites
for site in ("cross-site", "same-site"):
    for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("cors", "empty"), ("navigate", "iframe"), ("navigate", "object"), ("websocket", "empty"), (None, None)):
        refused(f"{site} {mode} for {dest}", Sec_Fetch_Site=site, Sec_Fetch_Mode=mode, Sec_Fetch_Dest=dest)
    for path in ("/status", "/sign-in", "/entries", "/static/page.js"):
        refused(f"{site} navigation to {path}", path=path, Sec_Fetch_Site=site, Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")
refused("a frame in a page of ours", Sec_Fetch_Site="same-origin", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="iframe")
refused("a fetch with another Origin", Origin="http://evil.example")
refused("a fetch of a page without an origin", Origin="null")
refused("a word that no browser says", Sec_Fetch_Site="sideways", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")

# Form tokens and cookies
status, head, text = ask(**post(Origin=OURS, body=dict(SETUP, token="0" * 32)))
tap.ok(status == 403, "a form with another token is refused", status)
status, head, text = ask(**post(Origin=OURS, body={k: v for k, v in SETUP.items() if k != "token"}))
tap.ok(status == 403, "a form without a token is refused", status)
other, _ = form()
status, head, text = ask(**post(Origin=OURS, Cookie=other))
tap.ok(other != COOKIE and status == 403, "a token of another browser is refused", status)
status, head, text = ask(path="/status")
tap.ok("Access-Control" not in head and "frame-ancestors 'none'" in head and "default-src 'none'" in head and "nosniff" in head and "no-store" in head and
       "unsafe" not in head, "headers: no CORS, no frames, no inline script, nothing stored", head)
tap.ok("HttpOnly" in head and "SameSite=Strict" in head and "Path=/" in head, "the cookie is for this page alone", head)

# The village's network
assert w.agent("b", "init", "--place", "451224102202").code == 0
for listen in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
    r = w.agent("b", "run", "--listen", listen)
    tap.ok(r.code != 0 and "loopback" in r.err, f"--listen {listen} is refused", r.err)
w.close()
tap.done()
