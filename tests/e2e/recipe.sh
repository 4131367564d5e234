#!/bin/sh
# Goal of this test: the recipe gives the program's own dictionary again, byte for byte, where libzstd and the catalogue are those it was made with (sync/dict/default.from).
set -eu
: "${TALLY_TOP:?}" "${TALLY_BUILD:?}"
cd "$TALLY_TOP"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if [ ! -x "$TALLY_BUILD/bench/dict" ]; then
	echo "ok 1 - the recipe gives the dictionary # SKIP bench/dict is not built"
else
	"$TALLY_BUILD/bench/dict" 1 "$tmp/dict" "$tmp/from" $(ls "$TALLY_BUILD"/forms/*.xml | LC_ALL=C sort) $(ls forms/catalogue/*.xml | LC_ALL=C sort) >/dev/null
	grep -v '  default.zdict$' "$tmp/from" >"$tmp/now"
	if grep -v '  default.zdict$' sync/dict/default.from | cmp -s - "$tmp/now"; then
		if cmp -s "$tmp/dict" sync/dict/default.zdict; then echo "ok 1 - the recipe gives the dictionary"; else echo "not ok 1 - the recipe gives the dictionary"; fi
	else
		echo "ok 1 - the recipe gives the dictionary # SKIP libzstd or the catalogue is another than it was made with"
	fi
fi
name=$(sha256sum sync/dict/default.zdict | cut -d' ' -f1)
if grep -q "^$name  default.zdict$" sync/dict/default.from; then echo "ok 2 - and it is the one that default.from names"; else echo "not ok 2 - and it is the one that default.from names"; fi
echo "1..2"
