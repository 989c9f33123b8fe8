import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { someClaims } from './claims.js';
import { base64url, TestKey } from './test-key.js';

/** Of the issuer, as it publishes them, and one of a stranger. */
export interface HostileWorld {
  readonly rsa: TestKey;
  readonly ec: TestKey;
  readonly nowSeconds: number;
}

/** What forgers and broken issuers send: name → token. None of them is to be believed. */
export function hostileTokens({ rsa, ec, nowSeconds }: HostileWorld): ReadonlyMap<string, string> {
  const claims = (deviations: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => someClaims(nowSeconds, deviations);
  const without = (name: string): Record<string, unknown> => Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name));
  const good = rsa.token(claims());
  const [head = '', body = '', signature = ''] = good.split('.');
  return new Map(Object.entries({
    ...unsigned({ rsa, body, head, signature }),
    ...otherKeys(rsa, ec, claims()),
    ...headers(rsa, claims()),
    ...forms(rsa, { good, head, body, signature }, claims()),
    // Time
    'no exp': rsa.token(without('exp')), 'no iat': rsa.token(without('iat')), 'exp as text': rsa.token(claims({ exp: String(nowSeconds + 600) })), 'iat as text': rsa.token(claims({ iat: String(nowSeconds) })),
    'exp null': rsa.token(claims({ exp: null })), 'exp without end': rsa.token(JSON.stringify(claims()).replace(/"exp":\d+/u, '"exp":1e400')), 'exp as a list': rsa.token(claims({ exp: [nowSeconds + 600] })),
    'exp as an object': rsa.token(claims({ exp: { valueOf: nowSeconds + 600 } })), 'exp negative': rsa.token(claims({ exp: -1 })),
    'expired a minute ago': rsa.token(claims({ iat: nowSeconds - 400, exp: nowSeconds - 60 })), 'issued in the future': rsa.token(claims({ iat: nowSeconds + 120, exp: nowSeconds + 600 })),
    'good from tomorrow': rsa.token(claims({ nbf: nowSeconds + 86_400 })), 'nbf as text': rsa.token(claims({ nbf: '0' })), 'good for a day': rsa.token(claims({ exp: nowSeconds + 86_400 })),
    'good for a second more than allowed': rsa.token(claims({ exp: nowSeconds + 901 })), 'ends before it begins': rsa.token(claims({ iat: nowSeconds + 20, exp: nowSeconds + 10 })),
    // Whom it is from and for
    'no issuer': rsa.token(without('iss')), 'another issuer': rsa.token(claims({ iss: 'https://evil.example.com/' })), 'issuer with a slash less': rsa.token(claims({ iss: 'https://login.example.com' })),
    'issuer in a list': rsa.token(claims({ iss: ['https://login.example.com/'] })), 'no audience': rsa.token(without('aud')), 'another audience': rsa.token(claims({ aud: 'billing' })),
    'for us and another': rsa.token(claims({ aud: ['voice-gateway', 'billing'] })), 'for us in other letters': rsa.token(claims({ aud: 'Voice-Gateway' })), 'for nobody': rsa.token(claims({ aud: [] })),
    // Who it is about
    'no subject': rsa.token(without('sub')), 'empty subject': rsa.token(claims({ sub: '' })), 'subject as a number': rsa.token(claims({ sub: 7 })), 'subject turned around': rsa.token(claims({ sub: 'ada\u202egro.elpmaxe@' })),
    'subject of two lines': rsa.token(claims({ sub: 'ada\nadmin=true' })), 'huge subject': rsa.token(claims({ sub: 'a'.repeat(300) })),
    'no role': rsa.token(without('role')), 'unknown role': rsa.token(claims({ role: 'root' })), 'roles in a list': rsa.token(claims({ role: ['admin'] })), 'role of an object\'s own': rsa.token(claims({ role: 'constructor' })),
    'role in other letters': rsa.token(claims({ role: 'Admin' })), 'role with a space': rsa.token(claims({ role: 'admin ' })), 'role in letters that look alike': rsa.token(claims({ role: '\u0430dmin' })),
    'no tenant': rsa.token(without('tenant_id')), 'tenants in a list': rsa.token(claims({ tenant_id: ['north-bank'] })), 'empty tenant': rsa.token(claims({ tenant_id: '' })), 'tenant above': rsa.token(claims({ tenant_id: '../harbour-grill' })),
    'any tenant': rsa.token(claims({ tenant_id: '*' })), 'tenant with a null byte': rsa.token(claims({ tenant_id: 'north-bank\0' })), 'tenant with a space': rsa.token(claims({ tenant_id: ' north-bank' })), 'tenant with a line': rsa.token(claims({ tenant_id: 'north-bank\n' })),
    'tenant in wide letters': rsa.token(claims({ tenant_id: '\uff4eorth-bank' })), 'tenant with something unseen': rsa.token(claims({ tenant_id: 'north\u200b-bank' })), 'tenant null': rsa.token(claims({ tenant_id: null })),
    'tenant from the prototype': rsa.token(`{"__proto__":{"tenant_id":"north-bank"},${JSON.stringify(without('tenant_id')).slice(1)}`), 'platform of a tenant': rsa.token(claims({ role: 'platform' })),
  }));
}

