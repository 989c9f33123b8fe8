/** What was wrong with a token: for metrics, never for who sent it. */
export type RefusalReason = 'malformed' | 'header' | 'algorithm' | 'key' | 'signature' | 'time' | 'issuer' | 'audience' | 'lifetime' | 'subject' | 'role' | 'tenant';

/** Thrown within this room; the verifier makes the port's error of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(readonly reason: RefusalReason) {
    super(`token refused: ${reason}`);
  }
}
