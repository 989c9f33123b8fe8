import { CallJournal } from '../../src/application/calls/call-journal.js';
import type { CallRepository } from '../../src/application/ports/call-repository.js';
import type { Clock } from '../../src/application/ports/clock.js';
import type { Metrics } from '../../src/application/ports/metrics.js';
import { Call, isRefusal } from '../../src/domain/call/call.js';
import { callId } from '../../src/domain/shared/ids.js';
import { aCallRecord } from '../../test/support/builders/a-call.js';
import { EVERY_EVENT } from '../../test/support/builders/every-event.js';
import { silentLogger } from '../../test/support/fakes/silent-logger.js';
import { SequentialIds } from '../../test/support/fakes/sequential-ids.js';

export interface ChatterOptions {
  readonly calls: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly repository: CallRepository;
}

/** Milliseconds. */
export interface StepTimes {
  readonly p99: number;
  readonly max: number;
}

const TICK_MS = 20;
const NOTES = [EVERY_EVENT['stt.transcribed'], EVERY_EVENT['llm.responded'], EVERY_EVENT['tts.generated'], EVERY_EVENT['turn.completed']];

/** Calls that go on for ever, one event a second each, one after the other. */
export class Chatter {
  events = 0;
  private readonly talks: { call: Call; readonly journal: CallJournal }[] = [];
  private readonly timer: NodeJS.Timeout;
  private times: number[] = [];
  private next = 0;

  constructor({ calls, clock, metrics, repository }: ChatterOptions) {
    const ids = new SequentialIds();
    for (let number = 0; number < calls; number += 1) {
      const started = Call.start(aCallRecord({ callId: callId(`call-${number}`) }), { wall: '2026-11-20T12:00:00.000Z', ms: 0 });
      const { callId: id, tenantId } = started.call.record;
      const journal = new CallJournal({ clock, ids, metrics, repository, log: silentLogger, nodeName: 'bench' }, { callId: id, tenantId, version: 0 });
      journal.enter(started);
      this.events += 1;
      this.talks.push({ call: started.call, journal });
    }
    this.timer = setInterval(() => { for (let due = calls * TICK_MS / 1000; due > 0; due -= 1) this.step(); }, TICK_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  async settled(): Promise<void> {
    await Promise.all(this.talks.map(({ journal }) => journal.settled()));
  }

  /** Since the last time it was asked. */
  takeTimes(): StepTimes {
    const times = this.times.sort((a, b) => a - b);
    this.times = [];
    return { p99: times[Math.floor(times.length * 0.99)] ?? 0, max: times.at(-1) ?? 0 };
  }

  /** Calls whose last event is in `last`, by call id. */
  complete(last: ReadonlyMap<string, number>): number {
    return this.talks.filter(({ call: { record } }) => last.get(record.callId) === record.lastSequence).length;
  }

  private step(): void {
    const talk = this.talks[this.next % this.talks.length];
    const note = NOTES[this.next % NOTES.length];
    this.next += 1;
    if (talk === undefined || note === undefined) return;
    const change = talk.call.note(note);
    if (isRefusal(change)) return;
    const begunAt = performance.now();
    talk.call = talk.journal.enter(change) ?? talk.call;
    this.times.push(performance.now() - begunAt);
    this.events += 1;
  }
}