type Tokens = Readonly<Record<string, string>>;

function unsigned({ rsa, head, body, signature }: { readonly rsa: TestKey; readonly head: string; readonly body: string; readonly signature: string }): Tokens {
  const none = (alg: string): string => `${base64url(JSON.stringify({ alg, typ: 'JWT', kid: rsa.keyId }))}.${body}`;
  const hmac = base64url(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid: rsa.keyId }));
  const flipped = `${signature.slice(0, -8)}${signature.at(-8) === 'A' ? 'B' : 'A'}${signature.slice(-7)}`;
  return {
    'alg none': `${none('none')}.`, 'alg none with the signature of another': `${none('none')}.${signature}`, 'alg NONE': `${none('NONE')}.`, 'alg nOnE without the last dot': none('nOnE'),
    'signature stripped': `${head}.${body}.`, 'signature of one letter': `${head}.${body}.A`, 'signature with a letter changed': `${head}.${body}.${flipped}`,
    'HMAC with the public key': `${hmac}.${body}.${createHmac('sha256', rsa.publicPem).update(`${hmac}.${body}`).digest('base64url')}`,
    'HMAC with the modulus': `${hmac}.${body}.${createHmac('sha256', Buffer.from(rsa.jwk.n ?? '', 'base64url')).update(`${hmac}.${body}`).digest('base64url')}`,
    'HMAC with nothing': `${hmac}.${body}.${createHmac('sha256', '').update(`${hmac}.${body}`).digest('base64url')}`,
  };
}

function otherKeys(rsa: TestKey, ec: TestKey, claims: Readonly<Record<string, unknown>>): Tokens {
  const stranger = TestKey.rsa(rsa.keyId);
  const curve = TestKey.ec(ec.keyId, 'secp384r1');
  const input = `${base64url(JSON.stringify({ alg: 'PS256', typ: 'JWT', kid: rsa.keyId }))}.${base64url(JSON.stringify(claims))}`;
  const edwards = generateKeyPairSync('ed25519').privateKey;
  const edwardsInput = `${base64url(JSON.stringify({ alg: 'EdDSA', typ: 'JWT', kid: ec.keyId }))}.${base64url(JSON.stringify(claims))}`;
  const zeros = `${base64url(JSON.stringify({ alg: 'ES256', typ: 'JWT', kid: ec.keyId }))}.${base64url(JSON.stringify(claims))}`;
  return {
    'signed by a stranger': stranger.token(claims), 'signed on another curve': curve.token(claims), 'signed by nobody: r and s are zero (CVE-2022-21449)': `${zeros}.${Buffer.alloc(64).toString('base64url')}`,
    'no key id': rsa.token(claims, JSON.stringify({ alg: 'RS256', typ: 'JWT' })), 'unknown key id': rsa.token(claims, { kid: 'nobody' }), 'key id of the other key': rsa.token(claims, { kid: ec.keyId }),
    'algorithm of the other key': rsa.token(claims, { alg: 'ES256' }), 'key id that walks': rsa.token(claims, { kid: '../../dev/null' }), 'key id that asks a database': rsa.token(claims, { kid: "' UNION SELECT 'x" }),
    'huge key id': rsa.token(claims, { kid: 'k'.repeat(65) }), 'key id as a list': rsa.token(claims, { kid: [rsa.keyId] }), 'empty key id': rsa.token(claims, { kid: '' }), 'key id with a null byte': rsa.token(claims, { kid: `${rsa.keyId}\0` }),
    'PSS padding': `${input}.${sign('sha256', Buffer.from(input), { key: rsa.privateKey, padding: 6, saltLength: 32 }).toString('base64url')}`,
    'Edwards curve': `${edwardsInput}.${sign(null, Buffer.from(edwardsInput), edwards).toString('base64url')}`,
  };
}

