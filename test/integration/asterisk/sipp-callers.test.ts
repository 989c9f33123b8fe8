import { expect } from 'chai';
import type { CallOffer } from '../../../src/application/ports/telephony.js';
import { NEVER, recorded, types, until, VOICE } from '../../contract/telephony-scene.js';
import { CALLER_CODECS, runSipp, SippCall, type CallerCodec } from '../../support/sipp/run-sipp.js';
import { AsteriskLine, type Adapter } from './asterisk-line.js';

describe('The gateway with SIPp callers on a real Asterisk', () => {
  let line: AsteriskLine;
  let gateway: Adapter;

  before(async () => { line = await AsteriskLine.open(); });
  beforeEach(async () => { gateway = await line.gateway(); });
  afterEach(async () => {
    await gateway.telephony.close();
    expect(await line.asterisk.untilIdle(10_000)).to.deep.equal({ channels: 0, bridges: 0, rtpSockets: 0 });
    expect(gateway.logger.messages('error')).to.deep.equal([]);
  });
  after(async () => { await line.close(); });

  const nextOffer = (): Promise<CallOffer> => new Promise((resolve) => { gateway.telephony.onOffer(resolve); });
  const sipp = { did: '4930555001' } as const;

  it('hears that a caller holds the line, and returns', async () => {
    const offered = nextOffer();
    const caller = runSipp('hold', { ...sipp, sipPort: line.asterisk.sipPort, pauseMs: 300 });
    const { leg } = await offered;
    const events = recorded(leg);
    await Promise.all([leg.answer(NEVER), leg.openMedia(VOICE, NEVER)]);
    expect(await caller).to.include({ ok: true });
    await until(() => leg.ended, 'end');
    await leg.hangUp('normal');
    expect(types(events)).to.deep.equal(['answered', 'held', 'resumed', 'ended']);
  });

  for (const codec of Object.keys(CALLER_CODECS) as CallerCodec[]) {
    it(`says of a caller with ${codec} whether he can do wideband`, async () => {
      const offered = nextOffer();
      const caller = runSipp('talk', { ...sipp, sipPort: line.asterisk.sipPort, codec, pauseMs: 100, correlationId: 'edge-1' });
      const offer = await offered;
      expect(offer).to.include({ wideband: codec === 'g722', correlationId: 'edge-1', dialledNumber: '4930555001' });
      await Promise.all([offer.leg.answer(NEVER), offer.leg.openMedia(VOICE, NEVER)]);
      expect(await caller).to.include({ ok: true });
      await until(() => offer.leg.ended, 'end');
      await offer.leg.hangUp('normal');
    });
  }

  it('is told when a caller gives up while it rings', async () => {
    const offered = nextOffer();
    const caller = runSipp('cancel', { ...sipp, sipPort: line.asterisk.sipPort });
    const { leg } = await offered;
    const events = recorded(leg);
    const opening = leg.openMedia(VOICE, NEVER).catch(() => undefined); // early media, perhaps in the middle of it
    expect(await caller).to.include({ ok: true });
    await until(() => leg.ended, 'end');
    await opening;
    await leg.hangUp('normal');
    expect(types(events)).to.deep.equal(['ended']);
  });

  it('ends a call whose caller has vanished when we hang up', async () => {
    const offered = nextOffer();
    const caller = await SippCall.start('talk', { ...sipp, sipPort: line.asterisk.sipPort, pauseMs: 20_000 });
    const { leg } = await offered;
    await Promise.all([leg.answer(NEVER), leg.openMedia(VOICE, NEVER)]);
    await caller.remoteRtpPort();
    await caller.stop();
    await leg.hangUp('normal');
    expect(await line.leftOver()).to.deep.equal([]);
  });
});
