/** One provider's loopback server in a process of its own, so that only the adapter is measured. Ends with its parent. */
import { LOOPBACKS } from './loopbacks.js';

const start = LOOPBACKS[process.argv[2] ?? ''];
if (start === undefined || process.send === undefined) throw new Error('usage: forked with the name of a provider');
process.send(await start());
process.on('disconnect', () => { process.exit(0); });
