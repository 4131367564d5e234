/* Fills in forms at random in both engines and lays their states beside each other after every answer.
   walk.mjs JUDGE SEED PHOTO OUT STEPS:FORM...; TALLY_ENGINE is the folder with the packages.
   A line of JSON a form: {form, answers, adds, compared, differ: [...], seen: {...}, submission}. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { NOW, nodes, open, payload, set, state } from './engine.mjs';
import { answer, random } from './values.mjs';

const [judge, seed, photo_file, out, ...forms] = process.argv.slice(2);
const photo = fs.readFileSync(photo_file);
const photo_hash = createHash('sha256').update(photo).digest('hex');
const child = spawn(judge, { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();

async function ask(what) {
	child.stdin.write(JSON.stringify(what) + '\n');
	const { value, done } = await lines.next();
	if (done)
		throw new Error('our engine ended at ' + JSON.stringify(what));
	const said = JSON.parse(value);
	if (said.error)
		throw new Error(`our engine: ${said.error} at ${JSON.stringify(what)}`);
	return said;
}

/* Numbers and positions are the same by value, not by how they are written: calculated ones to a part in 10^9. */
function same(type, a, b) {
	if (a === b)
		return true;
	if (type === 'geopoint')
		return a !== '' && b !== '' && [0, 1, 2, 3].every(i => Number(a.split(' ')[i] ?? 0) === Number(b.split(' ')[i] ?? 0));
	if (a === '' || b === '' || (type !== 'int' && type !== 'decimal' && !(/^-?\d*\.?\d+$/.test(a) && (a.includes('.') || a.length > 16))))
		return false;
	return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/* What is known to differ; why stands in tests/e2e/engine.py.  A calculated value, by ours, theirs, the expression and all answers: */
const WRITTEN = {
	ends: (ours, theirs) => ours === theirs.trim(),
	years: (ours, theirs) => ours === '' && /^[+-]\d{6}-/.test(theirs),
	nodate: (ours, theirs, from) => theirs === 'Invalid Date' && (ours === '' || /^date(-time)?\( *\/data\/[ai] *\)$/.test(from)),
	part: (ours, theirs, from) => from.includes('regex(') && ours === 'false' && theirs === 'true',
	units: (ours, theirs, from, answers) => /string-length|substr|translate|regex/.test(from) && answers().some(s => /[\ud800-\udbff]/.test(s)),
	after: (ours, theirs, from) => from.includes('substring-after(') && theirs.endsWith(ours),
	days: (ours, theirs, from) => from.includes('number(') && ours !== '' && String(Math.floor(ours)) === theirs,
	sunday: (ours, theirs, from) => from.includes('%a') && ours.replace('Sun', '') === theirs,
};

/* An answer, by ours, their node and what our check finds there: */
const KNOWN = {
	filtered: (ours, node, rule) => node.nodeType === 'select' && rule === 'choice' &&
		ours.split(' ').some(v => !node.currentState.value.includes(v) && !node.currentState.valueOptions.some(o => o.value === v)),
	wide: (ours, node) => node.valueType === 'int' && Math.abs(ours) > 2147483647 && node.currentState.instanceValue === '',
};

class Walk {
	constructor(file, steps) {
		Object.assign(this, { known: {}, steps: Number(steps), file, form: path.basename(file, '.xml'), answers: 0, adds: 0, compared: 0, differ: [], seen: {}, log: [] });
		this.r = random(`${seed} ${this.form}`);
	}

	/* Both states side by side. */
	compare(ours) {
		const theirs = this.nodes = nodes(this.root);
		const all = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
		for (const p of all) {
			const x = ours[p] ?? {}, y = theirs[p] ? state(theirs[p]) : {};
			if (p === 'meta/instanceID')
				continue;
			if (theirs[p]?.nodeType === 'upload')
				x.value = String(x.value !== '');
			for (const what of Object.keys(y)) {
				if (y[what] === undefined)
					continue;
				this.compared++;
				this.seen[what + (what === 'value' || what === 'offered' ? '' : ' ' + y[what])] = true;
				const ok = what === 'value' ? same(theirs[p].valueType, x.value, y.value) || this.written(theirs[p], x.value, y.value) : JSON.stringify(x[what]) === JSON.stringify(y[what]);
				if (!ok)
					this.differ.push({ path: p, what, ours: x[what] ?? null, theirs: y[what], after: this.log.slice(-3) });
			}
			if (!theirs[p] || !ours[p])
				this.differ.push({ path: p, what: 'is there', ours: p in ours, theirs: p in theirs, after: this.log.slice(-3) });
		}
	}

	count(name) {
		this.known[name] = (this.known[name] ?? 0) + 1;
	}

	written(node, ours, theirs) {
		const name = node.nodeType === 'model-value' && ours !== undefined && Object.keys(WRITTEN).find(k => WRITTEN[k](ours, theirs, node.definition.bind.calculate?.expression ?? '',
			() => Object.values(this.nodes).map(n => n.currentState.instanceValue ?? '')));
		return name ? (this.count(name), true) : false;
	}

	async both(what, theirs) {
		this.log.push(what);
		theirs();
		let said = await ask(what);
		if (said.refused)
			this.differ.push({ path: what.set ?? what.add ?? what.remove, what: 'is taken', ours: said.refused, theirs: true, after: [what] });
		said = await this.reconcile(what.add === undefined ? said : await this.firsts(said));
		this.compare(said.nodes);
		return said;
	}

	/* In the other engine a repeat's first instance is there from the start, as a phone shows it; in ours somebody adds it. */
	async firsts(said) {
		for (const [p, n] of Object.entries(nodes(this.root)).filter(([, n]) => n.nodeType === 'repeat-range:uncontrolled'))
			for (let i = said.nodes[p]?.count; i < n.currentState.children.length; i++)
				said = await ask({ add: p });
		return said;
	}

	/* The differences that KNOWN names; whatever else follows from them must agree again once they are out of the way. */
	async reconcile(said) {
		for (let i = 0; i < 20; i++) {
			const theirs = nodes(this.root);
			const is = (p, name) => KNOWN[name](said.nodes[p].value, theirs[p], said.findings[p]);
			const at = name => Object.keys(theirs).find(p => said.nodes[p]?.value && is(p, name));
			let p;
			if ((p = at('filtered')) !== undefined) {
				this.count('filtered');
				const shown = theirs[p].currentState.instanceValue;
				set(theirs[p], ''); /* or it comes back when it is offered again */
				set(theirs[p], shown);
				said = await ask({ set: p, text: shown });
			} else if ((p = at('wide')) !== undefined && this.log.length) {
				this.count('wide');
				const last = this.log.pop();
				if (last.set === undefined || theirs[last.set] === undefined)
					continue;
				set(theirs[last.set], '');
				said = await ask({ set: last.set, text: '' });
			} else
				break;
		}
		return said;
	}

	async put(p, text) {
		const node = this.nodes[p];
		this.answers++;
		return this.both({ set: p, text: node.nodeType === 'upload' && text !== '' ? photo_hash : text }, () => set(node, text, photo));
	}

	add(p) {
		this.adds++;
		return this.both({ add: p }, () => this.nodes[p].addInstances());
	}

	/* Numbers of the form, and the sums of those in repeats. */
	numbers() {
		const at = Object.entries(this.nodes).filter(([, n]) => n.valueType === 'int' && n.currentState.instanceValue !== '');
		const sums = {};
		for (const [p, n] of at)
			if (p.includes('['))
				sums[p.replace(/\[\d+\]/g, '')] = (sums[p.replace(/\[\d+\]/g, '')] ?? 0) + Number(n.currentState.instanceValue);
		return [...at.map(([, n]) => n.currentState.instanceValue), ...Object.values(sums)];
	}

	settable() {
		return Object.entries(this.nodes).filter(([, n]) => ['input', 'select', 'upload'].includes(n.nodeType) && n.currentState.relevant && !n.currentState.readonly);
	}

	async step() {
		const ranges = Object.entries(this.nodes).filter(([, n]) => n.nodeType === 'repeat-range:uncontrolled' && n.currentState.relevant);
		if (ranges.length && this.r.chance(0.15)) {
			const [p, n] = this.r.pick(ranges), count = n.currentState.children.length;
			if (count < 4 && (count === 0 || this.r.chance(0.6)))
				return this.add(p);
			const i = this.r.below(count);
			return this.both({ remove: `${p}[${i}]` }, () => n.removeInstances(i));
		}
		/* what other fields hang on, more often */
		let from = this.settable();
		const firm = from.filter(([p, n]) => n.nodeType === 'select' || p.includes('['));
		if (firm.length && this.r.chance(0.4))
			from = firm;
		const [p, n] = this.r.pick(from);
		return this.put(p, answer(this.r, n, p.split('/').pop(), this.numbers()));
	}

	/* Whatever either of them finds wrong is answered anew until it is right; what nothing fits is left open. */
	async mend(said) {
		const broken = s => Object.entries(this.nodes).filter(([p, n]) => n.validationState.violation || p in s.findings).map(([p]) => p);
		for (let round = 0; round < 40 && broken(said).length; round++)
			for (const p of broken(said)) {
				for (let i = 0; i < 25 && p in this.nodes && this.nodes[p].currentState.relevant; i++) {
					said = await this.put(p, round > 3 && i === 24 ? '' : answer(this.r, this.nodes[p], p.split('/').pop(), this.numbers()));
					if (this.nodes[p] === undefined || (!this.nodes[p].validationState.violation && !(p in said.findings)))
						break;
				}
			}
		return broken(said).map(p => `${p} ${said.findings[p] ?? ''}`);
	}

	async run() {
		this.root = await open(fs.readFileSync(this.file, 'utf8'));
		let said = await ask({ form: this.file, now: NOW });
		this.compare((said = await this.firsts(said)).nodes);
		for (let i = 0; i < this.steps && this.differ.length === 0; i++)
			said = await this.step();
		const open_still = this.differ.length === 0 ? await this.mend(said) : [];
		const p = await payload(this.root);
		const stored = {};
		for (const [at, n] of Object.entries(this.nodes))
			if ('instanceValue' in n.currentState && n.currentState.relevant && n.currentState.instanceValue !== '')
				stored[at] = [n.nodeType === 'upload' ? 'binary' : n.nodeType === 'select' ? n.selectType : n.valueType, n.currentState.instanceValue];
		fs.writeFileSync(path.join(out, this.form + '.xml'), p.xml);
		p.files.forEach(([name, bytes]) => fs.writeFileSync(path.join(out, `${this.form}-${name}`), bytes));
		return { form: this.form, answers: this.answers, adds: this.adds, compared: this.compared, differ: this.differ, known: this.known, seen: Object.keys(this.seen).sort(),
			open: open_still, status: p.status, violations: p.violations ?? [], files: p.files.map(([name]) => name), stored };
	}
}

for (const form of forms) {
	const [, n, file] = form.match(/^(\d+):(.*)$/);
	console.log(JSON.stringify(await new Walk(file, n).run()));
}
child.stdin.end();
