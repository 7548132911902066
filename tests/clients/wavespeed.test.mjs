// WaveSpeedAI's own client.

import assert from 'node:assert/strict';

import { recording } from './recorder.mjs';
import { doneTesting, published } from './simulator.mjs';

const { Client } = published('wavespeed');
const model = 'bytedance/dreamina-v3.1/text-to-image';
const poll = { pollInterval: 0.01 };

async function check(name, title, body, key = 'sim-key') {
	await recording({ provider: 'wavespeed', client: 'wavespeed 0.3.2', name, title },
		(baseUrl) => body(new Client(key, { baseUrl, retryInterval: 0.01 })));
}

async function rejection(promise, name) {
	try {
		await promise;
	} catch (error) {
		assert.equal(error.name, name, error.stack);
		return error;
	}
	assert.fail(`no ${name}`);
}

function assertPng(bytes, width, height) {
	assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
	assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [width, height]);
}

async function assertPicture(url, width, height) {
	const reply = await fetch(url);
	assert.equal(reply.status, 200);
	assertPng(Buffer.from(await reply.arrayBuffer()), width, height);
}

await check('wavespeed_run', 'run submits and polls', async (client) => {
	const input = { prompt: 'a lighthouse', size: '640*512', seed: 7 };
	const { outputs } = await client.run(model, input, poll);
	assert.equal(outputs.length, 1);
	await assertPicture(outputs[0], 640, 512);
});

await check('wavespeed_no_throw', 'runNoThrow tells the task', async (client) => {
	const { outputs, detail } = await client.runNoThrow(model, { prompt: 'quiet' }, poll);
	assert.equal(outputs.length, 1);
	assert.equal(detail.status, 'completed');
	assert.ok(outputs[0].includes(detail.taskId));
});

await check('wavespeed_failed', 'a task that fails', async (client) => {
	const input = { prompt: 'x {sim:fail=boom}' };
	const error = await rejection(client.run(model, input, poll), 'Error');
	assert.match(error.message, /^Prediction failed \(task_id: [^)]+\): boom$/);
	const { outputs, detail } = await client.runNoThrow(model, input, poll);
	assert.equal(outputs, null);
	assert.equal(detail.error.name, 'WavespeedPredictionException');
});

await check('wavespeed_moderated', 'a task that is refused by moderation', async (client) => {
	const input = { prompt: 'x {sim:moderated}' };
	const error = await rejection(client.run(model, input, poll), 'Error');
	assert.match(error.message, /: Content flagged/);
});

await check('wavespeed_base64', 'outputs in base64', async (client) => {
	const input = { prompt: 'inline', size: '512*512', enable_base64_output: true };
	const { outputs } = await client.run(model, input, poll);
	assertPng(Buffer.from(outputs[0], 'base64'), 512, 512);
});

await check('wavespeed_sync', 'sync mode is one request', async (client) => {
	const { outputs } = await client.run(model, { prompt: 'at once', size: '512*768' },
		{ enableSyncMode: true });
	await assertPicture(outputs[0], 512, 768);
});

await check('wavespeed_sync_failed', 'a task that fails in sync mode', async (client) => {
	const input = { prompt: 'x {sim:fail=boom}' };
	const error = await rejection(client.run(model, input, { enableSyncMode: true }), 'Error');
	assert.match(error.message, /^Prediction failed \(task_id: [^)]+\): boom$/);
});

await check('wavespeed_sync_timeout', 'sync mode gives up, the task goes on', async (client) => {
	for (const how of ['timeout', 'code']) {
		const input = { prompt: `x {sim:sync=${how}}` };
		const { outputs, detail } =
			await client.runNoThrow(model, input, { enableSyncMode: true });
		assert.equal(outputs, null);
		assert.equal(detail.status, 'processing');
		assert.equal(detail.error.name, 'WavespeedSyncTimeoutException');
		const result = await client._wait(detail.taskId, 60, poll.pollInterval);
		assert.equal(result.outputs.length, 1);
	}
});

await check('wavespeed_poll_503', 'a poll is sent again after 503', async (client) => {
	const input = { prompt: 'x {sim:status=503 on=poll times=1}' };
	const { outputs } = await client.run(model, input, poll);
	assert.equal(outputs.length, 1);
});

await check('wavespeed_500', 'a submission that fails is not sent again', async (client) => {
	const error = await rejection(client.run(model, { prompt: 'x {sim:status=500}' }, poll),
		'WavespeedSubmissionException');
	assert.match(error.message, /HTTP 500: \{"code":500/);
});

await check('wavespeed_400', 'input that is refused', async (client) => {
	for (const input of [{ size: '512*512' }, { prompt: 'x', size: '99*99' }]) {
		const error = await rejection(client.run(model, input, poll),
			'WavespeedSubmissionException');
		assert.match(error.message, /HTTP 400: \{"code":400,.*"error_code":140[01]/);
	}
});

await check('wavespeed_401', 'a key that is wrong', async (client) => {
	const error = await rejection(client.run(model, { prompt: 'x' }, poll),
		'WavespeedSubmissionException');
	assert.match(error.message, /HTTP 401: /);
}, 'another-key');

doneTesting();
