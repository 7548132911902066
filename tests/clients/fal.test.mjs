// fal.ai's own client. It knows one host and has no option for another: its middleware
// puts ours before each URL, so the host becomes the path's first segment.

import assert from 'node:assert/strict';

import { recording } from './recorder.mjs';
import { doneTesting, published } from './simulator.mjs';

const { createFalClient, ApiError, ValidationError } = published('@fal-ai/client');
const endpoint = 'fal-ai/bytedance/dreamina/v3.1/text-to-image';
const poll = { pollInterval: 10 };

async function check(name, title, body, key = 'sim-key') {
	await recording({ provider: 'fal', client: '@fal-ai/client 1.10.1', name, title }, (url) =>
		body(createFalClient({
			credentials: key,
			requestMiddleware: async (request) => ({
				...request,
				url: request.url.replace(/^https:\/\//, `${url}/`),
			}),
		})));
}

async function rejection(promise, type) {
	try {
		await promise;
	} catch (error) {
		assert.ok(error instanceof type, `a ${type.name}, not: ${error.stack}`);
		return error;
	}
	assert.fail(`no ${type.name}`);
}

// As its own host serves it, to whoever brings no key.
async function assertPicture(image, width, height) {
	const reply = await fetch(image.url);
	const bytes = Buffer.from(await reply.arrayBuffer());
	assert.equal(reply.status, 200);
	assert.equal(reply.headers.get('content-type'), 'image/png');
	assertPng(bytes, width, height);
	assert.deepEqual([image.width, image.height, image.content_type],
		[width, height, 'image/png']);
}

function assertPng(bytes, width, height) {
	assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
	assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [width, height]);
}

await check('fal_queue', 'submit, status and result of a request', async (fal) => {
	const input = { prompt: 'a lighthouse', image_size: 'square', seed: 7 };
	const { request_id: requestId, status } = await fal.queue.submit(endpoint, { input });
	assert.equal(status, 'IN_QUEUE');
	assert.equal((await fal.queue.status(endpoint, { requestId })).request_id, requestId);
	await fal.queue.subscribeToStatus(endpoint, { requestId, ...poll });
	const result = await fal.queue.result(endpoint, { requestId });
	assert.equal(result.requestId, requestId);
	assert.equal(result.data.seed, 7);
	assert.equal(result.data.images.length, 1);
	await assertPicture(result.data.images[0], 512, 512);
});

