import { expect } from 'chai';
import * as fc from 'fast-check';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { text, wait } from '../../support/fakes/scripted-agent.js';
import { mediaOf, Switchboard } from './switchboard.js';

/** Moments of a call at which a caller may leave. Each returns when the moment has come. */
const MOMENTS: Readonly<Record<string, (board: Switchboard) => Promise<FakeCallLeg>>> = {
  'in the same instant as it rings': (board) => Promise.resolve(board.rings()),
  'while the tenant is looked up': async (board) => {
    const find = board.tenants.findByDid.bind(board.tenants);
    board.tenants.findByDid = async (...args) => { await delay(board, 500); return find(...args); };
    const leg = board.rings();
    await board.clock.run(100);
    return leg;
  },
  'while media is being opened': async (board) => {
    const leg = board.rings();
    const open = leg.openMedia.bind(leg);
    leg.openMedia = async (...args) => { await delay(board, 500); return open(...args); };
    await board.clock.run(100);
    return leg;
  },
  'while it is being answered': async (board) => {
    const leg = board.rings();
    const answer = leg.answer.bind(leg);
    leg.answer = async (...args) => { await delay(board, 500); return answer(...args); };
    await board.clock.run(100);
    return leg;
  },
};

/** And those after the answer. */
const TALK_MOMENTS: typeof MOMENTS = {
  'during the greeting': async (board) => { const leg = board.rings(); await board.clock.run(300); return leg; },
  'while the agent is still being opened': async (board) => {
    board.agent.open = (_request, signal) => new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(new Error('aborted')); }); });
    const leg = board.rings();
    await board.clock.run(400);
    return leg;
  },
  'while they are silent': (board) => board.greeted(),
  'in mid word': async (board) => {
    const leg = await board.greeted();
    mediaOf(leg).hearVoice(2000);
    await board.clock.run(500);
    return leg;
  },
  'while their words are being recognised': async (board) => {
    const leg = await board.greeted();
    mediaOf(leg).hearVoice(500);
    await board.clock.run(1200);
    expect(board.speechToText.stream.acts.at(-1)).to.equal('end');
    return leg;
  },
  'while the agent thinks': async (board) => {
    const leg = await board.greeted();
    await board.says(leg, 'think');
    return leg;
  },
  'during the filler': async (board) => {
    const leg = await board.greeted();
    await board.says(leg, 'think');
    await board.clock.run(1800);
    expect(board.textToSpeech.texts.at(-1)).to.equal('One moment, please.');
    return leg;
  },
  'while the first sentence is being rendered': async (board) => {
    const leg = await board.greeted();
    board.textToSpeech.msPerWord = null;
    await board.says(leg, 'talk');
    await board.clock.run(100);
    return leg;
  },
  'while the agent speaks': async (board) => {
    const leg = await board.greeted();
    await board.says(leg, 'talk');
    await board.clock.run(600);
    expect(mediaOf(leg).playoutPending).to.be.greaterThan(0);
    return leg;
  },
  'in the middle of typing': async (board) => {
    const leg = await board.greeted();
    leg.farEnd.presses('1');
    await board.clock.run(100);
    return leg;
  },
  'during a transfer': async (board) => {
    const leg = await board.greeted();
    await board.says(leg, 'transfer');
    await board.clock.run(1500);
    expect(leg.transfers).to.have.length(1);
    return leg;
  },
  'during the last goodbye': async (board) => {
    const leg = await board.greeted();
    for (const call of board.registry.list()) call.windUp();
    await board.clock.run(40);
    return leg;
  },
};

async function delay(board: Switchboard, ms: number): Promise<void> {
  await new Promise<void>((resolve) => { board.clock.after(ms, resolve); });
}

function aBoard(): Switchboard {
  return new Switchboard({
    agent: {
      replies: [(turn) => {
        const said = turn.input.kind === 'speech' ? turn.input.text : '';
        if (said === 'think') return [wait(5000), text('Well.')];
        if (said === 'transfer') return [text('I put you through.'), { type: 'transfer', target: { kind: 'number', number: '+15550199' } }];
        return [text('Your card is on its way and it will arrive on Monday at the latest. '), wait(3000), text('Anything else?')];
      }],
    },
  });
}

