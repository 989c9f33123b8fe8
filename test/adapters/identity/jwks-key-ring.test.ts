import { expect } from 'chai';
import { JwksKeyRing } from '../../../src/adapters/identity/jwks-key-ring.js';
import { JwtTokenVerifier } from '../../../src/adapters/identity/jwt-token-verifier.js';
import { codeOf } from '../../../src/application/ports/port-error.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { JwksServer } from '../../support/servers/jwks-server.js';
import { RULES, someClaims } from '../../support/tokens/claims.js';
import { TestKey } from '../../support/tokens/test-key.js';
import { until } from '../../support/until.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const MINUTE_MS = 60_000;

describe('JwksKeyRing', () => {
  const [first, second, third] = [TestKey.ec('key-1'), TestKey.ec('key-2'), TestKey.rsa('key-3')];
  let clock: VirtualClock;
  let logger: RecordingLogger;
  let metrics: RecordingMetrics;
  let jwks: JwksServer;
  let ring: JwksKeyRing;

  beforeEach(async () => {
    clock = new VirtualClock();
    logger = new RecordingLogger();
    metrics = new RecordingMetrics();
    jwks = await JwksServer.start(first);
    ring = new JwksKeyRing({ url: jwks.url, clock, logger, metrics });
  });

  afterEach(async () => {
    await ring.close();
    await jwks.stop();
  });

  /** `known`, `absent`, or the code of the failure. */
  const ask = async (keyId: string, patience = new AbortController().signal): Promise<string> => {
    try {
      return await ring.keyOf(keyId, patience) === null ? 'absent' : 'known';
    } catch (error) {
      return codeOf(error);
    }
  };
  /** Everything that was asked for has been answered. */
  const answered = (): Promise<void> => until(() => metrics.value('jwks_fetches_total') === jwks.fetches);

  it('fetches once for a thousand who come at once', async () => {
    const told = await Promise.all(Array.from({ length: 1000 }, () => ask('key-1')));
    expect(new Set(told)).to.deep.equal(new Set(['known']));
    expect(jwks.fetches).to.equal(1);
  });

  it('asks anew after five minutes without anybody waiting, and takes no withdrawn key after ten', async () => {
    expect(await ask('key-1')).to.equal('known');
    clock.advance(5 * MINUTE_MS + 1);
    expect(await ask('key-1')).to.equal('known');
    await until(() => jwks.fetches === 2);
    await answered();
    jwks.keys = [second];
    clock.advance(10 * MINUTE_MS + 1);
    expect(await ask('key-1')).to.equal('absent');
    expect(jwks.fetches).to.equal(3);
  });

  it('fetches ten times a minute at most in a flood of 10,000 unknown keys, and refuses them all', async () => {
    const told: Promise<string>[] = [];
    const wave = 100;
    for (let sent = 0; sent < 10_000; sent += wave) {
      for (let number = 0; number < wave; number += 1) told.push(ask(`invented-${sent + number}`));
      await clock.run(600);
      await answered();
    }
    expect(jwks.fetches).to.be.within(2, 10);
    await clock.run(MINUTE_MS / 4);
    await answered();
    await clock.run(MINUTE_MS / 4);
    expect(new Set(await Promise.all(told))).to.deep.equal(new Set(['absent']));
  });

  it('finds a new key in the middle of a flood', async () => {
    expect(await ask('key-1')).to.equal('known');
    const flood = Array.from({ length: 200 }, (_, number) => ask(`invented-${number}`));
    await Promise.all(flood);
    jwks.keys = [first, second];
    const legitimate = ask('key-2');
    await clock.run(7500); // the two that are allowed at once are used up
    expect(await legitimate).to.equal('known');
    expect(jwks.fetches).to.equal(3);
  });

  it('does not ask again so soon for a key that does not exist', async () => {
    for (let time = 0; time < 50; time += 1) expect(await ask('invented')).to.equal('absent');
    expect(jwks.fetches).to.equal(1);
    clock.advance(MINUTE_MS);
    expect(await ask('invented')).to.equal('absent');
    expect(jwks.fetches).to.equal(2);
  });

  it('finds a key that was published while a fetch was under way', async () => {
    jwks.mood = { kind: 'held' };
    const early = ask('key-1');
    await until(() => jwks.fetches === 1);
    jwks.keys = [first, second];
    jwks.mood = { kind: 'well' };
    const late = ask('key-2');
    jwks.release();
    expect([await early, await late]).to.deep.equal(['known', 'known']);
    expect(jwks.fetches).to.equal(2);
  });

  it('refuses nobody while keys are rotated under load', async () => {
    const verifier = new JwtTokenVerifier({ keys: ring, rules: RULES, clock, metrics });
    const rotation = [[first], [first, second], [second], [second, third], [third], [third, first], [first]];
    let refused = 0;
    let believed = 0;
    for (const keys of rotation) {
      jwks.keys = keys;
      const key = keys.at(-1) ?? first;
      const now = Date.parse(clock.wallTime()) / 1000;
      const told = await Promise.allSettled(Array.from({ length: 200 }, (_, number) => verifier.verify((keys[number % keys.length] ?? key).token(someClaims(now)), new AbortController().signal)));
      believed += told.filter(({ status }) => status === 'fulfilled').length;
      refused += told.filter(({ status }) => status === 'rejected').length;
      clock.advance(3 * MINUTE_MS);
    }
    expect({ believed, refused }).to.deep.equal({ believed: 1400, refused: 0 });
    expect(jwks.fetches).to.be.at.most(rotation.length);
  });

  for (const mood of [{ kind: 'status', status: 500 }, { kind: 'reset' }, { kind: 'body', text: '{"keys":[]}' }, { kind: 'body', text: '<html>' }, { kind: 'endless' }] as const) {
    it(`keeps known keys for an hour while the issuer is away (${JSON.stringify(mood)}), and not for ever`, async () => {
      expect(await ask('key-1')).to.equal('known');
      jwks.mood = mood;
      for (let minute = 0; minute < 69; minute += 3) {
        clock.advance(3 * MINUTE_MS);
        expect(await ask('key-1'), `after ${minute + 3} minutes`).to.equal('known');
        await answered();
      }
      expect(await ask('key-2'), 'nobody can tell').to.equal('token-verifier/unavailable');
      clock.advance(2 * MINUTE_MS);
      expect(await ask('key-1')).to.equal('token-verifier/unavailable');
      expect(logger.messages('warn'), 'told once').to.deep.equal(['keys of the token issuer cannot be had; known ones stay good for an hour']);
      jwks.mood = { kind: 'well' };
      clock.advance(MINUTE_MS);
      expect(await ask('key-1')).to.equal('known');
      expect(logger.messages('info')).to.deep.equal(['keys of the token issuer can be had again']);
    });
  }

  it('follows no redirect: it may lead to where nothing is encrypted', async () => {
    const elsewhere = await JwksServer.start(first);
    try {
      jwks.mood = { kind: 'redirect', to: elsewhere.url };
      expect(await ask('key-1')).to.equal('token-verifier/unavailable');
      expect(elsewhere.fetches).to.equal(0);
    } finally {
      await elsewhere.stop();
    }
  });

  it('waits for an issuer that hangs only once, then answers at once', async () => {
    expect(await ask('key-1')).to.equal('known');
    jwks.mood = { kind: 'hang' };
    clock.advance(11 * MINUTE_MS);
    expect(await ask('key-1')).to.equal('known');
    expect(jwks.fetches).to.equal(2);
    for (let time = 0; time < 100; time += 1) expect(await ask('key-1')).to.equal('known');
    expect(jwks.fetches).to.equal(2);
  });

  it('knows soon that an issuer is back, by those who come with keys that it knows', async () => {
    expect(await ask('key-1')).to.equal('known');
    jwks.mood = { kind: 'status', status: 500 };
    expect(await ask('key-2')).to.equal('token-verifier/unavailable');
    expect(ring.ready).to.equal(false);
    jwks.mood = { kind: 'well' };
    expect(await ask('key-1')).to.equal('known');
    expect(jwks.fetches, 'not at once').to.equal(2);
    clock.advance(8000); // as often as it may be asked
    expect(await ask('key-1')).to.equal('known');
    await answered();
    await until(() => ring.ready);
    expect(jwks.fetches).to.equal(3);
  });

  it('finds by itself that an issuer is back, so that the first who comes neither waits nor is refused', async () => {
    jwks.mood = { kind: 'status', status: 500 };
    await ring.refresh();
    expect(ring.ready).to.equal(false);
    for (const waitMs of [5000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      clock.advance(waitMs - 1);
      const before = jwks.fetches;
      clock.advance(1);
      await until(() => jwks.fetches === before + 1);
      await answered();
      await clock.settle();
    }
    jwks.mood = { kind: 'well' };
    clock.advance(MINUTE_MS);
    await until(() => ring.ready);
    const { fetches } = jwks;
    expect([await ask('key-1'), jwks.fetches]).to.deep.equal(['known', fetches]);
    clock.advance(4 * MINUTE_MS);
    expect(clock.pending, 'nothing is tried any more').to.equal(0);
  });

  it('tries no more once it is closed', async () => {
    jwks.mood = { kind: 'status', status: 500 };
    await ring.refresh();
    expect(clock.pending).to.equal(1);
    await ring.close();
    expect(clock.pending).to.equal(0);
  });

  it('lets go of who does not want to wait any more', async () => {
    jwks.mood = { kind: 'hang' };
    expect(await ask('key-1', AbortSignal.timeout(50))).to.equal('token-verifier/aborted');
  });

  it('takes no key that is too short, on another curve, secret, of another use, or one of two with the same id', async () => {
    const twin = TestKey.ec('twin');
    jwks.mood = {
      kind: 'body', text: JSON.stringify({
        keys: [
          first.jwk, TestKey.rsa('short', 1024).jwk, TestKey.ec('curve', 'secp384r1').jwk, { kty: 'oct', k: 'c2VjcmV0', kid: 'secret', alg: 'HS256' }, { ...second.jwk, kid: 'use', use: 'enc' },
          { ...third.jwk, kid: 'pss', alg: 'PS256' }, { ...third.privateKey.export({ format: 'jwk' }), kid: 'private' }, twin.jwk, { ...second.jwk, kid: 'twin' }, { ...second.jwk, kid: '../walks' }, null, 7, { ...second.jwk, kid: undefined },
        ],
      }),
    };
    expect(await ask('key-1')).to.equal('known');
    for (const keyId of ['short', 'curve', 'secret', 'use', 'pss', 'private', 'twin', '../walks']) {
      clock.advance(MINUTE_MS);
      expect(await ask(keyId), keyId).to.equal('absent');
    }
  });
});
