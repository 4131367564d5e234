#!/usr/bin/python3
"""Goal of this test: what docs/forms.md tells an office to do works as it stands there: sheet, prices, compile, publish, record, report, with what is printed."""
import os, re, shlex, subprocess, sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib")]
from world import BUILD, Tap, World

tap, w = Tap(), World()
text = open(os.path.join(TESTS, "..", "docs", "forms.md"), encoding="utf-8").read()
part = text.split("## How an office makes a form, worked through\n")[1].split("\n## ")[0]
files = re.findall(r"`([a-z]+\.csv)`:\n\n```csv\n(.*?)```", part, re.S)
sessions = re.findall(r"```console\n(.*?)```", part, re.S)
os.mkdir(w.path("office"))
for name, body in files:
    open(w.path("office", name), "w", encoding="utf-8").write(body)
w.make_county()
county = w.start_county()
w.make_agent("a", "451224102201")
ran = 0
for session in sessions:
    for block in re.split(r"^\$ ", session, flags=re.M)[1:]:
        command, _, want = block.partition("\n")
        args = shlex.split(command)
        data = w.county_dir if args[0] == "tally-county" else w.path("a")
        where = [] if args[1:3] == ["form", "compile"] else ["-D", data]
        p = subprocess.run([os.path.join(BUILD, "bin", args[0])] + where + args[1:] + (["--allow-http"] if args[1] == "sync" else []), cwd=w.path("office"), capture_output=True, text=True, timeout=60)
        said = p.stdout.removeprefix("\ufeff") + p.stderr
        lines = [re.escape(l).replace("HASH", "[0-9a-f]{64}").replace(re.escape("..."), ".*") for l in want.splitlines() if l.strip()]
        refused = want.startswith("tally-")
        tap.ok((p.returncode == 1 if refused else p.returncode == 0) and all(re.search("^" + l + "$", said, re.M) for l in lines), command, f"{p.returncode}: {said}")
        ran += 1
tap.ok(len(files) == 2 and ran == 10, "all of it was there to be run", (len(files), ran))
tap.done()
