"""Where a demo plays: its folder, the programs it starts and must end, and what it tells."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


class Trouble(Exception):
    """Something did not go as the story says: the demo ends with 1."""


class Stopped(SystemExit):
    """Somebody ended it: Ctrl-C, or a signal."""


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]


class Stage:
    def __init__(self, name):
        os.environ.setdefault("TALLY_ALLOW_STORAGE", "tmpfs,nfs,overlay")  # a show may lie on any storage
        build = os.environ.get("TALLY_BUILD") or os.path.join(TOP, "build")
        self.bin = os.path.join(os.path.abspath(build), "bin")
        if not all(os.access(os.path.join(self.bin, "tally-" + x), os.X_OK) for x in ("agent", "county", "audit")):
            sys.exit(f"{self.bin}: the programs are not there; type `make` first")
        self.dir = tempfile.mkdtemp(prefix=f"tally-{name}-", dir=os.environ.get("TALLY_DEMO_DIR") or "/tmp")
        self.out = os.path.join(self.dir, "out")
        os.mkdir(self.out)
        self.colour = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("NO_COLOR")
        self.columns = shutil.get_terminal_size((140, 40)).columns
        self.transcript, self.began = [], time.monotonic()
        self._live, self._lock, self._ended = set(), threading.RLock(), False
        self._signal, self._starting = None, 0  # a signal never falls between a program's start and our knowing of it
        # also where a shell started us with SIGINT ignored
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number, frame):
        self._signal = number
        if not self._ended and not self._starting:
            raise Stopped(number)

    # --- telling

    def head(self, text):
        print(f"\n\033[1m{text}\033[0m" if self.colour else f"\n{text}", flush=True)

    def say(self, text, keep=False):
        """keep: the same on every machine and at every run; README shows these lines."""
        print("\n".join("  " + line if line else "" for line in text.splitlines()), flush=True)
        if keep:
            self.transcript += text.splitlines()

    def seconds(self):
        return time.monotonic() - self.began

    # --- programs

    def spawn(self, words, **how):
        """A Popen that end() knows of."""
        with self._lock:
            if self._ended:
                raise Stopped(signal.SIGINT)
            self._starting += 1
            try:
                p = subprocess.Popen(words, **how)
                self._live.add(p)
            finally:
                self._starting -= 1
        if self._signal and not self._ended and threading.current_thread() is threading.main_thread():
            raise Stopped(self._signal)
        return p

    def run(self, program, data, *words, allow=(0,), timeout=120):
        """Runs `program -D data words...` to its end; Trouble when its exit status is none of ${allow}."""
        words = [os.path.join(self.bin, program)] + (["-D", data] if data else []) + [str(w) for w in words]
        p = self.spawn(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
        try:
            out, err = p.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
            raise Trouble(f"{' '.join(words)}: not done after {timeout} s") from None
        finally:
            self.forget(p)
        if p.returncode not in allow:
            if self._ended:
                raise Stopped(signal.SIGINT)
            raise Trouble(f"{' '.join(words)}\nended with {p.returncode}: {err.strip() or out.strip()}")
        return Result(p.returncode, out, err)

    def daemon(self, program, data, *words, log):
        """Starts a server that says on its log where it listens; (process, "127.0.0.1:PORT")."""
        words = [os.path.join(self.bin, program), "-D", data] + list(words)
        with open(log, "ab") as f:
            at = f.tell()
            p = self.spawn(words, stdin=subprocess.DEVNULL, stdout=f, stderr=f)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with open(log, "rb") as f:
                f.seek(at)
                said = f.read().decode(errors="replace")
            m = re.search(r"127\.0\.0\.1:([1-9]\d*)", said)
            if m:
                return p, m[0]
            if p.poll() is not None:
                raise Trouble(f"{' '.join(words)}\nended with {p.returncode}: {said.strip()}")
            time.sleep(0.02)
        raise Trouble(f"{' '.join(words)}: does not say where it listens: {said.strip()}")

    def forget(self, p):
        """It has ended, as far as it has."""
        with self._lock:
            if p.poll() is not None:
                self._live.discard(p)

    def kill(self, p, number=signal.SIGKILL):
        p.send_signal(number)
        try:
            p.wait(10)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()
        self.forget(p)

    def end(self):
        """Ends what still runs; nothing can be started after it."""
        with self._lock:
            self._ended, live = True, list(self._live)
        for p in live:
            if p.poll() is None:
                p.terminate()
        for p in live:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


def need(true, what):
    if not true:
        raise Trouble(what)
