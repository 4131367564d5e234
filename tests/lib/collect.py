"""ODK Collect as far as a server sees it: what it asks and in which words, when it splits what it sends, and what it takes for success.
Its settings come from a QR code; what it keeps on the phone is kept here: forms with their hashes, and records until they are sent."""
import base64, hashlib, http.client, io, json, re, time, urllib.parse, uuid, zlib
import xml.etree.ElementTree as ET

FORMS, MANIFEST, ANSWER = "{http://openrosa.org/xforms/xformsList}", "{http://openrosa.org/xforms/xformsManifest}", "{http://openrosa.org/http/response}"
CHUNK_BYTES, CHUNK_FILES = 10_000_000, 100  # what it goes by when the server says nothing; files of one post


def settings(code):
    """What a settings code says: JSON, deflated by zlib, in base64."""
    return json.loads(zlib.decompress(base64.b64decode(code, validate=True)))


class Outcome:
    def __init__(self, sent, status, said="", nature="", posts=0):
        self.sent, self.status, self.said, self.nature, self.posts = sent, status, said, nature, posts

    def __repr__(self):
        return f"sent {self.sent}, status {self.status}, posts {self.posts}, {self.nature}: {self.said}"


class Collect:
    def __init__(self, code, tls=None, inside=None, address=None, lang="en"):
        """${inside}: does a piece of work where the phone is (another network); ${address}: where a name of the server's leads to."""
        self.settings = settings(code)
        self.server = self.settings["general"]["server_url"].rstrip("/")
        self.tls, self.lang, self.address, self.inside = tls, lang, address, inside or (lambda work: work())
        self.forms, self.media = {}, {}   # formID -> (hash, bytes); (formID, file) -> (hash, bytes)
        self.login = None                 # (user, password) of the settings, if somebody typed them in
        self.device = "collect:" + uuid.uuid4().hex[:16]

    def ask(self, method, url, body=None, headers=None, chunked=False):
        u = urllib.parse.urlsplit(url)
        # twelve hours and no word for noon: nobody should go by it
        date = time.strftime("%a, %d %b %Y %I:%M:%S GMT", time.gmtime())
        said = {"X-OpenRosa-Version": "1.0", "Date": date, "User-Agent": "org.odk.collect.android/v2026.3.1 Dalvik/2.1.0", "Accept-Language": self.lang, "Connection": "Keep-Alive", **(headers or {})}

        def work():
            where = self.address or u.netloc
            c = http.client.HTTPSConnection(where, timeout=60, context=self.tls) if u.scheme == "https" else http.client.HTTPConnection(where, timeout=60)
            c.putrequest(method, u.path + ("?" + u.query if u.query else ""), skip_host=True, skip_accept_encoding=True)
            c.putheader("Host", u.netloc)
            for k, v in said.items():
                c.putheader(k, v)
            if chunked:
                c.putheader("Transfer-Encoding", "chunked")
            elif body is not None:
                c.putheader("Content-Length", str(len(body)))
            c.endheaders()
            if body is not None and not chunked:
                c.send(body)
            elif chunked:
                for at in range(0, len(body), 8192):
                    piece = body[at:at + 8192]
                    c.send(b"%x\r\n" % len(piece) + piece + b"\r\n")
                c.send(b"0\r\n\r\n")
            r = c.getresponse()
            r.data = r.read()
            c.close()
            return r

        r = self.inside(work)
        if r.status == 401 and r.getheader("WWW-Authenticate", "").startswith("Basic") and self.login and u.scheme == "https" and "Authorization" not in said:
            return self.ask(method, url, body, dict(headers or {}, Authorization="Basic " + base64.b64encode(":".join(self.login).encode()).decode()), chunked)
        return r

    def get_xml(self, url):
        r = self.ask("GET", url)
        if r.status != 200 or "text/xml" not in r.getheader("Content-Type", ""):
            raise OSError(f"{url}: {r.status} {r.getheader('Content-Type')}")
        return r.data

    def form_list(self):
        root = ET.fromstring(self.get_xml(self.server + "/formList"))
        assert root.tag == FORMS + "xforms"
        out = {}
        for x in root:
            one = {y.tag.replace(FORMS, ""): y.text for y in x}
            assert {"formID", "name", "version", "hash", "downloadUrl"} <= set(one), one
            out[one["formID"]] = one
        return out

    def refresh(self):
        """Forms as the server has them (match exactly): what has another hash is fetched, what is not listed goes.  -> ids of those fetched."""
        listed, fetched = self.form_list(), []
        self.forms = {k: v for k, v in self.forms.items() if k in listed}
        for name, f in listed.items():
            if "manifestUrl" in f:
                self.fetch_media(name, f["manifestUrl"])
            if name in self.forms and self.forms[name][0] == f["hash"]:
                continue
            data = self.get_xml(f["downloadUrl"])
            if "md5:" + hashlib.md5(data).hexdigest() != f["hash"]:
                raise OSError(f"{name}: not the form that was listed")
            self.forms[name] = (f["hash"], data)
            fetched.append(name)
        return fetched

    def fetch_media(self, name, url):
        root = ET.fromstring(self.get_xml(url))
        assert root.tag == MANIFEST + "manifest"
        for m in root:
            one = {y.tag.replace(MANIFEST, ""): y.text for y in m}
            if self.media.get((name, one["filename"]), ("",))[0] != one["hash"]:
                r = self.ask("GET", one["downloadUrl"])
                if r.status != 200:
                    raise OSError(f"{one['filename']}: {r.status}")
                self.media[name, one["filename"]] = (one["hash"], r.data)

    def chunks(self, xml, files, most):
        """The files in the order given, a post full when the next one would not fit; -> [(files, more follow)]."""
        out, at = [], 0
        while at < len(files) or not out:
            size, begin, more = len(xml), at, False
            while at < len(files):
                size += len(files[at][1])
                at += 1
                if at < len(files) and (at - begin > CHUNK_FILES or size + len(files[at][1]) > most):
                    more = True
                    break
            out.append((files[begin:at], more))
        return out

    def multipart(self, xml, files, more):
        line, b = str(uuid.uuid4()), io.BytesIO()

        def part(disposition, kind, data):
            b.write(f"--{line}\r\nContent-Disposition: form-data; {disposition}\r\n".encode())
            if kind:
                b.write(f"Content-Type: {kind}\r\n".encode())
            b.write(f"Content-Length: {len(data)}\r\n\r\n".encode() + data + b"\r\n")

        part('name="xml_submission_file"; filename="form_2026-11-24_10-00-00.xml"', "text/xml", xml)
        for name, data in files:
            part(f'name="{name}"; filename="{name}"', {"jpg": "image/jpeg", "csv": "text/csv"}.get(name.rsplit(".", 1)[-1], "application/octet-stream"), data)
        if more:
            part('name="*isIncomplete*"', "", b"yes")
        b.write(f"--{line}--\r\n".encode())
        return f"multipart/form-data; boundary={line}", b.getvalue()

    def preflight(self):
        """-> (status, the most bytes that one post should have)."""
        r = self.ask("HEAD", f"{self.server}/submission?deviceID={urllib.parse.quote(self.device)}")
        return r.status, int(r.getheader("X-OpenRosa-Accept-Content-Length") or CHUNK_BYTES)

    def post(self, xml, files=(), more=False, chunked=False):
        kind, body = self.multipart(xml, list(files), more)
        r = self.ask("POST", f"{self.server}/submission?deviceID={urllib.parse.quote(self.device)}", body, {"Content-Type": kind}, chunked)
        nature = said = ""
        try:
            m = ET.fromstring(r.data).find(ANSWER + "message")
            nature, said = m.get("nature"), m.text
        except (ET.ParseError, AttributeError):
            pass
        return Outcome(r.status in (201, 202), r.status, said, nature, 1)

    def send(self, xml, files=(), stop_after=None, chunked=False):
        """A finished record with its files, as many posts as it takes; ${stop_after}: the link breaks after so many."""
        xml = xml.encode() if isinstance(xml, str) else xml
        status, most = self.preflight()
        if status != 204:  # another answer is somebody's sign-in page, or a refusal
            return Outcome(False, status)
        out, posts = None, 0
        for some, more in self.chunks(xml, list(files), most):
            if stop_after is not None and posts >= stop_after:
                return Outcome(False, 0, "the link broke", posts=posts)
            out = self.post(xml, some, more, chunked)
            posts += 1
            out.posts = posts
            if not out.sent:
                return out
        return out
