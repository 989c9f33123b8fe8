import type { Request } from 'express';
import { isPortError } from '../../../application/ports/port-error.js';
import type { Tickets } from '../../../application/ports/tickets.js';
import type { TokenVerifier } from '../../../application/ports/token-verifier.js';
import type { Identity } from '../../../domain/access/identity.js';
import { Problem } from '../problem.js';

const TOKEN_CHARACTERS_MAX = 8192;
const SCHEME = /^Bearer /iu;
const BEARER = /^Bearer +([\w~+/.-]+=*)$/iu;

const NOT_VALID = 'The token is not valid here.';

/** Who sends a request: by the bearer token in its header, or by a ticket where a header cannot be sent. */
export class Authenticator {
  constructor(private readonly verifier: TokenVerifier, private readonly tickets: Tickets) {}

  /** @throws Problem `unauthenticated`, the same whatever is wrong: a forger learns nothing. PortError when it cannot be told. */
  async identify(request: Request, { ticket: takesTicket }: { readonly ticket: boolean }, signal: AbortSignal): Promise<Identity> {
    const { authorization } = request.headers;
    const { ticket } = request.query;
    if (takesTicket && authorization === undefined && typeof ticket === 'string') {
      const identity = await this.tickets.redeem(ticket, signal);
      if (identity === null) throw new Problem('unauthenticated', { detail: 'The ticket is used or too old: ask for another one.' });
      return identity;
    }
    try {
      return await this.verifier.verify(bearerOf(authorization), signal);
    } catch (error) {
      if (isPortError(error) && error.kind === 'rejected') throw new Problem('unauthenticated', { detail: NOT_VALID });
      throw error;
    }
  }
}

function bearerOf(authorization: string | undefined): string {
  if (authorization === undefined || !SCHEME.test(authorization)) throw new Problem('unauthenticated', { detail: 'Send a token: Authorization: Bearer …' });
  const token = authorization.length > TOKEN_CHARACTERS_MAX ? undefined : BEARER.exec(authorization)?.[1];
  if (token === undefined) throw new Problem('unauthenticated', { detail: NOT_VALID });
  return token;
}
