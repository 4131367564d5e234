"""The village's own network for a test: a phone's network namespace, joined to this machine by a cable, where that can be made."""
import ctypes, os, socket, subprocess, threading

FORGET = []  # what is to be undone at the end


def ip(*args):
    subprocess.run(["ip", *args], check=True, capture_output=True, text=True)


def namespace():
    """A phone's own network, joined to this machine by a cable.  -> (our address, namespace or None), None when there is no address but loopback."""
    name = f"tally{os.getpid()}"
    for n in range(8):  # two runs at once have another number each
        net = f"10.{200 + (os.getpid() + n) % 50}.{os.getpid() // 50 % 250}"
        try:
            ip("netns", "add", name)
            FORGET.append(("netns", "del", name))
            ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("addr", "add", net + ".1/30", "dev", name)
            ip("link", "set", name, "up")
            ip("-n", name, "addr", "add", net + ".2/30", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            return net + ".1", name
        except (subprocess.CalledProcessError, FileNotFoundError):
            forget()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("198.51.100.1", 9))  # sends nothing: which address would be ours
            ours = s.getsockname()[0]
    except OSError:
        return None
    return None if ours.startswith(("127.", "0.")) else (ours, None)


def forget():
    while FORGET:
        subprocess.run(["ip", *FORGET.pop()], capture_output=True)


def inside(ns, work):
    """Do it in the namespace: a thread may have a network of its own."""
    if ns is None:
        return work()
    out = []

    def run():
        with open("/run/netns/" + ns) as f:
            if ctypes.CDLL(None, use_errno=True).setns(f.fileno(), 0x40000000) != 0:
                out.append(OSError(ctypes.get_errno(), "setns"))
                return
        try:
            out.append(work())
        except Exception as e:  # handed to who waits
            out.append(e)

    t = threading.Thread(target=run)
    t.start()
    t.join()
    if isinstance(out[0], Exception):
        raise out[0]
    return out[0]
