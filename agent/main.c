#include <locale.h>
#include <stddef.h>

#include "agent/agent.h"
#include "crypto/sign.h"

static const struct opt opts_init[] = {
	{ "place", "CODE", "the place this device records for (2, 4, 6, 9 or 12 digits)", 0 },
	{ "name", "TEXT", "what people call this device", 0 },
	{ "from", "FILE", "the device that this backup was made of, with a new epoch; without --place", 0 },
	{ "allow-storage", "NAME", "record on storage that may lose data at a power cut, by its name (tmpfs, vfat)", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_enrol[] = {
	{ "token", "T", "the one-time token from the county (tally1....)", 0 },
	{ "allow-http", NULL, "plain http also off loopback", 0 },
	{ "request", "FILE", "without a link: write a request for a stick; needs --token", 0 },
	{ "answer", "FILE", "without a link: read the answer that the county made of it", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_run[] = {
	{ "listen", "ADDR:PORT", "the local page (default 127.0.0.1:8470)", 0 },
	{ "lan", "ADDR:PORT", "the page on the village's own network too, for paired phones", 0 },
	{ "lan-cert", "FILE", "certificate of --lan, PEM; without it nothing personal is shown or taken there", 0 },
	{ "lan-key", "FILE", "its key, PEM", 0 },
	{ "lan-collect-http", NULL, "take records of ODK Collect on --lan without a certificate: whoever is in that network can read them", 0 },
	{ "lan-name", "NAME", "another name by which phones reach --lan, without the port", 1 },
	{ "interval", "SECONDS", "longest wait between syncs (default 300)", 0 },
	{ "log-level", "LEVEL", "error, warn, info (default) or debug", 0 },
	{ "metrics-file", "FILE", "write the figures of /metrics to FILE when they change", 0 },
	{ "allow-http", NULL, "plain http to the county also off loopback", 0 },
	{ "data-budget", "BYTES", "what syncs may cost a day; photos wait when it is spent, entries never", 0 },
	{ "metered", "HOW", "is the link paid by the megabyte: auto (default; a modem is), yes or no", 0 },
	{ "photos", "WHEN", "photos go over a link always (default), unmetered or never", 0 },
	{ "second-copy", "DIR", "keep a sealed copy of what the county has not confirmed yet on another medium", 0 },
	{ "allow-storage", "NAME", "record on storage that may lose data at a power cut, by its name (tmpfs, vfat)", 0 },
	{ "no-sandbox", NULL, "do not hold the running agent to its own folders and system calls", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_record[] = {
	{ "photo", "FIELD=FILE", "a JPEG for a photo field; position and EXIF are removed", 1 },
	{ "place", "CODE", "another place of this device", 0 },
	{ "as", "ACTOR", "who records", 0 },
	{ "id", "UUID", "any id of up to 48 letters, digits, '.', '_', '-'; the same again records nothing twice", 0 },
	{ "json", "FILE|-", "answers as JSON objects, one a line, all or none", 0 },
	{ "subjects", "FILE", "one entry a line: SUBJECT[,FIELD=VALUE]...; one event, all or none", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_correct[] = {
	{ "photo", "FIELD=FILE", "another photo", 1 },
	{ "as", "ACTOR", "who corrects", 0 },
	{ "id", "UUID", "any id of up to 48 letters, digits, '.', '_', '-'; the same again records nothing twice", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_withdraw[] = {
	{ "reason", "TEXT", "why (stays personal)", 0 },
	{ "as", "ACTOR", "who withdraws", 0 },
	{ "id", "UUID", "any id of up to 48 letters, digits, '.', '_', '-'; the same again records nothing twice", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_list[] = {
	{ "form", "F", "only entries of this form", 0 },
	{ "subject", "S", "only entries of this subject", 0 },
	{ "state", "S", "waiting, confirmed, set-aside, returned, accepted, superseded, withdrawn, disputed or erased", 0 },
	{ "planned", NULL, "what the county planned for the places of this device and is not recorded as done", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_sync[] = {
	{ "timeout", "S", "give up after so many seconds (default 120)", 0 },
	{ "allow-http", NULL, "plain http also off loopback", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_messages[] = {
	{ "read", NULL, "they are read: the page and status mention them no more", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_status[] = {
	{ "line", NULL, "one line", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_export[] = {
	{ "audit", "DIR", "a new folder for the village's half", 0 },
	{ NULL, NULL, NULL, 0 } };

static const struct opt opts_roster_import[] = {
	{ "dry-run", NULL, "say what would change, store nothing", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_roster[] = {
	{ "group", "G", "only of this village group", 0 },
	{ NULL, NULL, NULL, 0 } };

static const struct opt opts_user_add[] = {
	{ "name", "NAME", "what people call the cadre; personal, kept sealed", 0 },
	{ "as", "ID", "the cadre who vouches, with a PIN", 0 },
	{ "code", "CODE", "the county's code vouches (it is used up)", 0 },
	{ "pin-file", "FILE|-", "PINs, one a line: of who vouches (with --as), the new one", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_user[] = {
	{ "as", "ID", "the cadre who vouches, with a PIN", 0 },
	{ "code", "CODE", "the county's code, as read out over the telephone (it is used up)", 0 },
	{ "pin-file", "FILE|-", "PINs, one a line: of who vouches (with --as), the new one", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_handover[] = {
	{ "to", "ID", "the cadre who takes over", 0 },
	{ "as", "ID", "the cadre who hands over", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_pair[] = {
	{ "name", "TEXT", "whose phone it is, or which; kept in the clear", 0 },
	{ "collect", NULL, "a QR code with the settings of ODK Collect, whose records are the cadre's", 0 },
	{ "user", "ID", "with --collect: whose; the PIN is asked for", 0 },
	{ "place", "CODE", "with --collect: of which place its records are (default: any of the device's)", 0 },
	{ "phone", "N", "with --collect: a phone that is paired already, in place of a new one", 0 },
	{ "pin-file", "FILE|-", "with --collect: the PIN, a line", 0 },
	{ "list", NULL, "the phones that are paired", 0 },
	{ "revoke", "N", "let this one in no more", 0 },
	{ NULL, NULL, NULL, 0 } };
static const struct opt opts_retention[] = {
	{ "dry-run", NULL, "only say what may go", 0 },
	{ "days", "N", "keep what the county received less than so many days ago (default 365)", 0 },
	{ NULL, NULL, NULL, 0 } };

static const struct cmd cmds[] = {
	{ "init", "--place CODE [--name TEXT] | --from BACKUP", "make this device's keys, journal and guard", opts_init, 0, 0, cmd_init },
	{ "enrol", "URL --token TOKEN | --request FILE --token TOKEN [URL] | --answer FILE [URL] | URL", "join a county, over a link or a stick; or only say where it is reached now", opts_enrol, 0, 1, cmd_enrol },
	{ "run", "[--listen ADDR:PORT]", "the agent: local page, and sync in the background", opts_run, 0, 0, cmd_run },
	{ "record", "FORM FIELD=VALUE... | FORM --json FILE | FORM ... --subjects FILE", "record what was done", opts_record, 1, 512, cmd_record },
	{ "correct", "ENTRY FIELD=VALUE...", "replace an entry with a corrected one", opts_correct, 1, 512, cmd_correct },
	{ "withdraw", "ENTRY --reason TEXT", "take an entry out of the totals", opts_withdraw, 1, 1, cmd_withdraw },
	{ "list", "[--form F] [--subject S] [--state S | --planned]", "what was recorded here, or is planned", opts_list, 0, 0, cmd_list },
	{ "show", "ENTRY", "one entry: header, payload, personal part, state, receipt", NULL, 1, 1, cmd_show },
	{ "slip", "ENTRY", "the printable slip for the household", NULL, 1, 1, cmd_slip },
	{ "sync", "[--timeout S]", "send what waits and fetch what is new", opts_sync, 0, 0, cmd_sync },
	{ "status", "[--line]", "what a cadre or a monitor wants to know", opts_status, 0, 0, cmd_status },
	{ "messages", "[--read]", "what the county says to this device", opts_messages, 0, 0, cmd_messages },
	{ "verify", "", "the whole journal: signatures, chain, receipts", NULL, 0, 0, cmd_verify },
	{ "export", "--audit DIR", "the village's half: entries with their receipts", opts_export, 0, 0, cmd_export },
	{ "roster import", "FILE.csv [--dry-run]", "households and members of this place", opts_roster_import, 1, 1, cmd_roster_import },
	{ "roster list", "[--group G]", "households and members, by village group", opts_roster, 0, 0, cmd_roster_list },
	{ "roster search", "WORD... [--group G]", "find somebody by name, pinyin, initials, last four of a number, group, id", opts_roster, 1, 8, cmd_roster_search },
	{ "roster add", "FIELD=VALUE...", "a new member, of household=ID or of a household of its own", NULL, 1, 16, cmd_roster_add },
	{ "user add", "ID [--name NAME] [--as ID]", "a cadre and a PIN; the first one makes the cabinet of what is personal", opts_user_add, 1, 1, cmd_user_add },
	{ "user reset", "ID [--as ID | --code CODE]", "a new PIN", opts_user, 1, 1, cmd_user_reset },
	{ "user disable", "ID", "a cadre may no longer sign in", NULL, 1, 1, cmd_user_disable },
	{ "user list", "", "the cadres of this device", NULL, 0, 0, cmd_user_list },
	{ "handover", "--to ID [--as ID]", "hand the device to another cadre: a signed entry, and what waits", opts_handover, 0, 0, cmd_handover },
	{ "bundle write", "FILE", "sync over a stick: what goes to the county", NULL, 1, 1, cmd_bundle_write },
	{ "bundle read", "FILE", "sync over a stick: what the county answered", NULL, 1, 1, cmd_bundle_read },
	{ "pair", "[--name TEXT] | --collect --user ID [--place CODE] | --list | --revoke N", "let one phone of the village's network reach the page, or send what ODK Collect filled in", opts_pair, 0, 0, cmd_pair },
	{ "retention", "[--dry-run] [--days N]", "destroy personal parts and photos that the county has had for long", opts_retention, 0, 0, cmd_retention },
	{ "backup", "FILE", "a copy of the journal without keys; what is personal stays sealed", NULL, 1, 1, cmd_backup },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL } };

const struct program agent_program = { "tally-agent", "records what was done in a village: signed, chained, offline first", cmds };

int
main(int argc, char **argv)
{
	struct err e = { "" };

	(void)setlocale(LC_CTYPE, "");
	if (crypto_init(&e) != 0)
		return opt_fail(&e);
	agent_set_argv(argc, argv);
	return opt_main(&agent_program, argc, argv);
}
