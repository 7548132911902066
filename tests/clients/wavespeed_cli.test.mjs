// WaveSpeedAI's command line client: what its library has no calls for.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { recording } from './recorder.mjs';
import { doneTesting, publishedFile, temporary } from './simulator.mjs';

const program = publishedFile('@wavespeed', 'cli', 'dist', 'cli.js');
const model = 'bytedance/dreamina-v3.1/text-to-image';
const home = temporary();
const environment = {
	...process.env,
	HOME: home,
	XDG_CONFIG_HOME: join(home, 'config'),
	WAVESPEED_API_KEY: 'sim-key',
	NO_COLOR: '1',
};
const execute = promisify(execFile);

async function wavespeed(...args) {
	const { stdout } = await execute(process.execPath, [program, ...args],
		{ env: environment, cwd: home });
	return stdout;
}

async function asked(...args) {
	return JSON.parse(await wavespeed(...args, '--json'));
}

async function check(name, title, body) {
	const about = { provider: 'wavespeed', client: '@wavespeed/cli 0.2.2', name, title };
	await recording(about, async (url) => {
		await wavespeed('config', '--base-url', url);
		await body();
	});
}

await check('wavespeed_cli_balance', 'the balance', async () => {
	assert.deepEqual(await asked('balance'),
		{ balance: 1000, currency: 'USD', top_up_url: 'https://wavespeed.ai/top-up' });
});

await check('wavespeed_cli_models', 'the models and what they take', async () => {
	const models = await asked('models', '--no-cache', 'dreamina');
	assert.deepEqual(models.map((one) => [one.model_id, one.base_price]), [[model, 0.027]]);
	const schema = await asked('schema', model, '--refresh');
	assert.deepEqual(schema.required, ['prompt']);
	assert.equal(schema.properties.size.type, 'string');
});

await check('wavespeed_cli_run', 'run and download, then show, then delete', async () => {
	const template = join(home, 'picture-{index}.{ext}');
	const done = await asked('run', model, '--prompt', 'a lighthouse', '--sync',
		'--input', 'size=512*640', '--download', template);
	assert.equal(done.outputs.length, 1);
	assert.equal(done.saved.length, 1);
	const bytes = readFileSync(done.saved[0].path ?? done.saved[0]);
	assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [512, 640]);
	const id = done.outputs[0].split('/').at(-2);
	const item = await asked('show', id);
	assert.deepEqual([item.id, item.model, item.status], [id, model, 'completed']);
	assert.deepEqual(await asked('delete', id), { deleted: [id] });
	assert.equal((await asked('show', id)).status, 'deleted');
});

await check('wavespeed_cli_price', 'the price of a run, before it', async () => {
	const price = await asked('price', model, '--prompt', 'a lighthouse');
	assert.deepEqual([price.model_id, price.unit_price], [model, 0.027]);
});

await check('wavespeed_cli_history', 'the list of what was run', async () => {
	const { outputs } = await asked('run', model, '--prompt', 'of old', '--sync');
	const list = await asked('history', '--since', '2026-01-01T00:00:00Z',
		'--until', '2999-01-01T00:00:00Z');
	assert.deepEqual(list.items[0].outputs, outputs);
	assert.equal(list.items[0].inputs.prompt, 'of old');
});

doneTesting();
