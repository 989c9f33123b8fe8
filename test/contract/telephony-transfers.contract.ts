import { expect } from 'chai';
import { aRequest, failure, has, NEVER, recorded, types, VOICE, type TelephonyScene, type TelephonyTraits } from './telephony-scene.js';

/** The part of the contract of Telephony that is about transfers. */
export function transfersContract(scene: () => TelephonyScene, traits: TelephonyTraits): void {
  describe('a transfer', () => {
    it('to an extension hands the leg over', async () => {
      const { leg } = await scene().offered();
      const events = recorded(leg);
      await leg.answer(NEVER);
      const media = await leg.openMedia(VOICE, NEVER);
      scene().world.onExtensionTransfer(leg, true);
      expect(await leg.transfer({ kind: 'extension', context: 'transfers', extension: 'person' }, NEVER)).to.deep.equal({ kind: 'handed-over' });
      expect(events.at(-1)).to.include({ type: 'ended', released: true });
      await leg.hangUp('normal');
      expect(media.play(new Int16Array(160))).to.equal(0);
    });

    it('to an extension that does not exist leaves the caller with our media', async () => {
      const { leg } = await scene().offered();
      await leg.answer(NEVER);
      const media = await leg.openMedia(VOICE, NEVER);
      scene().world.onExtensionTransfer(leg, false);
      expect(await leg.transfer({ kind: 'extension', context: 'transfers', extension: 'nobody' }, NEVER)).to.deep.equal({ kind: 'failed', reason: 'unreachable' });
      expect(leg.ended).to.equal(false);
      expect(media.play(new Int16Array(160))).to.equal(160);
    });

    it('to a number connects when that answers, and both ends hang up together', async () => {
      const { leg } = await scene().offered();
      const events = recorded(leg);
      await leg.answer(NEVER);
      const media = await leg.openMedia(VOICE, NEVER);
      const transfer = leg.transfer({ kind: 'number', number: '+4930999002', ringTimeoutMs: 20_000 }, NEVER);
      const target = await scene().world.nextDialled();
      expect(media.play(new Int16Array(160))).to.equal(160); // while it rings the caller can be spoken to
      target.picksUp();
      expect(await transfer).to.deep.equal({ kind: 'connected' });
      expect(media.play(new Int16Array(160))).to.equal(0);
      expect(leg.ended).to.equal(false);
      target.hangsUp();
      await has(events, 'ended');
      expect(events.at(-1)).to.include({ released: false });
    });

    for (const [reason, causeCode] of [['busy', 17], ['rejected', 21], ['no-answer', 19], ['unreachable', 1]] as const) {
      it(`to a number that is ${reason} fails, and the caller is still with our media`, async () => {
        const { leg } = await scene().offered();
        await leg.answer(NEVER);
        const media = await leg.openMedia(VOICE, NEVER);
        const transfer = leg.transfer({ kind: 'number', number: '4930999003', ringTimeoutMs: 20_000 }, NEVER);
        (await scene().world.nextDialled()).hangsUp(causeCode);
        expect(await transfer).to.deep.equal({ kind: 'failed', reason, causeCode });
        expect(leg.ended).to.equal(false);
        expect(media.play(new Int16Array(160))).to.equal(160);
        const again = leg.transfer({ kind: 'number', number: '4930999004', ringTimeoutMs: 20_000 }, NEVER);
        (await scene().world.nextDialled()).picksUp();
        expect(await again).to.deep.equal({ kind: 'connected' });
      });
    }

    it('ends as caller-gone when the caller hangs up meanwhile', async () => {
      const { leg, farEnd } = await scene().offered();
      await leg.answer(NEVER);
      const transfer = leg.transfer({ kind: 'number', number: '4930999005', ringTimeoutMs: 20_000 }, NEVER);
      await scene().world.nextDialled();
      farEnd.hangsUp();
      expect(await transfer).to.deep.equal({ kind: 'failed', reason: 'caller-gone' });
    });

    it('that is given up leaves the caller as before', async () => {
      const { leg } = await scene().offered();
      await leg.answer(NEVER);
      const media = await leg.openMedia(VOICE, NEVER);
      const giveUp = new AbortController();
      const transfer = leg.transfer({ kind: 'number', number: '4930999006', ringTimeoutMs: 20_000 }, giveUp.signal);
      await scene().world.nextDialled();
      giveUp.abort();
      expect((await failure(transfer)).code).to.equal('telephony/aborted');
      expect(media.play(new Int16Array(160))).to.equal(160);
    });

    if (traits.keepsTime) {
      it('to a number that rings too long fails as no-answer', async () => {
        const { leg } = await scene().offered();
        await leg.answer(NEVER);
        const transfer = leg.transfer({ kind: 'number', number: '4930999007', ringTimeoutMs: 500 }, NEVER);
        await scene().world.nextDialled();
        expect(await transfer).to.deep.equal({ kind: 'failed', reason: 'no-answer' });
      });

      it('dials nothing but numbers', async () => {
        const { leg } = await scene().offered();
        for (const number of ['', '123&PJSIP/456', '123@evil', '123,30', '+', '12 3', '1\n2', 'sip:1@2', '${EXTEN}']) {
          expect((await failure(leg.transfer({ kind: 'number', number, ringTimeoutMs: 1000 }, NEVER))).kind, number).to.equal('rejected');
        }
        for (const [context, extension] of [['transfers', 'a,1)'], ['transfers', ''], ['a b', 'person'], ['transfers', 'person\n']] as const) {
          expect((await failure(leg.transfer({ kind: 'extension', context, extension }, NEVER))).kind, extension).to.equal('rejected');
        }
      });
    }
  });
}

