import { PortError } from '../../../src/application/ports/port-error.js';
import type { Consultation, ConsultationOutcome, ConsultationTarget, DialFailure, TransferOutcome } from '../../../src/application/ports/telephony.js';
import type { FakeCallLeg } from './fake-call-leg.js';

/** Somebody who is called and asked. The test plays the person: `picksUp`, `fails`, and on `leg.farEnd` presses and hangs up. */
export class FakeConsultation implements Consultation {
  connected = false;
  private answered = false;
  private settle: (outcome: ConsultationOutcome) => void = () => undefined;

  constructor(readonly target: ConsultationTarget, private readonly caller: FakeCallLeg, readonly leg: FakeCallLeg) {
    leg.onEvent((event) => {
      if (event.type === 'ended' && !this.answered) this.settle({ kind: 'failed', reason: 'unreachable' });
      if (event.type === 'ended' && this.connected && !event.released) caller.farEnd.hangsUp();
    });
  }

  /** Nobody is being called or asked any more. */
  get over(): boolean {
    return this.leg.ended;
  }

  get callerIsGone(): boolean {
    return this.caller.ended;
  }

  picksUp(): void {
    this.answered = true;
    this.leg.farEnd.picksUp();
    this.settle({ kind: 'answered', consultation: this });
  }

  fails(reason: DialFailure, causeCode?: number): void {
    this.settle({ kind: 'failed', reason, ...(causeCode === undefined ? {} : { causeCode }) });
    void this.leg.hangUp('no-answer');
  }

  /** After `connect`: the person who talks with the caller hangs up. */
  hangsUp(): void {
    if (this.connected) this.caller.farEnd.hangsUp();
    else this.leg.farEnd.hangsUp();
  }

  outcome(signal: AbortSignal): Promise<ConsultationOutcome> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(new PortError('given up', { code: 'telephony/aborted', kind: 'timeout', retryable: false, cause: signal.reason }));
        void this.leg.hangUp('no-answer');
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.settle = (outcome) => {
        signal.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
    });
  }

  callerLeft(): void {
    this.settle({ kind: 'failed', reason: 'caller-gone' });
    void this.leg.hangUp('normal');
  }

  async connect(signal: AbortSignal): Promise<Extract<TransferOutcome, { kind: 'connected' | 'failed' }>> {
    await Promise.resolve(); // as with a network, nothing is done in the same turn
    if (signal.aborted) {
      await this.leg.hangUp('normal');
      throw new PortError('given up', { code: 'telephony/aborted', kind: 'timeout', retryable: false, cause: signal.reason });
    }
    if (this.caller.ended) return { kind: 'failed', reason: 'caller-gone' };
    if (this.leg.ended) return { kind: 'failed', reason: 'unreachable' };
    this.connected = true;
    await Promise.all([this.caller.media?.close(), this.leg.letGo()]);
    return { kind: 'connected' };
  }
}
