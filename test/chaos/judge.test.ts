import { expect } from 'chai';
import type { LedgerEvent } from '../support/chaos/event-ledger.js';
import type { Trouble } from './contract.js';
import { judge } from './judge.js';
import type { CallSeen, RoundSeen } from './round.js';

const REDIS: Trouble = { dependency: 'redis', fault: 'hang' };
const ARI: Trouble = { dependency: 'ari-rest', fault: 'refuse' };
const AGENT: Trouble = { dependency: 'orchestrator', fault: 'refuse' };

const turn = (sequence: number, source: string): LedgerEvent => ({ id: `e${sequence}`, type: 'turn.completed', callId: 'c', sequence, stream: 'log', data: { source } });
const AGENT_TURNS = [turn(1, 'greeting'), turn(2, 'agent'), turn(3, 'agent')];
const story = (reason: string, events = AGENT_TURNS, faults: readonly string[] = []): CallSeen['story'] => ({ callId: 'c', events, repetitions: 0, endReasons: [reason], faults });

function call(phase: CallSeen['phase'], deviations: Partial<CallSeen> = {}): CallSeen {
  return {
    phase, answeredMs: phase === 'ringing' ? 100 : -5000, heardMs: 2000, replyMs: phase === 'listening' ? 700 : null,
    replyAfterMs: 700, fate: 'on the line', releaseCause: '', story: story('caller_hangup'), ...deviations,
  };
}

function round(deviations: Partial<RoundSeen> = {}, calls: readonly CallSeen[] = [call('ringing'), call('listening'), call('speaking')]): RoundSeen {
  return {
    calls, lastedMs: 3000, hits: 3, readiness: [200, 200], readyAgainMs: 50, readinessAfter: [200], idleMs: 200, left: '',
    process: { eventLoopDelayMs: { p50: 1, p99: 5, max: 20 } } as RoundSeen['process'], rssGrowthMb: 3, timersMore: 0, moved: true, ...deviations,
  };
}

const failed = (trouble: Trouble, seen: RoundSeen): readonly string[] => judge(trouble, seen).filter(({ ok }) => !ok).map(({ phase }) => phase);

describe('The judge of the chaos suite', () => {
  it('passes a round in which all went as promised', () => {
    expect(judge(REDIS, round()).map(({ name, ok }) => [name, ok])).to.deep.equal([['redis hang ringing', true], ['redis hang listening', true], ['redis hang speaking', true]]);
    expect(failed(ARI, round({ readiness: [200, 503] }))).to.deep.equal([]);
  });

  const gateways: Readonly<Record<string, Partial<RoundSeen>>> = {
    'a fault that nothing met': { hits: 0 }, 'readiness that went away with Redis': { readiness: [200, 503] }, 'a health page that did not answer': { readiness: [null] },
    'a gateway that is not ready again': { readyAgainMs: null }, 'one that is, but not for long': { readinessAfter: [200, 503] }, 'leftovers': { idleMs: null, left: '1 bridges' },
    'a metric that did not move': { moved: false }, 'a blocked main thread': { process: { eventLoopDelayMs: { p50: 1, p99: 101, max: 300 } } as RoundSeen['process'] },
    'memory that grew': { rssGrowthMb: 65 }, 'timers left over': { timersMore: 6 },
  };
  for (const [what, deviation] of Object.entries(gateways)) {
    it(`fails every case of a round with ${what}`, () => {
      expect(failed(REDIS, round(deviation))).to.deep.equal(['ringing', 'listening', 'speaking']);
    });
  }

  it('fails a gateway that stays ready without Asterisk', () => {
    expect(failed(ARI, round())).to.have.length(3);
  });

  const calls: Readonly<Record<string, CallSeen>> = {
    'nobody was told of': call('ringing', { story: null }), 'was never answered': call('ringing', { answeredMs: null }), 'was answered only after the fault': call('ringing', { answeredMs: 3500 }),
    'got no reply meanwhile': call('listening', { replyMs: null }), 'got a late reply': call('listening', { replyMs: 4500 }), 'fell silent': call('speaking', { heardMs: 500 }),
    'was dropped': call('speaking', { fate: 'released', releaseCause: '16', story: story('media_lost') }), 'was handed over without need': call('listening', { fate: 'handed-over', story: story('transferred') }),
    'does not go on': call('listening', { replyAfterMs: null }), 'ended for another reason': call('speaking', { story: story('time_limit') }),
    'lost an event': call('speaking', { story: story('caller_hangup', AGENT_TURNS, ['2 is missing']) }),
    'was answered by an apology': call('speaking', { story: story('caller_hangup', [...AGENT_TURNS, turn(4, 'fallback')]) }),
    'was answered too seldom': call('listening', { story: story('caller_hangup', AGENT_TURNS.slice(0, 2)) }),
  };
  for (const [what, seen] of Object.entries(calls)) {
    it(`fails the case of a call that ${what}, and no other`, () => {
      expect(failed(REDIS, round({}, [call('ringing'), call('listening'), call('speaking')].map((good) => (good.phase === seen.phase ? seen : good))))).to.deep.equal([seen.phase]);
    });
  }

  it('lets a caller be refused when Asterisk is away longer than setting up may take, and not before', () => {
    const refused = call('ringing', { answeredMs: null, heardMs: 0, fate: 'released', releaseCause: '34', replyAfterMs: null, story: story('setup_failed', []) });
    const seen = (lastedMs: number): RoundSeen => round({ readiness: [503], lastedMs }, [refused]);
    expect(failed(ARI, seen(6000))).to.deep.equal([]);
    expect(failed(ARI, seen(3000))).to.deep.equal(['ringing']);
    expect(failed(ARI, { ...seen(6000), calls: [{ ...refused, releaseCause: '16' }] }), 'as if somebody had hung up').to.deep.equal(['ringing']);
  });

  it('lets a caller be handed over when the agent is away, who has heard something', () => {
    const handedOver = call('listening', { fate: 'handed-over', replyAfterMs: null, story: story('transferred', []) });
    expect(failed(AGENT, round({}, [handedOver]))).to.deep.equal([]);
    expect(failed(AGENT, round({}, [{ ...handedOver, heardMs: 0 }]))).to.deep.equal(['listening']);
    expect(failed(AGENT, round({}, [{ ...handedOver, story: story('agent_failed', []) }]))).to.deep.equal(['listening']);
  });
});
