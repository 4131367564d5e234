#!/bin/sh
# Goal: the shell block of docs/format.md, section 16, verifies the golden export as it stands in the document, and fails when
# one character of a payload, of a header or of a file it does not look into is changed.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
awk '/^## 16\. By hand/ { here = 1 } here && /^```$/ { exit } block { print } here && /^```sh$/ { block = 1 }' "$top/docs/format.md" >"$t/block"
n=0 failed=0
ok() { # STATUS WHAT
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$t/out"; failed=1; fi
}
# forged FILE SED WHAT: a copy of the golden files with FILE changed; the block must say WHAT
forged() {
	rm -rf "$t/copy" && mkdir -p "$t/copy/tests" && cp -r "$top/tests/golden" "$t/copy/tests/golden"
	for f in "$t/copy/tests/golden/export/"$1; do sed "$2" "$f" >"$t/new" && cmp -s "$t/new" "$f" && echo "# $1 unchanged"; cp "$t/new" "$f"; done
	(cd "$t/copy" && sh "$t/block") >"$t/out" 2>&1
	status=$?
	[ "$status" != 0 ] && grep -q "^not ok $3" "$t/out"
}
(cd "$top" && sh "$t/block") >"$t/out" 2>&1
ok $? "the block runs as it stands"
[ "$(grep -c '^ok ' "$t/out")" = 8 ]
ok $? "it says ok eight times"
forged 'entries/*/1/payloads' 's/28000/28001/' "payload's hash"
ok $? "one digit of the payload changed: it fails"
forged 'entries/*/1/headers' 's/^mono 65000/mono 65001/' "entry's signature"
ok $? "one digit of the header changed: it fails"
forged 'county.keys' 's/golden/galden/' "MANIFEST"
ok $? "one letter of county.keys changed: it fails"
echo "1..$n"
exit $failed
