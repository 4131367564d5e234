#!/bin/sh
# Goal of this test: arrows between layers run one way, each third-party header is included in its one place,
# docs/architecture.md names every file of the house and nothing that is not there, and tally-audit links no network and no database.
cd "${TALLY_TOP:?}" || exit 1
n=0 bad=0
check() { # name, command...
	n=$((n + 1)); name=$1; shift
	if out=$("$@" 2>&1); then echo "ok $n - $name"; else echo "not ok $n - $name"; printf '%s\n' "$out" | sed 's/^/# /'; bad=1; fi
}
house() {
	python3 - <<'P'
import re, subprocess, sys
text = open("docs/architecture.md", encoding="utf-8").read()
named = set(re.findall(r"^\| `([a-z_]+/[A-Za-z0-9_./-]+)`", text, re.M))
files = {f for f in subprocess.run(["git", "ls-files"], capture_output=True, text=True).stdout.split()
         if re.match(r"(base|crypto|evidence|forms|store|sync|web|agent|county|audit)/.+\.[ch]$", f)}
units = {re.sub(r"\.[ch]$", "", f) for f in files}
missing, gone = sorted(units - named), sorted(named - units)
if missing: print("not named in docs/architecture.md:", ", ".join(missing))
if gone: print("named there, but not in the tree:", ", ".join(gone))
sys.exit(1 if missing or gone else 0)
P
}
lean() { ! ldd "$TALLY_BUILD/bin/tally-audit" | grep -E 'curl|microhttpd|sqlite|libpq'; }
names() { # archives take the first definition they meet: two of one name would shadow each other silently
	for p in agent county audit; do
		libs="base crypto evidence forms"
		[ $p = audit ] || libs="$libs store sync web"
		d=$(for o in $(for l in $libs; do echo "$TALLY_BUILD/lib/lib$l.a"; done) $(find "$p" -name '*.c' | sed "s|\\(.*\\)\\.c$|$TALLY_BUILD/obj/\\1.o|"); do nm -g --defined-only "$o" 2>/dev/null; done | awk 'NF == 3 { print $3 }' | sort | uniq -d)
		[ -z "$d" ] || { echo "$p: defined twice:" $d; return 1; }
	done
}
check "layers call downwards only" python3 tests/lint
check "docs/architecture.md names every file" house
check "no name is defined twice" names
check "tally-audit links no curl, microhttpd, SQLite or libpq" lean
echo "1..$n"
exit $bad
