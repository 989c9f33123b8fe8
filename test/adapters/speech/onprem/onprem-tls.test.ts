import { readFile } from 'node:fs/promises';
import { ServerCredentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import type { GrpcServerSettings } from '../../../../src/adapters/grpc/grpc-connections.js';
import { OnpremServer } from '../../../support/servers/speech/onprem-server.js';
import { recogniseOnce, speakOnce } from '../../../support/speech/provider-outcome.js';
import { type CertificateFiles, TestAuthority } from '../../../support/tls/certificates.js';
import { until } from '../../../support/until.js';
import { detector, recogniser, settingsOf, VOICE, voices } from './onprem-world.js';

describe('a speech server of one\'s own behind mTLS', function () {
  const made: TestAuthority[] = [];
  let authority: TestAuthority;
  let stranger: TestAuthority;
  let client: CertificateFiles;
  let named: CertificateFiles;
  let server: OnpremServer;
  const secured = (over: Partial<GrpcServerSettings> = {}): GrpcServerSettings => settingsOf(server, { url: `grpcs://${server.authority}`, ca: authority.ca, ...client, ...over });
  const credentialsOf = async ({ cert, key }: CertificateFiles): Promise<ServerCredentials> =>
    ServerCredentials.createSsl(await readFile(authority.ca), [{ cert_chain: await readFile(cert), private_key: await readFile(key) }], true);
  const hear = async (settings: GrpcServerSettings): Promise<string> => {
    const { ending, text } = await recogniseOnce(recogniser(settings), 'where is my card');
    return ending === 'complete' ? text : ending;
  };

  before(async function () {
    const [ours, theirs] = [await TestAuthority.create(), await TestAuthority.create()];
    for (const each of [ours, theirs]) if (each !== null) made.push(each);
    if (ours === null || theirs === null) {
      this.test!.title += ' (no openssl here)';
      this.skip();
    }
    [authority, stranger] = [ours, theirs];
    client = await authority.sign('gateway', 'DNS:gateway.test');
    named = await authority.sign('speech', 'DNS:speech.test');
  });
  after(async () => { await Promise.all(made.map((each) => each.close())); });
  afterEach(async () => { await server.stop(); });

  describe('with its address in the certificate', () => {
    beforeEach(async () => { server = await OnpremServer.start(await credentialsOf(await authority.sign('address', 'IP:127.0.0.1'))); });

    it('recognises, speaks and detects for a gateway with a certificate of the same authority', async () => {
      expect(await hear(secured())).to.equal('where is my card');
      expect((await speakOnce(voices(secured()), { text: 'my card', voice: VOICE, language: 'en-US' })).text).to.equal('my card');
      const stream = await detector(secured()).open({ sampleRateHz: 8000, voiceMsMin: 80, silenceMsMin: 200 }, { changed: () => undefined, failed: (error) => { throw error; } }, new AbortController().signal);
      stream.write(new Int16Array(800));
      await until(() => stream.judgedMs === 100);
      stream.close();
    });

    it('lets in no gateway without a certificate', async () => {
      expect(await hear(secured({ cert: '', key: '' }))).to.equal('speech-to-text/unavailable');
    });

    it('lets in no gateway with a certificate of another authority', async () => {
      expect(await hear(secured(await stranger.sign('gateway', 'DNS:gateway.test')))).to.equal('speech-to-text/unavailable');
    });

    it('is not believed when another authority is trusted', async () => {
      expect(await hear(secured({ ca: stranger.ca }))).to.equal('speech-to-text/unavailable');
      expect(await hear(secured({ ca: '' }))).to.equal('speech-to-text/unavailable');
    });

    it('is not spoken to with half a certificate, or one that is not there', async () => {
      expect(() => recogniser(secured({ key: '' }))).to.throw('cert and key are given together');
      expect(await hear(secured({ cert: '/nowhere.pem' }))).to.equal('speech-to-text/misconfigured');
    });
  });

  it('is known by another name when serverName says so', async () => {
    server = await OnpremServer.start(await credentialsOf(named));
    expect(await hear(secured())).to.equal('speech-to-text/unavailable');
    expect(await hear(secured({ serverName: 'speech.test' }))).to.equal('where is my card');
  });
});
