#include "base/pinyin.h"

#include <string.h>

#include "base/enc.h"

#define READING_BITS 12

/* Surnames read otherwise than the character mostly is; the letters say which of the table's readings, or one it lacks. */
static const struct { const char *zh, *letters; uint8_t tone; } surnames[] = {
	{ "单", "shan", 4 }, { "單", "shan", 4 }, { "曾", "zeng", 1 }, { "解", "xie", 4 }, { "仇", "qiu", 2 }, { "查", "zha", 1 }, { "区", "ou", 1 }, { "區", "ou", 1 },
	{ "盖", "ge", 3 }, { "蓋", "ge", 3 }, { "朴", "piao", 2 }, { "任", "ren", 2 }, { "乐", "yue", 4 }, { "樂", "yue", 4 }, { "覃", "qin", 2 }, { "翟", "zhai", 2 },
	{ "华", "hua", 4 }, { "華", "hua", 4 }, { "纪", "ji", 3 }, { "紀", "ji", 3 }, { "宁", "ning", 4 }, { "缪", "miao", 4 }, { "繆", "miao", 4 }, { "葛", "ge", 3 },
	{ "哈", "ha", 3 }, { "那", "na", 1 }, { "牟", "mu", 4 }, { "种", "chong", 2 }, { "繁", "po", 2 }, { "秘", "bi", 4 }, { "召", "shao", 4 }, { "折", "she", 2 },
	{ "员", "yun", 4 }, { "員", "yun", 4 }, { "盛", "sheng", 4 }, { "应", "ying", 1 }, { "應", "ying", 1 }, { "洗", "xian", 3 }, { "冼", "xian", 3 }, { "尉", "wei", 4 },
	{ "车", "che", 1 }, { "句", "gou", 1 }, { "隗", "wei", 3 }, { "郇", "xun", 2 }, { "黑", "he", 4 }, { "撒", "sa", 4 }, { "訾", "zi", 1 }, { "都", "du", 1 },
	{ "令", "ling", 2 }, { "宓", "mi", 4 }, { "适", "kuo", 4 }, { "相", "xiang", 4 }, { "祭", "zhai", 4 }, { "阚", "kan", 4 }, { "幺", "yao", 1 }, { "库", "she", 4 },
	{ "卜", "bu", 3 }, { "郗", "xi", 1 }, { "郄", "qie", 4 }, { "费", "fei", 4 }, { "会", "gui", 4 }, { "重", "chong", 2 }, { "藏", "zang", 4 }, { "过", "guo", 1 },
	{ "干", "gan", 1 }, { "贲", "ben", 1 }, { "薄", "bo", 2 }, { "柏", "bai", 3 }, { "颉", "xie", 2 }, { "燕", "yan", 1 }, { "谌", "chen", 2 }, { "沈", "shen", 3 },
	{ "夏", "xia", 4 }, { "行", "xing", 2 }, { "长", "zhang", 3 }, { "晟", "cheng", 2 }, { "炅", "gui", 4 }, { "乜", "nie", 4 }, { "仉", "zhang", 3 }, { "逄", "pang", 2 },
	{ "尉迟", "yu chi", 4 }, { "尉遲", "yu chi", 4 }, { "万俟", "mo qi", 4 }, { "萬俟", "mo qi", 4 }, { "澹台", "tan tai", 2 }, { "长孙", "zhang sun", 3 },
	{ "單于", "chan yu", 2 }, { "单于", "chan yu", 2 }, { "鲜于", "xian yu", 1 }, { "亓官", "qi guan", 2 }, { "令狐", "ling hu", 2 },
};

/* The first place in the table whose character is not below ${c}. */
static size_t
place_of(uint32_t c)
{
	size_t lo = 0, hi = pinyin_table_n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (pinyin_table[mid] >> READING_BITS < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t
pinyin_of(uint32_t c, uint16_t out[PINYIN_MOST])
{
	size_t n = 0, i;

	if (c < 0x3007)
		return 0;
	for (i = place_of(c); i < pinyin_table_n && pinyin_table[i] >> READING_BITS == c && n < PINYIN_MOST - 1; i++)
		out[n++] = pinyin_table[i] & ((1U << READING_BITS) - 1);
	return n;
}

/* Word ${i} of "yu chi": its length, *${word} at its beginning. */
static size_t
word_of(const char *letters, size_t i, const char **word)
{
	for (; i > 0 && *letters != '\0'; letters++)
		i -= *letters == ' ';
	*word = letters;
	return strcspn(letters, " ");
}

/* A reading by its letters; 0 ("a" with no tone, which nothing has) when there is no such syllable. */
static uint16_t
reading(const char *letters, size_t n, unsigned tone)
{
	size_t lo = 0, hi = PINYIN_SYLLABLES, mid;
	int way;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		way = strncmp(pinyin_syllables[mid], letters, n);
		if (way == 0 && pinyin_syllables[mid][n] == '\0')
			return (uint16_t)(mid << 3 | tone);
		if (way < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

/* Does the name begin with this surname?  Its length in characters, or 0. */
static size_t
begins(const uint32_t *name, size_t n, const char *zh)
{
	uint32_t c;
	size_t len = 0, used;

	for (; *zh != '\0'; zh += used, len++) {
		if ((used = utf8_get(&c, zh)) == 0 || len >= n || name[len] != c)
			return 0;
	}
	return len;
}

/* The surname's own reading of character ${i}, or 0.  The longest surname wins. */
static uint16_t
surname_reading(const uint32_t *name, size_t n, size_t i)
{
	size_t k, len, best = 0, letters;
	uint16_t r = 0;
	const char *word;

	for (k = 0; k < sizeof(surnames) / sizeof(surnames[0]); k++) {
		if ((len = begins(name, n, surnames[k].zh)) <= i || len <= best)
			continue;
		best = len;
		letters = word_of(surnames[k].letters, i, &word);
		r = reading(word, letters, surnames[k].tone);
	}
	return r;
}

size_t
pinyin_of_name(const uint32_t *name, size_t n, size_t i, uint16_t out[PINYIN_MOST], int *surname)
{
	size_t have = pinyin_of(name[i], out), k;
	uint16_t r = i < 2 ? surname_reading(name, n, i) : 0;

	*surname = r != 0;
	if (r == 0)
		return have;
	/* a two-character surname's second syllable has the tone of the table's reading where there is one */
	for (k = 0; k < have && out[k] >> 3 != r >> 3; k++)
		;
	if (i > 0 && k < have)
		r = out[k];
	for (k = 0; k < have && out[k] != r; k++)
		;
	if (k == have)
		have++;
	memmove(out + 1, out, k * sizeof(out[0]));
	out[0] = r;
	return have;
}

const char *
pinyin_syllable(uint16_t r)
{
	return pinyin_syllables[r >> 3];
}

unsigned
pinyin_tone(uint16_t r)
{
	return r & 7U;
}
