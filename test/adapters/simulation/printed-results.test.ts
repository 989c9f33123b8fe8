import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { jsonReport, writeJsonReport } from '../../../src/adapters/simulation/json-report.js';
import { paintFor } from '../../../src/adapters/simulation/paint.js';
import { summaryTable } from '../../../src/adapters/simulation/summary-table.js';
import { TerminalWatcher } from '../../../src/adapters/simulation/terminal-watcher.js';
import type { CallReport, ReportedTurn } from '../../../src/domain/simulation/call-report.js';

const PLAIN = paintFor(false);
const GREETING: ReportedTurn = { speaker: 'agent', text: 'Welcome.', heard: 'Welcome.', atMs: 210, interrupted: false, latency: { greeting: 210 } };
const QUESTION: ReportedTurn = { speaker: 'caller', text: 'Where is my card?', heard: 'where is my card', atMs: 2400, interrupted: false, latency: {} };
const ANSWER: ReportedTurn = {
  speaker: 'agent', text: 'It is on its way.', heard: 'It is', atMs: 64_040, interrupted: true,
  latency: { response: 640, endpoint: 500, stt_final: 20, agent_first_text: 12, tts_first_audio: 70, playout: null, gateway_total: 620 },
};

function aReport(over: Partial<CallReport> = {}): CallReport {
  return {
    name: 'card', script: 'calls/card.yaml', did: '5551000', ok: true, answered: true, endReason: 'agent_hangup', causeCode: 16, durationMs: 65_000, recording: 'rec/card.wav',
    eventLog: 'rec/card.ndjson', greetingMs: 210, responseMs: [640, 700], digitResponseMs: [900], stopMs: [280], maxGapMs: 900, media: { packetsReceived: 10, packetsLost: 1, packetsLate: 2, framesAdjusted: 0 },
    turns: [GREETING, QUESTION, ANSWER], failures: [], ...over,
  };
}

function printed(concurrency = 1): { readonly watcher: TerminalWatcher; readonly text: () => string } {
  const written: string[] = [];
  return { watcher: new TerminalWatcher({ write: (text) => { written.push(text); }, paint: PLAIN, concurrency }), text: () => written.join('') };
}

describe('TerminalWatcher', () => {
  it('prints a transcript that a person can read, with what was understood and where the time went', () => {
    const { watcher, text } = printed();
    watcher.watch({ type: 'call-placed', name: 'card', did: '5551000', callerNumber: '4930777001' });
    watcher.watch({ type: 'call-answered', name: 'card', setupMs: 41.6 });
    for (const turn of [GREETING, QUESTION, ANSWER]) watcher.watch({ type: 'turn', name: 'card', turn });
    watcher.watch({ type: 'call-over', name: 'card', report: aReport() });
    expect(text().split('\n').map((line) => line.trimEnd())).to.deep.equal([
      '☎ card: 4930777001 calls 5551000',
      '  answered after 42 ms',
      '  0:00.2  agent   Welcome.',
      '                  greeting 210 ms',
      '  0:02.4  caller  Where is my card?',
      '                  ✓ the gateway heard: where is my card',
      '  1:04.0  agent   It is on its way.  ✂ interrupted',
      '                  the caller heard: It is',
      '                  response 640 ms  gateway: end of turn 500 + recognition 20 + agent 12 + voice 70',
      '  1:05.0  agent_hangup · ✔ as expected',
      '', '',
    ]);
  });

  it('marks what was misheard', () => {
    const { watcher, text } = printed();
    watcher.watch({ type: 'turn', name: 'card', turn: { ...QUESTION, heard: 'where is my car' } });
    watcher.watch({ type: 'turn', name: 'card', turn: { ...QUESTION, heard: '' } });
    expect(text()).to.contain('≠ the gateway heard: where is my car').and.to.contain('≠ the gateway heard: (nothing)');
  });

  it('keeps the transcripts of several calls apart: one is live, the others follow in one piece', () => {
    const { watcher, text } = printed(3);
    const place = (name: string): void => { watcher.watch({ type: 'call-placed', name, did: '1', callerNumber: '2' }); };
    const say = (name: string, words: string): void => { watcher.watch({ type: 'turn', name, turn: { ...GREETING, text: words, latency: {} } }); };
    const end = (name: string): void => { watcher.watch({ type: 'call-over', name, report: aReport({ name }) }); };
    for (const name of ['a', 'b', 'c']) place(name);
    say('a', 'one');
    say('b', 'two');
    say('c', 'three');
    end('b');
    say('a', 'four');
    expect(text()).to.match(/^☎ a.*\n.*one\n.*four\n$/u);
    end('a');
    expect(text(), 'the ended one and the one that goes on').to.match(/four\n.*as expected\n\n☎ b.*\n.*two\n.*as expected\n\n☎ c.*\n.*three\n$/u);
    say('c', 'five');
    expect(text()).to.match(/five\n$/u);
    end('c');
    expect(text().match(/as expected/gu)).to.have.length(3);
  });

  it('tells only what went wrong when there are many', () => {
    const many = printed(50);
    many.watcher.watch({ type: 'turn', name: 'card-2', turn: GREETING });
    many.watcher.watch({ type: 'call-over', name: 'card-2', report: aReport() });
    expect(many.text()).to.equal('');
    many.watcher.watch({ type: 'fault', name: 'card-3', message: 'it broke' });
    many.watcher.watch({ type: 'call-over', name: 'card-3', report: aReport({ name: 'card-3', ok: false, failures: ['it broke'] }) });
    expect(many.text()).to.contain('card-3: it broke').and.to.contain('card-3: agent_hangup · ✘ one fault');
  });

  it('uses colours only where it may', () => {
    expect(PLAIN('red', 'x')).to.equal('x');
    expect(paintFor(true)('red', 'x')).to.contain('x');
  });
});

