#include "county/cmd/commands.h"
#include "crypto/sign.h"

#define OPT_END { NULL, NULL, NULL, 0 }

static const struct opt init_opts[] = {
	{ "origin", "NAME", "the log's name, for ever: a domain or path of yours", 0 },
	{ "name", "TEXT", "the office's name, for people", 0 },
	{ "store", "URL", "sqlite:PATH, from the data directory on (default: sqlite:ledger.db)", 0 },
	{ "tls-pin", "HASH", "SHA-256 of the server's TLS public key (SubjectPublicKeyInfo), hex; devices pin it", 1 },
	OPT_END
};
static const struct opt run_opts[] = {
	{ "listen", "ADDR:PORT", "where to serve (default 127.0.0.1:8480)", 0 },
	{ "tls-cert", "FILE", "certificate chain, PEM", 0 },
	{ "tls-key", "FILE", "its key, PEM", 0 },
	{ "allow-http", NULL, "serve without TLS on an address that is not loopback", 0 },
	{ "log-mirror", "DIR", "keep a second copy of the log there, always, whichever command writes (none: no more)", 0 },
	{ "threads", "N", "workers (default 16)", 0 },
	OPT_END
};
static const struct opt compile_opts[] = {
	{ "o", "FILE", "write the XForm there", 0 },
	{ "media", "FILE", "a .csv or .xml file beside the form: the form names its SHA-256; once for each", 1 },
	OPT_END
};
static const struct opt invite_opts[] = {
	{ "place", "CODE", "the place the device records for", 0 },
	{ "for", "DEVICE", "a device enrolled before, whose key is lost", 0 },
	{ "expires", "HOURS", "how long the token is good (default 168)", 0 },
	{ "url", "URL", "where devices reach this county (default http://127.0.0.1:8480)", 0 },
	{ "unlisted", NULL, "the place need not be among those imported", 0 },
	{ "as", "NAME", "the officer who invites (default admin)", 0 },
	OPT_END
};
static const struct opt publish_opts[] = {
	{ "media", "FILE", "a .csv or .xml file beside the form, whose SHA-256 the form names; once for each", 1 },
	OPT_END
};
static const struct opt assign_opts[] = {
	{ "end", NULL, "end the assignment instead", 0 },
	OPT_END
};
static const struct opt revoke_opts[] = {
	{ "reason", "T", "why: kept here, its salted hash in the log", 0 },
	OPT_END
};
static const struct opt user_opts[] = {
	{ "role", "R", "admin, officer, reviewer or viewer", 0 },
	{ "place", "CODE", "the place the person is for", 0 },
	OPT_END
};
static const struct opt review_opts[] = {
	{ "note", "T", "what the village should know: sent to it sealed, its salted hash in the log", 0 },
	{ "as", "NAME", "who reviews (default admin)", 0 },
	OPT_END
};
static const struct opt erase_opts[] = {
	{ "order", "TEXT", "who ordered it and why: kept here, its salted hash in the log", 0 },
	{ "pending", NULL, "list what devices have not acknowledged", 0 },
	{ "as", "NAME", "the officer who does it (default admin)", 0 },
	OPT_END
};
static const struct opt plan_opts[] = {
	{ "dry-run", NULL, "say what would change, record nothing", 0 },
	{ "unlisted", NULL, "places need not be among those imported", 0 },
	{ "as", "NAME", "the officer who plans (default admin)", 0 },
	OPT_END
};
static const struct opt message_opts[] = {
	{ "text", "T", "what is said: sent sealed, its salted hash in the log", 0 },
	{ "as", "NAME", "who says it (default admin)", 0 },
	OPT_END
};
static const struct opt link_opts[] = {
	{ "order", "T", "by whose order and why: kept here, its salted hash in the log", 0 },
	{ "as", "NAME", "who decides (default admin)", 0 },
	OPT_END
};
static const struct opt map_opts[] = {
	{ "from", "DATE", "the first day of the new code, YYYY-MM-DD", 0 },
	{ "order", "T", "by whose order and why: kept here, its salted hash in the log", 0 },
	{ "unlisted", NULL, "the new code need not be among the places imported", 0 },
	{ "as", "NAME", "who decides (default admin)", 0 },
	OPT_END
};
static const struct opt period_opts[] = {
	{ "o", "FILE", "write the report there too", 0 },
	{ "as", "NAME", "who closes it (default admin)", 0 },
	OPT_END
};
static const struct opt show_opts[] = {
	{ "o", "FILE", "write it there", 0 },
	OPT_END
};
static const struct opt posting_opts[] = {
	{ "form", "F", "the form", 0 },
	{ "place", "CODE", "the place, with all that lies in it", 0 },
	{ "o", "FILE", "write there: .html a page to print, else CSV", 0 },
	{ "as", "NAME", "who posts it (default admin)", 0 },
	OPT_END
};
static const struct opt subject_opts[] = {
	{ "form", "F", "this form only", 0 },
	{ "at", "SIZE", "the log as it stood at that size", 0 },
	OPT_END
};
static const struct opt report_opts[] = {
	{ "form", "F", "this form only", 0 },
	{ "by", "GROUP", "form (default), country, province, prefecture, county, township, village, year, month, subject, fund or group (target groups: counted, never listed)", 0 },
	{ "classes", "FILE", "classes of places: CSV with the columns code and class", 0 },
	{ "class", "C", "only places of that class; adds how many there are", 0 },
	{ "place", "CODE", "only that place and what lies in it (2 to 12 digits)", 0 },
	{ "fund", "F", "only what is paid from that fund", 0 },
	{ "year", "Y", "only what is in that year's row of --by year", 0 },
	{ "basis", "B", "the date counted: observed (default), received or accepted", 0 },
	{ "from", "D", "first day, YYYY-MM-DD", 0 },
	{ "to", "D", "last day, YYYY-MM-DD", 0 },
	{ "at", "SIZE", "the log as it stood at that size", 0 },
	{ "of", "ORIGIN", "at the server above counties: of that county's copy alone", 0 },
	{ "format", "F", "table (default; money in yuan), json, csv (money in fen), xlsx, html (money in yuan)", 0 },
	{ "lang", "L", "of html: zh (default) or en", 0 },
	{ "o", "FILE", "write there", 0 },
	OPT_END
};
static const struct opt dict_opts[] = {
	{ "o", "FILE", "where to (county.zdict)", 0 },
	OPT_END
};
static const struct opt export_opts[] = {
	{ "audit", "DIR", "a new folder for an auditor", 0 },
	{ "without-personal", NULL, "withhold personal parts and personal attachments", 0 },
	{ "of", "ORIGIN", "at the server above: of that county's copy, as it was received, personal parts withheld", 0 },
	{ "with-personal", NULL, "with --of: with the personal parts, where they were ordered", 0 },
	{ "since", "SIZE", "not built yet", 0 },
	{ "entries", "FILE", "not built yet", 0 },
	{ "form", "F", "not built yet", 0 },
	OPT_END
};