/** The part of the contract of Telephony that is about outgoing calls. */
export function placedCallsContract(scene: () => TelephonyScene, traits: TelephonyTraits): void {
  describe('a call we place', () => {
    it('exists at once and reports ringing, announcements and the answer as what they are', async () => {
      const leg = await scene().telephony.originate(aRequest(), NEVER);
      const events = recorded(leg);
      const farEnd = await scene().world.nextDialled();
      farEnd.rings();
      await has(events, 'ringing');
      farEnd.announces();
      await has(events, 'early-media');
      expect(types(events)).to.deep.equal(['ringing', 'early-media']);
      farEnd.picksUp();
      await has(events, 'answered');
      expect(leg.id).to.equal('out-1');
      expect((await leg.openMedia(VOICE, NEVER)).sampleRateHz).to.equal(8000);
      await leg.hangUp('normal');
      expect(types(events)).to.deep.equal(['ringing', 'early-media', 'answered', 'ended']);
    });

    it('is not made twice', async () => {
      const leg = await scene().telephony.originate(aRequest(), NEVER);
      expect(await failure(scene().telephony.originate(aRequest(), NEVER))).to.include({ code: 'telephony/duplicate-leg', kind: 'rejected' });
      await leg.hangUp('normal');
      expect(await failure(scene().telephony.originate(aRequest(), NEVER))).to.include({ code: 'telephony/duplicate-leg' });
    });

    it('ends with the cause of a far end that is busy', async () => {
      const leg = await scene().telephony.originate(aRequest(), NEVER);
      const events = recorded(leg);
      (await scene().world.nextDialled()).hangsUp(17);
      await has(events, 'ended');
      expect(events).to.have.lengthOf(1);
      expect(events[0]).to.include({ causeCode: 17, lineCauseCode: 17, released: false });
    });

    it('cannot be answered by us', async () => {
      const leg = await scene().telephony.originate(aRequest(), NEVER);
      expect((await failure(leg.answer(NEVER))).code).to.equal('telephony/not-offered');
      await leg.hangUp('normal');
    });

    if (traits.keepsTime) {
      it('ends as not answered when it rings too long', async () => {
        const leg = await scene().telephony.originate(aRequest({ ringTimeoutMs: 500 }), NEVER);
        const events = recorded(leg);
        await has(events, 'ended');
        expect(events.at(-1)).to.include({ causeCode: 19 });
        expect(events.at(-1), 'it was we who gave up').not.to.have.property('lineCauseCode');
      });

      it('goes nowhere but to a number or a plain dial string', async () => {
        for (const destination of ['', 'Local/1@transfers', 'PJSIP/a&PJSIP/b', 'PJSIP/a,30', '12;34', 'PJSIP/${X}']) {
          expect((await failure(scene().telephony.originate(aRequest({ destination }), NEVER))).kind, destination).to.equal('rejected');
        }
      });
    }
  });
}
