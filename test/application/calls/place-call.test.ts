import { expect } from 'chai';
import { PortError } from '../../../src/application/ports/port-error.js';
import { isPlacingRefusal } from '../../../src/domain/outbound/placing.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { asked, boardFor, expectNothingHeld, LIMITS, OUTBOUND, placed, refused, TENANT, TO } from './outbound-board.js';
import { mediaOf } from './switchboard.js';

describe('PlaceCall', () => {
  const signal = new AbortController().signal;

  describe('a call that is placed', () => {
    it('rings under one of the tenant\'s numbers, dialled as our own E.164, with a leg named after the call', async () => {
      const board = boardFor();
      const { placing: { call, repeated } } = await placed(board, { to: '030 12345678', metadata: { order: '7' }, ringTimeoutMs: 20_000 });
      expect(board.telephony.originations).to.deep.equal([{
        legId: call.callId, destination: TO, callerNumber: '5551000', ringTimeoutMs: 20_000, durationMaxMs: 30 * 60_000, correlationId: call.callId,
      }]);
      expect(repeated).to.equal(false);
      expect(call).to.deep.include({ state: 'ringing', direction: 'outbound', calleeNumber: TO, callerNumber: '5551000', channelId: call.callId, agentId: 'card-delivery' });
      expect(call.metadata).to.deep.equal({ order: '7', trunk: '', correlationId: call.callId, pbx: 'pbx-1' });
      await board.clock.settle();
      expect(board.of('call.started')[0]).to.deep.include({ direction: 'outbound', callerNumber: '5551000', calleeNumber: TO, agentId: 'card-delivery' });
    });

    it('has no card number in what is kept with it, nor a digest of one with its key', async () => {
      const board = boardFor();
      const fingerprints: string[] = [];
      const claim = board.keys.claim.bind(board.keys);
      board.keys.claim = (key, request, limit) => { fingerprints.push(request.fingerprint); return claim(key, request, limit); };
      const metadata = { order: '7', card: '4111 1111 1111 1111', note: 'pays with 5555555555554444 today' };
      const { placing: { call } } = await placed(board, { metadata, idempotencyKey: 'order-7' });
      await board.clock.settle();
      for (const left of [JSON.stringify(call), JSON.stringify(await board.record()), fingerprints.join()]) expect(left).to.include('"7"').and.not.to.match(/4111 1111|55555555/u);
      expect(fingerprints).to.have.lengthOf(1);
      const again = await asked(board, { metadata, idempotencyKey: 'order-7' });
      expect(isPlacingRefusal(again) ? again.refused : again.repeated, 'the same request').to.equal(true);
    });

    it('has its conversation opened while it rings, and greets as soon as it is answered', async () => {
      const board = boardFor();
      const { leg } = await placed(board);
      leg.farEnd.rings();
      leg.farEnd.announces();
      await board.clock.run(8000);
      expect(board.agent.opened).to.have.lengthOf(1);
      expect(board.agent.opened[0]).to.include({ direction: 'outbound', callerNumber: '5551000', calleeNumber: TO });
      expect(board.types(), 'early media is no answer').to.deep.equal(['call.started']);
      expect(leg.media, 'nobody listens before the answer').to.equal(undefined);
      leg.farEnd.picksUp();
      await board.clock.run(1500);
      expect(board.of('call.answered')).to.deep.equal([{ type: 'call.answered', setupMs: 8000 }]);
      expect(board.textToSpeech.texts[0]).to.equal('Welcome to North Bank. How can I help you?');
      expect(mediaOf(leg).closed).to.equal(false);
      expect((await board.record()).state).to.equal('active');
      leg.farEnd.hangsUp();
      await board.expectReleased(leg, 'caller_hangup');
      expect(board.metrics.value('calls_total', { direction: 'outbound', reason: 'caller_hangup' })).to.equal(1);
      await expectNothingHeld(board);
    });

    it('holds its conversation like one that came in', async () => {
      const board = boardFor();
      const { leg } = await placed(board);
      leg.farEnd.picksUp();
      await board.clock.run(1500);
      await board.says(leg, 'who is there');
      await board.clock.run(1500);
      expect(board.agent.turns[0]!.input).to.include({ kind: 'speech', text: 'who is there' });
      leg.farEnd.hangsUp();
      await board.expectReleased(leg, 'caller_hangup');
    });

    it('is booked with the time it was talked', async () => {
      const board = boardFor();
      const { leg } = await placed(board);
      await board.clock.run(10_000);
      leg.farEnd.picksUp();
      await board.clock.run(90_000);
      leg.farEnd.hangsUp();
      await board.clock.settle();
      const { talkedTodayMs, concurrent } = await board.quota.use(TENANT, signal);
      expect(concurrent).to.equal(0);
      expect(talkedTodayMs).to.equal(90_000);
    });

    it('keeps its reservation as long as it lasts', async () => {
      // The reservation would end by itself after a minute.
      const board = boardFor({ tenant: { outbound: { ...OUTBOUND, limits: { ...LIMITS, concurrentMax: 1 } } }, profile: { turnPolicy: { callerSilenceMs: 600_000 } } });
      const { leg } = await placed(board);
      leg.farEnd.picksUp();
      for (let minutes = 0; minutes < 3; minutes += 1) {
        await board.clock.run(60_000);
        expect(await refused(board, { to: '+493012345679' })).to.equal('quota-concurrent');
      }
      leg.farEnd.hangsUp();
      await expectNothingHeld(board);
    });
  });

  describe('a call that nobody answers', () => {
    for (const [cause, reason] of [[17, 'busy'], [18, 'no_answer'], [19, 'no_answer'], [21, 'rejected'], [1, 'unreachable'], [34, 'unreachable'], [16, 'unreachable']] as const) {
      it(`for the cause ${cause} ends with ${reason}`, async () => {
        const board = boardFor();
        const { leg } = await placed(board);
        await board.clock.run(1000);
        leg.farEnd.hangsUp(cause);
        await board.expectReleased(leg, reason);
        expect(board.of('call.ended')[0]).to.include({ result: 'client_error', turns: 0 });
        expect(board.of('call.ended')[0]?.cause?.code, 'operators can see why').to.equal(cause);
        expect(board.log.lines.find(({ message }) => message === 'call ended')?.fields).to.include({ causeCode: cause });
        expect(board.textToSpeech.texts, 'nobody is spoken to').to.deep.equal([]);
        await expectNothingHeld(board);
      });
    }

    for (const { how, end, reason } of [
      { how: 'it rang too long for us', end: (leg: FakeCallLeg) => { leg.ringsTooLong(); }, reason: 'no_answer' },
      { how: 'the PBX lost it', end: (leg: FakeCallLeg) => { leg.vanish(); }, reason: 'unreachable' },
    ] as const) {
      it(`because ${how} tells no cause: the line gave none`, async () => {
        const board = boardFor();
        const { leg } = await placed(board);
        await board.clock.run(1000);
        end(leg);
        await board.expectReleased(leg, reason);
        expect(board.of('call.ended')[0]).not.to.have.property('cause');
        expect(board.log.lines.find(({ message }) => message === 'call ended')?.fields).not.to.have.property('causeCode');
        await expectNothingHeld(board);
      });
    }

    it('because it was busy before it could be listened to', async () => {
      const board = boardFor();
      const originate = board.telephony.originate.bind(board.telephony);
      board.telephony.originate = async (...args) => { const leg = await originate(...args); leg.farEnd.hangsUp(17); return leg; };
      const placing = await asked(board);
      expect(isPlacingRefusal(placing) ? placing.refused : placing.call.state).to.equal('ended');
      await board.expectReleased(board.telephony.legs[0]!, 'busy');
      await expectNothingHeld(board);
    });

    it('is given up by us when the node must end, without a word', async () => {
      const board = boardFor();
      const { leg } = await placed(board);
      await board.clock.run(1000);
      board.registry.windUpAll();
      await board.expectReleased(leg, 'drained');
      expect(leg.releasedWith).to.equal('normal');
      expect(board.textToSpeech.texts).to.deep.equal([]);
    });

    it('is given up when the agent cannot be had: nobody is called to hear an apology', async () => {
      const board = boardFor();
      board.agent.open = () => Promise.reject(new PortError('away', { code: 'agent/unavailable', kind: 'unavailable' }));
      const { leg } = await placed(board);
      await board.expectReleased(leg, 'agent_failed');
      await expectNothingHeld(board);
    });
  });

  describe('the longest call', () => {
    it('ends with a goodbye that is over within the limit', async () => {
      const board = boardFor({ tenant: { outbound: { ...OUTBOUND, limits: { ...LIMITS, callDurationMaxMs: 60_000 } } }, profile: { turnPolicy: { callerSilenceMs: 120_000 } } });
      const { leg } = await placed(board);
      leg.farEnd.picksUp();
      await board.clock.run(39_900);
      expect(board.textToSpeech.texts).not.to.include('Goodbye.');
      await board.clock.run(20_100);
      expect(board.textToSpeech.texts).to.include('Goodbye.');
      await board.expectReleased(leg, 'time_limit');
    });

    it('counts while a person talks with the callee too', async () => {
      const board = boardFor({ tenant: { outbound: { ...OUTBOUND, limits: { ...LIMITS, callDurationMaxMs: 60_000 } } }, agent: { replies: [[{ type: 'transfer', target: { kind: 'number', number: '+15551234' } }]] } });
      const { leg } = await placed(board);
      leg.farEnd.picksUp();
      leg.transferOutcome = { kind: 'connected' };
      await board.clock.run(1500);
      await board.says(leg, 'a person please');
      await board.clock.run(60_000);
      await board.expectReleased(leg, 'time_limit');
    });
  });
});
