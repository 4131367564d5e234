"""axe-core, which judges pages by the rules of WCAG 2.2 A and AA: from npm, for tests alone, kept under build/npm.  None where it cannot be had."""
import glob, json, os, shutil, subprocess, tarfile, tempfile

from world import TOP

AT = os.path.join(TOP, "build", "npm")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def source():
    """The text of axe.min.js, or None."""
    if not glob.glob(os.path.join(AT, "axe-core-4.*.tgz")) and shutil.which("npm"):
        os.makedirs(AT, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=AT) as d:
            try:
                subprocess.run(["npm", "pack", "axe-core@4", "--silent", "--fetch-retries=1", "--fetch-timeout=15000", f"--cache={d}/cache"], cwd=d, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                pass
            for name in glob.glob(os.path.join(d, "axe-core-4.*.tgz")):
                os.rename(name, os.path.join(AT, os.path.basename(name)))
    for name in sorted(glob.glob(os.path.join(AT, "axe-core-4.*.tgz")))[-1:]:
        with tarfile.open(name) as tar:
            return tar.extractfile("package/axe.min.js").read().decode()
    return None


def judge(chromium, text, only=None):
    """What the page that is open does wrong: ["rule: element", ...]."""
    how = {"runOnly": {"type": "rule", "values": only} if only else {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    chromium.run("window.axe ? 0 : (function(){" + text + "\n})(), 0")
    found = chromium.run(f"axe.run(document, {json.dumps(how)}).then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 160)).join(' | ')))")
    return found
