/** What a loopback provider does to the next connections, until it is told otherwise. */
export type ProviderFault =
  | { readonly kind: 'well' }
  /** The TCP connection is cut before an answer. */
  | { readonly kind: 'refuse' }
  /** The handshake or request is answered so: 401, 429, 503. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfterS?: number }
  /** It takes everything and says nothing. */
  | { readonly kind: 'hang' }
  /** Every answer comes so much later. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** It goes silent after so many words, and stays connected. */
  | { readonly kind: 'half'; readonly words: number }
  /** It closes as if all were well after so many words and a half. */
  | { readonly kind: 'close-in-word'; readonly words: number }
  /** It breaks the connection after so many words and a half. */
  | { readonly kind: 'break-in-word'; readonly words: number }
  /** Its first answer is no message of the protocol. */
  | { readonly kind: 'garbage' }
  /** It says that all is done, without audio or words. */
  | { readonly kind: 'quota' };

export const WELL: ProviderFault = { kind: 'well' };