describe('summary', () => {
  it('tells the calls, the whole, and each fault with where to listen', () => {
    const text = summaryTable([aReport(), aReport({ name: 'stop', ok: false, failures: ['the agent said nothing'], responseMs: [], stopMs: [] })], PLAIN);
    expect(text).to.match(/^call +result +greeting +response p50 +slowest +stop +longest gap +ended as\n/u);
    expect(text).to.match(/\ncard +ok +210 ms +640 ms +900 ms +280 ms +900 ms +agent_hangup\n/u);
    expect(text).to.match(/\n2 calls +failed: 1 /u);
    expect(text).to.contain('stop (calls/card.yaml) is not as expected:\n  ✘ the agent said nothing\n  listen: rec/card.wav\n  read:   rec/card.ndjson');
  });

  it('does not list a hundred good calls', () => {
    const text = summaryTable(Array.from({ length: 100 }, (_, index) => aReport({ name: `card-${index}`, ok: index !== 7 })), PLAIN);
    expect(text).to.contain('card-7').and.not.to.contain('card-8');
    expect(text).to.contain('100 calls');
  });
});

describe('JSON report', () => {
  it('has the fields that others read', () => {
    const report = jsonReport([aReport()], 1);
    expect(report).to.deep.include({ ok: true });
    expect((report['calls'] as Record<string, unknown>[])[0]).to.deep.equal({
      name: 'card', script: 'calls/card.yaml', did: '5551000', ok: true, answered: true, end_reason: 'agent_hangup', cause_code: 16, duration_ms: 65_000,
      recording: 'rec/card.wav', event_log: 'rec/card.ndjson', greeting_ms: 210, response_ms: [640, 700], digit_response_ms: [900], stop_ms: [280], max_gap_ms: 900,
      media: { packets_received: 10, packets_lost: 1, packets_late: 2, frames_adjusted: 0 }, failures: [],
      turns: [
        { speaker: 'agent', text: 'Welcome.', heard: 'Welcome.', at_ms: 210, interrupted: false, latency_ms: { greeting: 210 } },
        { speaker: 'caller', text: 'Where is my card?', heard: 'where is my card', at_ms: 2400, interrupted: false, latency_ms: {} },
        { speaker: 'agent', text: 'It is on its way.', heard: 'It is', at_ms: 64_040, interrupted: true, latency_ms: ANSWER.latency },
      ],
    });
  });

  it('is not ok when a call failed or was never placed', () => {
    expect(jsonReport([aReport({ ok: false })], 1)['ok']).to.equal(false);
    expect(jsonReport([aReport()], 2)['ok']).to.equal(false);
  });

  it('is written to a file in a directory that need not exist', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'vg-json-'));
    await writeJsonReport(path.join(directory, 'a', 'report.json'), [aReport()], 1);
    expect(JSON.parse(await readFile(path.join(directory, 'a', 'report.json'), 'utf8'))).to.deep.equal(JSON.parse(JSON.stringify(jsonReport([aReport()], 1))));
    await rm(directory, { recursive: true });
  });
});
