/* The other engine, npm's @getodk/xforms-engine, in a page without a browser (jsdom) at a fixed moment; and the state of a form in it as tests/engine/judge.c tells that of ours. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export const NOW = Date.UTC(2026, 9, 30, 4); /* noon in China, whatever this machine's day is */

const RealDate = Date;
globalThis.Date = class extends RealDate {
	constructor(...args) {
		super(...(args.length ? args : [NOW]));
	}
	static now() {
		return NOW;
	}
};

/* Packages lie where npm put them, not beside this file. */
const require = createRequire(process.env.TALLY_ENGINE + '/package.json');
const { JSDOM } = require('jsdom');
const page = new JSDOM('', { url: 'http://localhost/' }).window;
for (const name of Object.getOwnPropertyNames(page))
	if (!(name in globalThis))
		globalThis[name] = page[name];
globalThis.window = page;
globalThis.__dirname = '/'; /* its parser of expressions asks for it and reads nothing there */
const { createInstance } = await import(pathToFileURL(process.env.TALLY_ENGINE + '/node_modules/@getodk/xforms-engine/dist/index.js'));

/* -> the root of a new entry. */
export const open = async xml => (await createInstance(xml)).root;

/* /data/orx:meta/orx:instanceID -> meta/instanceID, /data/rep[1]/x -> rep[0]/x */
const path_of = reference => reference.split('/').slice(2)
	.map(step => step.replace(/^\w+:/, '').replace(/\[(\d+)\]$/, (_, n) => `[${n - 1}]`)).join('/');

const is_range = node => node.nodeType.startsWith('repeat-range');

/* -> {path: node} of all but the root and the instances themselves, in the form's order */
export function nodes(root) {
	const found = {};
	const walk = node => {
		if (node.nodeType !== 'root' && node.nodeType !== 'repeat-instance')
			found[path_of(node.currentState.reference)] = node;
		for (const child of node.currentState.children ?? [])
			walk(child);
	};
	walk(root);
	return found;
}

/* What of a node is compared. */
export function state(node) {
	const s = node.currentState;
	if (is_range(node))
		return { relevant: s.relevant, count: s.children.length };
	if (node.nodeType === 'group')
		return { relevant: s.relevant };
	return {
		relevant: s.relevant,
		/* what is calculated has no control that could be read-only */
		readonly: node.nodeType === 'model-value' ? undefined : s.readonly,
		/* asked where it is not relevant it is asked of nobody */
		required: s.relevant && s.required,
		valid: node.validationState.constraint.valid,
		value: node.nodeType === 'upload' ? String(s.instanceValue !== '') : s.instanceValue,
		offered: s.valueOptions?.map(o => o.value),
	};
}

/* One answer as text; '' takes it away.  A photo's text is the name of its file. */
export function set(node, text, photo) {
	if (node.nodeType === 'upload')
		node.setValue(text === '' ? null : new File([photo], text, { type: 'image/jpeg' }));
	else if (node.nodeType === 'select')
		node.selectValues(text.split(' ').filter(Boolean));
	else
		node.setValue(text);
}

/* -> {xml, files: [[name, bytes]]}: what it sends, and throws where it would not */
export async function payload(root) {
	const p = await root.prepareInstancePayload({ payloadType: 'monolithic' });
	const files = [];
	for (const [name, file] of p.data[0].entries())
		files.push([name, Buffer.from(await file.arrayBuffer())]);
	const xml = files.find(([name]) => name === 'xml_submission_file')[1].toString();
	return { status: p.status, violations: p.violations?.map(v => path_of(v.reference)), xml, files: files.filter(([name]) => name !== 'xml_submission_file') };
}
