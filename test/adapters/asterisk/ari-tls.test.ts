import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { AriHttp } from '../../../src/adapters/asterisk/ari-http.js';
import { until } from '../../contract/telephony-scene.js';
import { codeOf } from '../../../src/application/ports/port-error.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER, FakeAri } from '../../support/servers/fake-ari.js';
import { TestAuthority } from '../../support/tls/certificates.js';
import { TlsFront } from '../../support/tls/tls-front.js';
import { APP, openTelephony, systemClock as clock } from './asterisk-world.js';

describe('ARI over TLS', function ariOverTls() {
  let ari: FakeAri;
  let authority: TestAuthority | null;
  let front: TlsFront;
  let tlsAuthority: string;

  before(async function prepare() {
    authority = await TestAuthority.create();
    if (authority === null) { this.skip(); return; } // no openssl on this machine
    tlsAuthority = await readFile(authority.ca, 'utf8');
  });
  after(async () => { await authority?.close(); });

  const open = async (names = 'IP:127.0.0.1'): Promise<string> => {
    ari = await FakeAri.start();
    front = await TlsFront.open(await authority!.sign('asterisk', names), Number(new URL(ari.url).port));
    return ari.url.replace('http:', 'https:').replace(/:\d+\//u, `:${front.port}/`);
  };
  afterEach(async () => {
    await front.close();
    await ari.close();
  });

  it('carries requests and events: a call is offered and hung up', async () => {
    const ariUrl = await open();
    const telephony = await openTelephony(ari, { ariUrl, tlsAuthority });
    const offers: string[] = [];
    telephony.onOffer((offer) => {
      offers.push(offer.leg.id);
      void offer.leg.hangUp('normal');
    });
    await until(() => telephony.ready, 'ready');
    const channel = ari.call(APP, {});
    await until(() => offers.length === 1 && !ari.world.channels.has(channel.id), 'offered and hung up');
    await telephony.close();
    expect(front.protocols.every((protocol) => protocol === 'TLSv1.3' || protocol === 'TLSv1.2')).to.equal(true);
    expect(front.protocols.length).to.be.greaterThan(1);
  });

  const failureWith = async (baseUrl: string, ca: string | null): Promise<string> => {
    const http = new AriHttp({ baseUrl, username: FAKE_ARI_USER, password: FAKE_ARI_PASSWORD, clock, tlsAuthority: ca });
    try {
      await http.request({ method: 'GET', path: 'asterisk/info', limitMs: 5000 });
      return 'answered';
    } catch (error) {
      return `${codeOf(error)}: ${(error as Error).message}`;
    } finally {
      http.close();
    }
  };

  it('says nothing to an Asterisk whose authority it does not know', async () => {
    expect(await failureWith(await open(), null)).to.match(/^telephony\/unavailable: .*(?:SELF_SIGNED|UNABLE_TO)/u);
    expect(ari.requests).to.deep.equal([]);
  });

  it('says nothing to one that is somebody else', async () => {
    expect(await failureWith(await open('DNS:other.example.com'), tlsAuthority)).to.match(/^telephony\/unavailable: .*ERR_TLS_CERT_ALTNAME_INVALID/u);
    expect(ari.requests).to.deep.equal([]);
  });
});