function headers(rsa: TestKey, claims: Readonly<Record<string, unknown>>): Tokens {
  const stranger = TestKey.rsa('mine');
  const json = (rest: string): string => `{"alg":"RS256","typ":"JWT","kid":"${rsa.keyId}"${rest}}`;
  return {
    'brings its own key': stranger.token(claims, { jwk: stranger.jwk }), 'says where its key is': stranger.token(claims, { jku: 'https://evil.example.com/jwks.json' }), 'says where its certificate is': stranger.token(claims, { x5u: 'https://evil.example.com/x.pem' }),
    'good, and says where its key is': rsa.token(claims, { jku: 'https://evil.example.com/jwks.json' }), 'good, and brings a key': rsa.token(claims, { jwk: rsa.jwk }), 'good, and brings certificates': rsa.token(claims, { x5c: ['MIIB'] }),
    'something critical': rsa.token(claims, { crit: ['exp'] }), 'payload not encoded (RFC 7797)': rsa.token(claims, { b64: false, crit: ['b64'] }), 'b64 alone': rsa.token(claims, { b64: false }), 'compressed': rsa.token(claims, { zip: 'DEF' }),
    'key id given twice': rsa.token(claims, json(',"kid":"other"').replace('"other"', `"${rsa.keyId}"`)), 'algorithm given twice': rsa.token(claims, `{"alg":"none",${json('').slice(1)}`), 'algorithm given twice, once in disguise': rsa.token(claims, `{"\\u0061lg":"none",${json('').slice(1)}`),
    'made for something else': rsa.token(claims, { typ: 'logout+jwt' }), 'a type that is no text': rsa.token(claims, { typ: 7 }), 'algorithm in other letters': rsa.token(claims, { alg: 'rs256' }), 'algorithm as a list': rsa.token(claims, { alg: ['RS256'] }),
    'RS512': rsa.token(claims, { alg: 'RS512' }), 'no algorithm': rsa.token(claims, JSON.stringify({ typ: 'JWT', kid: rsa.keyId })), 'header of 2 KiB': rsa.token(claims, { x: 'y'.repeat(2000) }),
    'header that is a list': rsa.token(claims, '["RS256"]'), 'header that is null': rsa.token(claims, 'null'), 'header that is no JSON': rsa.token(claims, 'RS256'), 'header with something nested': rsa.token(claims, { x: { alg: 'none' } }),
  };
}

function forms(rsa: TestKey, { good, head, body, signature }: { readonly good: string; readonly head: string; readonly body: string; readonly signature: string }, claims: Readonly<Record<string, unknown>>): Tokens {
  const nested = `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`;
  return {
    'of 1 MB': rsa.token({ ...claims, padding: 'x'.repeat(1_000_000) }), 'nested 500 deep': rsa.token(nested), 'claims that are a list': rsa.token([claims]), 'claims that are text': rsa.token(JSON.stringify('admin')), 'claims that are null': rsa.token('null'), 'claims that are no JSON': rsa.token('admin'),
    'one dot missing': `${head}${body}.${signature}`, 'both dots missing': `${head}${body}${signature}`, 'a part more': `${good}.x`, 'five parts, as encrypted ones have': `${head}.${body}.${body}.${body}.${signature}`, 'only dots': '..',
    'a space before': ` ${good}`, 'a space inside': `${head}. ${body}.${signature}`, 'a line after': `${good}\n`, 'padded': `${good}==`, 'in the other alphabet': `${head}.${body}.${signature.slice(0, -2)}+/`, 'with letters that decoders skip': `${head}.${body}.!${signature}`,
    'as JSON': JSON.stringify({ protected: head, payload: body, signature }), 'with a null byte': `${good}\0`, 'with a letter of another script': `${head}.${body}.${signature.slice(0, -1)}\u0430`, 'a token in a token': rsa.token(good, { cty: 'JWT' }),
  };
}
