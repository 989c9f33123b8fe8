import { expect } from 'chai';
import { GoodSignatures } from '../../../src/adapters/identity/good-signatures.js';
import { JwksKeyRing } from '../../../src/adapters/identity/jwks-key-ring.js';
import { JwtTokenVerifier } from '../../../src/adapters/identity/jwt-token-verifier.js';
import { type VerificationKey, verificationKey } from '../../../src/adapters/identity/verification-key.js';
import { isPortError } from '../../../src/application/ports/port-error.js';
import { tokenVerifierContract } from '../../contract/token-verifier.contract.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';
import { ApiScene } from '../../support/servers/api-scene.js';
import { JwksServer } from '../../support/servers/jwks-server.js';
import { RULES, someClaims } from '../../support/tokens/claims.js';
import { hostileTokens } from '../../support/tokens/hostile-tokens.js';
import { TestKey } from '../../support/tokens/test-key.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('JwtTokenVerifier', () => {
  const signal = new AbortController().signal;
  const rsa = TestKey.rsa('rsa-1');
  const ec = TestKey.ec('ec-1');
  let clock: VirtualClock;
  let metrics: RecordingMetrics;
  let jwks: JwksServer;
  let verifier: JwtTokenVerifier;
  const nowSeconds = (): number => Date.parse(clock.wallTime()) / 1000;

  beforeEach(async () => {
    clock = new VirtualClock();
    metrics = new RecordingMetrics();
    jwks = await JwksServer.start(rsa, ec);
    verifier = new JwtTokenVerifier({ keys: new JwksKeyRing({ url: jwks.url, clock, logger: silentLogger, metrics }), rules: RULES, clock, metrics });
  });

  afterEach(async () => {
    await verifier.close();
    await jwks.stop();
  });

  const refusal = async (token: string): Promise<string> => {
    try {
      const { subject } = await verifier.verify(token, signal);
      return `believed to be ${subject}`;
    } catch (error) {
      return isPortError(error) ? error.code : String(error);
    }
  };

  tokenVerifierContract(() => Promise.resolve({
    verifier, issue: (sub, role, tenant) => rsa.token(someClaims(nowSeconds(), { sub, role, tenant_id: tenant ?? undefined })), lose: () => { jwks.mood = { kind: 'status', status: 503 }; },
  }), { asksForKeys: true });

  it('believes good tokens of both algorithms, with the types that issuers write', async () => {
    for (const key of [rsa, ec]) {
      for (const typ of ['JWT', 'at+jwt', 'application/at+jwt', undefined]) {
        expect((await verifier.verify(key.token(someClaims(nowSeconds()), { typ }), signal)).subject).to.equal('ada@example.com');
      }
    }
    expect((await verifier.verify(rsa.token(someClaims(nowSeconds(), { aud: ['voice-gateway'] }), { x5t: 'dGh1bWI' }), signal)).role).to.equal('admin');
  });

  it('allows clocks 30 s of difference, and says until when a token counts with them', async () => {
    const exp = nowSeconds() + 60;
    const token = rsa.token(someClaims(nowSeconds(), { iat: nowSeconds() + 29, exp }));
    expect((await verifier.verify(token, signal)).expiresAt).to.equal(new Date((exp + 30) * 1000).toISOString());
    clock.advance(89_000);
    expect(await refusal(token)).to.equal('believed to be ada@example.com');
    clock.advance(1000);
    expect(await refusal(token)).to.equal('token-verifier/refused');
  });

  it('reads tenant and role from the claims it was told', async () => {
    const keys = new JwksKeyRing({ url: jwks.url, clock, logger: silentLogger, metrics });
    const other = new JwtTokenVerifier({ keys, clock, metrics, rules: { ...RULES, tenantClaim: 'https://example.com/tenant', roleClaim: 'vg_role' } });
    const claims = someClaims(nowSeconds(), { 'https://example.com/tenant': 'harbour-grill', vg_role: 'viewer' });
    expect(await other.verify(rsa.token(claims), signal)).to.include({ tenantId: 'harbour-grill', role: 'viewer' });
    await other.close();
  });

  describe('hostile tokens', () => {
    const world = { rsa, ec, nowSeconds: Date.parse('2026-11-20T12:00:00.000Z') / 1000 };
    const tokens = hostileTokens(world);

    it(`are ${tokens.size}, beside one that is good`, async () => {
      expect(tokens.size).to.be.at.least(25);
      expect(await refusal(rsa.token(someClaims(world.nowSeconds)))).to.equal('believed to be ada@example.com');
    });

    for (const [name, token] of tokens) {
      it(`refuses: ${name}`, async () => {
        expect(await refusal(token)).to.equal('token-verifier/refused');
      });
    }

    it('get one answer from the API, all of them: 401 with the same body', async () => {
      const scene = new ApiScene({ verifier });
      await scene.open();
      const told = new Set<string>();
      try {
        for (const [name, token] of tokens) {
          // No client sends it, no server takes headers of that size, or HTTP itself takes the space away.
          if (/[^\x20-\x7e]/u.test(token) || token.length > 14_000 || token.trim() !== token) continue;
          const { status, headers, body } = await scene.ask('GET', '/api/v1/calls', { token });
          expect(status, name).to.equal(401);
          told.add(JSON.stringify({ ...body, requestId: '', challenge: headers.get('www-authenticate') }));
        }
      } finally {
        await scene.close();
      }
      expect([...told]).to.have.lengthOf(1);
    });
  });

  describe('a token that it has believed', () => {
    const keys = new Map<string, VerificationKey>();
    const keyOf = (key: TestKey): VerificationKey => {
      const found = verificationKey(key.publicPem, undefined);
      if (found === null) throw new Error('no key');
      return found;
    };

    beforeEach(async () => {
      await verifier.close();
      keys.clear();
      verifier = new JwtTokenVerifier({ keys: { keyOf: (keyId) => Promise.resolve(keys.get(keyId) ?? null), close: () => Promise.resolve() }, rules: RULES, clock, metrics });
    });

    it('is refused when its key is withdrawn, or another has taken its id', async () => {
      const token = rsa.token(someClaims(nowSeconds()));
      keys.set(rsa.keyId, keyOf(rsa));
      expect([await refusal(token), await refusal(token)]).to.deep.equal(['believed to be ada@example.com', 'believed to be ada@example.com']);
      keys.set(rsa.keyId, keyOf(TestKey.rsa('another')));
      expect(await refusal(token)).to.equal('token-verifier/refused');
      keys.delete(rsa.keyId);
      expect(await refusal(token)).to.equal('token-verifier/refused');
      keys.set(rsa.keyId, keyOf(rsa));
      expect(await refusal(token)).to.equal('believed to be ada@example.com');
    });

    it('does not lend its signature to other words, nor its words to another signature', async () => {
      keys.set(ec.keyId, keyOf(ec));
      const token = ec.token(someClaims(nowSeconds()));
      expect(await refusal(token)).to.equal('believed to be ada@example.com');
      const [header, , signature] = token.split('.');
      const [, raised] = ec.token(someClaims(nowSeconds(), { role: 'platform', tenant_id: undefined })).split('.');
      expect(await refusal(`${header}.${raised}.${signature}`)).to.equal('token-verifier/refused');
      const [, words] = token.split('.');
      const [, , other] = ec.token(someClaims(nowSeconds(), { sub: 'eve@example.com' })).split('.');
      expect(await refusal(`${header}.${words}.${other}`)).to.equal('token-verifier/refused');
    });

    it('is refused when its time is over', async () => {
      keys.set(rsa.keyId, keyOf(rsa));
      const token = rsa.token(someClaims(nowSeconds(), { exp: nowSeconds() + 60 }));
      expect(await refusal(token)).to.equal('believed to be ada@example.com');
      clock.advance(91_000);
      expect(await refusal(token)).to.equal('token-verifier/refused');
    });

    it('is no longer known when a thousand others have come', () => {
      const good = new GoodSignatures();
      const key = keyOf(ec);
      for (let number = 0; number <= 1000; number += 1) good.keep(`token ${number}`, { key, claims: { number } });
      expect(good.claimsOf('token 0', key)).to.equal(undefined);
      expect(good.claimsOf('token 1', key)).to.deep.equal({ number: 1 });
      expect(good.claimsOf('token 1000', keyOf(ec))).to.equal(undefined);
    });
  });

  it('asks for keys once, however many tokens it checks; VG_TEST_FIGURES=1 prints what one costs, new and known', async () => {
    const costs: Record<string, number> = {};
    for (const key of [rsa, ec]) {
      const tokens = Array.from({ length: 300 }, (_, number) => key.token(someClaims(nowSeconds(), { jti: String(number) })));
      for (const token of tokens.slice(200)) await verifier.verify(token, signal);
      for (const kind of ['new', 'known']) {
        const began = performance.now();
        for (const token of tokens.slice(0, 200)) await verifier.verify(token, signal);
        costs[`${key.algorithm}, ${kind}`] = (performance.now() - began) / 200;
      }
    }
    if (process.env['VG_TEST_FIGURES'] !== undefined) console.log(`      ${Object.entries(costs).map(([algorithm, ms]) => `${algorithm}: ${ms.toFixed(3)} ms`).join('; ')}`);
    expect(jwks.fetches).to.equal(1);
  });
});
