"""Forged and unusual variants of the small export, each with the finding codes it must give (none: verdict ok).

A variant tells its story on a Small; what is changed after MANIFEST was signed is its option `after`.
variants_log.py, variants_entries.py and variants_rights.py tell them, tests/golden/variants writes them to disk."""
from cast import DEVICE
from checker.sign import hexhash

VARIANTS = []
FOLDER = f"entries/{DEVICE}/1/"


def variant(codes="", **options):
    """codes: what a verifier must find, and nothing beyond them but `also`, what follows from it.
    options: policy (bytes), inventory (bytes), window, village (True: with its honest half; or a function that
    spoils that half), since (True: with the newest note, kept from before), after (path -> function of bytes)"""
    def keep(story):
        VARIANTS.append((story.__name__.replace("_", "-"), codes.split(), options, story))
        return story
    return keep


def edit(s, path, old, new):
    """Replaces old in the file, which must have it once."""
    data = s.files()[path]
    assert data.count(old) >= 1, (path, old)
    s.more[path] = data.replace(old, new, 1)


def hexb(text):
    return bytes.fromhex(hexhash(text.encode()))
