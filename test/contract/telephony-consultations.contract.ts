import { expect } from 'chai';
import type { CallLeg, Consultation } from '../../src/application/ports/telephony.js';
import type { MediaLeg } from '../../src/application/ports/media-leg.js';
import { failure, has, NEVER, recorded, until, VOICE, type FarEnd, type TelephonyScene, type TelephonyTraits } from './telephony-scene.js';

const frame = (): Int16Array => new Int16Array(160);

/** The part of the contract of Telephony that is about people who are asked before a caller is connected to them. */
export function consultationsContract(scene: () => TelephonyScene, traits: TelephonyTraits): void {
  describe('a consultation', () => {
    let leg: CallLeg;
    let caller: FarEnd;
    let media: MediaLeg;

    beforeEach(async () => {
      ({ leg, farEnd: caller } = await scene().offered());
      await leg.answer(NEVER);
      media = await leg.openMedia(VOICE, NEVER);
    });

    const asked = async (number = '4930999011'): Promise<{ consultation: Consultation; person: FarEnd }> => {
      const outcome = leg.consult({ number, ringTimeoutMs: 20_000 }, NEVER);
      const person = await scene().world.nextDialled();
      person.picksUp();
      const answered = await outcome;
      if (answered.kind !== 'answered') throw new Error(`not answered: ${answered.reason}`);
      return { consultation: answered.consultation, person };
    };

    it('gives the line of the person who answers, with audio and keys of its own, while the caller stays with our media', async () => {
      const { consultation, person } = await asked();
      const events = recorded(consultation.leg);
      const personMedia = await consultation.leg.openMedia(VOICE, NEVER);
      expect([personMedia.play(frame()), media.play(frame())]).to.deep.equal([160, 160]);
      person.presses('1');
      await has(events, 'dtmf');
      expect(events.find(({ type }) => type === 'dtmf')).to.include({ digit: '1' });
      expect(leg.ended).to.equal(false);
      await consultation.leg.hangUp('normal');
    });

    it('connects the two, who then hang up together', async () => {
      const { consultation, person } = await asked();
      const events = [recorded(leg), recorded(consultation.leg)] as const;
      const personMedia = await consultation.leg.openMedia(VOICE, NEVER);
      expect(await consultation.connect(NEVER)).to.deep.equal({ kind: 'connected' });
      expect([personMedia.play(frame()), media.play(frame())]).to.deep.equal([0, 0]);
      expect(events[1].at(-1)).to.include({ type: 'ended', released: true });
      expect([leg.ended, person.isOver()]).to.deep.equal([false, false]);
      await consultation.leg.hangUp('normal'); // not ours any more: nothing happens
      person.hangsUp();
      await has(events[0], 'ended');
      expect(events[0].at(-1)).to.include({ released: false });
    });

    it('may be connected before its audio is opened, and ends with the caller', async () => {
      const { consultation, person } = await asked();
      expect(await consultation.connect(NEVER)).to.deep.equal({ kind: 'connected' });
      caller.hangsUp();
      await until(() => leg.ended && person.isOver(), 'both ended');
    });

    for (const [reason, causeCode] of [['busy', 17], ['rejected', 21], ['no-answer', 19], ['unreachable', 1]] as const) {
      it(`with somebody who is ${reason} fails, and somebody else can be asked`, async () => {
        const outcome = leg.consult({ number: '4930999012', ringTimeoutMs: 20_000 }, NEVER);
        (await scene().world.nextDialled()).hangsUp(causeCode);
        expect(await outcome).to.deep.equal({ kind: 'failed', reason, causeCode });
        expect(media.play(frame())).to.equal(160);
        const { consultation } = await asked('4930999013');
        expect(await consultation.connect(NEVER)).to.deep.equal({ kind: 'connected' });
      });
    }

    it('is over when the person hangs up: the caller has not noticed, and somebody else can be asked', async () => {
      const { consultation, person } = await asked();
      const events = recorded(consultation.leg);
      const personMedia = await consultation.leg.openMedia(VOICE, NEVER);
      person.hangsUp();
      await has(events, 'ended');
      expect(await consultation.connect(NEVER)).to.deep.equal({ kind: 'failed', reason: 'unreachable' });
      await consultation.leg.hangUp('normal');
      expect([personMedia.play(frame()), media.play(frame())]).to.deep.equal([0, 160]);
      await (await asked('4930999014')).consultation.leg.hangUp('normal');
    });

    it('is over when we hang the person up', async () => {
      const { consultation, person } = await asked();
      const personMedia = await consultation.leg.openMedia(VOICE, NEVER);
      await Promise.all([consultation.leg.hangUp('normal'), consultation.leg.hangUp('normal')]);
      await until(() => person.isOver(), 'the person is hung up');
      expect([consultation.leg.ended, leg.ended]).to.deep.equal([true, false]);
      expect([personMedia.play(frame()), media.play(frame())]).to.deep.equal([0, 160]);
      await (await asked('4930999015')).consultation.leg.hangUp('normal');
    });

    it('ends when the caller hangs up, whether it rings or somebody is being asked', async () => {
      const outcome = leg.consult({ number: '4930999016', ringTimeoutMs: 20_000 }, NEVER);
      await scene().world.nextDialled();
      caller.hangsUp();
      expect(await outcome).to.deep.equal({ kind: 'failed', reason: 'caller-gone' });
      ({ leg, farEnd: caller } = await scene().offered());
      await leg.answer(NEVER);
      const { consultation, person } = await asked('4930999017');
      await consultation.leg.openMedia(VOICE, NEVER);
      caller.hangsUp();
      await until(() => person.isOver() && consultation.leg.ended, 'the person is hung up');
      expect(await consultation.connect(NEVER)).to.include({ kind: 'failed' });
    });

    it('that is given up leaves the caller as before', async () => {
      const giveUp = new AbortController();
      const outcome = leg.consult({ number: '4930999018', ringTimeoutMs: 20_000 }, giveUp.signal);
      await scene().world.nextDialled();
      giveUp.abort();
      expect((await failure(outcome)).code).to.equal('telephony/aborted');
      expect(media.play(frame())).to.equal(160);
    });

    it('is one at a time', async () => {
      const { consultation } = await asked();
      expect((await failure(leg.consult({ number: '4930999019', ringTimeoutMs: 20_000 }, NEVER))).code).to.equal('telephony/transfer-in-progress');
      await consultation.leg.hangUp('normal');
    });

    if (traits.keepsTime) {
      it('that rings too long fails as no-answer', async () => {
        const outcome = leg.consult({ number: '4930999020', ringTimeoutMs: 500 }, NEVER);
        await scene().world.nextDialled();
        expect(await outcome).to.deep.equal({ kind: 'failed', reason: 'no-answer' });
      });
    }
  });

  describe('a transfer to a queue', () => {
    const SUPPORT = { kind: 'queue', context: 'transfers', queue: 'support', followMs: 60_000 } as const;

    it('hands the leg over when somebody of it takes the call', async () => {
      const { leg } = await scene().offered();
      const events = recorded(leg);
      await leg.answer(NEVER);
      const media = await leg.openMedia(VOICE, NEVER);
      await scene().world.onQueueTransfer(leg, 'taken');
      expect(await leg.transfer(SUPPORT, NEVER)).to.deep.equal({ kind: 'handed-over' });
      expect(events.at(-1)).to.include({ type: 'ended', released: true });
      await leg.hangUp('normal');
      expect(media.play(frame())).to.equal(0);
    });

    it('that has nobody gives the caller back to our media, and the leg goes on', async () => {
      const { leg, farEnd } = await scene().offered();
      const events = recorded(leg);
      await leg.answer(NEVER);
      const media = await leg.openMedia(VOICE, NEVER);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await scene().world.onQueueTransfer(leg, 'queue-empty');
        expect(await leg.transfer(SUPPORT, NEVER)).to.deep.equal({ kind: 'failed', reason: 'queue-empty' });
        expect(leg.ended).to.equal(false);
        expect(media.play(frame())).to.equal(160);
      }
      farEnd.hangsUp();
      await has(events, 'ended');
      expect(events.at(-1)).to.include({ released: false });
    });
  });
}
