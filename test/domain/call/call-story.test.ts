import { expect } from 'chai';
import * as fc from 'fast-check';
import { storyOf, waterfallOf } from '../../../src/domain/call/call-story.js';
import type { DomainEvent, EventBody } from '../../../src/domain/shared/domain-event.js';
import { eventId } from '../../../src/domain/shared/ids.js';
import { aDomainEvent } from '../../support/builders/a-domain-event.js';
import { EVERY_EVENT } from '../../support/builders/every-event.js';

const BEGAN_MS = Date.parse('2026-11-20T12:00:00.000Z');

/** Events one second apart; the clock of the node shows 1000 when the call begins. */
function events(...bodies: readonly EventBody[]): readonly DomainEvent[] {
  return bodies.map((body, index) => aDomainEvent(body, {
    id: eventId(`event-${String(index).padStart(4, '0')}`), sequence: index + 1, occurredAt: new Date(BEGAN_MS + index * 1000).toISOString(), atMs: 1000 + index * 1000,
  }));
}

describe('the story of a call', () => {
  it('is empty before anything has happened', () => {
    expect(storyOf([])).to.deep.equal({
      beganAt: null, setupMs: null, turns: [], errors: [], transfers: [], resumptions: [], interruptions: 0, silences: 0, speech: [], outcome: null,
    });
  });

  it('tells turns with what was heard, and why the caller waited', () => {
    const { turns, interruptions } = storyOf(events(EVERY_EVENT['call.started'], EVERY_EVENT['stt.transcribed'], EVERY_EVENT['caller.interrupted'], EVERY_EVENT['turn.completed']));
    expect(turns).to.deep.equal([
      {
        atMs: 1000, speaker: 'caller', turnIndex: 1, startMs: 1000, endMs: 2000, text: 'where is my card', heard: 'where is my card', interrupted: false, source: 'speech',
        confidence: 0.9, digitCount: 0, waterfall: null,
      },
      {
        atMs: 3000, speaker: 'agent', turnIndex: 1, startMs: 2500, endMs: 3100, text: 'It is on its way.', heard: 'It is on', interrupted: true, source: 'agent',
        confidence: null, digitCount: 0,
        waterfall: {
          bars: [
            { stage: 'endpoint', startMs: 0, durationMs: 500 }, { stage: 'stt', startMs: 500, durationMs: 40 }, { stage: 'llm', startMs: 540, durationMs: 80 },
            { stage: 'tts', startMs: 620, durationMs: 60 }, { stage: 'playout', startMs: 680, durationMs: 12 },
          ],
          totalMs: null,
        },
      },
    ]);
    expect(interruptions).to.equal(1);
  });

  it('never shows which keys were pressed, only how many', () => {
    const { turns: [turn] } = storyOf(events({ ...EVERY_EVENT['stt.transcribed'], via: 'digits', digitCount: 16, text: '4111111111111111' }));
    expect(turn).to.deep.include({ source: 'digits', digitCount: 16, text: '', heard: '' });
  });

  it('tells errors by stage, transfers, take-overs and the end', () => {
    const story = storyOf(events(
      EVERY_EVENT['call.started'], EVERY_EVENT['call.answered'], EVERY_EVENT['error.stt_failed'], EVERY_EVENT['error.llm_timeout'], EVERY_EVENT['error.llm_failed'],
      EVERY_EVENT['error.tts_failed'], EVERY_EVENT['call.escalated'], EVERY_EVENT['call.transfer_failed'], EVERY_EVENT['call.resumed'], EVERY_EVENT['call.transferred'],
      EVERY_EVENT['caller.silent'], EVERY_EVENT['call.ended'],
    ));
    expect(story.setupMs).to.equal(42.5);
    expect(story.errors.map(({ stage, code, turnIndex }) => [stage, code, turnIndex])).to.deep.equal([
      ['stt', 'speech-to-text/timeout', null], ['llm', 'agent/timeout', 2], ['llm', 'agent/unavailable', 2], ['tts', 'text-to-speech/timeout', 2],
    ]);
    expect(story.transfers.map(({ outcome, atMs }) => [outcome, atMs])).to.deep.equal([['escalated', 6000], ['failed', 7000], ['transferred', 9000]]);
    expect(story.resumptions).to.deep.equal([{ atMs: 8000, formerNode: 'node-2', gapMs: 5000 }]);
    expect(story).to.deep.include({ silences: 1, speech: EVERY_EVENT['call.ended'].speech, outcome: { atMs: 11_000, result: 'success', reason: 'caller_hangup', durationMs: 61_000 } });
  });

  it('times voices of a node whose clock is another one', () => {
    const [first, second] = events(EVERY_EVENT['call.started'], EVERY_EVENT['stt.transcribed']);
    const shifted = { ...second!, atMs: 902_000, body: { ...EVERY_EVENT['stt.transcribed'], startAtMs: 901_500, endAtMs: 902_000 } };
    expect(storyOf([first!, shifted]).turns[0]).to.include({ startMs: 500, endMs: 1000 });
  });

  const someEvents = fc.array(fc.constantFrom(...Object.values(EVERY_EVENT)), { maxLength: 40 }).map((bodies) => events(...bodies));

  it('does not depend on the order in which events come, nor on repetitions', () => {
    fc.assert(fc.property(someEvents.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }))), ([all, shuffled]) => {
      expect(storyOf(shuffled)).to.deep.equal(storyOf(all));
    }));
  });

  it('only grows: what fewer events told stays as it was, unless it is corrected', () => {
    const uncorrected = someEvents.map((all) => all.filter(({ body }) => body.type !== 'stt.corrected'));
    fc.assert(fc.property(uncorrected, fc.nat(), (all, cut) => {
      const [whole, part] = [storyOf(all), storyOf(all.slice(0, all.length === 0 ? 0 : cut % all.length))];
      for (const list of ['turns', 'errors', 'transfers', 'resumptions'] as const) expect(whole[list].slice(0, part[list].length)).to.deep.equal(part[list]);
      if (part.beganAt !== null) expect(whole.beganAt).to.equal(part.beganAt);
    }));
  });

  it('stacks the bars of a waterfall without gap or overlap, whatever happened', () => {
    const ms = fc.option(fc.integer({ min: 0, max: 10_000 }));
    fc.assert(fc.property(fc.record({ endpointMs: ms, sttFinalMs: ms, agentFirstTextMs: ms, ttsFirstAudioMs: ms, playoutMs: ms, totalMs: ms }), (latency) => {
      const { bars, totalMs } = waterfallOf(latency);
      let endMs = 0;
      for (const bar of bars) {
        expect(bar.startMs).to.equal(endMs);
        endMs += bar.durationMs;
      }
      const { totalMs: measuredMs, ...stages } = latency;
      expect(endMs).to.equal(Object.values(stages).reduce<number>((sum, stageMs) => sum + (stageMs ?? 0), 0));
      expect(totalMs).to.equal(measuredMs);
    }));
  });
});

describe('the story of a call that was corrected', () => {
  it('tells the corrected words', () => {
    const said = aDomainEvent({ ...EVERY_EVENT['stt.transcribed'], text: 'it is 4111' }, { sequence: 4 });
    const replied = aDomainEvent({ ...EVERY_EVENT['turn.completed'], said: '4111, and?', heard: '4111' }, { sequence: 5 });
    const correction = (sequence: number, of: number, text: string, node = said.node): DomainEvent =>
      aDomainEvent({ type: 'stt.corrected', turnIndex: 1, speaker: 'caller', sequence: of, text, heard: 'heard' }, { sequence, node });
    const { turns } = storyOf([said, replied, correction(6, 4, 'first'), correction(7, 4, 'it is [digits]'), correction(8, 5, '[card ****1111], and?'), correction(9, 5, 'of another node', 'node-9')]);
    expect(turns.map(({ text, heard }) => [text, heard])).to.deep.equal([['it is [digits]', 'it is [digits]'], ['[card ****1111], and?', 'heard']]);
  });
});
