#!/usr/bin/env node
/** `make down`: stops what `make up` (or a demo that was killed) left running. */
import { stopStack } from './platform/stack.mjs';

const stopped = [...await stopStack('var/up'), ...await stopStack('var/demo')];
console.log(stopped.length === 0 ? 'down: nothing was running' : `down: ${stopped.join(', ')}`);
