"""A county and its villages in a temporary folder, for end-to-end tests: starts and stops the real programs on free ports."""
import atexit, json, os, re, shutil, signal, subprocess, tempfile, threading, time

TOP = os.environ.get("TALLY_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# tests and their data may lie on any storage
os.environ.setdefault("TALLY_ALLOW_STORAGE", "tmpfs,nfs,overlay")
BUILD = os.environ.get("TALLY_BUILD") or os.path.join(TOP, "build")
FORMS = [os.path.join(TOP, "forms/catalogue", f + ".xml") for f in ("housing-rebuild", "water-works", "dew-training")]


class Result:
    def __init__(self, p):
        self.code, self.out, self.err = p.returncode, p.stdout, p.stderr

    def json(self):
        return json.loads(self.out)

    def lines(self):
        return [json.loads(l) for l in self.out.splitlines() if l]


def program(name, *args, data=None, stdin=None, timeout=120, env=None):
    """Run a program to its end; text in and out."""
    cmd = [os.path.join(BUILD, "bin", name)] + (["-D", data] if data else []) + [str(a) for a in args]
    p = subprocess.run(cmd, input=stdin, capture_output=True, timeout=timeout, env=dict(os.environ, **(env or {})), text=not isinstance(stdin, bytes))
    return Result(p)


class Daemon:
    """A program that listens; its address is read from what it prints on stderr."""

    def __init__(self, name, *args, data, env=None):
        cmd = [os.path.join(BUILD, "bin", name), "-D", data] + list(args)
        self.p = subprocess.Popen(cmd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                  env=dict(os.environ, **(env or {})))
        self.said, self.address = [], None
        ready = threading.Event()

        def read():
            for line in self.p.stderr:
                self.said.append(line)
                m = re.search(r"https?://([0-9.\[\]:a-f]+:\d+)", line)
                if m and not self.address:
                    self.address = m.group(1)
                    ready.set()
            ready.set()

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()
        ready.wait(30)
        if not self.address:
            self.stop()
            raise RuntimeError(f"{name} did not start: {''.join(self.said)}")

    def stop(self, sig=signal.SIGTERM):
        if self.p.poll() is None:
            self.p.send_signal(sig)
            try:
                self.p.wait(20)
            except subprocess.TimeoutExpired:
                self.p.kill()
                self.p.wait()
        self.reader.join(5)
        return self.p.returncode


class World:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="tally-test.")
        self.daemons = []
        self.county_dir = os.path.join(self.dir, "county")
        self.url = None
        atexit.register(self.close)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def county(self, *args, **kw):
        return program("tally-county", *args, data=self.county_dir, **kw)

    def make_county(self, origin="county.example/test", *args):
        r = self.county("init", "--origin", origin, "--name", "测试县", *args)
        assert r.code == 0, r.err
        r = self.county("form", "publish", *FORMS)
        assert r.code == 0, r.err

    def start_county(self, *args, listen="127.0.0.1:0", env=None):
        d = Daemon("tally-county", "run", "--listen", listen, *args, data=self.county_dir, env=env)
        self.daemons.append(d)
        self.url = ("https://" if "--tls-cert" in args else "http://") + d.address
        return d

    def start_agent(self, name, *args, env=None):
        d = Daemon("tally-agent", "run", "--listen", "127.0.0.1:0", *args, data=self.path(name), env=env)
        self.daemons.append(d)
        return d

    def agent(self, name, *args, **kw):
        return program("tally-agent", *args, data=self.path(name), **kw)

    def invite(self, place, *args):
        r = self.county("device", "invite", "--place", place, "--json", *args)
        assert r.code == 0, r.err
        return r.json()["token"]

    def make_agent(self, name, place, enrol=True, url=None):
        r = self.agent(name, "init", "--place", place)
        assert r.code == 0, r.err
        if enrol:
            r = self.agent(name, "enrol", url or self.url, "--token", self.invite(place))
            assert r.code == 0, r.err

    def close(self):
        for d in self.daemons:
            d.stop(signal.SIGKILL)
        self.daemons = []
        shutil.rmtree(self.dir, ignore_errors=True)


class Tap:
    """TAP on stdout; tests/run adds it up."""

    def __init__(self):
        self.n, self.bad = 0, 0

    def ok(self, good, name, detail=""):
        self.n += 1
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        if not good:
            self.bad += 1
            for line in str(detail).splitlines()[:20]:
                print("# " + line, flush=True)
        return good

    def done(self):
        print(f"1..{self.n}", flush=True)
        raise SystemExit(1 if self.bad else 0)
