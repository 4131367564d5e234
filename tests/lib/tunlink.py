"""Two network namespaces and between them a link as villages have it, packet by packet: this process carries what two TUN devices give it,
at a rate, late, with losses, with cuts.  So TCP is the kernel's own on both sides, and losses and queues are real; no tc netem is needed
(many kernels have none).  Needs root, /dev/net/tun and `ip netns`; why_not() says what is missing.

A cut: the link is down for a while, and what was connected before is forgotten by it as by an operator's NAT: packets of old connections
from the village are answered with RST, those from the county vanish, so that the county is left with connections that say nothing more."""
import atexit, ctypes, fcntl, heapq, os, random, select, shutil, socket, struct, subprocess, threading, time

VILLAGE, COUNTY = "10.77.0.2", "10.77.0.1"
CLONE_NEWNET = 0x40000000
QUEUE = 20000  # bytes that wait for the link in one direction; more is lost


def why_not():
    if os.geteuid() != 0:
        return "not root"
    if not os.path.exists("/dev/net/tun") or not shutil.which("ip"):
        return "no /dev/net/tun or no ip"
    name = f"tally-try-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", name], capture_output=True).returncode != 0:
        return "network namespaces cannot be made"
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return None


def checksum(b):
    if len(b) % 2:
        b += b"\0"
    s = sum(struct.unpack(f">{len(b) // 2}H", b))
    while s >> 16:
        s = (s & 0xFFFF) + (s >> 16)
    return ~s & 0xFFFF


def rst_for(p):
    """The RST that answers a TCP packet, as a box does that does not know its connection."""
    ihl = (p[0] & 15) * 4
    sport, dport, seq, ack = struct.unpack(">HHII", p[ihl:ihl + 12])
    flags = p[ihl + 13]
    src, dst = p[12:16], p[16:20]
    tcp = struct.pack(">HHIIBBHHH", dport, sport, ack if flags & 16 else 0, 0, 5 << 4, 4, 0, 0, 0)
    pseudo = dst + src + struct.pack(">BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + dst + src
    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + tcp


class TunLink:
    def __init__(self, rate, rtt=0.0, loss=0.0, cut=None, down=1.0, seed=1):
        self.rate, self.rtt, self.loss, self.cut, self.down = rate, rtt, loss, cut, down
        self.rng = random.Random(seed)
        self.up = self.down_bytes = self.lost = self.cuts = 0  # up: bytes that the link carried, IP's headers too
        tag = f"{os.getpid()}-{id(self) % 9999}"
        self.names = [f"tally-v-{tag}", f"tally-c-{tag}"]
        self.fds, self._stop, self._thread = [], threading.Event(), None
        atexit.register(self.close)
        for name, own, peer in ((self.names[0], VILLAGE, COUNTY), (self.names[1], COUNTY, VILLAGE)):
            subprocess.run(["ip", "netns", "add", name], check=True)
            self.fds.append(self._tun(name))
            for cmd in (["link", "set", "lo", "up"], ["addr", "add", own, "peer", peer, "dev", "tun0"], ["link", "set", "tun0", "mtu", "1400", "up"]):
                subprocess.run(["ip", "-n", name, *cmd], check=True)
        subprocess.run(["ip", "-n", self.names[0], "route", "add", "default", "dev", "tun0"], check=True)
        self._free, self._queued = [0.0, 0.0], [0, 0]
        self._late, self._n = [], 0
        self._flows, self._gone = set(), set()
        self._until = 0.0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _tun(self, name):
        """A TUN device in a namespace; its descriptor works from anywhere.  A thread of its own, for it changes namespace."""
        out = []

        def make():
            libc = ctypes.CDLL(None, use_errno=True)
            with open(f"/var/run/netns/{name}") as f:
                if libc.setns(f.fileno(), CLONE_NEWNET) != 0:
                    return
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", b"tun0", 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
            out.append(fd)

        t = threading.Thread(target=make)
        t.start()
        t.join()
        return out[0]

    def village(self, *cmd):
        """A command line to be run in the village."""
        return ["ip", "netns", "exec", self.names[0], *map(str, cmd)]

    def county(self, *cmd):
        return ["ip", "netns", "exec", self.names[1], *map(str, cmd)]

    def close(self):
        if self._stop.is_set():
            return
        self._stop.set()
        if self._thread:
            self._thread.join(5)
        for fd in self.fds:
            os.close(fd)
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    # --- in its own thread

    def _run(self):
        last = time.monotonic()
        while not self._stop.is_set():
            now = time.monotonic()
            if self.cut and now - last >= self.cut:
                last = now
                self.cuts += 1
                self._until = now + self.down
                self._gone |= self._flows
                self._flows.clear()
                self._late.clear()
                self._queued = [0, 0]
                self._free = [0.0, 0.0]
            while self._late and self._late[0][0] <= now:
                _, _, way, packet = heapq.heappop(self._late)
                self._queued[way] -= len(packet)
                if way == 0:
                    self.up += len(packet)
                else:
                    self.down_bytes += len(packet)
                if self.rng.random() < self.loss:
                    self.lost += 1
                else:
                    self._write(1 - way, packet)
            wait = min(0.2, self._late[0][0] - now) if self._late else 0.2
            for fd in select.select(self.fds, [], [], max(0, wait))[0]:
                self._take(self.fds.index(fd))

    def _write(self, to, packet):
        try:
            os.write(self.fds[to], packet)
        except OSError:
            pass

    def _take(self, way):
        """A packet from the village (0) or the county (1) wants to go over."""
        try:
            p = os.read(self.fds[way], 2000)
        except OSError:
            return
        now = time.monotonic()
        if p[0] >> 4 != 4 or now < self._until:
            return
        if p[9] == 6:
            ihl = (p[0] & 15) * 4
            ends = struct.unpack(">HH", p[ihl:ihl + 4])
            flow = ends if way == 0 else ends[::-1]
            if flow in self._gone:
                if way == 0 and not p[ihl + 13] & 4:
                    self._write(0, rst_for(p))
                return
            self._flows.add(flow)
        if self._queued[way] + len(p) > QUEUE:
            self.lost += 1
            return
        self._free[way] = max(self._free[way], now) + len(p) / self.rate
        self._queued[way] += len(p)
        self._n += 1
        heapq.heappush(self._late, (self._free[way] + self.rtt / 2, self._n, way, p))
