import { z } from 'zod';
import { Secret } from './secret.js';
import { section, setting } from './setting.js';

/** As URL writes it: no path, no user, lower case. */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text && /^https?:/u.test(text);
const file = z.string().regex(/^\//u).nullable().default(null);

const login = z.strictObject({
  token: z.string().regex(/^[\x21-\x7e]{1,8192}$/u).transform((value) => new Secret(value)).nullable().default(null),
  cert: file, key: file, ca: file,
}).refine(({ cert, key }) => (cert === null) === (key === null));

/** How the gateway shows payment tools who it is. By origin: what is for one is never sent to another. */
export const vault = section({
  logins: setting(z.record(z.string().refine(isOrigin), login).default({}), {
    kind: 'structure', secret: true,
    doc: 'How the gateway logs in at payment tools (`pci.vaultUrl` of agents), by their origin: `token` is sent as a bearer token; `cert` and `key` (PEM) are shown with mTLS, and `ca` (PEM) is the authority to trust instead of those that Node.js knows: absolute paths of files, read at the start. An origin that is not named is called without a login.',
    expects: 'a mapping of origins (https://host[:port]) to {token, cert, key, ca}, cert and key only together', example: '{"https://payments.example.com": {token: "${PAYMENTS_TOKEN}"}}',
  }),
});
