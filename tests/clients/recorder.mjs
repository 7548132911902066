// Stands between a client and the simulator and writes down what passes, in the form
// that tests/clients/replay.py sends and compares. What differs from run to run
// becomes a word in braces: {id}, {id 2}, {origin}, {images}, {time}, {png}, {number}.
// The same request again, as polls are, is one exchange with several replies.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { report, startSimulator } from './simulator.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const kept = join(here, 'recorded');
const made = join(process.env.EASELFS_BUILD, 'clients', 'recorded');

// What differs from one machine or version of node to the next is left out.
const requestHeaders = /^(accept|authorization|content-type|x-(?!client-os).*)$/;
const replyHeaders = /^(content-type|retry-after|x-.*)$/;
const changing = new Set(['balance', 'inference', 'inference_time', 'queue_position']);
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const png = /iVBORw0KGgo[A-Za-z0-9+/]*=*/;

class Tape {
	constructor(simulator, provider) {
		this.origins = [
			[new URL(simulator[provider]).origin, '{origin}'],
			[simulator.images, '{images}'],
		];
		this.ids = [];
		this.exchanges = [];
	}

	text(value) {
		this.ids.forEach((id, i) => {
			value = value.replaceAll(id, i ? `{id ${i + 1}}` : '{id}');
		});
		for (const [origin, word] of this.origins)
			value = value.replaceAll(origin, word);
		return value;
	}

	// `changes(name, value)` tells of a reply's members which numbers are others each
	// time; without it, as in a request, it is what it is.
	value(value, changes, name) {
		if (typeof value === 'string' && changes)
			return this.text(value).replace(time, '{time}').replace(png, '{png}');
		if (typeof value === 'string')
			return this.text(value);
		if (typeof value === 'number')
			return changes?.(name, value) ? '{number}' : value;
		if (Array.isArray(value))
			return value.map((item) => this.value(item, changes, name));
		if (value === null || typeof value !== 'object')
			return value;
		return Object.fromEntries(Object.entries(value).map(
			([key, member]) => [key, this.value(member, changes, key)]));
	}

	headers(headers, wanted) {
		return Object.fromEntries(Object.entries(headers)
			.filter(([name]) => wanted.test(name))
			.map(([name, value]) => [name, this.text(value)])
			.sort(([a], [b]) => (a < b ? -1 : 1)));
	}

	reply(method, status, headers, bytes) {
		const reply = { status, headers };
		const text = bytes.toString();
		if (headers['content-type'] === 'application/json') {
			const body = JSON.parse(text);
			const id = body.request_id ?? body.data?.id ?? headers['x-fal-request-id'];
			if (method === 'POST' && id && !this.ids.includes(id))
				this.ids.push(id);
			reply.body = body;
		} else if (headers['content-type'] === 'text/event-stream') {
			reply.events = text.split('\n\n').filter(Boolean)
				.map((event) => JSON.parse(event.replace(/^data: /, '')));
		} else {
			reply.text = text;
		}
		return reply;
	}

	// A seed that nobody asked for is drawn.
	body(value) {
		return this.value(value, (name, number) =>
			changing.has(name) || (name === 'seed' && number !== this.seed));
	}

	exchange(request, sent) {
		const exchange = {
			method: request.method,
			path: this.text(request.url),
			headers: this.headers(request.headers, requestHeaders),
		};
		if (sent.length) {
			exchange.body = this.value(JSON.parse(sent));
			if (exchange.body.prompt)
				this.seed = exchange.body.seed;
		}
		return exchange;
	}

	add(request, sent, reply) {
		const exchange = this.exchange(request, sent);
		const { replies, ...last } = this.exchanges.at(-1) ?? {};
		reply.headers = this.headers(reply.headers, replyHeaders);
		if (reply.body)
			reply.body = this.body(reply.body);
		if (reply.events)
			reply.events = reply.events.map((event) => this.body(event))
				.filter((event, i, all) => !isDeepStrictEqual(event, all[i - 1]));
		if (!isDeepStrictEqual(exchange, last))
			this.exchanges.push({ ...exchange, replies: [reply] });
		else if (!isDeepStrictEqual(reply, replies.at(-1)))
			replies.push(reply);
	}
}

