#ifndef BASE_PINYIN_H
#define BASE_PINYIN_H

#include <stddef.h>
#include <stdint.h>

/**
 * How Chinese characters are read (Hanyu Pinyin).  A reading is a number:
 * syllable << 3 | tone, tones 1 to 4 and 5 for the light one; ü is written v
 * ("lv", "nve").  The table (base/pinyin_table.c, const) knows 41,000
 * characters: the 20,902 of GB 18030's base, most of Extension A, a third of
 * Extension B; it is made by base/pinyin_table.py.
 */
#define PINYIN_MOST 7     /* readings of one character */
#define PINYIN_LETTERS 6  /* of the longest syllable */
#define PINYIN_SYLLABLES 417

/** pinyin_of(c, out): the readings of U+${c}, the most usual first.  How many; 0 when none is known. */
size_t pinyin_of(uint32_t c, uint16_t out[PINYIN_MOST]);

/**
 * pinyin_of_name(name, n, i, out, surname):
 * The same for character ${i} of a person's name of ${n} characters: where it
 * stands in the surname and is read otherwise there (单 shan, 曾 zeng, the 尉 of
 * 尉迟 yu), that reading comes first and *${surname} is 1, else 0.
 */
size_t pinyin_of_name(const uint32_t *name, size_t n, size_t i, uint16_t out[PINYIN_MOST], int *surname);

/** pinyin_syllable(r) / pinyin_tone(r): the parts of a reading: "liu", 2. */
const char *pinyin_syllable(uint16_t r);
unsigned pinyin_tone(uint16_t r);

/* For pinyin.c, from pinyin_table.c. */
extern const char pinyin_syllables[PINYIN_SYLLABLES][PINYIN_LETTERS + 1];
extern const uint32_t pinyin_table[];
extern const size_t pinyin_table_n;

#endif