static const struct opt mirror_opts[] = {
	{ "root", "HASH", "SHA-256 of the upper server's root key (tally-county keys there); without it what comes is taken and shown", 0 },
	{ "with-personal", NULL, "personal parts too, sealed to that server: only where that was ordered, on both sides", 0 },
	{ "allow-http", NULL, "also without TLS on an address that is not loopback", 0 },
	OPT_END
};
static const struct opt accept_opts[] = {
	{ "place", "CODE", "the place the county is for, in reports", 0 },
	{ "with-personal", NULL, "take personal parts, if the county sends them: only where that was ordered", 0 },
	OPT_END
};
static const struct opt rotate_opts[] = {
	{ "root", "FILE", "the root key (default: root.key in the data directory)", 0 },
	{ "service", NULL, "a new service key", 0 },
	{ "sealing", NULL, "a new sealing key", 0 },
	{ "tls-pin", "HASH", "one more TLS public key to be pinned", 1 },
	{ "drop-tls-pin", "HASH", "one that is pinned no more", 1 },
	OPT_END
};
static const struct opt succeed_opts[] = {
	{ "root", "FILE", "the root key", 0 },
	{ "accept-loss", NULL, "what was signed after the backup is lost for good", 0 },
	{ "origin", "NAME", "the new log's name (default: the old one and /2, /3 ...)", 0 },
	OPT_END
};
static const struct opt backup_opts[] = {
	{ "with-keys", NULL, "with the key files (never the root key), under a passphrase", 0 },
	{ "passphrase-file", "FILE", "whose first line is the passphrase", 0 },
	OPT_END
};
static const struct opt restore_opts[] = {
	{ "from-mirror", "DIR", "take what the database lacks from the log mirror, and sign on", 0 },
	{ "passphrase-file", "FILE", "whose first line is the passphrase of the keys in the backup", 0 },
	OPT_END
};

