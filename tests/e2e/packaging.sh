#!/bin/sh
# Goal of this test: `make install` puts everything in its place, and the units hold the daemons as tightly as promised
# (systemd-analyze security 1.5 or better).
cd "${TALLY_TOP:?}" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
n=0 bad=0
check() { # name, command...
	n=$((n + 1)); name=$1; shift
	if out=$("$@" 2>&1); then echo "ok $n - $name"; else echo "not ok $n - $name"; printf '%s\n' "$out" | sed 's/^/# /'; bad=1; fi
}
skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }
into() { make -s B="$TALLY_BUILD" DESTDIR="$tmp/root" PREFIX=/usr install; }
there() {
	for f in usr/bin/tally-agent usr/bin/tally-county usr/bin/tally-audit usr/share/man/man1/tally-agent.1 usr/share/man/man1/tally-county.1 \
		usr/share/man/man1/tally-audit.1 usr/lib/systemd/system/tally-agent.service usr/lib/systemd/system/tally-county.service \
		usr/lib/sysusers.d/tallystick.conf usr/lib/tmpfiles.d/tallystick.conf usr/share/tallystick/openwrt/tally-agent.init \
		usr/share/tallystick/forms/housing-rebuild.xml usr/share/tallystick/forms/fund-flow.xml \
		usr/share/tallystick/forms/2026110101/housing-rebuild.xml usr/share/tallystick/forms/sheets/fund-flow.csv etc/tallystick/tally-agent.ini; do
		test -s "$tmp/root/$f" || { echo "missing: $f"; return 1; }
	done
}
kept() { echo "interval = 7" >"$tmp/root/etc/tallystick/tally-agent.ini" && into && grep -qx "interval = 7" "$tmp/root/etc/tallystick/tally-agent.ini"; }
exposure() {
	level=$(systemd-analyze security --offline=yes "packaging/systemd/$1.service" | sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p')
	echo "$level"
	awk -v l="$level" 'BEGIN { exit !(l != "" && l <= 1.5) }'
}
known() { # every key of the unit is one that systemd knows
	! systemd-analyze verify "packaging/systemd/$1.service" 2>&1 | grep -E 'Unknown|Failed to parse|Invalid'
}
settings() { # what the shipped files name is what the programs know
	for p in agent county; do
		sed -n 's/^; *\([a-z-]*\) = .*/\1/p' packaging/systemd/tally-$p.ini | while read -r o; do
			"$TALLY_BUILD/bin/tally-$p" run --help | grep -q -e "--$o " || { echo "tally-$p run has no --$o"; exit 1; }
		done || return 1
	done
}
manual() { ! groff -man -ww -z -Tutf8 "$tmp/root/usr/share/man/man1/tally-$1.1" 2>&1 | grep .; }
check "make install" into
check "everything is in its place" there
check "settings that are there are kept" kept
check "the OpenWrt script is a shell script" sh -n packaging/openwrt/tally-agent.init
check "the settings that are shipped exist" settings
for u in tally-agent tally-county; do
	if command -v systemd-analyze >/dev/null; then
		check "$u.service: exposure 1.5 or less" exposure $u
		check "$u.service: nothing in it is unknown to systemd" known $u
	else
		skip "$u.service: exposure 1.5 or less" "no systemd-analyze"
	fi
done
for p in agent county audit; do
	if command -v groff >/dev/null; then check "tally-$p.1 is well formed" manual $p; else skip "tally-$p.1 is well formed" "no groff"; fi
done
echo "1..$n"
exit $bad
