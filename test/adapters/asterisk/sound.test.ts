import { expect } from 'chai';
import { RtpMediaPlane } from '../../../src/adapters/media/rtp-media-plane.js';
import type { CallOffer } from '../../../src/application/ports/telephony.js';
import { NEVER, until, VOICE } from '../../contract/telephony-scene.js';
import { UdpRtpPeer } from '../../support/servers/fake-rtp-peer.js';
import { APP, openAsteriskWorld } from './asterisk-world.js';

const LOUD_ULAW = 0x80;

describe('A call over a fake Asterisk that sends and receives packets', () => {

  it('carries sound both ways through the real media plane', async () => {
    const plane = await RtpMediaPlane.open({ bindHost: '127.0.0.1', port: 0, io: 'auto', maxLegs: 4, workerModule: new URL('../../../src/composition/media-worker.js', import.meta.url) }, NEVER);
    const peers: UdpRtpPeer[] = [];
    const openRtpPeer = async (request: { externalHost: string }): Promise<UdpRtpPeer> => {
      const peer = await UdpRtpPeer.open(request);
      peers.push(peer);
      return peer;
    };
    const world = await openAsteriskWorld({ openRtpPeer }, { media: { plane, advertisedHost: '127.0.0.1', mediaTimeoutMs: 10_000 } });
    try {
      const offered = new Promise<CallOffer>((resolve) => { world.telephony.onOffer(resolve); });
      world.ari.call(APP);
      const { leg } = await offered;
      const media = await leg.openMedia(VOICE, NEVER);
      let loudest = 0;
      media.onAudio((samples) => { for (const sample of samples) loudest = Math.max(loudest, Math.abs(sample)); });
      peers[0]!.say(Buffer.alloc(1600, LOUD_ULAW));
      media.play(new Int16Array(1600).fill(8000));
      await until(() => loudest > 30_000 && peers[0]!.received.some((payload) => payload.some((byte) => byte !== 0xff && byte !== 0x7f)), 'sound on both ends');
      await leg.hangUp('normal');
      expect(world.ari.leftovers).to.deep.equal({ channels: [], bridges: [] });
    } finally {
      await world.close();
      await plane.close();
    }
  });
});
