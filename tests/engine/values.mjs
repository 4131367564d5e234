/* Random answers, from a seed: such as fit, such as just do not, and such as nobody thought of. */

export function random(seed) {
	let a = 0;
	for (const c of seed)
		a = Math.imul(a ^ c.codePointAt(0), 0x9e3779b1) | 0;
	const next = () => {
		a = (a + 0x6d2b79f5) | 0;
		let t = Math.imul(a ^ (a >>> 15), 1 | a);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	return {
		chance: p => next() < p,
		below: n => Math.floor(next() * n),
		pick: list => list[Math.floor(next() * list.length)],
	};
}

/* An identity number whose last character is its check. */
function identity(r) {
	const s = r.pick(['451224', '110105', '452730']) + (1930 + r.below(80)) + String(101 + r.below(12) * 100 + r.below(28)).padStart(4, '0') + String(r.below(1000)).padStart(3, '0');
	const sum = [...s].reduce((n, c, i) => n + c * [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2][i], 0);
	return s + '10X98765432'[sum % 11];
}

const digits = (r, n) => Array.from({ length: n }, (_, i) => (i ? r.below(10) : 1 + r.below(9))).join('');

/* By a field's name: what its programme expects. */
const EXPECTED = {
	id_number: identity,
	phone: r => r.pick(['13800000000', '0778-6322000', '+86 138 0000 0000']),
	bank_account: r => digits(r, 8 + r.below(23)),
	subject: r => r.pick(['w-', 'h_', '451224.', 'A']) + r.below(1000),
	term: r => '20' + digits(r, 2) + r.pick(['-1', '-2']),
	place: r => '451224102' + r.pick(['', '201', '202']),
	to_place: r => '451224102' + r.pick(['', '201']),
	county: r => '451' + digits(r, 3),
	recipient: r => '451224102201'.slice(0, r.pick([2, 4, 6, 9, 12])),
};
/* tests/engine/functions.csv: a text that functions take apart. */
EXPECTED.a = EXPECTED.b = EXPECTED.n = r => r.pick(['a', 'red', 'abc', 'x-y-z', '-', 'true', '0', '7', '12', 'x y', 'aXbXc', '2010-11-05', '2026-10-30', '2010-11-05T10:00:00.000+08:00', '汉字-a', 'ab12', '$1']);
const WORDS = ['', 'a', '韦某某', '2009-01-05', '0', '-1', '451224102', 'x y', '12.50', 'A'.repeat(64), 'A'.repeat(65), '-a', '20100-1', '1e3', '²', '𠮷野'];

function word(r, name) {
	const s = (EXPECTED[name] ?? (() => r.pick(WORDS)))(r);
	/* the other engine ends at a text that begins like a day and is none */
	if (r.chance(0.6) || s === '' || /^\d{4}-\d{2}-\d{2}/.test(s))
		return s;
	if (r.chance(0.4))
		return r.pick(WORDS);
	const c = [...s];
	c.splice(r.below(c.length + 1), r.below(2), ...(r.chance(0.7) ? [r.pick([...'0123456789Xx-. _A'])] : []));
	return c.join('').trim();
}

const EDGES = [-1, 0, 1, 2, 4, 5, 12, 13, 30, 31, 32, 100, 101, 1000, 1001, 1100, 1101, 1989, 1990, 2000, 2001, 2010, 2100, 2101, 20000, 20001, 1000000, 10000000, 10000001, 2147483647];
const whole = (r, other) => (other.length && r.chance(0.3) ? r.pick(other) : r.chance(0.6) ? r.pick(EDGES) : r.below(r.pick([10, 100, 3000000])));
const DAYS = ['1999-12-31', '2000-01-01', '2000-02-29', '2010-11-05', '2026-10-29', '2026-10-30', '2026-10-31', '2999-01-01'];

/* -> a text for that node; `other` are numbers that stand elsewhere in the form, and sums of them */
export function answer(r, node, name, other) {
	if (r.chance(0.1))
		return '';
	if (node.nodeType === 'select') {
		const values = node.currentState.valueOptions.map(o => o.value);
		const many = node.selectType === 'select' ? r.below(4) : 1;
		return values.filter(() => values.length && r.chance(0.3)).slice(0, many).join(' ') || (values.length ? r.pick(values) : '');
	}
	switch (node.valueType) {
	case 'int':
		return String(whole(r, other));
	case 'decimal':
		return r.chance(0.4) ? String(whole(r, other)) : (r.pick([1, 40, 1000]) * r.below(100000) / 100000).toFixed(r.below(6)) || '0';
	case 'date':
		return r.chance(0.7) ? r.pick(DAYS) : `20${digits(r, 2)}-0${1 + r.below(9)}-${10 + r.below(19)}`;
	case 'dateTime':
		return `${r.pick(DAYS)}T${10 + r.below(14)}:${10 + r.below(50)}:0${r.below(10)}.${100 + r.below(900)}+0${r.below(10)}:00`;
	case 'time':
		return `${10 + r.below(14)}:${10 + r.below(50)}:00`;
	case 'geopoint':
		return [24 + r.below(1000) / 1000, 107 + r.below(1000) / 1000, r.below(900), r.below(30)].join(' ');
	case 'binary':
		return `p${r.below(1000)}.jpg`;
	default:
		return word(r, name);
	}
}
