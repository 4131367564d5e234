#!/usr/bin/env python3
"""Makes base/pinyin_table.c: base/pinyin_table.py Unihan_Readings.txt >base/pinyin_table.c

The input is Unicode's Unihan database (Debian's package unicode-data: /usr/share/unicode/Unihan_Readings.txt.bz2, unpacked).
A character's readings, most usual first: kMandarin, kHanyuPinlu, kTGHZ2013, kXHC1983; where neither of the last two knows it, the first of kHanyuPinyin."""
import re, sys, unicodedata

TONES = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}
MOST = 6  # readings kept of one character


def reading(text):
    """"lǚ" -> ("lv", 3); None for what no one types (ê, m, ng)."""
    tone, letters = 5, ""
    for c in unicodedata.normalize("NFD", text):
        if c in TONES:
            tone = TONES[c]
        elif c == "\u0308" and letters[-1:] == "u":
            letters = letters[:-1] + "v"
        else:
            letters += c
    return (letters, tone) if re.fullmatch(r"[a-z]*[aeiouv][a-z]*", letters) else None


def readings(d):
    out = [x for x in d.get("kMandarin", "").split()]
    out += [x.split("(")[0] for x in d.get("kHanyuPinlu", "").split()]
    for field in ("kTGHZ2013", "kXHC1983"):
        out += [y for x in d.get(field, "").split() for y in x.split(":")[1].split(",")]
    if "kTGHZ2013" not in d and "kXHC1983" not in d:
        out += [x.split(":")[1].split(",")[0] for x in d.get("kHanyuPinyin", "").split()[:1]]
    kept = [r for r in map(reading, out) if r]
    # a light tone beside a full one is the same reading, said fast
    kept = [r for r in kept if r[1] != 5 or not any(s == r[0] and t != 5 for s, t in kept)]
    return list(dict.fromkeys(kept))[:MOST]


def main():
    chars = {}
    version = ""
    for line in open(sys.argv[1], encoding="utf-8"):
        if line.startswith("# Unicode version:"):
            version = line.split(":")[1].strip()
        if line.startswith("U+"):
            c, field, value = line.rstrip("\n").split("\t")
            if field in ("kMandarin", "kHanyuPinlu", "kTGHZ2013", "kXHC1983", "kHanyuPinyin"):
                chars.setdefault(int(c[2:], 16), {})[field] = value
    table = [(c, r) for c in sorted(chars) for r in readings(chars[c])]
    syllables = sorted({r[0] for _, r in table})
    place = {s: i for i, s in enumerate(syllables)}
    assert len(syllables) == 417 and max(map(len, syllables)) <= 6
    print(f"/* Made by base/pinyin_table.py from Unihan {version} (Unicode license, docs/dependencies.md); not to be edited. */")
    print('#include "base/pinyin.h"\n\nconst char pinyin_syllables[PINYIN_SYLLABLES][PINYIN_LETTERS + 1] = {')
    for i in range(0, len(syllables), 16):
        print("\t" + " ".join(f'"{s}",' for s in syllables[i:i + 16]))
    print("};\n\n/* character << 12 | syllable << 3 | tone, by character, its readings in order */\nconst uint32_t pinyin_table[] = {")
    words = [f"{c << 12 | place[r[0]] << 3 | r[1]:#x}" for c, r in table]
    for i in range(0, len(words), 18):
        print(",".join(words[i:i + 18]) + ",")
    print(f"}};\nconst size_t pinyin_table_n = {len(words)};")


main()
