import { appendFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Random } from '../../../bench/speech/random.js';
import { FileCallHistory } from '../../../src/adapters/history/file-call-history.js';
import type { HistoryStep } from '../../../src/application/ports/call-history.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { CONTRACT_RETENTION, callHistoryContract } from '../../contract/call-history.contract.js';
import { NOON_MS, aHistoryStep, aSummary } from '../../support/builders/a-kept-call.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { until } from '../../support/until.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const DAY_MS = 24 * 3_600_000;

describe('FileCallHistory', () => {
  const signal = new AbortController().signal;
  let folder: string;
  let clock: VirtualClock;
  let logger: RecordingLogger;
  const opened: FileCallHistory[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'voice-gateway-history-'));
    clock = new VirtualClock({ wallStart: new Date(NOON_MS).toISOString() });
    logger = new RecordingLogger();
  });

  afterEach(async () => {
    for (const history of opened.splice(0)) await history.close();
    expect(clock.pending).to.equal(0);
    await rm(folder, { recursive: true });
  });

  const open = async (directory = path.join(folder, 'history')): Promise<FileCallHistory> => {
    const history = await FileCallHistory.open({ directory, ...CONTRACT_RETENTION, clock, logger });
    opened.push(history);
    return history;
  };

  const files = async (): Promise<readonly string[]> => {
    const entries = await readdir(path.join(folder, 'history'), { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && entry.name.endsWith('.ndjson') && !entry.parentPath.endsWith('usage')).map((entry) => path.join(entry.parentPath, entry.name)).sort();
  };

  callHistoryContract(async () => ({ history: await open(), pass: (ms) => clock.run(ms) }));

  const step = aHistoryStep(aSummary(0), [EVERY_EVENT['call.started'], EVERY_EVENT['stt.transcribed']]);
  const { tenantId, callId } = step;

  it('goes on with what an earlier process has kept', async () => {
    const first = await open();
    await first.append([step], signal);
    await first.close();
    const second = await open();
    expect((await second.find(tenantId, callId, signal))?.events).to.deep.equal(step.events);
    expect((await second.list(tenantId, {}, { limit: 10, cursor: null }, signal)).calls).to.deep.equal([step.call]);
  });

  it('ignores a line that a crash has torn, and loses nothing of what comes after it', async () => {
    const history = await open();
    await history.append([step], signal);
    const [file = ''] = await files();
    await appendFile(file, '{"event":{"id":"half');
    expect((await history.find(tenantId, callId, signal))?.events).to.deep.equal(step.events);
    const more = aHistoryStep(aSummary(0), [EVERY_EVENT['call.answered']], 3);
    await history.append([more], signal);
    expect((await history.find(tenantId, callId, signal))?.events).to.deep.equal([...step.events, ...more.events]);
  });

  it('reads on past what is no line of ours', async () => {
    const history = await open();
    await history.append([step], signal);
    const [file = ''] = await files();
    await writeFile(file, `null\n[]\n{"call":{}}\n{"event":{"id":7}}\n\u0000\n${await readFile(file, 'utf8')}`);
    expect(await history.find(tenantId, callId, signal)).to.deep.equal({ call: step.call, events: step.events });
  });

  it('sees at once what another process writes', async () => {
    const [one, other] = [await open(), await open()];
    await one.append([step], signal);
    const states = async (): Promise<readonly string[]> => (await other.list(tenantId, {}, { limit: 10, cursor: null }, signal)).calls.map(({ state }) => state);
    expect(await states()).to.deep.equal(['ringing']);
    await one.append([aHistoryStep(aSummary(0, { state: 'ended' }))], signal);
    expect(await states()).to.deep.equal(['ended']);
  });

  it('tells of a call what a newcomer reads, whoever writes, erases or looks meanwhile', async () => {
    const [one, other] = [await open(), await open()];
    const chance = new Random(7);
    const page = { limit: 10, cursor: null };
    let sequence = 0;
    for (let round = 0; round < 200; round += 1) {
      const summary = aSummary(chance.below(3));
      const writer = chance.below(2) === 0 ? one : other;
      const acts: (() => Promise<unknown>)[] = [
        () => writer.append([aHistoryStep(summary, [EVERY_EVENT['stt.transcribed']], sequence += 1)], signal),
        () => writer.find(tenantId, summary.callId, signal),
        () => Promise.all([writer.append([aHistoryStep(summary, [EVERY_EVENT['call.answered']], sequence += 1)], signal), writer.find(tenantId, summary.callId, signal)]),
        () => Promise.all([writer.list(tenantId, {}, page, signal), writer.append([aHistoryStep(summary, [EVERY_EVENT['call.answered']], sequence += 1)], signal), other.list(tenantId, {}, page, signal)]),
        () => (chance.below(3) === 0 ? writer.erase(tenantId, summary.callId, signal) : Promise.resolve()),
      ];
      await acts[chance.below(acts.length)]?.();
      const newcomer = await open();
      for (const history of [one, other]) {
        expect(await history.find(tenantId, summary.callId, signal), `round ${round}`).to.deep.equal(await newcomer.find(tenantId, summary.callId, signal));
        expect(await history.list(tenantId, {}, page, signal), `round ${round}`).to.deep.equal(await newcomer.list(tenantId, {}, page, signal));
      }
      await newcomer.close();
    }
  });

  it('is not taken in by a file of the same size that took the place of one it knew', async () => {
    const [one, other] = [await open(), await open()];
    const summaryOf = (calleeNumber: string): HistoryStep => aHistoryStep(aSummary(0, { calleeNumber }));
    await one.append([summaryOf('+49301')], signal);
    const callee = async (): Promise<string | undefined> => (await one.find(tenantId, callId, signal))?.call.calleeNumber;
    expect(await callee()).to.equal('+49301');
    await other.erase(tenantId, callId, signal);
    await other.append([summaryOf('+49302')], signal);
    expect(await callee()).to.equal('+49302');
  });

  it('keeps files that others on the machine cannot read', async () => {
    const history = await open();
    await history.append([step], signal);
    const [file = ''] = await files();
    expect((await stat(file)).mode & 0o007).to.equal(0);
    expect((await stat(path.dirname(file))).mode & 0o007).to.equal(0);
  });

  it('gives the disk back: words first, then whole days', async () => {
    const history = await open();
    const later = aHistoryStep(aSummary(DAY_MS), [EVERY_EVENT['stt.transcribed']]);
    await history.append([step, later], signal);
    const text = async (): Promise<string> => (await Promise.all((await files()).map((file) => readFile(file, 'utf8')))).join('');
    expect((await text()).match(/where is my card/gu)).to.have.lengthOf(2);
    /** One sweep after so much time. */
    const sweepAfter = async (ms: number): Promise<void> => {
      await until(() => clock.pending === 1);
      clock.advance(ms);
      await until(() => clock.pending === 1);
    };
    await sweepAfter(8 * DAY_MS);
    expect((await text()).match(/where is my card/gu), 'those of the first day').to.have.lengthOf(1);
    await sweepAfter(DAY_MS);
    expect(await text()).not.to.match(/where is my card/u);
    expect((await history.find(tenantId, callId, signal))?.events.map(({ id }) => id)).to.deep.equal(step.events.map(({ id }) => id));
    await sweepAfter(22 * DAY_MS);
    expect(await files()).to.have.lengthOf(1);
    await sweepAfter(DAY_MS);
    expect(await files()).to.deep.equal([]);
    await sweepAfter(400 * DAY_MS);
    expect(await readdir(path.join(folder, 'history')), 'the sums too').to.deep.equal([]);
    expect(logger.messages()).to.deep.equal([]);
  });

  describe('the sums of days', () => {
    const SPAN = { from: '2026-11-20', to: '2026-11-22' };
    const usageFolder = path.join('history', '=north-bank', 'usage');
    /** As a version without sums would have left them. */
    const forgetSums = (): Promise<void> => rm(path.join(folder, usageFolder), { recursive: true });
    const calls = (count: number): Promise<void> => open().then(async (history) => {
      await history.append(Array.from({ length: count }, (_, at) => aHistoryStep(aSummary(at * 1000))), signal);
      await history.close();
    });

    it('are made of what an earlier version kept, once for each day', async () => {
      await calls(120);
      await forgetSums();
      clock.advance(DAY_MS);
      const history = await open();
      await history.append([aHistoryStep(aSummary(0, { state: 'ended' })), aHistoryStep(aSummary(DAY_MS))], signal);
      expect((await history.usage(tenantId, SPAN, signal)).calls).to.equal(121);
      for (const file of (await files()).slice(1)) await rm(file);
      expect((await (await open()).usage(tenantId, SPAN, signal)).calls, 'not read again').to.equal(121);
    });

    it('are right for calls of an earlier version that are erased, or expire, before anybody asked', async () => {
      await calls(3);
      await forgetSums();
      const history = await open();
      await history.erase(tenantId, callId, signal);
      expect((await history.usage(tenantId, SPAN, signal)).calls).to.equal(3);
      await forgetSums();
      for (const days of [32, 1]) {
        await until(() => clock.pending >= 1);
        clock.advance(days * DAY_MS);
      }
      await until(async () => (await files()).length === 0);
      expect((await (await open()).usage(tenantId, SPAN, signal)).calls).to.equal(2);
    });

    it('get on with those calls though whoever asks gives up each time', async () => {
      await calls(120);
      await forgetSums();
      const history = await open();
      const patience = new AbortController();
      const given = history.usage(tenantId, SPAN, patience.signal).then(() => undefined, () => undefined);
      const lines = async (): Promise<number> => (await readFile(path.join(folder, usageFolder, '2026-11-20.ndjson'), 'utf8').catch(() => '')).split('callId').length - 1;
      await until(async () => await lines() > 0);
      patience.abort();
      await given;
      expect((await history.usage(tenantId, SPAN, signal)).calls).to.equal(120);
      expect(await lines(), 'each read once').to.equal(120);
    });

    it('are read on where they were read to, and again when they were torn', async () => {
      const [one, other] = [await open(), await open()];
      const count = async (): Promise<number> => (await one.usage(tenantId, SPAN, signal)).calls;
      for (let at = 0; at < 3; at += 1) {
        await other.append([aHistoryStep(aSummary(at))], signal);
        expect(await count()).to.equal(at + 1);
      }
      await appendFile(path.join(folder, usageFolder, '2026-11-20.ndjson'), '{"callId":"half');
      expect(await count()).to.equal(3);
      await other.append([aHistoryStep(aSummary(3))], signal);
      expect(await count()).to.equal(4);
    });

    it('hold nothing of single calls when those have expired', async () => {
      const history = await open();
      await history.append([step], signal);
      const ledger = (): Promise<string> => readFile(path.join(folder, usageFolder, '2026-11-20.ndjson'), 'utf8');
      expect(await ledger()).to.include(callId).and.not.to.include(aSummary(0).callerNumber);
      await until(() => clock.pending === 1);
      clock.advance(32 * DAY_MS);
      await until(async () => !(await ledger()).includes(callId));
      expect((await history.usage(tenantId, SPAN, signal)).calls).to.equal(1);
    });
  });

  it('does not open where it cannot write', async () => {
    await writeFile(path.join(folder, 'file'), 'a file, no directory');
    const error: unknown = await open(path.join(folder, 'file')).then(() => null, (thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(PortError).and.to.include({ code: 'call-history/unwritable' });
  });

  it('says so when the disk fails, and keeps the rest when it is tried again', async () => {
    const history = await open();
    await rm(path.join(folder, 'history'), { recursive: true });
    await writeFile(path.join(folder, 'history'), 'a file, no directory');
    const error: unknown = await history.append([step], signal).then(() => null, (thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(PortError).and.to.include({ code: 'call-history/unavailable', retryable: true });
    await rm(path.join(folder, 'history'));
    await history.append([step], signal);
    expect((await history.find(tenantId, callId, signal))?.events).to.deep.equal(step.events);
  });
});
