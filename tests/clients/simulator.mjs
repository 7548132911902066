// An easelfs-simulator of one's own, and what a test of a client says in TAP.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const build = process.env.EASELFS_BUILD;
const modules = join(build, 'clients', 'node_modules');

let count = 0;

// A published package, from where `make test-clients` put it.
export const published = createRequire(join(modules, 'x.js'));

// A file of such a package.
export function publishedFile(...path) {
	return join(modules, ...path);
}

export function report(error, name) {
	count++;
	console.log(`${error ? 'not ok' : 'ok'} ${count} - ${name}`);
	if (error) {
		process.exitCode = 1;
		console.log(String(error.stack ?? error).replace(/^/gm, '# '));
	}
}

export function doneTesting() {
	console.log(`1..${count}`);
}

// A directory that is gone when the process ends.
export function temporary() {
	const path = mkdtempSync(join(tmpdir(), 'easelfs-clients.'));
	process.on('exit', () => rmSync(path, { recursive: true, force: true }));
	return path;
}

// { scenario: "http://127.0.0.1:34211/v1", …, images: … }, and stop().
export async function startSimulator(...options) {
	const child = spawn(join(build, 'easelfs-simulator'), options, {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	const ended = new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', resolve);
	});
	const urls = {};
	for await (const line of createInterface({ input: child.stdout })) {
		const [name, url] = line.split(' ');
		urls[name] = url;
		if (name === 'images')
			break;
	}
	if (!urls.images)
		throw new Error(`easelfs-simulator ended: ${await ended}`);
	return {
		...urls,
		stop() {
			child.kill('SIGTERM');
			return ended;
		},
	};
}
