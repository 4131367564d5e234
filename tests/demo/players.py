"""A county and its agents, as the demo uses them: a thin layer over the commands."""
import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from stage import TOP, Trouble

sys.path[:0] = [os.path.join(TOP, "tests"), os.path.join(TOP, "tests", "lib")]
from corpus import villages  # noqa: E402
from flaky_proxy import FlakyProxy  # noqa: E402

FORMS = ("housing-rebuild", "water-works", "dew-training")
COUNTIES = (villages.DONGLAN, villages.BAMA)
HOME = "451224104207"      # 东里村, where the house stands
OFFICE = "451224104"       # 武篆镇, whose office trains a class


class Agent:
    """One device: its folder, its place, and tally-agent on it."""

    def __init__(self, stage, place, name):
        self.stage, self.place, self.name = stage, place, name
        self.data = os.path.join(stage.dir, "agents", place)

    def __call__(self, *words, **how):
        return self.stage.run("tally-agent", self.data, *words, **how)

    def init(self):
        self("init", "--place", self.place, "--name", self.name)

    def record(self, form, *words):
        """The entries' hashes."""
        return [row["entry"] for row in self("record", form, *words, "--json").json()]

    def status(self):
        return self("status", "--json").json()[0]

    def device(self):
        return self.status()["device"]


class County:
    def __init__(self, stage):
        self.stage, self.data = stage, os.path.join(stage.dir, "county")
        self.log = os.path.join(stage.out, "county.log")
        self.process, self.address = None, None

    def __call__(self, *words, **how):
        return self.stage.run("tally-county", self.data, *words, **how)

    def init(self):
        self("init", "--origin", "hechi.demo/2025", "--name", "河池市东兰县、巴马瑶族自治县")
        places = os.path.join(self.stage.out, "villages.csv")
        villages.write(COUNTIES, places)
        self("place", "import", places)
        self("form", "publish", *[os.path.join(TOP, "forms", "catalogue", f + ".xml") for f in FORMS])

    def start(self):
        self.process, self.address = self.stage.daemon("tally-county", self.data, "run", "--listen", "127.0.0.1:0", log=self.log)

    def crash(self):
        """As when the power goes."""
        self.stage.kill(self.process)

    def stop(self):
        self.stage.kill(self.process, signal.SIGTERM)

    def status(self):
        return self("status", "--json").json()[0]

    def keep_policy(self, to):
        """What an auditor takes along on the first day: the county's log key, as policy.txt."""
        shutil.copy(os.path.join(self.data, "policy.txt"), to)


def parallel(fn, items, workers):
    """fn over items, so many at once; the first Trouble stops the rest and waits for none."""
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        results = list(pool.map(fn, items))
        pool.shutdown()
        return results
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise


def choose(count):
    """The villages that take part: 东里村, and others spread over the townships."""
    every = villages.load(COUNTIES)
    home = next(v for v in every if v.code == HOME)
    rest = [v for v in villages.spread(every, count) if v.code != HOME]
    return every, [home] + rest[:count - 1]


class World:
    """The county, its agents, and the link between them."""

    def __init__(self, stage, count):
        self.stage, self.county = stage, County(stage)
        self.every, self.villages = choose(count)
        office = next(v for v in self.every if v.township_code == OFFICE)
        self.agents = [Agent(stage, v.code, v.name) for v in self.villages]
        self.office = Agent(stage, OFFICE, office.township)
        self.home, self.home_village = self.agents[0], self.villages[0]
        self.agents.append(self.office)
        self.link, self.answers = None, {}

    def open(self):
        self.county.init()
        self.county.start()
        self.link = FlakyProxy(self.county.address, seed="demo")

    def restart(self):
        """The county comes back at another port; villages know the link's address only."""
        self.county.start()
        self.link.target = self.county.address

    def enrol(self, agent):
        agent.init()
        token = self.county("device", "invite", "--place", agent.place, "--json").json()[0]["token"]
        agent("enrol", self.link.url, "--token", token)

    def sync(self, agent, seconds=60, tries=3):
        """Until all is confirmed: {"requests", "bytes_up", ...} in sum, and how often it had to be called."""
        total = {}
        for n in range(1, tries + 1):
            r = agent("sync", "--timeout", seconds, "--json", allow=(0, 1), timeout=seconds + 60)
            for k, v in r.json()[0].items():
                total[k] = v if k == "waiting" else total.get(k, 0) + v
            if r.code == 0:
                return total, n
        raise Trouble(f"{agent.name}: not everything confirmed after {tries} times {seconds} s: {r.err.strip()}")

    def close(self):
        if self.link is not None:
            self.link.close()
