import { expect } from 'chai';
import type { CallLeg } from '../../src/application/ports/telephony.js';
import { aRequest, failure, has, NEVER, recorded, TelephonyScene, types, until, VOICE, type TelephonyTraits, type TelephonyWorld } from './telephony-scene.js';
import { consultationsContract } from './telephony-consultations.contract.js';
import { placedCallsContract, transfersContract } from './telephony-transfers.contract.js';

/** What every Telephony promises, one test per sentence of the port. */
export function telephonyContract(open: () => Promise<TelephonyWorld>, traits: TelephonyTraits): void {
  let current: TelephonyScene;
  const scene = (): TelephonyScene => current;

  beforeEach(async () => { current = new TelephonyScene(await open()); });
  afterEach(async () => { expect(await current.end()).to.deep.equal([]); });

  describe('an offer', () => {
    it('says who calls whom, by which trunk, and what the edge in front gave with it', async () => {
      const { offer } = await scene().offered({ did: '+4930555002', callerNumber: '4930777123', trunk: 'carrier-a', correlation: 'edge-7' });
      const trunk = traits.cannotPlay?.has('trunks') === true ? 'trunk' : 'carrier-a';
      expect(offer).to.include({ dialledNumber: '+4930555002', callerNumber: '4930777123', trunk, correlationId: 'edge-7', wideband: false });
      expect(offer.offeredAtMs).to.be.a('number');
    });

    if (traits.cannotPlay?.has('wideband') !== true) {
      it('says whether the far end can do wideband', async () => {
        expect((await scene().offered({ wideband: true })).offer.wideband).to.equal(true);
      });
    }

    it('is refused with congestion when its handler throws, and the next one is offered all the same', async () => {
      const legs: CallLeg[] = [];
      scene().telephony.onOffer((offer) => {
        legs.push(offer.leg);
        throw new Error('no room');
      });
      scene().world.call();
      await until(() => legs[0]?.ended === true, 'refusal');
      expect(recorded(legs[0]!).at(-1)).to.include({ type: 'ended', causeCode: 34, released: false });
      scene().telephony.onOffer((offer) => { scene().offers.push(offer); });
      await scene().offered();
    });

    it('no longer reaches a handler that was cancelled', async () => {
      let heard = 0;
      const cancel = scene().telephony.onOffer(() => { heard += 1; });
      cancel();
      scene().telephony.onOffer((offer) => { scene().offers.push(offer); });
      await scene().offered();
      expect(heard).to.equal(0);
    });
  });

  describe('a leg', () => {
    it('is answered once, however often it is asked', async () => {
      const { leg } = await scene().offered();
      const events = recorded(leg);
      await Promise.all([leg.answer(NEVER), leg.answer(NEVER)]);
      await leg.answer(NEVER);
      expect(types(events)).to.deep.equal(['answered']);
    });

    it('tells the first listener what it missed, in order', async () => {
      const { leg, farEnd } = await scene().offered();
      const trigger = recorded(leg); // the listener that hears it live
      await leg.answer(NEVER);
      farEnd.presses('1');
      await has(trigger, 'dtmf');
      expect(types(trigger)).to.deep.equal(['answered', 'dtmf']);
      const late = await scene().offered();
      await late.leg.answer(NEVER);
      late.farEnd.hangsUp();
      await until(() => late.leg.ended, 'end');
      expect(types(recorded(late.leg))).to.deep.equal(['answered', 'ended']);
    });

    it('reports digits of the far end', async () => {
      const { leg, farEnd } = await scene().offered();
      const events = recorded(leg);
      await leg.answer(NEVER);
      const digits = (): string => events.map((event) => (event.type === 'dtmf' ? event.digit : '')).join('');
      for (const digit of ['5', '#', '*']) {
        farEnd.presses(digit);
        await until(() => digits().endsWith(digit), `digit ${digit}`);
      }
      expect(digits()).to.equal('5#*');
    });

    if (traits.cannotPlay?.has('hold') !== true) {
      it('reports that the far end holds the line, and returns', async () => {
        const { leg, farEnd } = await scene().offered();
        const events = recorded(leg);
        await leg.answer(NEVER);
        farEnd.holds();
        farEnd.resumes();
        await has(events, 'resumed');
        expect(types(events)).to.deep.equal(['answered', 'held', 'resumed']);
      });
    }

    it('sends digits to the far end, and nothing that is not a digit', async () => {
      const { leg, farEnd } = await scene().offered();
      await leg.answer(NEVER);
      await leg.sendDtmf('12#A', NEVER);
      await until(() => farEnd.digitsHeard() === '12#A', 'digits');
      expect((await failure(leg.sendDtmf('1;2', NEVER))).kind).to.equal('rejected');
      expect((await failure(leg.sendDtmf('', NEVER))).kind).to.equal('rejected');
    });

    it('ends once, with the cause of the far end, and says nothing afterwards', async () => {
      const { leg, farEnd } = await scene().offered();
      const events = recorded(leg);
      await leg.answer(NEVER);
      farEnd.hangsUp(31);
      await has(events, 'ended');
      await leg.hangUp('normal');
      expect(events.at(-1)).to.include({ type: 'ended', causeCode: 31, lineCauseCode: 31, released: false });
      expect(types(events).filter((type) => type === 'ended')).to.have.lengthOf(1);
      expect(leg.ended).to.equal(true);
    });

    it('is hung up with the cause given, once, and resolves when it is gone', async () => {
      const { leg } = await scene().offered();
      const events = recorded(leg);
      await Promise.all([leg.hangUp('busy'), leg.hangUp('normal')]);
      await leg.hangUp('rejected');
      expect(leg.ended).to.equal(true);
      expect(types(events)).to.deep.equal(['ended']);
      expect(events[0]).to.include({ causeCode: 17, released: false });
      expect(events[0], 'the far end gave none').not.to.have.property('lineCauseCode');
      expect(await scene().world.leftovers()).to.deep.equal([]);
    });

    it('that another process has is let go: our audio ends, and nothing that is asked of it reaches the caller any more', async () => {
      const { leg, farEnd } = await scene().offered();
      const events = recorded(leg);
      await leg.answer(NEVER);
      const media = await leg.openMedia(VOICE, NEVER);
      await Promise.all([leg.letGo(), leg.letGo()]);
      await leg.hangUp('normal');
      expect(types(events)).to.deep.equal(['answered', 'ended']);
      expect(events.at(-1)).to.include({ released: true });
      expect(media.play(new Int16Array(160))).to.equal(0);
      expect(await failure(leg.sendDtmf('1', NEVER))).to.include({ kind: 'not-found' });
      expect(farEnd.isOver(), 'the caller hung up').to.equal(false);
      farEnd.hangsUp();
    });

    it('that is gone answers everything with not-found', async () => {
      const { leg } = await scene().offered();
      await leg.hangUp('normal');
      for (const act of [leg.answer(NEVER), leg.openMedia(VOICE, NEVER), leg.sendDtmf('1', NEVER), leg.transfer({ kind: 'extension', context: 'transfers', extension: 'person' }, NEVER)]) {
        expect(await failure(act)).to.include({ code: 'telephony/not-found', kind: 'not-found' });
      }
    });

    it('does nothing for a signal that has aborted', async () => {
      const { leg } = await scene().offered();
      const events = recorded(leg);
      const over = AbortSignal.abort();
      for (const act of [leg.answer(over), leg.openMedia(VOICE, over), leg.sendDtmf('1', over)]) expect((await failure(act)).code).to.equal('telephony/aborted');
      expect(events).to.deep.equal([]);
    });
  });

  describe('media of a leg', () => {
    it('opens before or while the leg is answered', async () => {
      const { leg } = await scene().offered();
      const early = await scene().offered();
      const [media] = await Promise.all([leg.openMedia(VOICE, NEVER), leg.answer(NEVER)]);
      const earlyMedia = await early.leg.openMedia(VOICE, NEVER);
      expect([media.sampleRateHz, earlyMedia.sampleRateHz]).to.deep.equal([8000, 8000]);
    });

    it('opens once', async () => {
      const { leg } = await scene().offered();
      await leg.openMedia(VOICE, NEVER);
      expect((await failure(leg.openMedia(VOICE, NEVER))).code).to.equal('telephony/media-open');
    });

    it('becomes wideband when that is preferred and possible', async () => {
      const { leg } = await scene().offered({ wideband: true });
      const media = await leg.openMedia({ ...VOICE, preferredSampleRateHz: 16_000 }, NEVER);
      expect(media.sampleRateHz).to.equal(traits.wideband ? 16_000 : 8000);
    });

    it('is closed when the leg ends', async () => {
      const { leg, farEnd } = await scene().offered();
      const media = await leg.openMedia(VOICE, NEVER);
      farEnd.hangsUp();
      await until(() => leg.ended, 'end');
      await leg.hangUp('normal');
      expect(media.play(new Int16Array(160))).to.equal(0);
    });
  });

  transfersContract(scene, traits);
  consultationsContract(scene, traits);
  placedCallsContract(scene, traits);

  it('is not ready once closed, and may be closed twice', async () => {
    await scene().telephony.close();
    await scene().telephony.close();
    expect(scene().telephony.ready).to.equal(false);
    expect((await failure(scene().telephony.originate(aRequest(), NEVER))).kind).to.equal('unavailable');
  });
}
