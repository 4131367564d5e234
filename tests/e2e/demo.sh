#!/bin/bash
# Goal of this test: the demo's first act (a small one) ends by itself with 0, also twice at once, leaves its report, slip and exports
# and no process; Ctrl-C in the middle ends everything it started and takes its folder away; so does `make try`'s program;
# README shows the lines of docs/demo-output.txt.
top=${TALLY_TOP:?}
t=$(mktemp -d)
n=0 failed=0
trap 'rm -rf "$t"' EXIT
ok() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "${3:-/dev/null}"; failed=1; fi; }
running() { grep -lazF "$t/$1" /proc/[0-9]*/cmdline 2>/dev/null; }
none_left() { # FOLDER: nobody works in it any more (what was told to end has a moment)
	for _ in 1 2 3 4 5 6 7 8 9 10; do [ -z "$(running "$1")" ] && return 0; sleep 0.2; done
	return 1
}
play() { # NAME PROGRAM ACT...: in a folder of its own; its exit status in NAME.status
	mkdir "$t/$1"
	TALLY_DEMO_SCALE=small TALLY_DEMO_DIR=$t/$1 "$top/tests/demo/$2" ${3:+--act "$3"} >"$t/$1.out" 2>&1 & echo $! >"$t/$1.pid"
	wait $!
	echo $? >"$t/$1.status"
}
wait_for() { # FILE WORDS: until they stand there
	for _ in $(seq 600); do grep -q "$2" "$1" 2>/dev/null && return 0; sleep 0.1; done
	return 1
}
stop() { # NAME PROGRAM WORDS ACT: Ctrl-C when the words are said
	play "$1" "$2" "$4" & job=$!
	wait_for "$t/$1.out" "$3"
	kill -INT "$(cat "$t/$1.pid")"
	wait $job
}

play one run 1 & first=$!
play two run 1 & second=$!
wait $first $second
for which in one two; do
	[ "$(cat "$t/$which.status")" = 0 ]; ok $? "demo $which of two at once ends with 0" "$t/$which.out"
	none_left $which; ok $? "demo $which leaves no process"
	out=$(echo "$t/$which"/tally-demo-*/out)
	[ -s "$out/report.txt" ] && [ -s "$out/report.json" ] && [ -s "$out/report.csv" ] && [ -s "$out/slip.txt" ] && [ -s "$out/export/MANIFEST" ]
	ok $? "demo $which leaves report, slip and export"
	[ "$(grep -c "$out" "$t/$which.out")" -ge 4 ]; ok $? "demo $which says where they lie"
done
! grep -q "$(printf '\033')" "$t/one.out" "$t"/one/tally-demo-*/out/slip.txt; ok $? "no colour where there is no terminal, also on the slip"

for at in '1. A county' '2. A year' '3. The link' '8. What if'; do
	name=at${at%%.*}
	stop $name run "$at" 1
	[ "$(cat "$t/$name.status")" = 130 ]; ok $? "Ctrl-C at '$at' ends it with 130" "$t/$name.out"
	none_left $name; ok $? "Ctrl-C at '$at' leaves no process"
	[ -z "$(ls "$t/$name")" ]; ok $? "Ctrl-C at '$at' leaves no folder"
done

stop fourth try 'Change one character'
[ "$(cat "$t/fourth.status")" = 0 ]; ok $? "Ctrl-C closes county and village of make try" "$t/fourth.out"
none_left fourth; ok $? "make try leaves no process"

"$top/tests/demo/readme-lines" --check >"$t/readme" 2>&1; ok $? "README shows the demo's lines" "$t/readme"
echo "1..$n"
exit $failed