describe('a caller who hangs up', () => {
  for (const [moment, reach] of Object.entries(MOMENTS)) {
    it(`${moment} leaves nothing behind`, async () => {
      const board = aBoard();
      const leg = await reach(board);
      leg.farEnd.hangsUp();
      await board.clock.run(1000);
      await board.expectReleased(leg, 'abandoned');
      expect(board.types()).to.deep.equal(['call.started', 'call.ended']);
    });
  }

  for (const [moment, reach] of Object.entries(TALK_MOMENTS)) {
    it(`${moment} leaves nothing behind`, async () => {
      const board = aBoard();
      const leg = await reach(board);
      leg.farEnd.hangsUp();
      await board.expectReleased(leg, 'caller_hangup');
      const events = board.publisher.events.length;
      await board.clock.run(60_000);
      expect(board.publisher.events, 'events after the end').to.have.length(events);
      expect(board.log.lines.filter((line) => line.level === 'warn' || line.level === 'error')).to.deep.equal([]);
    });
  }

  it('at any other moment leaves nothing behind either', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 9000 }), fc.constantFrom('talk', 'think', 'transfer'), async (atMs, text) => {
      const board = aBoard();
      const leg = board.rings();
      board.clock.after(1600, () => { leg.media?.hearVoice(700); });
      board.clock.after(3000, () => { if (!board.speechToText.stream.closed) board.speechToText.stream.final(text); });
      board.clock.after(4200, () => { if (!leg.ended) leg.farEnd.presses('5'); });
      await board.clock.run(atMs);
      leg.farEnd.hangsUp();
      await board.clock.run(Math.max(0, 4200 - atMs)); // the test's own timers
      const answered = board.types().includes('call.answered');
      await board.expectReleased(leg, answered ? 'caller_hangup' : 'abandoned');
    }), { numRuns: 30 });
  });

  it('while the agent speaks leaves on record what they heard of it', async () => {
    const board = aBoard();
    const leg = await board.greeted();
    await board.says(leg, 'talk');
    await board.clock.run(600);
    leg.farEnd.hangsUp();
    await board.clock.settle();
    const turn = board.of('turn.completed').at(-1);
    expect(turn).to.include({ source: 'agent', turnIndex: 1, interrupted: true });
    expect(turn?.said).to.match(/^Your card is on its way/u);
    expect(turn?.heard).to.not.equal('');
    expect(turn?.said.startsWith(turn.heard), `heard: ${String(turn?.heard)}`).to.equal(true);
    expect(turn?.latency?.totalMs, 'latency of the turn').to.be.a('number');
    expect(board.publisher.events.at(-1)?.body.type).to.equal('call.ended');
  });

  it('is recorded as such in shared state', async () => {
    const board = aBoard();
    const leg = await board.greeted();
    leg.farEnd.hangsUp();
    await board.clock.settle();
    expect(await board.record()).to.include({ state: 'ended', endReason: 'caller_hangup' });
    expect(board.metrics.value('calls_total', { result: 'success' })).to.equal(1);
  });
});

describe('a call that cannot be set up', () => {
  const broken = new PortError('no', { code: 'telephony/unavailable', kind: 'unavailable' });

  for (const method of ['openMedia', 'answer'] as const) {
    it(`because ${method} fails is refused with congestion`, async () => {
      const board = aBoard();
      const leg = board.rings();
      leg.failures[method] = broken;
      await board.clock.run(100);
      expect(board.hangUps.get(leg)).to.deep.equal(['congestion']);
      await board.expectReleased(leg, 'setup_failed');
    });
  }

  it('because an answer never comes is refused after five seconds', async () => {
    const board = aBoard();
    const leg = board.rings();
    leg.answer = () => new Promise(() => undefined); // ignores its signal as well
    await board.clock.run(4999);
    expect(board.endReason).to.equal(undefined);
    await board.clock.run(1);
    await board.expectReleased(leg, 'setup_failed');
  });

  it('because the caller is gone was abandoned', async () => {
    const board = aBoard();
    const leg = board.rings();
    leg.failures.answer = new PortError('gone', { code: 'telephony/not-found', kind: 'not-found' });
    await board.clock.run(100);
    await board.expectReleased(leg, 'abandoned');
    expect(board.log.messages('warn'), 'no fault of anybody').to.deep.equal([]);
  });
});