function collect(stream) {
	return new Promise((resolve, reject) => {
		const chunks = [];
		stream.on('data', (chunk) => chunks.push(chunk));
		stream.on('end', () => resolve(Buffer.concat(chunks)));
		stream.on('error', reject);
	});
}

async function forward(origin, tape, request, response) {
	const sent = await collect(request);
	const there = http.request(origin + request.url, {
		method: request.method,
		headers: { ...request.headers, host: new URL(origin).host },
		agent: false,
	});
	const reply = await new Promise((resolve, reject) => {
		there.on('response', resolve);
		there.on('error', reject);
		there.end(sent);
	});
	response.writeHead(reply.statusCode, reply.headers);
	reply.on('data', (chunk) => response.write(chunk));
	const bytes = await collect(reply);
	// Before the client hears the end: it may ask on at once.
	tape.add(request, sent, tape.reply(request.method, reply.statusCode, reply.headers, bytes));
	response.end();
}

// Which of the replies to a poll are met is a matter of time; the last is not.
function compare(now, before) {
	const bare = (exchanges) => exchanges.map((exchange) => ({ ...exchange, replies: null }));
	assert.deepEqual(bare(now), bare(before));
	now.forEach((exchange, i) => {
		const known = before[i].replies;
		assert.deepEqual(exchange.replies.at(-1).status, known.at(-1).status);
		let from = 0;
		for (const reply of exchange.replies) {
			const at = known.findIndex((other, j) => j >= from && alike(reply, other));
			assert.notEqual(at, -1, `not recorded, or not in this order: ${
				exchange.method} ${exchange.path} ${JSON.stringify(reply, null, '\t')}`);
			from = at;
		}
		assert.equal(from, known.length - 1, `ends before the last reply: ${exchange.path}`);
	});
}

function alike(reply, other) {
	const { events, ...rest } = reply;
	const { events: known, ...others } = other;
	return isDeepStrictEqual(rest, others) && !events === !known &&
		(!events || (isDeepStrictEqual(events.at(-1), known.at(-1)) &&
			events.every((event) => known.some((one) => isDeepStrictEqual(event, one)))));
}

// Runs body(url), whose client talks to the provider of a new simulator at `url`. Two
// lines of TAP: that it went well, and that it passed over the wire what
// recorded/NAME.json says. RECORD=1 in the environment writes that file.
export async function recording({ provider, client, name, title }, body) {
	// Slower for what is kept, which should have all that a poll can meet.
	const simulator = await startSimulator(`--latency=fixed:${process.env.RECORD ? 2000 : 400}`);
	const origin = new URL(simulator[provider]).origin;
	const tape = new Tape(simulator, provider);
	const proxy = http.createServer((request, response) => {
		forward(origin, tape, request, response).catch(() => response.destroy());
	});
	await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
	let error = null;
	try {
		await body(`http://127.0.0.1:${proxy.address().port}`);
	} catch (thrown) {
		error = thrown;
	}
	proxy.close();
	proxy.closeAllConnections();
	await simulator.stop();
	report(error, title);
	if (!error)
		report(keep(name, { client, provider, exchanges: tape.exchanges }),
			`${title}: over the wire as recorded`);
}

// What is wrong with it, or null.
function keep(name, recorded) {
	const text = JSON.stringify(recorded, null, '\t') + '\n';
	mkdirSync(made, { recursive: true });
	writeFileSync(join(made, `${name}.json`), text);
	if (process.env.RECORD)
		writeFileSync(join(kept, `${name}.json`), text);
	try {
		const { exchanges, ...who } = recorded;
		const { exchanges: before, ...was } =
			JSON.parse(readFileSync(join(kept, `${name}.json`)));
		assert.deepEqual(who, was);
		compare(exchanges, before);
	} catch (error) {
		return error;
	}
	return null;
}
