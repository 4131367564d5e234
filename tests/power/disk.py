"""Block devices that can be cut: a private mount namespace, loop devices, file systems, the recorder beneath them.
Mounts live in a namespace of this process and loop devices clear themselves: nothing is left behind, whatever ends the test."""
import ctypes, errno, fcntl, os, shutil, signal, struct, subprocess, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18
LOOP_CONFIGURE, LOOP_CTL_GET_FREE, LO_FLAGS_AUTOCLEAR = 0x4C0A, 0x4C82, 4
BTRFS_FORGET = 0x50009405  # _IOW(0x94, 5, struct btrfs_ioctl_vol_args)
PR_SET_PDEATHSIG = 1

# file system -> (bytes of the disk, how it is made, its type, what it is mounted with)
SYSTEMS = {
    "ext4": (24 << 20, ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", "-b", "4096"), "ext4", ""),
    "xfs": (300 << 20, ("mkfs.xfs", "-q", "-f", "-K"), "xfs", ""),
    "btrfs": (128 << 20, ("mkfs.btrfs", "-q", "-f", "-K"), "btrfs", "nodiscard"),
    "overlay": (24 << 20, ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", "-b", "4096"), "ext4", ""),
}
# where a file system keeps its own first block: never torn, see docs/power.md
SUPERBLOCKS = {"ext4": (1024,), "overlay": (1024,), "xfs": (0,), "btrfs": (65536,)}


class Missing(Exception):
    """What this machine does not have, in words for a skip."""


def call(rc, what):
    if rc != 0:
        e = ctypes.get_errno()
        raise OSError(e, f"{what}: {os.strerror(e)}")


def mount(source, target, kind, flags=0, data=""):
    call(LIBC.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()), f"mount {kind}")


def umount(target, seconds=10):
    """Busy for a moment while a process that was killed is still ending."""
    end = time.monotonic() + seconds
    while LIBC.umount2(target.encode(), 0) != 0:
        if ctypes.get_errno() != errno.EBUSY or time.monotonic() > end:
            call(1, f"umount {target}")
        time.sleep(0.005)


def die_with_parent():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Space:
    """A folder in memory, mounted where only this process and its children see it."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Missing("only root can mount")
        for path in ("/dev/fuse", "/dev/loop-control"):
            if not os.path.exists(path):
                raise Missing(f"no {path} here")
        for name in ("nbdkit", "nbdfuse", "cc"):
            if not shutil.which(name):
                raise Missing(f"{name} is not installed")
        self.dir = tempfile.mkdtemp(prefix="tally-power.")
        try:
            call(LIBC.unshare(CLONE_NEWNS), "unshare")
            call(LIBC.mount(b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None), "mount --make-rprivate")
            mount("power", self.dir, "tmpfs", 0, "size=3g,mode=700")
        except OSError as e:
            os.rmdir(self.dir)
            raise Missing(f"no mounts here: {e.strerror}") from e
        try:
            with open(self.path("probe"), "wb") as f:
                f.truncate(1 << 20)
            os.close(attach(self.path("probe"))[1])
        except OSError as e:
            self.close()
            raise Missing(f"no loop devices here: {e.strerror}") from e

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def close(self):
        LIBC.umount2(self.dir.encode(), 2)  # MNT_DETACH
        try:
            os.rmdir(self.dir)
        except OSError:
            pass


def attach(path, wish=None):
    """-> (device, descriptor): a loop device on ${path}, the number ${wish} if that is free; it clears itself when nobody has it open or mounted."""
    backing = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
    try:
        for i in range(200):
            name = f"/dev/loop{wish}"
            if i > 0 or wish is None or not os.path.exists(name):
                name = f"/dev/loop{fcntl.ioctl(control, LOOP_CTL_GET_FREE)}"
            fd = os.open(name, os.O_RDWR | os.O_CLOEXEC)
            # struct loop_config: fd, block size, struct loop_info64 (its flags at 52), reserved
            config = bytearray(304)
            struct.pack_into("II", config, 0, backing, 512)
            struct.pack_into("I", config, 8 + 52, LO_FLAGS_AUTOCLEAR)
            try:
                fcntl.ioctl(fd, LOOP_CONFIGURE, bytes(config))
                return name, fd
            except OSError as e:
                os.close(fd)
                if e.errno != errno.EBUSY:  # somebody else took it first
                    raise
        raise OSError(errno.EBUSY, "no free loop device")
    finally:
        os.close(backing)
        os.close(control)


def make(system, path):
    """An empty file system in the new sparse file ${path}."""
    size, command, _, _ = SYSTEMS[system]
    if not shutil.which(command[0]):
        raise Missing(f"{command[0]} is not installed")
    with open(path, "wb") as f:
        f.truncate(size)
    subprocess.run([*command, path], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["fallocate", "--dig-holes", path], check=True)  # zeros that mkfs wrote cost time at every copy


def copy(source, target):
    """A sparse copy: holes stay holes."""
    a = os.open(source, os.O_RDONLY)
    b = os.open(target, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        size, at = os.fstat(a).st_size, 0
        os.ftruncate(b, 0)
        os.ftruncate(b, size)
        while at < size:
            try:
                at = os.lseek(a, at, os.SEEK_DATA)
            except OSError:  # no more data
                break
            end = os.lseek(a, at, os.SEEK_HOLE)
            while at < end:
                n = os.sendfile(b, a, at, end - at) if os.lseek(b, at, os.SEEK_SET) == at else 0
                at += n
    finally:
        os.close(a)
        os.close(b)


def forget(device):
    """btrfs remembers which device held a file system, and takes an older one for a rival."""
    try:
        with open("/dev/btrfs-control", "rb+", buffering=0) as f:
            fcntl.ioctl(f, BTRFS_FORGET, bytearray(struct.pack("q4088s", 0, device.encode())))
    except OSError:
        pass


class Mounted:
    """A file system of a disk in a file, mounted as after a start; .top is where the agent lives."""

    def __init__(self, system, disk, at, wish=None):
        _, _, kind, options = SYSTEMS[system]
        self.mounts, self.system = [], system
        self.device, fd = attach(disk, wish)
        try:
            if system == "btrfs":
                forget(self.device)
            os.makedirs(at, exist_ok=True)
            mount(self.device, at, kind, 0, options)
            self.mounts.append(at)
            self.top = at
            if system == "overlay":
                self._overlay(at)
        except BaseException:
            self.close()
            raise
        finally:
            os.close(fd)  # the mount holds it now

    def _overlay(self, at):
        """Upper on the recorded disk, lower empty, as a read-only root with its changes on a card."""
        lower, merged = at + ".lower", at + ".merged"
        upper, work = os.path.join(at, "upper"), os.path.join(at, "work")
        for path in (lower, merged, upper, work):
            os.makedirs(path, exist_ok=True)
        mount("overlay", merged, "overlay", 0, f"lowerdir={lower},upperdir={upper},workdir={work}")
        self.mounts.append(merged)
        self.top = merged

    def close(self):
        for at in reversed(self.mounts):
            umount(at)
        self.mounts = []


class Recorder:
    """A disk that keeps a log of what it was told; .disk is the file to attach, position() how long the log is now."""

    def __init__(self, space, image, log):
        self.disk, self.log = space.path("disk"), log
        plugin = space.path("recorder.so")
        if not os.path.exists(plugin):
            p = subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", plugin, os.path.join(HERE, "recorder.c")], capture_output=True, text=True)
            if p.returncode != 0:
                if "nbdkit-plugin.h: No such file" in p.stderr:
                    raise Missing("nbdkit-plugin-dev is not installed")
                raise RuntimeError(p.stderr)
        open(self.disk, "wb").close()
        self.p = subprocess.Popen(["nbdfuse", self.disk, "[", "nbdkit", "--exit-with-parent", "-f", plugin, f"image={image}", f"log={log}", "]"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        end = time.monotonic() + 10
        while os.stat(self.disk).st_size == 0:
            if self.p.poll() is not None or time.monotonic() > end:
                self.p.kill()
                raise Missing("nbdfuse does not run here: " + self.p.communicate()[1].strip()[:200])
            time.sleep(0.01)

    def position(self):
        return os.stat(self.log).st_size

    def close(self):
        try:
            umount(self.disk)
        except OSError:
            LIBC.umount2(self.disk.encode(), 2)
        try:
            self.p.wait(10)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()
        self.p.stderr.close()
