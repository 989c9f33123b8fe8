import { expect } from 'chai';
import { readOffer, stasisArgsOf } from '../../../src/adapters/asterisk/offers.js';
import type { AriChannel } from '../../../src/adapters/asterisk/ari-schema.js';
import { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { legId } from '../../../src/domain/shared/ids.js';

const leg = new FakeCallLeg(legId('1'), 'incoming', false);
const channel = (fields: Partial<AriChannel> = {}): AriChannel => ({
  id: '1', name: 'PJSIP/carrier-a-0000001f', state: 'Ring', caller: { number: '+4930777', name: 'Ann' }, dialplan: { exten: 's', app_name: 'Stasis', app_data: '' }, ...fields,
});

describe('readOffer', () => {
  it('reads the arguments of our dialplan', () => {
    expect(readOffer(leg, channel(), ['did=+4930555', 'trunk=carrier-b', 'correlation=a-1.b_2', 'codec=g722'], 5)).to.deep.equal({
      leg, dialledNumber: '+4930555', callerNumber: '+4930777', callerName: 'Ann', trunk: 'carrier-b', correlationId: 'a-1.b_2', wideband: true, offeredAtMs: 5, answered: false,
    });
  });

  it('falls back to the channel when there are none', () => {
    const offer = readOffer(leg, channel({ dialplan: { exten: '4930555', app_name: 'Stasis', app_data: '' } }), [], 5);
    expect(offer).to.include({ dialledNumber: '4930555', trunk: 'carrier-a', correlationId: '', wideband: false });
  });

  it('knows no number for a caller who withholds it', () => {
    expect(readOffer(leg, channel({ caller: { number: 'anonymous', name: 'Anonymous' } }), [], 5)).to.include({ callerNumber: '', callerName: '' });
  });

  it('takes nothing that is not a number or a plain word', () => {
    expect(readOffer(leg, channel({ caller: { number: '1;2', name: 'x'.repeat(500) } }), ['did=12\n3', 'trunk=a b', 'correlation="; drop', 'codec', ''], 5))
      .to.include({ dialledNumber: '', callerNumber: '', callerName: '', trunk: 'carrier-a', correlationId: '', wideband: false });
  });

  it('tells wideband codecs from the others', () => {
    const isWideband = (codec: string): boolean => readOffer(leg, channel(), [`codec=${codec}`], 0).wideband;
    expect(['g722', 'opus', 'slin16', 'slin48', 'slin12'].map(isWideband)).to.deep.equal([true, true, true, true, true]);
    expect(['ulaw', 'alaw', 'slin', 'gsm', 'g729', ''].map(isWideband)).to.deep.equal([false, false, false, false, false, false]);
  });
});

describe('stasisArgsOf', () => {
  it('gives the arguments of a channel in the application', () => {
    expect(stasisArgsOf(channel({ dialplan: { exten: 's', app_name: 'Stasis', app_data: 'gw,did=1,trunk=t' } }), 'gw')).to.deep.equal(['did=1', 'trunk=t']);
    expect(stasisArgsOf(channel({ dialplan: { exten: 's', app_name: 'Stasis', app_data: 'gw' } }), 'gw')).to.deep.equal([]);
  });

  it('gives those of a call that was told to several gateways', () => {
    expect(stasisArgsOf(channel({ dialplan: { exten: 's', app_name: 'StasisBroadcast', app_data: '300,^gw,did=1:trunk=t' } }), 'gw')).to.deep.equal(['did=1', 'trunk=t']);
    expect(stasisArgsOf(channel({ dialplan: { exten: 's', app_name: 'StasisBroadcast', app_data: '' } }), 'gw')).to.deep.equal([]);
  });

  it('gives none for a channel elsewhere', () => {
    expect(stasisArgsOf(channel({ dialplan: { exten: 's', app_name: 'Stasis', app_data: 'gw2,did=1' } }), 'gw')).to.equal(undefined);
    expect(stasisArgsOf(channel({ dialplan: { exten: 's', app_name: 'Wait', app_data: 'gw' } }), 'gw')).to.equal(undefined);
  });
});
