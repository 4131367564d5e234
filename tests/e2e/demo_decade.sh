#!/bin/bash
# Goal of this test: the demo's second act, whole, ends by itself with 0, shows that each of the white paper's 58 figures holds, also in
# a narrow terminal, and leaves no process; Ctrl-C in the middle leaves nothing.
top=${TALLY_TOP:?}
t=$(mktemp -d)
n=0 failed=0
trap 'rm -rf "$t"' EXIT
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "${3:-/dev/null}"; failed=1; fi; }
none_left() { # FOLDER: nobody works in it any more (what was told to end has a moment)
	for _ in 1 2 3 4 5 6 7 8 9 10; do grep -lazqF "$t/$1" /proc/[0-9]*/cmdline 2>/dev/null || return 0; sleep 0.2; done
	return 1
}

mkdir "$t/whole" "$t/half"
COLUMNS=100 TALLY_DEMO_DIR=$t/whole "$top/tests/demo/run" --act 2 >"$t/whole.out" 2>&1; ok $? "the second act ends with 0" "$t/whole.out"
[ "$(grep -c '是 yes$' "$t/whole.out")" = 58 ] && ! grep -q '否 NO' "$t/whole.out"; ok $? "all 58 figures hold" "$t/whole.out"
grep -q '^  f01 .*total input 2001-2010$' "$t/whole.out" && grep -q '^ *204,380,000,000  *= 204,380,000,000 ' "$t/whole.out"
ok $? "a narrow terminal gets two lines a figure" "$t/whole.out"
none_left whole; ok $? "and leaves no process"

TALLY_DEMO_DIR=$t/half "$top/tests/demo/run" --act 2 >"$t/half.out" 2>&1 & demo=$!
for _ in $(seq 600); do grep -q 'drawn from a seed' "$t/half.out" && break; sleep 0.1; done
kill -INT $demo
wait $demo
[ $? = 130 ] && none_left half && [ -z "$(ls "$t/half")" ]; ok $? "Ctrl-C in the middle of it leaves nothing" "$t/half.out"
echo "1..$n"
exit $failed
