import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { RedisConnection } from '../../../../src/adapters/state/redis/redis-connection.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { RedisServer } from '../../../support/servers/redis-server.js';
import { TestAuthority } from '../../../support/tls/certificates.js';
import { TlsFront } from '../../../support/tls/tls-front.js';

const signal = new AbortController().signal;

describe('RedisConnection with TLS', function redisTls() {
  let redis: RedisServer;
  let authority: TestAuthority | null;
  let front: TlsFront;

  before(async function prepare() {
    authority = await TestAuthority.create();
    if (authority === null) { this.skip(); return; } // no openssl on this machine
    redis = await RedisServer.start();
    front = await TlsFront.open(await authority.sign('redis', 'IP:127.0.0.1'), redis.port);
  });
  after(async () => {
    if (authority === null) return;
    await front.close();
    await redis.stop();
    await authority.close();
  });

  const open = (tlsAuthority: string | null): Promise<RedisConnection> => RedisConnection.open({
    url: `rediss://127.0.0.1:${front.port}/0`, tlsAuthority, commandTimeoutMs: 2000, connectTimeoutMs: 2000, logger: new RecordingLogger(), random: () => 0,
  }, signal);

  it('speaks to a server whose authority it was given', async () => {
    const connection = await open(await readFile(authority!.ca, 'utf8'));
    await connection.ping('call-repository', signal);
    expect(connection.ready).to.equal(true);
    await connection.close();
    expect(front.protocols.at(-1)).to.be.oneOf(['TLSv1.2', 'TLSv1.3']);
  });

  it('says nothing to any other', async () => {
    const { length } = front.protocols;
    const connection = await open(null);
    expect(connection.ready).to.equal(false);
    await connection.close();
    expect(front.protocols.slice(length).length).to.equal(0);
  });
});
