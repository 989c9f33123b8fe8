import { expect } from 'chai';
import type { ConversationEvent } from '../../../src/domain/conversation/conversation-events.js';
import type { CallOutcome } from '../../../src/domain/simulation/call-outcome.js';
import type { CallReport } from '../../../src/domain/simulation/call-report.js';
import { type GatewayView, isComplete, NOTHING_SEEN, seeEvent } from '../../../src/domain/simulation/gateway-view.js';
import { reportCall } from '../../../src/domain/simulation/report-call.js';
import type { CallExpectation, CallScript } from '../../../src/domain/simulation/script.js';
import type { EventBody } from '../../../src/domain/shared/domain-event.js';
import { aScript, expectsAgent, interrupts, presses, says, waitsForAgent } from './a-script.js';

function viewOf(...bodies: readonly EventBody[]): GatewayView {
  return bodies.reduce((view, body) => seeEvent(view, { callId: 'call-1', atMs: 0, clockOffsetMs: 0, body }), NOTHING_SEEN);
}

const turn = (over: Partial<Extract<ConversationEvent, { type: 'turn.completed' }>>): EventBody => ({
  type: 'turn.completed', turnIndex: 0, source: 'agent', said: '', heard: over.said ?? '', interrupted: false, startedAtMs: 0, endedAtMs: 0, latency: null, ...over,
});
const heard = (text: string, startAtMs: number, endAtMs: number): EventBody =>
  ({ type: 'stt.transcribed', turnIndex: 1, text, confidence: 1, via: 'speech', digitCount: 0, startAtMs, endAtMs });
const digits = (digitCount: number, atMs: number): EventBody =>
  ({ type: 'stt.transcribed', turnIndex: 1, text: '', confidence: null, via: 'digits', digitCount, startAtMs: atMs, endAtMs: atMs });
const ended = (reason: 'agent_hangup' | 'transferred'): EventBody => ({ type: 'call.ended', result: 'success', reason, durationMs: 1, turns: 2, speech: [] });

/** Greeting 1200–3000, the caller's question 4000–5000, the answer 5600–8000; answered at 1000. */
const OUTCOME: CallOutcome = {
  answeredAtMs: 1000, endedAtMs: 9000, endedBy: 'far-end', causeCode: 16, waitsForEndFromMs: null, faults: [], abandoned: false, checks: [], hearings: [],
  acts: [{ stepIndex: 1, kind: 'say', startMs: 4000, endMs: 5000 }],
  agent: [{ startMs: 1200, endMs: 3000 }, { startMs: 5600, endMs: 8000 }],
};
const LATENCY = { endpointMs: 400.4, sttFinalMs: 30, agentFirstTextMs: 10, ttsFirstAudioMs: 60, playoutMs: 5, totalMs: 505 };
const EVENTS: readonly EventBody[] = [
  turn({ source: 'greeting', said: 'Welcome.', startedAtMs: 1180, endedAtMs: 3010 }),
  heard('where is my card', 4010, 5010),
  turn({ said: 'Your card is on its way.', startedAtMs: 5560, endedAtMs: 8010, latency: LATENCY }),
  ended('agent_hangup'),
];
const SCRIPT = aScript([waitsForAgent(), says('Where is my card?'), waitsForAgent(), expectsAgent('your card is on its way')]);

function report(over: { outcome?: Partial<CallOutcome>; view?: GatewayView | null; script?: CallScript } = {}): CallReport {
  return reportCall({
    script: over.script ?? SCRIPT, name: 'a-call', outcome: { ...OUTCOME, ...over.outcome }, view: over.view === undefined ? viewOf(...EVENTS) : over.view,
    recording: null, eventLog: null, media: null,
  });
}
const expecting = (expectation: Partial<CallExpectation>): CallScript => ({ ...SCRIPT, expect: { ...SCRIPT.expect, ...expectation } });
const CHECK = { checks: [{ stepIndex: 3, fromMs: 4000, toMs: 8700 }] };

