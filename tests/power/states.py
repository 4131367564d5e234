"""From a recording to the states a power cut can leave: all that was flushed, and any part of what was not."""
import os, random, struct

import disk

HEAD = struct.Struct("IIQ")
WRITE, FLUSH, SECTOR = 1, 2, 512


class Write:
    """One write: where on the disk, where its bytes lie in the log, and the log's length when it was done."""

    def __init__(self, offset, at, n):
        self.offset, self.at, self.n, self.done = offset, at, n, at + n


class Segment:
    """The writes between two flushes; ${end} is the log's length just before the second one was answered."""

    def __init__(self):
        self.writes, self.begin, self.end = [], 0, 0


class State:
    """The cut: after ${position} of the log; these parts of the segment's writes are on the disk."""

    def __init__(self, number, segment, position, parts, how):
        self.number, self.segment, self.position, self.parts, self.how = number, segment, position, parts, how


def segments(log):
    """The whole log as segments."""
    found, s, size = [], Segment(), os.fstat(log).st_size
    at = 0
    while at + HEAD.size <= size:
        what, n, offset = HEAD.unpack(os.pread(log, HEAD.size, at))
        if what == FLUSH:
            s.end = at
            found.append(s)
            s = Segment()
            s.begin = at + HEAD.size
        else:
            s.writes.append(Write(offset, at + HEAD.size, n))
        at += HEAD.size + n
    s.end = size
    return found + [s]


def torn(rng, w):
    """Some sectors of one write: the first ones, the last ones, or any."""
    count = (w.n + SECTOR - 1) // SECTOR
    cut, how = rng.randrange(1, count), rng.randrange(3)
    keep = range(cut) if how == 0 else range(cut, count) if how == 1 else [i for i in range(count) if rng.random() < 0.5]
    return [(w.offset + i * SECTOR, w.at + i * SECTOR, min(SECTOR, w.n - i * SECTOR)) for i in keep]


def state_of(rng, number, segment, way, whole):
    """One state of a segment; writes at ${whole} are never torn."""
    n = len(segment.writes)
    upto = n if way in (0, 1) or rng.random() < 0.5 else rng.randrange(n + 1)
    writes = segment.writes[:upto]
    position = segment.end if upto == n else segment.writes[upto].at - HEAD.size
    share = rng.choice((0.1, 0.5, 0.5, 0.9))
    kept = [] if way == 0 else writes if way == 1 else [w for w in writes if rng.random() < share]
    parts, how = [(w.offset, w.at, w.n) for w in kept], ("nothing", "all", "some")[min(way, 2)]
    can = [w for w in writes if w.n > SECTOR and not any(w.offset <= b < w.offset + w.n for b in whole)]
    if way > 2 and can:
        w = rng.choice(can)
        at = next((i for i, p in enumerate(parts) if p[1] == w.at), None)
        pieces = torn(rng, w)
        # in its turn: what was written to the same place later lies above it
        parts = [p for p in parts if p[1] < w.at] + pieces + [p for p in parts if p[1] > w.at]
        how = "some, one torn" if at is not None else "some, and a torn one"
    return State(number, segment, position, parts, how)


def choose(rng, found, count, whole, promises):
    """${count} states, in the log's order: every boundary if they suffice, else first those just behind a promise; then random ones, more where more was written."""
    plans = [(i, 0) for i in range(len(found))]
    if count < len(plans) * 4 // 3:
        fresh = [(i, 0) for i, s in enumerate(found) if any(s.begin <= p <= s.end for p in promises)]
        plans = rng.sample(fresh, min(len(fresh), count // 3))
        plans += [(i, 0) for i in rng.sample(range(len(found)), min(len(found), count // 3))]
    busy = [i for i, s in enumerate(found) if s.writes]
    weights = [min(len(found[i].writes), 8) for i in busy]
    while len(plans) < count:
        plans.append((rng.choices(busy, weights)[0], rng.choice((1, 2, 2, 3, 3, 3))))
    plans.sort()
    return [(i, state_of(rng, n, found[i], way, whole)) for n, (i, way) in enumerate(plans)]


class Replay:
    """Makes the states of one recording, in order."""

    def __init__(self, space, recording):
        self.recording, self.base, self.disk, self.done = recording, space.path("replay.base"), space.path("replay.disk"), 0
        disk.copy(recording.base, self.base)
        self.log = os.open(recording.log, os.O_RDONLY)
        self.segments = segments(self.log)

    def _apply(self, path, parts):
        fd = os.open(path, os.O_WRONLY)
        for offset, at, n in parts:
            os.pwrite(fd, os.pread(self.log, n, at), offset)
        os.close(fd)

    def choose(self, seed, count):
        return choose(random.Random(seed), self.segments, count, disk.SUPERBLOCKS[self.recording.system],
                      [m.position for m in self.recording.marks])

    def make(self, index, state):
        """The disk of a state, whose segment is the ${index}th: a file to mount."""
        while self.done < index:
            self._apply(self.base, [(w.offset, w.at, w.n) for w in self.segments[self.done].writes])
            self.done += 1
        disk.copy(self.base, self.disk)
        self._apply(self.disk, state.parts)
        return self.disk

    def close(self):
        os.close(self.log)
