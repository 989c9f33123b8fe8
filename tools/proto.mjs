#!/usr/bin/env node
/** Makes the stubs of proto/ anew, and takes down what they were made of. buf is fetched for it: its package is not for every platform. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { FINGERPRINT_FILE, fingerprint } from '#tools/proto/fingerprint.mjs';

const buf = (...args) => { execFileSync('npx', ['--yes', '@bufbuild/buf@1.75.0', ...args], { stdio: 'inherit' }); };

buf('lint', 'proto');
buf('generate', '--template', 'proto/buf.gen.yaml');
writeFileSync(FINGERPRINT_FILE, `${JSON.stringify(fingerprint(), null, 2)}\n`);