describe('report of a call', () => {
  it('tells what both sides said, understood and took their time for', () => {
    expect(report().turns).to.deep.equal([
      { speaker: 'agent', text: 'Welcome.', heard: 'Welcome.', atMs: 180, interrupted: false, latency: { greeting: 200 } },
      { speaker: 'caller', text: 'Where is my card?', heard: 'where is my card', atMs: 3000, interrupted: false, latency: {} },
      {
        speaker: 'agent', text: 'Your card is on its way.', heard: 'Your card is on its way.', atMs: 4560, interrupted: false,
        latency: { response: 600, endpoint: 400, stt_final: 30, agent_first_text: 10, tts_first_audio: 60, playout: 5, gateway_total: 505 },
      },
    ]);
  });

  it('knows the sounds alone without the gateway’s events', () => {
    const { turns, ok, endReason } = report({ view: null });
    expect(turns.map(({ speaker, text, latency }) => [speaker, text, latency])).to.deep.equal([
      ['agent', '', { greeting: 200 }], ['caller', 'Where is my card?', {}], ['agent', '', { response: 600 }],
    ]);
    expect([ok, endReason]).to.deep.equal([true, 'far_end_hangup']);
  });

  it('joins what the gateway heard of one line in pieces, and keeps lines apart', () => {
    const script = aScript([says('one two'), says('three')]);
    const acts = [{ stepIndex: 0, kind: 'say' as const, startMs: 4000, endMs: 5000 }, { stepIndex: 1, kind: 'say' as const, startMs: 7000, endMs: 8000 }];
    const view = viewOf(heard('one', 4000, 4300), heard('two', 4600, 5000), heard('three', 7000, 8000));
    expect(report({ script, outcome: { acts }, view }).turns.filter(({ speaker }) => speaker === 'caller').map((line) => line.heard)).to.deep.equal(['one two', 'three']);
  });

  it('tells how many keys the gateway took, and how long it went on after an interruption', () => {
    const script = aScript([presses('471123#'), interrupts(500, 'stop')]);
    const acts = [{ stepIndex: 0, kind: 'press' as const, startMs: 3500, endMs: 4200 }, { stepIndex: 1, kind: 'interrupt' as const, startMs: 6000, endMs: 6500 }];
    const result = report({ script, outcome: { acts, agent: [{ startMs: 1200, endMs: 3000 }, { startMs: 5000, endMs: 6280 }] }, view: viewOf(digits(6, 4150), heard('stop', 6000, 6500)) });
    const caller = result.turns.filter(({ speaker }) => speaker === 'caller');
    expect(caller.map((line) => [line.text, line.heard, line.latency])).to.deep.equal([['471123#', '6 digits', {}], ['stop', 'stop', { stop: 280 }]]);
    expect([result.stopMs, result.digitResponseMs, result.responseMs]).to.deep.equal([[280], [800], []]);
  });

  it('prefers what was recognised in the agent’s audio to what the gateway believes', () => {
    const hearings = [{ startMs: 4000, endMs: 9000, text: 'your card is on its way', failure: null, unknownWords: new Set<string>() }];
    expect(report({ outcome: { hearings } }).turns[2]?.heard).to.equal('your card is on its way');
  });

  it('is complete when the end has been told', () => {
    expect(isComplete(viewOf(...EVENTS.slice(0, 3)))).to.equal(false);
    expect(isComplete(viewOf(...EVENTS))).to.equal(true);
  });
});

