"""Writes a log, entries and MANIFEST the way section 13 lays them out (golden files, forgeries)."""
import os

from .entry import show_personal_line
from .files import show_manifest_text, sign_manifest
from .sign import hexhash, show_signatures
from .tree import Tree, entry_bundles, leaf_hash, tiles


def put(top, path, data):
    full = os.path.join(top, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as f:
        f.write(data)


def log_files(leaves):
    """{path: bytes} of tiles and bundles below log/."""
    out = tiles(Tree([leaf_hash(x) for x in leaves]))
    out.update(entry_bundles(leaves))
    return {"log/" + path: data for path, data in out.items()}


def note_files(notes):
    """{path: bytes} of the notes ever released; the last is the newest."""
    out = {f"log/checkpoints/{size}-{hexhash(note)}": note for size, note in notes}
    out["log/checkpoint"] = notes[-1][1]
    return out


def entry_files(entries):
    """{path: bytes} of one device's epoch, in the order given."""
    folder = f"entries/{entries[0].device}/{entries[0].epoch}/"
    return {
        folder + "headers": b"\n".join(e.header for e in entries),
        folder + "sigs": b"\n".join(show_signatures(e.sigs) for e in entries),
        folder + "payloads": b"".join(e.payload + b"\n" for e in entries),
        folder + "personals": b"".join(show_personal_line(e.personal) + b"\n" for e in entries),
    }


def fork_file(entry):
    """(path, bytes) of an entry beside the main branch."""
    data = b"\n".join([entry.header, show_signatures(entry.sigs), entry.payload + b"\n" + show_personal_line(entry.personal) + b"\n"])
    return f"forks/{entry.device}-{entry.epoch}-{entry.seq}/{entry.hash}", data


def list_files(top):
    out = []
    for folder, _, names in os.walk(top):
        for name in names:
            out.append(os.path.relpath(os.path.join(folder, name), top))
    return sorted(out, key=str.encode)


def seal_export(top, m, name, key):
    """(Re)writes MANIFEST over all files of the folder, signed."""
    sums = {}
    for path in list_files(top):
        if path != "MANIFEST":
            with open(os.path.join(top, path), "rb") as f:
                sums[path] = hexhash(f.read())
    put(top, "MANIFEST", sign_manifest(show_manifest_text(m, sums), name, key))
