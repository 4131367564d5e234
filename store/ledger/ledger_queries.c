#include "store/ledger/ledger_backend.h"

#define ENTRY_COLUMNS \
	"SELECT e.idx, e.hash, e.header, e.payload, e.salt, e.personal, e.subject, m.late, m.review, m.erased, l.data" \
	" FROM entry e JOIN leaf l ON l.idx = e.idx LEFT JOIN mark m ON m.idx = e.idx "
#define DEVICE_COLUMNS \
	"SELECT d.device, k.epoch, k.pub, d.place, d.enrolled, d.revoked, d.counter, d.seen, d.entries, d.forked" \
	" FROM device d JOIN devkey k ON k.dev = d.dev AND k.epoch = (SELECT max(epoch) FROM devkey WHERE dev = d.dev)" \
	" WHERE d.enrolled IS NOT NULL "
#define PERSON_COLUMNS "SELECT keyhash, pub, actor, role, place, active, idx FROM person "

static const char *const TEXT[LEDGER_QUERIES] = {
	[LQ_HEAD] = "SELECT size, root, received FROM head",
	[LQ_HEAD_SWAP] = "UPDATE head SET size = $1, root = $2, received = $3 WHERE size = $4 AND root = $5",
	[LQ_LEAF_PUT] = "INSERT INTO leaf(idx, hash, data) VALUES($1, $2, $3)",
	[LQ_LEAF] = "SELECT data FROM leaf WHERE idx = $1",
	[LQ_LEAF_HASH] = "SELECT hash FROM leaf WHERE idx = $1",
	[LQ_LEAF_EACH] = "SELECT idx, data, hash FROM leaf WHERE idx >= $1 AND idx < $2 ORDER BY idx",
	[LQ_NOTE_PUT] = "INSERT INTO note(size, nth, hash, note) VALUES($1, $2, $3, $4)",
	[LQ_NOTE_COUNT] = "SELECT count(*) FROM note WHERE size = $1",
	[LQ_NOTE_NEWEST] = "SELECT size, note FROM note ORDER BY size DESC, nth DESC LIMIT 1",
	[LQ_NOTE_OF] = "SELECT size, note FROM note WHERE size = $1 ORDER BY nth DESC",
	[LQ_NOTE_EACH] = "SELECT size, note FROM note ORDER BY size, nth",

	[LQ_ENTRY_PUT] = "INSERT INTO entry(idx, hash, dev, epoch, seq, header, payload, salt, personal, subject)"
	    " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT(hash) DO NOTHING",
	[LQ_ENTRY_HAS] = "SELECT idx, dev, epoch, seq FROM entry WHERE hash = $1",
	[LQ_ENTRY_PREFIX] = "SELECT hash FROM entry WHERE hash >= $1 AND hash <= $2 LIMIT 2",
	[LQ_ENTRY_BY_HASH] = ENTRY_COLUMNS "WHERE e.hash = $1",
	[LQ_ENTRY_BY_INDEX] = ENTRY_COLUMNS "WHERE e.idx >= $1 AND e.idx < $2 ORDER BY e.idx",
	[LQ_ENTRY_BY_DEVICE] = ENTRY_COLUMNS "WHERE e.dev = $1 ORDER BY e.epoch, e.seq, e.idx",
	[LQ_ENTRY_AT] = "SELECT hash FROM entry WHERE dev = $1 AND epoch = $2 AND seq = $3 ORDER BY idx LIMIT 1",
	[LQ_ENTRY_STORED] = "SELECT hash, header, payload, salt, personal FROM entry WHERE idx = $1",
	[LQ_LEAVES_OF] = "SELECT e.idx, e.epoch, e.seq, l.data FROM entry e JOIN leaf l ON l.idx = e.idx"
	    " WHERE e.dev = $1 AND e.epoch = $2 AND e.seq > $3 ORDER BY e.idx",
	[LQ_ENTRY_ERASE] = "UPDATE entry SET salt = NULL, personal = NULL WHERE idx = $1",
	[LQ_MARK_LATE] = "INSERT INTO mark(idx, late) VALUES($1, $2) ON CONFLICT(idx) DO UPDATE SET late = excluded.late",
	[LQ_MARK_REVIEW] = "INSERT INTO mark(idx, review) VALUES($1, $2) ON CONFLICT(idx) DO UPDATE SET review = excluded.review",
	[LQ_MARK_ERASED] = "INSERT INTO mark(idx, erased) VALUES($1, 1) ON CONFLICT(idx) DO UPDATE SET erased = excluded.erased",
	/* state: 0 wanted, 1 held, 2 erased */
	[LQ_ATT_PUT] = "INSERT INTO att(hash, idx, dev, len, personal, state) VALUES($1, $2, $3, $4, $5, $6) ON CONFLICT(hash, idx) DO NOTHING",
	/* personal once is personal, whatever another entry calls it */
	[LQ_ATT] = "SELECT a.len, (SELECT max(b.personal) FROM att b WHERE b.hash = $1), a.state FROM att a WHERE a.hash = $1 AND a.state <> 2 ORDER BY a.idx LIMIT 1",
	[LQ_ATT_HELD] = "UPDATE att SET state = 1 WHERE hash = $1 AND state = 0",
	[LQ_ATT_ERASE] = "UPDATE att SET state = 2 WHERE hash = $1 AND (idx = $2 OR NOT EXISTS"
	    " (SELECT 1 FROM att b WHERE b.hash = $1 AND b.idx <> $2 AND b.personal = 1 AND b.state <> 2))",
	[LQ_ATT_LIVE] = "SELECT count(*) FROM att WHERE hash = $1 AND state <> 2",
	[LQ_ATT_GONE] = "SELECT DISTINCT hash FROM att a WHERE state = 2 AND NOT EXISTS (SELECT 1 FROM att b WHERE b.hash = a.hash AND b.state <> 2)",
	[LQ_ATT_ERASED] = "SELECT count(*) FROM att WHERE hash = $1 AND state = 2",
	[LQ_ATT_OF] = "SELECT dev FROM att WHERE hash = $1 AND state <> 2 ORDER BY idx LIMIT 1",
	/* thumbnails (4096 bytes at most) first: an answer names 256 */
	[LQ_ATT_WANTS] = "SELECT hash, min(idx) AS first FROM att WHERE dev = $1 AND state = 0 GROUP BY hash ORDER BY min(len) > 4096, first",

	[LQ_DEVICE_ADD] = "INSERT INTO device(device) VALUES($1) ON CONFLICT(device) DO NOTHING",
	[LQ_DEVICE_SEEK] = "SELECT dev FROM device WHERE device = $1",
	[LQ_DEVICE] = DEVICE_COLUMNS "AND d.device = $1",
	[LQ_DEVICE_EACH] = DEVICE_COLUMNS "ORDER BY d.enrolled",
	[LQ_DEVICE_ENTRIES] = "UPDATE device SET entries = entries + $1 WHERE dev = $2",
	[LQ_DEVICE_FORKED] = "UPDATE device SET forked = 1 WHERE dev = $1",
	[LQ_DEVICE_ENROL] = "UPDATE device SET place = $1, enrolled = coalesce(enrolled, $2) WHERE dev = $3",
	[LQ_DEVICE_REVOKE] = "UPDATE device SET revoked = $1 WHERE dev = $2 AND revoked IS NULL",
	[LQ_HEARD] = "SELECT counter FROM heard WHERE dev = $1 AND epoch = $2",
	[LQ_HEARD_PUT] = "INSERT INTO heard(dev, epoch, counter) VALUES($1, $2, $3) ON CONFLICT(dev, epoch) DO UPDATE SET counter = excluded.counter"
	    " WHERE heard.counter < excluded.counter",
	[LQ_DEVICE_SEEN] = "UPDATE device SET counter = CASE WHEN counter < $1 THEN $1 ELSE counter END, seen = $2 WHERE dev = $3",
	[LQ_KEY_PUT] = "INSERT INTO devkey(dev, epoch, pub, idx) VALUES($1, $2, $3, $4) ON CONFLICT(dev, epoch) DO NOTHING",
	[LQ_KEY] = "SELECT k.pub FROM devkey k JOIN device d ON d.dev = k.dev WHERE d.device = $1 AND k.epoch = $2",
	[LQ_ASSIGN_PUT] = "INSERT INTO assign(dev, place, since, until, idx) VALUES($1, $2, $3, $4, $5)"
	    " ON CONFLICT(dev, place, since) DO UPDATE SET until = excluded.until, idx = excluded.idx",
	[LQ_ASSIGN_END] = "UPDATE assign SET until = $1, idx = $2 WHERE dev = $3 AND place = $4 AND since = $5",
	[LQ_ASSIGNED] = "SELECT a.place FROM assign a JOIN device d ON d.dev = a.dev"
	    " WHERE d.device = $1 AND a.since <= $2 AND (a.until IS NULL OR a.until > $2)",
	[LQ_ASSIGNED_DEVS] = "SELECT DISTINCT dev, place FROM assign WHERE until IS NULL OR until > $1",
	[LQ_FRONT_PUT] = "INSERT INTO front(dev, epoch, branch, seq, hash) VALUES($1, $2, $3, $4, $5)"
	    " ON CONFLICT(dev, epoch, branch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
	[LQ_FRONTS] = "SELECT f.epoch, f.branch, f.seq, f.hash FROM front f JOIN device d ON d.dev = f.dev"
	    " WHERE d.device = $1 ORDER BY f.epoch, f.branch",
	[LQ_FRONTS_OF_EPOCH] = "SELECT branch, seq, hash FROM front WHERE dev = $1 AND epoch = $2 ORDER BY branch",
	[LQ_ENROL_PUT] = "INSERT INTO enrolment(secret, idx, dev) VALUES($1, $2, $3) ON CONFLICT(secret) DO NOTHING",
	[LQ_INVITE_PUT] = "INSERT INTO invitation(secret_hash, secret, place, for_device, expires, officer, sig)"
	    " VALUES($1, $2, $3, $4, $5, $6, $7)",
	[LQ_INVITE] = "SELECT i.secret, i.place, i.for_device, i.expires, i.officer, i.sig, e.idx"
	    " FROM invitation i LEFT JOIN enrolment e ON e.secret = i.secret_hash WHERE i.secret_hash = $1",

	[LQ_RECORD_PUT] = "INSERT INTO record(idx, kind, hash) VALUES($1, $2, $3)",
	[LQ_RECORD_HAS] = "SELECT idx FROM record WHERE hash = $1",
	[LQ_CONCERN_PUT] = "INSERT INTO concern(dev, idx) VALUES($1, $2) ON CONFLICT(dev, idx) DO NOTHING",
	[LQ_CONCERN_HAS] = "SELECT idx FROM concern WHERE dev = $1 AND idx = $2",
	[LQ_RECORD_EACH] = "SELECT r.idx, l.data FROM record r JOIN leaf l ON l.idx = r.idx WHERE r.idx >= $1 ORDER BY r.idx",
	[LQ_RECORD_OF_KIND] = "SELECT r.idx, l.data FROM record r JOIN leaf l ON l.idx = r.idx WHERE r.kind = $1 AND r.idx >= $2 ORDER BY r.idx",
	[LQ_RECORD_OF_DEVICE] = "SELECT l.idx, l.data FROM leaf l"
	    " WHERE l.idx IN (SELECT c.idx FROM concern c WHERE c.dev IN (0, $1) AND c.idx >= $2) ORDER BY l.idx",
	[LQ_FORM_PUT] = "INSERT INTO form(id, version, hash, idx) VALUES($1, $2, $3, $4)"
	    " ON CONFLICT(id, version) DO UPDATE SET retired = NULL WHERE form.hash = excluded.hash",
	[LQ_FORM_RETIRE] = "UPDATE form SET retired = $1 WHERE id = $2 AND version = $3",
	[LQ_FORM] = "SELECT hash, version, retired FROM form WHERE id = $1 AND version = $2",
	[LQ_FORM_NEWEST] = "SELECT hash, version, retired FROM form WHERE id = $1 AND retired IS NULL ORDER BY idx DESC LIMIT 1",
	[LQ_FORM_EACH] = "SELECT idx, id, version, hash FROM form ORDER BY idx",
	[LQ_PERSON_PUT] = "INSERT INTO person(keyhash, pub, actor, role, place, active, idx) VALUES($1, $2, $3, $4, $5, $6, $7)"
	    " ON CONFLICT(keyhash) DO UPDATE SET actor = excluded.actor, role = excluded.role, place = excluded.place,"
	    " active = excluded.active, idx = excluded.idx",
	[LQ_PERSON] = PERSON_COLUMNS "WHERE keyhash = $1",
	[LQ_PERSON_EACH] = PERSON_COLUMNS "ORDER BY idx",

	[LQ_FACT_PUT] = "INSERT INTO fact(name, value) VALUES($1, $2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
	[LQ_FACT] = "SELECT value FROM fact WHERE name = $1",
	[LQ_BODY_PUT] = "INSERT INTO body(hash, data) VALUES($1, $2) ON CONFLICT(hash) DO NOTHING",
	[LQ_BODY] = "SELECT data FROM body WHERE hash = $1",
	[LQ_PLACE_PUT] = "INSERT INTO place(code, name) VALUES($1, $2) ON CONFLICT(code) DO UPDATE SET name = excluded.name",
	[LQ_PLACE] = "SELECT name FROM place WHERE code = $1",
	[LQ_PLACE_EACH] = "SELECT code, name FROM place WHERE code >= $1 AND code < $2 ORDER BY code",
	[LQ_SALT_PUT] = "INSERT INTO salted(hash, salt, body) VALUES($1, $2, $3) ON CONFLICT(hash) DO NOTHING",
	[LQ_SALT] = "SELECT salt, body FROM salted WHERE hash = $1",
	[LQ_COUNT] = "SELECT (SELECT size FROM head),"
	    " (SELECT count(*) FROM device WHERE enrolled IS NOT NULL),"
	    " (SELECT count(*) FROM device WHERE enrolled IS NOT NULL AND revoked IS NULL AND seen < $1),"
	    " (SELECT coalesce(sum(entries), 0) FROM device),"
	    " (SELECT count(*) FROM mark WHERE late IS NOT NULL AND (review IS NULL OR review <> 'accept')),"
	    " (SELECT count(*) FROM device WHERE forked = 1),"
	    " (SELECT count(*) FROM mark WHERE erased = 1)",

	[LQ_CHECK_EACH] = "SELECT l.idx, l.data, l.hash, e.hash, d.device, e.epoch, e.seq, e.header, e.payload, e.salt, e.personal,"
	    " m.erased, k.pub FROM leaf l LEFT JOIN entry e ON e.idx = l.idx LEFT JOIN mark m ON m.idx = l.idx"
	    " LEFT JOIN device d ON d.dev = e.dev LEFT JOIN devkey k ON k.dev = e.dev AND k.epoch = e.epoch ORDER BY l.idx",
	[LQ_CHECK_STRAY] = "SELECT e.idx, d.device, e.epoch, e.seq FROM entry e LEFT JOIN device d ON d.dev = e.dev"
	    " WHERE NOT EXISTS (SELECT 1 FROM leaf l WHERE l.idx = e.idx) ORDER BY e.idx",
	[LQ_CHECK_NOTES] = "SELECT size, hash, note FROM note ORDER BY size, nth",
};

const char *
ledger_query_text(enum ledger_query q)
{
	return TEXT[q];
}
