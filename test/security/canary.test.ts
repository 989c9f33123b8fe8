import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../bench/speech/random.js';
import { METRICS } from '../../src/application/ports/metrics.js';
import { Discretion } from '../../src/domain/privacy/discretion.js';
import { canaryCalls, type CanaryCall } from '../support/canary/canary-calls.js';
import { CANARY_PLACED, type CanaryRun, runCanary } from '../support/canary/canary-run.js';
import { CANARY_SINKS, type CanarySink } from '../support/canary/canary-sinks.js';
import { leaks } from '../support/privacy/leaks.js';

const SEED = 20_261_121;
const CALLS = 52;
/** Of the calls that show what an open gate lets through. */
const CALLS_UNMASKED = 26;

async function scanned(sink: CanarySink, run: CanaryRun, calls: readonly CanaryCall[]): Promise<readonly string[] | null> {
  const directory = await mkdtemp(join(tmpdir(), 'vg-canary-'));
  try {
    const content = await sink.content(run, directory);
    if (content === null) return null;
    expect(content, `${sink.name} has content`).to.not.equal('');
    return leaks(content, calls.map(({ pan }) => pan)).map((pan) => `${calls.find((call) => call.pan === pan)?.shape ?? ''} (${pan})`);
  } finally {
    await rm(directory, { recursive: true });
  }
}

function sinkNamed(name: string): CanarySink {
  const sink = CANARY_SINKS.find((other) => other.name === name);
  if (sink === undefined) throw new Error(`no sink ${name}`);
  return sink;
}

/** Seven digits in a row of a card, in figures or words, are a leak: in any sink, of any of the calls. */
describe('card numbers said and typed in calls', function () {
  this.timeout(120_000);

  describe(`of ${CALLS} calls`, () => {
    const calls = canaryCalls(new Random(SEED), CALLS);
    let run: CanaryRun;
    before(async () => { run = await runCanary(calls); });

    for (const sink of CANARY_SINKS) {
      it(`are not in: ${sink.name}`, async function () {
        const found = await scanned(sink, run, calls);
        if (found === null) this.skip();
        else expect(found).to.deep.equal([]);
      });
    }

    it('went to the payment tool where they were typed in secure mode, and only then', () => {
      const expected = calls.flatMap(({ vaulted }) => vaulted ?? []);
      expect(run.vault.map(({ digits }) => digits)).to.deep.equal(expected);
      expect(expected).to.not.deep.equal([]);
    });

    it('left the order of the events as it is: no gap, and the end last', () => {
      expect(run.eventsByCall.size).to.equal(CALLS + CANARY_PLACED);
      for (const events of run.eventsByCall.values()) {
        expect(events.map(({ sequence }) => sequence)).to.deep.equal(events.map((_, index) => index + 1));
        expect(events.at(-1)?.body.type).to.equal('call.ended');
      }
    });

    it('are no labels of metrics, nor are other numbers or the names of calls', async () => {
      const page = await run.prometheus.render();
      for (const unique of ['15550100', '5551000', ...run.eventsByCall.keys()]) expect(page).to.not.contain(unique);
      const perCall = /call|number|caller|callee|did|token|conversation|leg|channel/iu;
      expect(Object.entries(METRICS).flatMap(([name, { labels }]) => labels.filter((label) => perCall.test(label)).map((label) => `${name}{${label}}`))).to.deep.equal([]);
    });

    it('are told of, in numbers', () => {
      expect(run.events.filter(({ body }) => body.type === 'pci.masked').length).to.be.greaterThan(CALLS / 2);
      expect(run.events.filter(({ body }) => body.type === 'stt.corrected')).to.not.deep.equal([]);
    });

    it('would be found in the log if its own masking were off', () => {
      const raw = run.log.map(({ fields, error }) => `${JSON.stringify(fields)} ${error instanceof Error ? `${error.message} ${String(error.cause)}` : ''}`).join('\n');
      expect(leaks(raw, calls.map(({ pan }) => pan))).to.not.deep.equal([]);
    });
  });

  describe('with a gate left open', () => {
    const calls = canaryCalls(new Random(SEED), CALLS_UNMASKED);
    const gates = Object.getOwnPropertyDescriptors(Discretion.prototype);
    afterEach(() => { Object.defineProperties(Discretion.prototype, gates); });

    const OPENED: Readonly<Record<string, { readonly open: () => void; readonly sinks: readonly string[] }>> = {
      events: {
        open: () => { Discretion.prototype.tell = (events) => ({ events, rewrites: [] }); },
        sinks: ['events as published', 'event files', 'spool on the disk', 'records of calls, every version', 'stories of calls', 'answers of the API', 'history of calls, files and answers', 'redis: calls, transcripts, outbox'],
      },
      'questions kept with a record': { open: () => { Discretion.prototype.hide = (text) => text; }, sinks: ['records of calls, every version'] },
      'the agent': { open: () => { Discretion.prototype.forAgent = (asked) => asked; }, sinks: ['requests to agent-orchestrator', 'requests to the language model'] },
    };
    for (const [gate, { open, sinks }] of Object.entries(OPENED)) {
      it(`are found behind that of ${gate}`, async () => {
        open();
        const run = await runCanary(calls);
        for (const name of sinks) expect(await scanned(sinkNamed(name), run, calls), name).to.not.deep.equal([]);
      });
    }
  });
});