await check('fal_subscribe', 'subscribe polls through the words, with logs', async (fal) => {
	const order = ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'];
	const seen = [], lines = [], ids = [];
	const result = await fal.subscribe(endpoint, {
		input: { prompt: 'two boats', image_size: { width: 640, height: 512 }, num_images: 2 },
		logs: true,
		...poll,
		onEnqueue: (id) => ids.push(id),
		onQueueUpdate(update) {
			seen.push(update.status);
			if (update.status !== 'IN_QUEUE')
				lines.push(...update.logs.map((log) => log.message));
			else
				assert.equal(typeof update.queue_position, 'number');
		},
	});
	assert.deepEqual(ids, [result.requestId]);
	assert.deepEqual(seen, [...seen].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
	assert.equal(seen.at(-1), 'COMPLETED');
	assert.ok(lines.length && lines.every((line) => typeof line === 'string'));
	assert.equal(result.data.images.length, 2);
	for (const image of result.data.images)
		await assertPicture(image, 640, 512);
});

await check('fal_stream', 'subscribe by streaming hears the end', async (fal) => {
	const seen = [];
	const result = await fal.subscribe(endpoint, {
		input: { prompt: 'a stream', image_size: 'square', seed: 1 },
		mode: 'streaming',
		logs: true,
		onQueueUpdate: (update) => seen.push(update.status),
	});
	assert.equal(seen.at(-1), 'COMPLETED');
	await assertPicture(result.data.images[0], 512, 512);
});

await check('fal_cancel', 'a request that is cancelled', async (fal) => {
	const input = { prompt: 'no end {sim:never}' };
	const { request_id: requestId } = await fal.queue.submit(endpoint, { input });
	assert.equal((await fal.queue.status(endpoint, { requestId })).status, 'IN_PROGRESS');
	await fal.queue.cancel(endpoint, { requestId });
	assert.equal((await fal.queue.status(endpoint, { requestId })).status, 'COMPLETED');
	const error = await rejection(fal.queue.result(endpoint, { requestId }), ApiError);
	assert.equal(error.status, 499);
	assert.equal(error.requestId, requestId);
	assert.equal(error.body.error_type, 'client_cancelled');
});

await check('fal_cancel_too_late', 'a request that is cancelled too late', async (fal) => {
	const input = { prompt: 'at once {sim:latency=0}', image_size: 'square' };
	const { request_id: requestId } = await fal.queue.submit(endpoint, { input });
	await fal.queue.subscribeToStatus(endpoint, { requestId, ...poll });
	const error = await rejection(fal.queue.cancel(endpoint, { requestId }), ApiError);
	assert.deepEqual([error.status, error.body.status], [400, 'ALREADY_COMPLETED']);
	await fal.queue.result(endpoint, { requestId });
});

await check('fal_422', 'input that is refused with 422', async (fal) => {
	const without = await rejection(
		fal.queue.submit(endpoint, { input: { num_images: 1 } }), ValidationError);
	assert.deepEqual(without.getFieldErrors('prompt').map(({ loc, type }) => ({ loc, type })),
		[{ loc: ['body', 'prompt'], type: 'missing' }]);
	const many = await rejection(
		fal.queue.submit(endpoint, { input: { prompt: 'x', num_images: 5 } }), ValidationError);
	assert.equal(many.getFieldErrors('num_images').length, 1);
	const size = await rejection(
		fal.run(endpoint, { input: { prompt: 'x', image_size: 'round' } }), ValidationError);
	assert.equal(size.getFieldErrors('image_size').length, 1);
});

await check('fal_moderated', 'a request that is refused while it runs', async (fal) => {
	const input = { prompt: 'not allowed {sim:moderated}' };
	const error = await rejection(
		fal.subscribe(endpoint, { input, ...poll }), ValidationError);
	assert.equal(error.getFieldErrors('prompt')[0].type, 'content_policy_violation');
});

await check('fal_failed', 'a request that fails', async (fal) => {
	const model = await rejection(fal.subscribe(endpoint,
		{ input: { prompt: 'x {sim:fail=boom}' }, ...poll }), ValidationError);
	assert.equal(model.fieldErrors[0].msg, 'boom');
	const runner = await rejection(fal.subscribe(endpoint,
		{ input: { prompt: 'x {sim:fail=bang} {sim:error=string}' }, ...poll }),
		ApiError);
	assert.deepEqual([runner.status, runner.body.detail], [500, 'bang']);
});

await check('fal_401', 'a key that is wrong', async (fal) => {
	const error = await rejection(
		fal.queue.submit(endpoint, { input: { prompt: 'x' } }), ApiError);
	assert.equal(error.status, 401);
	assert.equal(typeof error.body.detail, 'string');
}, 'another-key');

await check('fal_404', 'a model and a request that there are not', async (fal) => {
	const model = await rejection(
		fal.queue.submit('fal-ai/no-such-model', { input: { prompt: 'x' } }), ApiError);
	assert.equal(model.status, 404);
	const requestId = '00000000-0000-4000-8000-000000000000';
	const request = await rejection(fal.queue.status(endpoint, { requestId }), ApiError);
	assert.equal(request.status, 404);
});

await check('fal_503', 'a submission is sent again after 503', async (fal) => {
	const { data } = await fal.subscribe(endpoint, {
		input: { prompt: 'once more {sim:status=503 times=1}', image_size: 'square' },
		...poll,
	});
	assert.equal(data.images.length, 1);
});

await check('fal_headers', 'priority, start timeout and lifecycle in headers', async (fal) => {
	const { request_id: requestId } = await fal.queue.submit(endpoint, {
		input: { prompt: 'later', image_size: 'square' },
		priority: 'low',
		startTimeout: 30,
		storageSettings: { expiresIn: '1h' },
		webhookUrl: 'https://127.0.0.1/hook',
	});
	await fal.queue.subscribeToStatus(endpoint, { requestId, ...poll });
	await fal.queue.result(endpoint, { requestId });
});

await check('fal_run', 'run waits on the synchronous host', async (fal) => {
	const { data } = await fal.run(endpoint, {
		input: { prompt: 'at once', image_size: 'portrait_4_3', seed: 3, enhance_prompt: true },
	});
	assert.equal(data.seed, 3);
	await assertPicture(data.images[0], 768, 1024);
});

await check('fal_sync_mode', 'sync_mode gives a data URI', async (fal) => {
	const { data } = await fal.subscribe(endpoint, {
		input: { prompt: 'inline', image_size: 'square', sync_mode: true },
		...poll,
	});
	const [type, base64] = data.images[0].url.split(',');
	assert.equal(type, 'data:image/png;base64');
	assertPng(Buffer.from(base64, 'base64'), 512, 512);
});

doneTesting();
