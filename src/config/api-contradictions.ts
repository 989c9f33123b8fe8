import type { Contradiction, ValueOf } from './contradiction.js';
import type { SettingPath } from './setting-path.js';
import type { Provenance } from './validate.js';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;
const of = (name: string): SettingPath => ['api', name];

/** Whose tokens are believed: one issuer's, by keys that nobody on the way can change, and on a developer's machine our own. */
export function tokensOfTheApi(valueOf: ValueOf, provenance: Provenance, nodeEnv: string): readonly Contradiction[] {
  const jwksUrl = valueOf(of('jwksUrl'));
  const development = valueOf(of('development')) === true;
  const faults: Contradiction[] = [];
  if (development && nodeEnv === 'production') {
    faults.push({ path: of('development'), message: 'api.development is true and NODE_ENV is production: whoever reads a file of this machine could do everything', fix: `take api.development away and ${provenance.howToSet(of('jwksUrl'))}` });
  }
  if (typeof jwksUrl !== 'string') return faults;
  if (development) faults.push({ path: of('development'), message: 'api.development and api.jwksUrl are both given', fix: 'keep the one whose tokens are to be believed' });
  if (valueOf(of('issuer')) === null) faults.push({ path: of('jwksUrl'), message: 'api.jwksUrl is given, but api.issuer is not', fix: provenance.howToSet(of('issuer')) });
  if (!isPrivate(jwksUrl)) faults.push({ path: of('jwksUrl'), message: 'api.jwksUrl is not https: on the way somebody could put keys of his own in', fix: 'write https://; http:// is for the loopback address alone' });
  return faults;
}

function isPrivate(text: string): boolean {
  if (!URL.canParse(text)) return true; // the schema says what is wrong with it
  const { protocol, hostname } = new URL(text);
  return protocol !== 'http:' || LOOPBACK.test(hostname);
}
