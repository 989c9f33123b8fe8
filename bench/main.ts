/** `npm run bench -- <name> [options]`: each bench is a folder whose run.ts exports `run(args)`, the exit code's promise. */
interface Bench {
  run(args: readonly string[]): Promise<number>;
}

const BENCHES = new Map<string, { readonly what: string; readonly load: () => Promise<Bench> }>([
  ['media', { what: 'RTP legs on one core: loss, pacing, CPU and memory per call', load: () => import('./media/run.js') }],
  ['calls', { what: 'calls through the whole pipeline: failures, latency, pacing, CPU and memory per call', load: () => import('./calls/run.js') }],
  ['soak', { what: 'thousands of calls one after the other, state in Redis: failures, growth, what stays behind', load: () => import('./soak/run.js') }],
  ['overload', { what: 'twice the calls a node may have: refusals, and what the calls it has notice of them', load: () => import('./overload/run.js') }],
  ['api', { what: 'the management API while calls are up: latency, and whether callers notice', load: () => import('./api/run.js') }],
  ['asterisk-load', { what: 'simulated calls at once through a real Asterisk: failures, leftovers, pacing', load: () => import('./asterisk-load/run.js') }],
  ['speech', { what: 'local speech on telephone lines: errors, false accepts, latency, CPU and memory', load: () => import('./speech/run.js') }],
  ['providers', { what: 'adapters of speech providers against servers on the loopback: delay, memory, CPU', load: () => import('./providers/run.js') }],
  ['state', { what: 'Redis away while calls go on: losses, order, what calls wait, catching up', load: () => import('./state/run.js') }],
  ['history', { what: 'past calls as files: cost per step, whether the disk keeps up', load: () => import('./history/run.js') }],
  ['events', { what: 'Kafka away while events go on: losses, order, memory, catching up', load: () => import('./events/run.js') }],
]);

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES.get(name);
if (bench === undefined) {
  process.stderr.write('usage: npm run bench -- <name> [options]   (--help after the name tells its options)\n');
  for (const [known, { what }] of BENCHES) process.stderr.write(`  ${known.padEnd(14)} ${what}\n`);
  process.exitCode = 2;
} else {
  process.exitCode = await (await bench.load()).run(args);
}
