#!/usr/bin/env node
/** Brings models for local speech engines, from where the user says. `--help` tells how. */
import { parseArgs } from 'node:util';
import { bringModel, modelsRoot } from './platform/fetch-model.mjs';
import { FixableError } from './platform/run-step.mjs';

const HELP = `usage: make models URL=… NAME=… [SHA256=…]      (or: node tools/models.mjs URL NAME [SHA256])

Downloads a model for the speech provider "sherpa" (docs/speech-providers.md) and unpacks it to
  ${modelsRoot()}/NAME
URL is a .tar.bz2, .tar.gz, .tgz or .tar, or a single file such as an .onnx. What is there already is not
brought again. SHA256 is what the download must have; without it, it is told, so that it can be given the next time.

Models have licences of their own: see what their authors say before you use them.
VOICEGW_MODELS_DIR=DIR takes another place.`;

async function main() {
  const { values, positionals } = parseArgs({ options: { help: { type: 'boolean', short: 'h', default: false } }, allowPositionals: true });
  const [url = '', name = '', sha256 = ''] = positionals;
  if (values.help) { console.log(HELP); return; }
  if (url === '' || name === '') throw new FixableError('which model?', `make models URL=https://… NAME=my-model\n\n${HELP}`);
  const { directory, fresh } = await bringModel({ url, name, sha256: sha256.toLowerCase() });
  console.log(`${fresh ? 'ready' : 'there already'}: ${directory}`);
}

main().catch((error) => {
  console.error(`models: ${error.message}`);
  if (error instanceof FixableError) console.error(`  Fix: ${error.fix}`);
  process.exitCode = 1;
});
