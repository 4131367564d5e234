"""A browser without JavaScript for the agent's page: cookies, forms with their tokens, redirects."""
import html, http.client, re, urllib.parse, uuid


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.bytes = status, headers, body
        self.text = body.decode("utf-8", "replace")
        self.location = headers.get("Location")

    def token(self):
        m = re.search(r'name="token" value="([0-9a-f]+)"', self.text)
        return m.group(1) if m else None

    def words(self):
        """The text that is seen, on one line."""
        text = re.sub(r"<(style|script)\b.*?</\1>", " ", self.text, flags=re.S)
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))).strip()


class Browser:
    def __init__(self, address, lang="en"):
        self.address, self.cookies, self.page = address, {"lang": lang}, None

    def ask(self, method, path, body=None, headers=None):
        site = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        c = http.client.HTTPConnection(self.address, timeout=60)
        c.request(method, path, body, dict(site, Cookie="; ".join(f"{k}={v}" for k, v in self.cookies.items()), **(headers or {})))
        r = c.getresponse()
        for line in r.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        a = Answer(r.status, r.headers, r.read())
        c.close()
        if a.token():
            self.page = a
        return a

    def get(self, path, follow=True):
        a = self.ask("GET", path)
        while follow and a.status == 303:
            a = self.ask("GET", a.location)
        return a

    def post(self, path, fields=(), files=None, follow=True, token=None):
        """fields: a dict or a list of pairs; files: [(name, filename, type, bytes)].  The token is the last page's."""
        pairs = [("token", token or (self.page.token() if self.page else ""))] + list(fields.items() if isinstance(fields, dict) else fields)
        if files is None:
            body, kind = urllib.parse.urlencode(pairs).encode(), "application/x-www-form-urlencoded"
        else:
            mark = uuid.uuid4().hex
            parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in pairs]
            parts += [f'--{mark}\r\nContent-Disposition: form-data; name="{n}"; filename="{f}"\r\nContent-Type: {t}\r\n\r\n'.encode() + b + b"\r\n" for n, f, t, b in files]
            body, kind = b"".join(parts) + f"--{mark}--\r\n".encode(), "multipart/form-data; boundary=" + mark
        a = self.ask("POST", path, body, {"Origin": "http://" + self.address, "Content-Type": kind})
        while follow and a.status == 303:
            a = self.ask("GET", a.location)
        return a

    def cookie(self):
        """The session cookie."""
        return next((v for k, v in self.cookies.items() if k.startswith("tally")), None)

    def first(self, cadre="cadre-1", pin="273941", name="王干部"):
        """Set up the first cadre of a device; signed in then."""
        self.get("/first")
        return self.post("/first", {"name": name, "id": cadre, "new": pin, "again": pin})

    def sign_in(self, cadre="cadre-1", pin="273941"):
        self.get("/sign-in")
        return self.post("/sign-in", {"cadre": cadre, "pin": pin, "next": "/"})
