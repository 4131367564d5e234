"""Headless Chromium over its debugging pipe (--remote-debugging-pipe): open pages, press, type, choose files, print, take pictures; what its console says against a page is in `trouble`."""
import base64, json, os, select, shutil, subprocess, tempfile, time


def find():
    return next((p for p in (shutil.which(n) for n in ("chromium", "chromium-headless-shell", "chromium-browser")) if p), None)


class Chromium:
    def __init__(self, width=320, height=900, lang="en", dark=False):
        self.dir = tempfile.mkdtemp(prefix="tally-chromium.")
        out_r, out_w = os.pipe()  # what it writes
        in_r, in_w = os.pipe()    # what it reads

        def pipes():
            r, w = os.dup(in_r), os.dup(out_w)
            os.dup2(r, 3)
            os.dup2(w, 4)
            os.close(r)
            os.close(w)
        args = [find(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--remote-debugging-pipe",
                f"--user-data-dir={self.dir}", f"--lang={lang}", f"--window-size={width},{height}", "about:blank"]
        self.p = subprocess.Popen(args, close_fds=False, preexec_fn=pipes, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(in_r)
        os.close(out_w)
        self.w, self.r = in_w, out_r
        self.buf, self.n, self.events, self.session, self.trouble = b"", 0, [], None, []
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Network.enable")
        self.call("Log.enable")
        self.call("Runtime.enable")
        self.call("DOM.enable")
        self.size(width, height)
        self.dark(dark)

    def size(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def dark(self, on):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if on else "light"}])

    def script(self, on):
        """With or without JavaScript, for the pages opened from now on."""
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def read(self, limit=60):
        until = time.monotonic() + limit
        while b"\0" not in self.buf:
            if not select.select([self.r], [], [], max(0, until - time.monotonic()))[0]:
                raise RuntimeError("chromium says nothing")
            part = os.read(self.r, 65536)
            if not part:
                raise RuntimeError("chromium ended")
            self.buf += part
        one, self.buf = self.buf.split(b"\0", 1)
        one = json.loads(one)
        self.note(one.get("method"), one.get("params", {}))
        return one

    def note(self, method, p):
        if method == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.trouble.append(d.get("exception", {}).get("description") or d["text"])
        elif method == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
            self.trouble.append(" ".join(str(a.get("value")) for a in p["args"]))
        elif method == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
            self.trouble.append(f'{p["entry"]["text"]} {p["entry"].get("url", "")}')

    def call(self, method, **params):
        self.n += 1
        m = {"id": self.n, "method": method, "params": params}
        if self.session:
            m["sessionId"] = self.session
        os.write(self.w, json.dumps(m).encode() + b"\0")
        while True:
            a = self.read()
            if a.get("id") == self.n:
                if "error" in a:
                    raise RuntimeError(f"{method}: {a['error']}")
                return a["result"]
            self.events.append(a)

    def wait(self, event):
        while True:
            for i, e in enumerate(self.events):
                if e.get("method") == event:
                    del self.events[:i + 1]
                    return e
            self.events.append(self.read())

    def cookies(self, url, cookies):
        for k, v in cookies.items():
            self.call("Network.setCookie", url=url, name=k, value=v)

    def open(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def run(self, script):
        """The value of an expression in the page; works without the page's own JavaScript too, but then not with promises."""
        r = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in r:
            raise RuntimeError(r["exceptionDetails"].get("exception", {}).get("description") or r["exceptionDetails"])
        return r["result"].get("value")

    def gone(self, script):
        """Run what leads to another page, and wait for that."""
        self.events = []
        self.run(script)
        self.wait("Page.loadEventFired")

    def until(self, script, limit=10):
        """Wait until the page says so; False when it never does."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if self.run(script):
                return True
            time.sleep(0.05)
        return False

    def files(self, selector, *paths):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        self.call("DOM.setFileInputFiles", files=list(paths), nodeId=self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"])

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def picture(self, path, whole=True):
        with open(path, "wb") as f:
            f.write(base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]))

    def close(self):
        try:
            self.call("Browser.close")
            self.p.wait(10)
        except Exception:
            self.p.kill()
            self.p.wait()
        os.close(self.w)
        os.close(self.r)
        shutil.rmtree(self.dir, ignore_errors=True)