describe('judgement of a call', () => {
  it('finds no fault with a call that is as expected', () => {
    const script = expecting({ endReason: 'agent_hangup', greetingMsMax: 300, responseMsP50Max: 900, responseMsMax: 900, gapMsMax: 2000, transfers: [], heardExactly: true, causeCode: 16 });
    expect(report({ script, outcome: CHECK }).failures).to.deep.equal([]);
  });

  it('quotes an agent who said something else', () => {
    const view = viewOf(turn({ said: 'I do not know.', startedAtMs: 5560 }));
    expect(report({ outcome: CHECK, view }).failures).to.deep.equal([
      'step 4 (a-call.yaml:13, expect-agent): the agent should have said "your card is on its way", the gateway says it said "I do not know."',
    ]);
  });

  it('does not take words said at another time for the answer', () => {
    expect(report({ outcome: { checks: [{ stepIndex: 3, fromMs: 8100, toMs: 8700 }] } }).failures[0]).to.contain('the gateway says it said ""');
  });

  it('judges the audio by what was recognised in it', () => {
    const script = { ...SCRIPT, steps: SCRIPT.steps.map((step) => (step.kind === 'expect-agent' ? { ...step, via: 'both' as const } : step)) };
    const hearing = (text: string, failure: string | null = null, ...unknown: string[]): Partial<CallOutcome> =>
      ({ ...CHECK, hearings: [{ startMs: 4000, endMs: 9000, text, failure, unknownWords: new Set(unknown) }] });
    expect(report({ script, outcome: hearing('your card is on the way') }).failures).to.deep.equal([]);
    expect(report({ script, outcome: hearing('your bill is on my desk') }).failures[0]).to.contain('in its audio was recognised "your bill is on my desk"');
    expect(report({ script, outcome: hearing('your is on way') }).failures).to.have.length(1);
    expect(report({ script, outcome: hearing('your is on way', null, 'card', 'its') }).failures, 'of the words that can be recognised').to.deep.equal([]);
    expect(report({ script, outcome: hearing('', null, 'your', 'card', 'is', 'on', 'its', 'way') }).failures).to.have.length(1);
    expect(report({ script, outcome: hearing('', 'speech-to-text/timeout') }).failures[0]).to.contain('could not be recognised: speech-to-text/timeout');
  });

  it('finds a regular expression in what was said', () => {
    const pattern = (text: string): CallScript => ({ ...SCRIPT, steps: SCRIPT.steps.map((step) => (step.kind === 'expect-agent' ? { ...step, wanted: { kind: 'pattern', pattern: text } } : step)) });
    expect(report({ script: pattern('^YOUR card'), outcome: CHECK }).failures).to.deep.equal([]);
    expect(report({ script: pattern('tomorrow'), outcome: CHECK }).failures[0]).to.contain('something like /tomorrow/');
  });

  it('holds each bound against what was measured', () => {
    const script = expecting({ greetingMsMax: 199, responseMsP50Max: 599, responseMsMax: 599, gapMsMax: 599, stopMsMax: 400 });
    expect(report({ script }).failures).to.deep.equal([
      'greeting (answer → first agent sound) took 200 ms, at most 199 ms expected',
      'median response (end of caller’s voice → first agent sound) took 600 ms, at most 599 ms expected',
      'slowest response took 600 ms, at most 599 ms expected',
      'slowest stop (interruption → last agent sound): there was none to measure, at most 400 ms expected',
      'longest silence while the agent was due took 600 ms, at most 599 ms expected',
    ]);
  });

  it('tells another end, other transfers and another cause', () => {
    const script = expecting({ endReason: 'transferred', transfers: ['person'], causeCode: 34 });
    expect(report({ script }).failures).to.deep.equal([
      'the call ended with cause 16, expected 34', 'the call ended as agent_hangup, expected transferred', 'transferred to nobody, expected person',
    ]);
  });

  it('minds each word that the gateway misheard', () => {
    const script = expecting({ heardExactly: true });
    const misheard = viewOf(...EVENTS.map((body) => (body.type === 'stt.transcribed' ? { ...body, text: 'where is my car' } : body)));
    expect(report({ script, view: misheard }).failures).to.deep.equal(['step 2 (a-call.yaml:11, say): the caller said "Where is my card?", the gateway heard "where is my car"']);
    const excused = { ...script, steps: script.steps.map((step) => (step.kind === 'say' ? { ...step, heard: { kind: 'any' as const } } : step)) };
    expect(report({ script: excused, view: misheard }).failures).to.deep.equal([]);
  });

  it('does not pass what it could not look at', () => {
    const script = expecting({ endReason: 'agent_hangup', heardExactly: true });
    const { failures } = report({ script, view: null, outcome: CHECK });
    expect(failures).to.have.length(3);
    for (const failure of failures) expect(failure).to.contain('--events DIR');
  });

  it('expects an answer unless told otherwise, and repeats what went otherwise than scripted', () => {
    const refused = { answeredAtMs: null, acts: [], agent: [], causeCode: 34 };
    expect(report({ outcome: refused }).failures).to.deep.equal(['the call was not answered (cause 34)']);
    expect(report({ outcome: refused, script: expecting({ answered: false, causeCode: 34 }) }).failures).to.deep.equal([]);
    expect(report({ script: expecting({ answered: false }) }).failures).to.deep.equal(['the call was answered and should not have been']);
    expect(report({ outcome: { faults: ['step 1: …'] } }).failures).to.deep.equal(['step 1: …']);
    expect(report({ outcome: { ...refused, faults: ['stopped'], abandoned: true } }).failures, 'of a call given up').to.deep.equal(['stopped']);
  });
});
