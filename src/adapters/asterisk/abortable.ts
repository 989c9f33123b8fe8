import type { Clock } from '../../application/ports/clock.js';
import { PortError } from '../../application/ports/port-error.js';

/** What a method throws when its signal aborted: the reason itself when it is one of ours, else telephony/aborted around it. */
export function givenUp(signal: AbortSignal | undefined): PortError {
  const reason: unknown = signal?.reason;
  if (reason instanceof PortError) return reason;
  return new PortError('the request was given up', { code: 'telephony/aborted', kind: 'timeout', retryable: false, cause: reason });
}

/**
 * Stops waiting for `work` when `signal` aborts. The work itself goes on and a failure of it is swallowed then:
 * what it makes must be owned by somebody who waits for it.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => { reject(givenUp(signal)); };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => { signal.removeEventListener('abort', onAbort); }).catch(() => undefined);
  });
}

/**
 * Aborts when `life` does, or `lasting`, which outlives many such lives. Not by `AbortSignal.any`: Node keeps a weak reference to
 * everything made of a signal for as long as that signal lives (seen on 20.20), so that each life would leave something behind.
 */
export function eitherOf(life: AbortSignal, lasting: AbortSignal): AbortSignal {
  const either = new AbortController();
  const onLasting = (): void => { either.abort(lasting.reason); };
  if (lasting.aborted) onLasting();
  else lasting.addEventListener('abort', onLasting, { once: true });
  const onLife = (): void => {
    lasting.removeEventListener('abort', onLasting);
    either.abort(life.reason);
  };
  if (life.aborted) onLife();
  else life.addEventListener('abort', onLife, { once: true });
  return either.signal;
}

/** Resolves after `delayMs`; rejects at once when `signal` aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    if (signal.aborted) { reject(givenUp(signal)); return; }
    const onAbort = (): void => {
      cancel();
      reject(givenUp(signal));
    };
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
