#include <string.h>

#include "county/report/fold.h"

/* Quotients and yearly growth of exact numbers, each rounded once. */

static const fold_num POWER[FOLD_DIGITS + 1] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };

static fold_num
divisor(fold_num a, fold_num b)
{
	fold_num r;

	for (a = a < 0 ? -a : a; b != 0; b = r) {
		r = a % b;
		a = b;
	}
	return a;
}

int
fold_quotient(fold_num a, fold_num b, unsigned digits, fold_num *v)
{
	fold_num q, r, g;

	if (b == 0)
		return 0;
	if (b < 0) {
		a = -a;
		b = -b;
	}
	g = divisor(a, b);
	a /= g;
	b /= g;
	if (__builtin_mul_overflow(a, POWER[digits], &a))
		return 0;
	q = a / b;
	r = a % b < 0 ? -(a % b) : a % b;
	if (r >= b - r)
		q += a < 0 ? -1 : 1;
	return !__builtin_mul_overflow(q, POWER[FOLD_DIGITS - digits], v);
}

/* Natural numbers as long as a growth needs: two limbs and one a year. */

#define LIMBS (FOLD_YEARS_MAX + 4)

__extension__ typedef unsigned __int128 wide;

struct big {
	uint64_t limb[LIMBS];
	size_t n;
};

static void
big_times(struct big *b, uint64_t by)
{
	wide carry = 0;

	for (size_t i = 0; i < b->n; i++) {
		carry += (wide)b->limb[i] * by;
		b->limb[i] = (uint64_t)carry;
		carry >>= 64;
	}
	if (carry > 0)
		b->limb[b->n++] = (uint64_t)carry;
}

/* v * base ^ years */
static void
big_power(struct big *b, fold_num v, uint64_t base, int32_t years)
{
	memset(b, 0, sizeof(*b));
	b->limb[0] = (uint64_t)v;
	b->limb[1] = (uint64_t)(v >> 64);
	b->n = 2;
	while (years-- > 0)
		big_times(b, base);
}

static int
big_compare(const struct big *a, const struct big *b)
{
	for (size_t i = LIMBS; i-- > 0;)
		if (a->limb[i] != b->limb[i])
			return a->limb[i] < b->limb[i] ? -1 : 1;
	return 0;
}

/* The factor of a year is looked for in half steps of the last digit, 20000 being no growth, so that one comparison decides on rounding. */
#define NO_GROWTH 20000
#define FACTOR_MAX (UINT64_C(1) << 62)

int
fold_growth(fold_num first, fold_num last, int32_t years, fold_num *v)
{
	uint64_t low = 0, high = FACTOR_MAX, mid;
	struct big goal, try;
	int exact;

	if (first <= 0 || last < 0 || years < 1 || years > FOLD_YEARS_MAX)
		return 0;
	if (years == 1) /* the factor may be as large as the last sum */
		return !__builtin_mul_overflow(last - first, 100, &last) && fold_quotient(last, first, 2, v);
	big_power(&goal, last, NO_GROWTH, years);
	while (high - low > 1) {
		mid = low + (high - low) / 2;
		big_power(&try, first, mid, years);
		if (big_compare(&try, &goal) <= 0)
			low = mid;
		else
			high = mid;
	}
	if (high == FACTOR_MAX)
		return 0;
	big_power(&try, first, low, years);
	exact = big_compare(&try, &goal) == 0;
	/* an odd half step lies at the half or above it: up, but for a decline that lies there exactly */
	if (low % 2 == 1 && !(exact && low < NO_GROWTH))
		low++;
	*v = ((fold_num)(low / 2) - NO_GROWTH / 2) * (FOLD_SCALE / 100);
	return 1;
}
