#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>

#include "agent/sync/budget.h"
#include "agent/host/linkup.h"
#include "agent/sync/link.h"
#include "agent/sync/upload.h"

/* What the agent makes of its link: how long a part is, who answered, whether a link came up. */

static void
test_parts(void **state)
{
	(void)state;
	/* about four seconds of the link, never more than doubled, within limits */
	assert_int_equal(upload_next_part(16384, 16384, 4000), 16384);
	assert_int_equal(upload_next_part(16384, 16384, 1000), 32768);
	assert_int_equal(upload_next_part(16384, 16384, 0), 32768);
	assert_int_equal(upload_next_part(65536, 65536, 8000), 32768);
	assert_int_equal(upload_next_part(16384, 16384, 600000), UPLOAD_PART_LEAST);
	assert_int_equal(upload_next_part(UPLOAD_PART_MOST, UPLOAD_PART_MOST, 1), UPLOAD_PART_MOST);
	/* a short rest is judged like any: the next one grows again */
	assert_int_equal(upload_next_part(16384, 100, 1000), UPLOAD_PART_LEAST);
}

static enum link_trouble
judge(long status, const char *type, const char *text)
{
	static const uint8_t log[HASH_LEN] = { 1 };
	struct client_result r = { .status = status };
	enum link_trouble t;
	struct buf b;

	(void)strcpy(r.type, type);
	buf_init(&b, 4096);
	assert_int_equal(buf_puts(&b, text), 0);
	t = link_judge(&r, 0, &b, log);
	buf_free(&b);
	return t;
}

static void
test_who_answers(void **state)
{
	static const struct { long status; const char *type, *text; enum link_trouble t; } c[] = {
		{ 200, "text/html", "<html>", LINK_PORTAL }, { 200, "", " \n<!DOCTYPE html><p>", LINK_PORTAL }, { 302, "", "", LINK_PORTAL }, { 511, "text/plain", "x", LINK_PORTAL },
		{ 404, "text/html", "<html>", LINK_PROXY }, { 407, "", "", LINK_PROXY }, { 502, "text/plain", "x", LINK_PROXY },
		{ 503, "text/html", "<html>", LINK_PROXY }, { 503, "text/plain", "x", LINK_BUSY }, { 429, "", "", LINK_BUSY },
		{ 200, "application/json", "{}", LINK_STRANGE }, { 204, "", "", LINK_STRANGE }, { 200, "text/plain", "tally", LINK_TRUNCATED },
		{ 200, "", "tallystick/answer/v1\nlog 00", LINK_TRUNCATED } };
	static const uint8_t log[HASH_LEN];
	struct client_result r = { .fault = CLIENT_PIN };
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(c) / sizeof(c[0]); i++)
		if (judge(c[i].status, c[i].type, c[i].text) != c[i].t)
			fail_msg("%ld %s %s: %s", c[i].status, c[i].type, c[i].text, link_code(judge(c[i].status, c[i].type, c[i].text)));
	buf_init(&b, 10);
	assert_int_equal(link_judge(&r, -1, &b, log), LINK_INTERCEPTED);
	buf_free(&b);
	for (i = 1; i < LINK_TROUBLES; i++) {
		assert_true(link_code((enum link_trouble)i)[0] != '\0');
		assert_string_not_equal(link_words((enum link_trouble)i, "zh"), link_words((enum link_trouble)i, "en"));
	}
}

static int
tell(uint16_t type, const void *body, size_t n)
{
	union { struct nlmsghdr h; uint8_t b[128]; } m;

	memset(&m, 0, sizeof(m));
	m.h.nlmsg_len = (uint32_t)NLMSG_LENGTH(n);
	m.h.nlmsg_type = type;
	memcpy(NLMSG_DATA(&m.h), body, n);
	return linkup_judge(&m, m.h.nlmsg_len);
}

static void
test_links(void **state)
{
	struct ifinfomsg i = { .ifi_flags = IFF_UP | IFF_RUNNING, .ifi_change = IFF_RUNNING };
	struct ifaddrmsg a = { .ifa_family = 2, .ifa_scope = RT_SCOPE_UNIVERSE };
	struct rtmsg r = { .rtm_type = RTN_UNICAST, .rtm_table = RT_TABLE_MAIN };
	uint8_t junk[64];

	(void)state;
	assert_int_equal(tell(RTM_NEWLINK, &i, sizeof(i)), 1);
	i.ifi_flags |= IFF_LOOPBACK;
	assert_int_equal(tell(RTM_NEWLINK, &i, sizeof(i)), 0);
	i.ifi_flags = IFF_UP; /* it went down */
	assert_int_equal(tell(RTM_NEWLINK, &i, sizeof(i)), 0);
	assert_int_equal(tell(RTM_NEWADDR, &a, sizeof(a)), 1);
	assert_int_equal(tell(RTM_DELADDR, &a, sizeof(a)), 0);
	a.ifa_scope = RT_SCOPE_LINK;
	assert_int_equal(tell(RTM_NEWADDR, &a, sizeof(a)), 0);
	assert_int_equal(tell(RTM_NEWROUTE, &r, sizeof(r)), 1);
	r.rtm_dst_len = 24;
	assert_int_equal(tell(RTM_NEWROUTE, &r, sizeof(r)), 0);
	/* cut or nonsense */
	r.rtm_dst_len = 0;
	assert_int_equal(tell(RTM_NEWROUTE, &r, 4), 0);
	memset(junk, 0xff, sizeof(junk));
	assert_int_equal(linkup_judge(junk, sizeof(junk)), 0);
	assert_int_equal(linkup_judge(junk, 3), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_parts), cmocka_unit_test(test_who_answers), cmocka_unit_test(test_links) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
