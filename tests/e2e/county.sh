#!/bin/bash
# Goal of this test: one county from init to report over its commands: a county is made once, invites devices, publishes forms that
# never change, imports places, keeps persons and reviews in the log, serves pages and the log beside its commands, and says no by name.
set -u
bin=${TALLY_BUILD:?}/bin top=${TALLY_TOP:?}
t=$(mktemp -d)
pids=()
end() { for p in "${pids[@]}"; do kill "$p" 2>/dev/null; wait "$p" 2>/dev/null; done; rm -rf "$t"; }
trap end EXIT
n=0 bad=0
county() { "$bin/tally-county" -D "$t/c" "$@"; }
agent() { "$bin/tally-agent" -D "$t/$1" "${@:2}"; }
ok() { # STATUS NAME: the last output is in $t/out, $t/err
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$t/out" "$t/err" | head -20; bad=1; fi
}
# says STATUS WORDS NAME COMMAND...: exit status, and words in what it printed
says() {
	local want=$1 words=$2 name=$3; shift 3
	"$@" >"$t/out" 2>"$t/err" </dev/null; local got=$?
	[ $got = "$want" ] && grep -qE -- "$words" "$t/out" "$t/err"; ok $? "$name (exit $got)"
}
json() { python3 -c 'import json,sys
rows = [json.loads(l) for l in sys.stdin if l.strip()]
sys.exit(0 if eval(sys.argv[1]) else 1)' "$1" <"$t/out"; }
is() { # EXPRESSION NAME COMMAND...: on rows, the JSON objects printed
	local expr=$1 name=$2; shift 2
	"$@" >"$t/out" 2>"$t/err" </dev/null; json "$expr" 2>>"$t/err"; ok $? "$name"
}
http() { curl -s -m 20 -o "$t/out" -w '%{http_code}' "$@" 2>"$t/err"; }
serve() { # NAME ARGS...: the address in $url
	"$bin/tally-county" -D "$t/c" run --listen 127.0.0.1:0 "${@:2}" >/dev/null 2>"$t/$1.err" </dev/null & pids+=($!)
	for _ in $(seq 100); do url=$(grep -oE 'https?://[0-9.:]+' "$t/$1.err"); [ -n "$url" ] && return; sleep 0.1; done
	cat "$t/$1.err" >&2
}

says 2 "origin" "init wants an origin" county init --name x
says 2 "no county is here" "no county, no status" county status
says 2 "only sqlite" "another store is named" county init --origin a.example --name x --store postgresql://x
says 2 "no name for a log" "an origin is a key name" county init --origin "a b" --name x
says 2 "tls-pin" "a pin is a hash" county init --origin a.example --name x --tls-pin abc
is 'rows[0]["origin"] == "a.example/log" and len(rows[0]["root"]) == 64' "init makes a county" county init --origin a.example/log --name 测试县 --json
[ "$(stat -c %a "$t/c")" = 700 ] && [ "$(stat -c %a "$t"/c/*.key | sort -u)" = 600 ]; ok $? "its folder is 0700, its keys 0600"
says 1 "trace" "a second init is refused" county init --origin a.example/log --name x
mkdir "$t/left" && touch "$t/left/root.key"
says 1 "trace" "so it is where only a key was left" "$bin/tally-county" -D "$t/left" init --origin a.example/log --name x
says 1 "already" "a store that is there is not taken" "$bin/tally-county" -D "$t/other" init --origin a.example/log --name x --store "sqlite:$t/c/ledger.db"
[ ! -e "$t/other" ]; ok $? "and nothing is begun"
is 'rows[0]["size"] == 3 and rows[0]["devices"] == 0 and rows[0]["may_sign"]' "the log begins with keys, policy and officer" county status --json
says 0 "^tallystick/keys/v1" "keys prints county.keys" county keys
is 'rows[0]["ok"] and rows[0]["findings"] == []' "the log checks" county log check --json

villages=$top/../shared/data/villages.csv
head='village_code,village,township_code,township,county_code,county,prefecture_code,prefecture,province_code,province'
{ echo "$head"; echo '451224102201,同拉村,451224102,三石镇,451224,东兰县,4512,河池市,45,广西壮族自治区'
  echo '451224102202,"纳合,村",451224102,三石镇,451224,东兰县,4512,河池市,45,广西壮族自治区'; } >"$t/few.csv"
[ -e "$villages" ] || villages=$t/few.csv
printf '\xef\xbb\xbf' | cat - "$villages" >"$t/bom.csv"
is 'rows[0]["places"] > 5' "places are imported, a byte-order mark is no name" county place import "$t/bom.csv" --json
is 'rows[0]["places"] == 6' "quoted cells" county place import "$t/few.csv" --json
{ echo "$head"; echo '45122410220,短,451224102,三石镇,451224,东兰县,4512,河池市,45,广西'; echo '451224102203,好,451224103,x,451224,东兰县,4512,河池市,45,广西'; } >"$t/wrong.csv"
says 1 "row 2, village_code" "a short code is named by row and column" county place import "$t/wrong.csv"
is 'rows[1]["row"] == 3 and rows[1]["column"] == "township_code"' "so is a code of another township, as JSON" county place import "$t/wrong.csv" --json
{ cat "$t/few.csv"; echo '451224102203,好,451224102,三石乡,451224,东兰县,4512,河池市,45,广西壮族自治区'; } >"$t/two.csv"
says 1 "two names" "one code, two names" county place import "$t/two.csv"
says 2 "column" "a head without the columns" county place import "$top/tests/skips"
says 2 "UTF-8" "bytes that are no UTF-8" county place import <(printf '%s\n\xff' "$head")
says 2 "No such file" "no file" county place import "$t/none.csv"

says 0 "housing-rebuild" "forms are published" county form publish "$top"/forms/catalogue/*.xml
is 'all(r["state"] == "published before" for r in rows)' "the same bytes again are no news" county form publish "$top"/forms/catalogue/*.xml --json
sed 's/<bind nodeset="\/data\/method"/<bind  nodeset="\/data\/method"/' "$top/forms/catalogue/housing-rebuild.xml" >"$t/changed.xml"
says 1 "new version" "other bytes under the same version are refused" county form publish "$t/changed.xml"
says 1 "skips" "what is no form is named" county form publish "$top/tests/skips"
is 'len(rows) >= 3 and len({r["form"] for r in rows}) == len(rows)' "form list" county form list --json

says 2 "place" "an invitation wants a place" county device invite
says 2 "not a place code" "a code has its digits" county device invite --place 45122
says 2 "not among the places" "a place that was not imported" county device invite --place 451224999999
says 2 "expires" "hours are a number" county device invite --place 451224102201 --expires never
says 2 "not enrolled" "--for names a device" county device invite --place 451224102201 --for abcdef
says 2 "loopback" "no plain HTTP off loopback" county run --listen 0.0.0.0:0
says 2 "cannot be" "a mirror that cannot be made is named" county run --log-mirror /proc/none/m
says 2 "not ADDR:PORT" "a bad address" county run --listen nowhere

serve run
is 'rows[0]["token"].startswith("tally1.") and rows[0]["url"] == "http://county.example"' "invite" county device invite --place 451224102201 --url http://county.example --json
token=$(sed 's/.*"token":"\([^"]*\)".*/\1/' "$t/out")
agent a init --place 451224102201 >/dev/null 2>&1
says 0 "" "a device enrols beside the running server" agent a enrol "$url" --token "$token"
for h in 1 2 3; do agent a record housing-rebuild subject=h$h stage=roof date=2026-10-2$h allowance=10000yuan household/name=某某 >/dev/null 2>&1; done
is 'rows[0]["confirmed"] == 3' "it syncs" agent a sync --json
is 'rows[0]["entries"] == 4 and rows[0]["devices"] == 1 and rows[0]["parked"] == 0' "status beside the server" county status --json
is 'rows[0]["entries"] == 4 and rows[0]["name"] != "" and rows[0]["last_seen"] > 0' "device list" county device list --json
device=$(sed 's/.*"device":"\([^"]*\)".*/\1/' "$t/out")
agent a list --json >"$t/out" 2>/dev/null
entry=$(grep -m1 '"h2"' "$t/out" | sed 's/.*"entry":"\([^"]*\)".*/\1/')

[ "$(http "$url/v1/keys")" = 200 ] && cmp -s "$t/out" "$t/c/county.keys"; ok $? "GET /v1/keys is county.keys"
[ "$(http "$url/checkpoint")" = 200 ] && grep -q "^a.example/log$" "$t/out"; ok $? "GET /checkpoint"
[ "$(http "$url/tile/0/000.p/5")" = 200 ] && [ "$(stat -c %s "$t/out")" = 160 ]; ok $? "GET /tile: five hashes"
[ "$(http "$url/tile/0/000")" = 404 ]; ok $? "a tile that is not full yet is not there"
[ "$(http "$url/metrics")" = 200 ] && grep -q "^tally_entries 4$" "$t/out"; ok $? "GET /metrics"
[ "$(http -H 'Accept-Language: zh' "$url/")" = 200 ] && grep -q "测试县" "$t/out" && grep -q "概况" "$t/out"; ok $? "the page, in Chinese"
[ "$(http "$url/report?form=housing-rebuild&by=village&lang=en")" = 200 ] && grep -q "30000.00" "$t/out"; ok $? "the report's page, in English"
! grep -rq "某某" "$t/out" && [ "$(http "$url/?x=<script>")" = 200 ] && ! grep -q "<script" "$t/out"; ok $? "nothing personal, no markup from outside"
is 'rows[0]["subjects"] == 3 and rows[0]["stage.roof"] == 3 and rows[0]["sum.allowance"] == 3000000 and rows[0]["percent"] is None' "report" \
	county report --form housing-rebuild --by township --json

says 2 "note" "a return says why" county review return "$entry"
says 2 "nobody.*no key" "nobody unknown reviews" county review accept "$entry" --as nobody
says 2 "begins so" "an entry that is not there" county review accept 00000000
says 0 "returned" "review return" county review return "$entry" --note 请补照片
says 1 "already" "once is enough" county review return "$entry" --note 请补照片
is 'rows[0]["subjects"] == 2' "a returned entry is out of totals" county report --form housing-rebuild --by county --json
says 0 "" "the village hears of it" agent a sync
agent a list --json >"$t/out" 2>/dev/null; grep '"h2"' "$t/out" | grep -q '"returned"'; ok $? "and shows it"

says 2 "role" "a role is one of four" county user add li --role king
says 0 "active" "a person" county user add li --role reviewer
says 1 "known already" "a name is used once" county user add li --role reviewer
[ "$(stat -c %a "$t/c/people/li.key")" = 600 ]; ok $? "with a key of their own"
says 0 "accepted" "who reviews too" county review accept "$entry" --as li
says 0 "disabled" "until disabled" county user disable li
says 2 "no active person" "and no longer" county review return "$entry" --note x --as li
says 1 "last admin" "the last admin stays" county user disable admin
is '[r["state"] for r in rows] == ["active", "disabled"]' "user list" county user list --json

says 2 "place code" "assign wants codes" county device assign "$device" 12345
is 'rows[0]["state"] == "assigned"' "device assign" county device assign "$device" 451224102202 --json
says 1 "already" "assigned once" county device assign "$device" 451224102202
says 0 "" "the device may record there" agent a record housing-rebuild subject=h9 stage=roof date=2026-10-25 --place 451224102202
agent a sync >/dev/null 2>&1
is 'rows[0]["parked"] == 0' "and it is not parked" county status --json
says 0 "ended" "an assignment ends" county device assign "$device" 451224102202 --end
says 1 "not assigned" "once" county device assign "$device" 451224102202 --end

says 2 "reason" "a revocation says why" county device revoke "$device"
says 0 "revoked" "device revoke, by a prefix" county device revoke "${device:0:12}" --reason 设备遗失
says 1 "before" "once and for ever" county device revoke "$device" --reason x
says 2 "for ever" "no new token for it" county device invite --place 451224102201 --for "$device"
agent a record housing-rebuild subject=h7 stage=roof date=2026-10-25 >/dev/null 2>&1
agent a sync >/dev/null 2>&1
is 'rows[0]["parked"] >= 1' "what comes later is parked" county status --json

says 0 "tlog-proof" "log proof" county log proof "$entry"
says 1 "begins so" "no proof of what is not there" county log proof 00000000
says 2 "needed" "export wants a folder" county export
says 0 "entries" "export --audit" county export --audit "$t/x"
says 2 "empty" "into an empty folder only" county export --audit "$t/x"
is 'len(rows[0]["findings"]) == 1 and rows[0]["findings"][0]["code"] == "revoked-device"' "the auditor finds the parked entry and nothing else" \
	"$bin/tally-audit" verify "$t/x" --json
agent a list --json >"$t/out" 2>/dev/null; parked=$(grep -m1 '"h7"' "$t/out" | sed 's/.*"entry":"\([^"]*\)".*/\1/')
says 0 "accepted" "a parked entry is accepted" county review accept "$parked"
is 'rows[0]["parked"] == 0' "and parked no more" county status --json
county export --audit "$t/z" >/dev/null 2>&1
says 0 "OK" "then the auditor has nothing to say" "$bin/tally-audit" verify "$t/z"
! grep -rqa "某某" "$t/c/policy.txt" "$t/c/county.keys" "$t/x/log" "$t/x/entries"/*/*/payloads; ok $? "names of people are in no log"
county export --audit "$t/y" --without-personal >/dev/null 2>&1; ! grep -rqa "某某" "$t/y"; ok $? "nor anywhere in an export without personal parts"
is 'rows[0]["ok"]' "the log checks" county log check --json

kill -TERM "${pids[0]}"; wait "${pids[0]}"; got=$?; unset 'pids[0]'
[ $got = 0 ]; ok $? "SIGTERM ends the server cleanly"
if command -v openssl >/dev/null; then
	openssl req -x509 -newkey ed25519 -nodes -keyout "$t/k.pem" -out "$t/cert.pem" -days 2 -subj /CN=county 2>/dev/null
	serve tls --tls-cert "$t/cert.pem" --tls-key "$t/k.pem"
	[ "${url%%:*}" = https ] && [ "$(http -k "$url/v1/keys")" = 200 ] && cmp -s "$t/out" "$t/c/county.keys"; ok $? "HTTPS"
	[ "$(http -k --tls-max 1.2 "$url/v1/keys")" = 000 ]; ok $? "TLS 1.3 alone"
	pin=$(openssl pkey -in "$t/k.pem" -pubout -outform DER | sha256sum | cut -c1-64)
	"$bin/tally-county" -D "$t/p" init --origin b.example/log --name x --tls-pin "$pin" >/dev/null 2>&1
	"$bin/tally-county" -D "$t/p" keys 2>/dev/null | grep -q "^spki $pin$"; ok $? "county.keys names the pin"
	says 2 "go together" "a certificate needs its key" county run --tls-cert "$t/cert.pem"
fi
echo "1..$n"
exit $bad