static const struct cmd commands[] = {
	{ "init", "--origin NAME --name TEXT [--store URL] [--tls-pin HASH]...", "make keys and an empty log; refuses where any trace of a county is", init_opts, 0, 0, cmd_init },
	{ "run", "[--listen ADDR:PORT] [--tls-cert F --tls-key F]", "serve devices, pages, metrics and the log", run_opts, 0, 0, cmd_run },
	{ "place import", "FILE.csv", "names of places, from province to village", NULL, 1, 1, cmd_place_import },
	{ "place map", "OLD NEW --from DATE --order T", "a place got another code: reports that do not end before that day show it there; OLD OLD takes it back", map_opts, 2, 2, cmd_place_map },
	{ "device invite", "--place CODE [--for DEVICE]", "a one-time token, as text, and on a terminal as QR code too", invite_opts, 0, 0, cmd_device_invite },
	{ "device list", "", "devices, when they were last heard of", NULL, 0, 0, cmd_device_list },
	{ "device assign", "DEVICE CODE...", "let a device record for more places", assign_opts, 2, 1024, cmd_device_assign },
	{ "device reset-code", "DEVICE", "the device's one-time code, to be read out to a cadre whom you know and who forgot a PIN", NULL, 1, 1, cmd_device_reset_code },
	{ "device revoke", "DEVICE --reason T", "for ever: what comes from it later is parked", revoke_opts, 1, 1, cmd_device_revoke },
	{ "form compile", "FILE.csv|FILE.xlsx -o FILE.xml [--media FILE]...", "XLSForm to XForm; faults by sheet, cell and column", compile_opts, 1, 1, cmd_form_compile },
	{ "form publish", "FILE.xml... [--media FILE]...", "forms for all devices; a version never changes", publish_opts, 1, 1024, cmd_form_publish },
	{ "form retire", "ID VERSION", "a version is offered no more for new records; publishing it again takes that back", NULL, 2, 2, cmd_form_retire },
	{ "form list", "", "published forms", NULL, 0, 0, cmd_form_list },
	{ "plan import", "FILE.csv|.xlsx [--dry-run]", "what is planned, by place and form; faults by row and cell", plan_opts, 1, 1, cmd_plan_import },
	{ "user add", "NAME --role R", "a person, with a key of the person's own", user_opts, 1, 1, cmd_user_add },
	{ "user list", "", "persons and their roles", NULL, 0, 0, cmd_user_list },
	{ "user disable", "NAME", "the person's key is good no more", NULL, 1, 1, cmd_user_disable },
	{ "message", "DEVICE|PLACE --text T", "a text for a device, or for the devices of a place and of what lies in it: shown there until it is read", message_opts, 1, 1, cmd_message },
	{ "review accept", "ENTRY [--note T]", "an entry counts, also a parked one", review_opts, 1, 1, cmd_review_accept },
	{ "review return", "ENTRY --note T", "an entry goes back to the village and out of totals", review_opts, 1, 1, cmd_review_return },
	{ "subject link", "A B --order T", "two subjects are one: A folds into B, in every form", link_opts, 2, 2, cmd_subject_link },
	{ "subject unlink", "A B --order T", "they are not: a link taken back, or two that only looked the same", link_opts, 2, 2, cmd_subject_unlink },
	{ "subject links", "", "which subjects were linked or told apart, with the order", NULL, 0, 0, cmd_subject_links },
	{ "subject doubles", "[--form F]", "subjects that may be one: same identity number, or same name in one place; nobody is named", subject_opts, 0, 0, cmd_subject_doubles },
	{ "subject ledgers", "[--form F]", "funds and other accounts that do not balance, each with the entries it is made of", subject_opts, 0, 0, cmd_subject_ledgers },
	{ "period close", "YYYY-MM [-o FILE]", "a month's report, for good: what comes later is counted as late", period_opts, 1, 1, cmd_period_close },
	{ "period show", "YYYY-MM [-o FILE]", "the report of a closed month, as it was", show_opts, 1, 1, cmd_period_show },
	{ "period list", "", "closed months", NULL, 0, 0, cmd_period_list },
	{ "posting create", "--form F --place CODE -o FILE", "a list to post in the village: numbers, stages, amounts, nobody's name", posting_opts, 0, 0, cmd_posting_create },
	{ "report", "[--form F] [--by GROUP] [--format F]", "progress by place, time, fund or group", report_opts, 0, 0, cmd_report },
	{ "export", "--audit DIR [--without-personal] [--of ORIGIN]", "everything an auditor needs", export_opts, 0, 0, cmd_export },
	{ "erase", "ENTRY --order TEXT | --pending", "destroy the personal parts of an entry and of its corrections, with a record; or what devices have not destroyed yet", erase_opts, 0, 1, cmd_erase },
	{ "log checkpoint", "", "the signed head of the log", NULL, 0, 0, cmd_log_checkpoint },
	{ "log proof", "ENTRY", "a tlog-proof that the entry is in the log", NULL, 1, 1, cmd_log_proof },
	{ "log check", "", "recompute all of it from the leaves", NULL, 0, 0, cmd_log_check },
	{ "log succeed", "--root FILE --accept-loss [--origin NAME]", "a new origin after a loss: devices send again what is missing", succeed_opts, 0, 0, cmd_log_succeed },
	{ "keys", "", "county.keys and the fingerprints to compare", NULL, 0, 0, cmd_keys },
	{ "keys rotate", "[--root FILE] [--service] [--sealing] [--tls-pin HASH]...", "the next county.keys, signed by the root key; by default with a new service and sealing key", rotate_opts, 0, 0, cmd_keys_rotate },
	{ "witness add", "VKEY URL", "have heads countersigned", NULL, 0, 64, NULL },
	{ "mirror add", "URL [--root HASH] [--with-personal]", "mirror this county to the server above it, for good", mirror_opts, 1, 1, cmd_mirror_add },
	{ "mirror drop", "URL", "no more", NULL, 1, 1, cmd_mirror_drop },
	{ "mirror list", "", "the servers above, and what they last confirmed", NULL, 0, 0, cmd_mirror_list },
	{ "mirror push", "", "send them now what they lack; the running server does so by itself", NULL, 0, 0, cmd_mirror_push },
	{ "mirror accept", "FILE [--place CODE] [--with-personal]", "at the server above: take in the log of the county whose county.keys are in FILE", accept_opts, 1, 1, cmd_mirror_accept },
	{ "mirror counties", "", "at the server above: the counties accepted, and what was last received", NULL, 0, 0, cmd_mirror_counties },
	{ "dict train", "[-o FILE]", "a compression dictionary, from what is public in the log", dict_opts, 0, 0, cmd_dict_train },
	{ "dict publish", "FILE", "a compression dictionary for all devices", NULL, 1, 1, cmd_dict_publish },
	{ "backup", "FILE [--with-keys --passphrase-file F]", "one file with all of the county, made while the server runs, and read again", backup_opts, 1, 1, cmd_backup },
	{ "restore", "[FILE] [--from-mirror DIR]", "back from a backup into an empty data directory, and on from the log mirror", restore_opts, 0, 1, cmd_restore },
	{ "store copy", "URL", "move to another store", NULL, 0, 64, NULL },
	{ "bundle read", "FILE...", "what came on a stick: records, photos, and enrolments, whose answers go to FILE.answer", NULL, 1, 64, cmd_bundle_read },
	{ "bundle write", "DEVICE FILE", "an answer for a stick", NULL, 2, 2, cmd_bundle_write },
	{ "status", "", "the county in one look", NULL, 0, 0, cmd_status },
	{ NULL, NULL, NULL, NULL, 0, 0, NULL }
};

const struct program county_program = { "tally-county", "the county's side of Tallystick: log, devices, forms, reports", commands };

int
main(int argc, char **argv)
{
	struct err e;

	if (crypto_init(&e) != 0)
		return opt_fail(&e);
	return opt_main(&county_program, argc, argv);
}
