#!/usr/bin/python3
"""Goal of this test: every text of the pages has its Chinese, no Chinese is left over, and what is put in stands in both."""
import glob, os, re, shutil, subprocess, sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TESTS, "lib")]
from world import TOP, Tap

# where the text stands among the arguments
AT = {"tr": 1, "N_": 0, "page_say": 1, "page_fill": 2}
ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
tap = Tap()


def plain(s):
    return re.sub(r"\\(.)", lambda m: ESCAPES[m.group(1)], s)


def arguments(text, i):
    """The arguments of a call whose '(' is at text[i]."""
    depth, start, out = 0, i + 1, []
    while i < len(text):
        c = text[i]
        if c in "\"'":
            i += 1
            while text[i] != c:
                i += 2 if text[i] == "\\" else 1
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                return out + [text[start:i].strip()]
        elif c == "," and depth == 1:
            out.append(text[start:i].strip())
            start = i + 1
        i += 1
    return out


def used():
    """-> {text: where}, [calls whose text cannot be read here]"""
    texts, odd = {}, []
    for path in sorted(glob.glob(os.path.join(TOP, "agent", "**", "*.c"), recursive=True)):
        source = re.sub(r"/\*.*?\*/", " ", open(path, encoding="utf-8").read(), flags=re.S)
        for m in re.finditer(r"\b(tr|N_|page_say|page_fill)\(", source):
            args, name = arguments(source, m.end() - 1), os.path.relpath(path, TOP)
            arg = args[AT[m.group(1)]] if len(args) > AT[m.group(1)] else ""
            if re.fullmatch(r'(?:"(?:[^"\\]|\\.)*"\s*)+', arg):
                texts.setdefault("".join(plain(x) for x in re.findall(r'"((?:[^"\\]|\\.)*)"', arg)), name)
            elif '"' in arg and "N_(" not in arg:
                odd.append(f"{name}: {m.group(1)}({arg[:60]}...): each text in a call of its own")
    return texts, odd


def translated(path):
    out, key, part = {}, "", None
    for line in open(path, encoding="utf-8"):
        m = re.match(r'(msgid|msgstr)?\s*"(.*)"\s*$', line)
        if not m:
            continue
        if m.group(1) == "msgid":
            key, part = "", "id"
        elif m.group(1) == "msgstr":
            part = "str"
            out[key] = ""
        if part == "id":
            key += plain(m.group(2))
        else:
            out[key] += plain(m.group(2))
    out.pop("", None)
    return out


texts, odd = used()
pos = sorted(glob.glob(os.path.join(TOP, "web", "po", "zh*.po")))
zh = {}
for po in pos:
    zh.update(translated(po))
tap.ok(len(texts) > 50, "texts are found in the sources", len(texts))
tap.ok(not odd, "each text stands in its call as it is", "\n".join(odd))
missing = [f"{texts[t]}: {t}" for t in texts if t not in zh]
tap.ok(not missing, "every text has its Chinese", "\n".join(missing))
left = [t for t in zh if t not in texts]
tap.ok(not left, "every Chinese text is used", "\n".join(left))
marks = [t for t in zh if sorted(re.findall(r"\{\d\}", t)) != sorted(re.findall(r"\{\d\}", zh[t]))]
tap.ok(not marks, "what is put in stands in both", "\n".join(marks))
latin = [t for t in zh if not re.search("[\u4e00-\u9fff]", zh[t])]
tap.ok(not latin, "the Chinese is Chinese", "\n".join(latin))
if shutil.which("msgfmt"):
    bad = [p for p in pos if subprocess.run(["msgfmt", "--check-format", "-o", os.devnull, p], capture_output=True).returncode]
    tap.ok(not bad, "msgfmt takes the translations", bad)
tap.done()
