"""Headless Chromium over its debugging pipe: open a page with cookies, run script in it, take a picture.  None where there is no Chromium."""
import base64, json, os, shutil, subprocess, tempfile


def find():
    return next((p for p in (shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome")) if p), None)


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
        self.buf, self.n, self.events, self.session = b"", 0, [], None
        target = [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"][0]
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Network.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        if dark:
            self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])

    def read(self):
        while b"\0" not in self.buf:
            part = os.read(self.r, 65536)
            if not part:
                raise RuntimeError("chromium ended")
            self.buf += part
        one, self.buf = self.buf.split(b"\0", 1)
        return json.loads(one)

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
        r = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in r:
            raise RuntimeError(r["exceptionDetails"].get("exception", {}).get("description") or r["exceptionDetails"])
        return r["result"].get("value")

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
