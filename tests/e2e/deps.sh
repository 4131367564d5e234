#!/bin/sh
# Goal of this test: without root, a machine that lacks packages is told the one apt line to type, exit 2; nothing is installed.
cd "${TALLY_TOP:?}" || exit 1
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
printf '#!/bin/sh\ncase "$*" in *libsodium-dev*|*libzstd-dev*) exit 1 ;; esac\necho installed\n' >"$d/dpkg-query"
printf '#!/bin/sh\necho 1000\n' >"$d/id"
printf '#!/bin/sh\necho "apt-get was run" >&2; exit 9\n' >"$d/apt-get"
chmod +x "$d"/*
n=0 bad=0
check() { n=$((n + 1)); if [ "$2" = "$3" ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; echo "# got: $2"; bad=1; fi; }
for goal in build demo check bench torture; do
	out=$(PATH="$d:$PATH" packaging/deps $goal 2>&1); rc=$?
	check "$goal without packages and root: exit 2" "$rc" 2
	check "$goal names the line to type" "$(printf '%s\n' "$out" | tail -n 1)" "  apt-get update && apt-get install -y --no-install-recommends libsodium-dev libzstd-dev"
done
printf '#!/bin/sh\necho installed\n' >"$d/dpkg-query"
PATH="$d:$PATH" packaging/deps check >/dev/null 2>&1
check "with all packages there: exit 0, nothing said" $? 0
echo "1..$n"
exit $bad
