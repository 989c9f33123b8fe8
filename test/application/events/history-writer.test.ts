import { expect } from 'chai';
import { HistoryWriter, WAITING_MAX } from '../../../src/application/events/history-writer.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { NOON_MS, aHistoryStep, aSummary } from '../../support/builders/a-kept-call.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';
import { MemoryCallHistory } from '../../support/fakes/memory-call-history.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('HistoryWriter', () => {
  const signal = new AbortController().signal;
  const away = new PortError('the disk is full on purpose', { code: 'call-history/unavailable', kind: 'unavailable' });
  let clock: VirtualClock;
  let history: MemoryCallHistory;
  let metrics: RecordingMetrics;
  let logger: RecordingLogger;
  let writer: HistoryWriter;

  beforeEach(() => {
    clock = new VirtualClock({ wallStart: new Date(NOON_MS).toISOString() });
    history = new MemoryCallHistory({ clock, retentionDays: 30, transcriptDays: 30 });
    metrics = new RecordingMetrics();
    logger = new RecordingLogger();
    writer = new HistoryWriter({ history, clock, metrics, logger });
  });

  const note = (sequence: number) => aHistoryStep(aSummary(0), [EVERY_EVENT['dtmf.received']], sequence);
  const sequences = (): readonly number[] => history.entries.flatMap(({ events }) => events.map(({ sequence }) => sequence));

  it('writes what happened within a second together', async () => {
    for (const sequence of [1, 2, 3]) writer.tell(note(sequence));
    writer.tell(aHistoryStep(aSummary(1)));
    await clock.run(999);
    expect(history.appends).to.equal(0);
    await clock.run(1);
    expect([history.appends, history.entries.length, sequences()]).to.deep.equal([1, 2, [1, 2, 3]]);
    expect(metrics.value('history_pending')).to.equal(0);
    expect(clock.pending).to.equal(0);
  });

  it('keeps what cannot be written, in order, tells how old it is, and tries again', async () => {
    history.failure = away;
    writer.tell(note(1));
    await clock.run(1000);
    writer.tell({ ...note(2), call: aSummary(0, { state: 'ended' }) });
    await clock.run(4000);
    expect(logger.messages()).to.deep.equal(['the history of calls cannot be written: it waits in memory']);
    expect(metrics.value('history_lag_seconds')).to.equal(5);
    history.failure = null;
    await clock.run(2000);
    expect(sequences()).to.deep.equal([1, 2]);
    expect(history.entries[0]?.call?.state).to.equal('ended');
    expect([metrics.value('history_pending'), metrics.value('history_lag_seconds'), metrics.value('history_lost_total')]).to.deep.equal([0, 0, 0]);
    expect(logger.messages('info')).to.deep.equal(['the history of calls is written again']);
  });

  it('drops the newest events past its bound, counts them, tells once, and still learns how the call stands', async () => {
    history.failure = away;
    const many = aHistoryStep(aSummary(0), Array.from({ length: WAITING_MAX - 1 }, () => EVERY_EVENT['dtmf.received']));
    writer.tell(many);
    writer.tell({ ...note(WAITING_MAX), call: aSummary(0, { state: 'ended' }) });
    writer.tell(aHistoryStep(aSummary(1), [EVERY_EVENT['dtmf.received']]));
    expect(metrics.value('history_lost_total', { reason: 'overflow' })).to.equal(2);
    expect(logger.messages('error')).to.have.lengthOf(1);
    history.failure = null;
    await clock.run(1000);
    expect(sequences()).to.have.lengthOf(WAITING_MAX - 1);
    expect(history.entries.map(({ call }) => call?.state)).to.deep.equal(['ended']);
    writer.tell(aHistoryStep(aSummary(1)));
    await clock.run(1000);
    expect(history.entries, 'and then there is room again').to.have.lengthOf(2);
  });

  it('does not try for ever what is refused', async () => {
    history.failure = new PortError('refused on purpose', { code: 'call-history/failed', kind: 'protocol' });
    writer.tell(note(1));
    await clock.run(1000);
    history.failure = null;
    expect(metrics.value('history_lost_total', { reason: 'refused' })).to.equal(2);
    expect([metrics.value('history_pending'), clock.pending]).to.deep.equal([0, 0]);
  });

  it('does not wait past its deadline for a history that hangs', async () => {
    const hang = history.append.bind(history);
    history.append = () => new Promise(() => undefined);
    writer.tell(note(1));
    await clock.run(11_000);
    history.append = hang;
    await clock.run(2000);
    expect(sequences()).to.deep.equal([1]);
  });

  it('has written all when flush resolves, at once', async () => {
    writer.tell(note(1));
    await writer.flush(signal);
    expect(sequences()).to.deep.equal([1]);
    await writer.flush(signal);
  });

  it('is flushed also while calls go on: what is told meanwhile holds nobody up, and lingers again afterwards', async () => {
    const append = history.append.bind(history);
    history.append = async (steps, until) => {
      await new Promise<void>((resolve) => { clock.after(5, resolve); });
      writer.tell(note(history.appends + 2));
      return append(steps, until);
    };
    writer.tell(note(1));
    let flushed = false;
    void writer.flush(signal).then(() => { flushed = true; });
    await clock.run(100);
    expect(flushed).to.equal(true);
    expect(history.appends, 'one round, then it takes its time').to.be.at.most(2);
    history.append = append;
    await writer.close();
  });

  it('writes what waits when it is closed, and takes nothing after', async () => {
    writer.tell(note(1));
    await Promise.all([writer.close(), writer.close()]);
    writer.tell(note(2));
    expect(sequences()).to.deep.equal([1]);
    expect(metrics.value('history_lost_total', { reason: 'closed' })).to.equal(2);
    expect(clock.pending).to.equal(0);
  });

  it('gives up after five seconds when it is closed, and says what is lost', async () => {
    history.failure = away;
    writer.tell(note(1));
    const closed = writer.close();
    await clock.run(10_000);
    await closed;
    expect(metrics.value('history_lost_total', { reason: 'not-stored' })).to.equal(2);
    expect(clock.pending).to.equal(0);
  });
});
