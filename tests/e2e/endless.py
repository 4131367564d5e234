#!/usr/bin/python3
"""Goal of this test: a county that answers every request with a reason for another is not obeyed for ever: the device pauses, as after any failure."""
import os, sqlite3, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
from bad_link import BadLink, page
from world import Tap, World

tap, w = Tap(), World()
w.make_county()
county = w.start_county()


class Ahead(BadLink):
    async def _ahead(self, request, line):
        """Before it answers, the county's store comes to say that it has seen later requests of this device."""
        if "/sync " in line:
            db = sqlite3.connect(os.path.join(w.county_dir, "ledger.db"), timeout=10)
            with db:
                db.execute("UPDATE heard SET counter = counter + 1000")
                if self.always:
                    db.execute("INSERT OR IGNORE INTO heard(dev, epoch, counter) SELECT dev, epoch + 1, counter + 1000 FROM heard")
            db.close()
        status, body, type_ = await self._ask(request)
        return page(status + " x", body, type_)


link = Ahead(county.address)
link.always = True
w.make_agent("a", "451224102201", url=link.url)
assert w.agent("a", "record", "water-works", "subject=451224102201-w1", "kind=cellar", "stage=started", "date=2026-10-01").code == 0
assert w.agent("a", "sync", "--timeout", "10").code == 0
link.fault = "ahead"
d = w.start_agent("a")
end, last = time.time() + 20, 0
while time.time() < end and link.requests < 5:
    time.sleep(0.1)
time.sleep(3)
n = link.requests
d.stop()
tap.ok(5 <= n <= 40, f"{n} requests in 3 seconds, then pauses", "".join(d.said)[-500:])
tap.ok(any("one request after another" in x for x in d.said), "and says why", "".join(d.said)[-500:])

link.fault = None
r = w.agent("a", "sync", "--timeout", "20", "--json")
tap.ok(r.code == 0, "when it has come to its senses, everything goes on", r.out + r.err)

# one that lets each new epoch in, and claims to know more of that too the next time
w.make_agent("b", "451224102202", url=link.url)
link.always = False
d = w.start_agent("b")
assert w.agent("b", "sync", "--timeout", "10").code == 0
link.fault = "ahead"
for _ in range(8):
    w.agent("b", "sync", "--timeout", "1")
epoch = w.agent("b", "status", "--json").json()["epoch"]
d.stop()
tap.ok(epoch == 5, f"epoch {epoch}: four new ones a day by a county's word alone, and no more", "".join(d.said)[-500:])
link.close()
w.close()
tap.done()
