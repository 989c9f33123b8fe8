import type { Cancel, Clock } from '../../../src/application/ports/clock.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import type { CallLeg, ConsultationOutcome, ConsultationTarget, LegEvent, OpenMediaOptions, ReleaseCause, TransferOutcome, TransferTarget } from '../../../src/application/ports/telephony.js';
import { type LegId, legId } from '../../../src/domain/shared/ids.js';
import { FakeConsultation } from './fake-consultation.js';
import { MemoryLeg } from './memory-leg.js';

/** Q.850, as the real adapter reports it. */
const CAUSE_CODES: Readonly<Record<ReleaseCause, number>> = {
  normal: 16, busy: 17, congestion: 34, 'no-answer': 19, rejected: 21, 'unallocated-number': 1,
};
const NORMAL_CLEARING = 16;
const TEMPORARY_FAILURE = 41;

type Method = 'answer' | 'openMedia' | 'sendDtmf' | 'transfer' | 'consult';

/** What the person, or the network, at the other end does. */
export interface FarEnd {
  rings(): void;
  /** Media before an answer. */
  announces(): void;
  picksUp(): void;
  presses(digit: string, durationMs?: number): void;
  holds(): void;
  resumes(): void;
  hangsUp(causeCode?: number): void;
}

/** A leg in memory that remembers what was done to it; `farEnd` makes things happen. */
export class FakeCallLeg implements CallLeg {
  ended = false;
  answered = false;
  /** How it was released by us; undefined while it lives or when the far end ended it. */
  releasedWith: ReleaseCause | undefined;
  /** Another process has it. */
  wasLetGo = false;
  /** The audio, once opened. */
  media: MemoryLeg | undefined;
  readonly openMediaRequests: OpenMediaOptions[] = [];
  readonly digitsSent: string[] = [];
  readonly transfers: TransferTarget[] = [];
  /** How the next transfer ends; undefined: it stays pending until `completeTransfer`. */
  transferOutcome: TransferOutcome | undefined;
  /** Whoever was called to be asked, oldest first. */
  readonly consultations: FakeConsultation[] = [];
  /** The next call of a method throws this, once. */
  readonly failures: Partial<Record<Method, PortError>> = {};
  readonly farEnd: FarEnd = {
    rings: () => { this.emit({ type: 'ringing' }); },
    announces: () => { this.emit({ type: 'early-media' }); },
    picksUp: () => { this.markAnswered(); },
    presses: (digit, durationMs = 100) => { this.emit({ type: 'dtmf', digit, durationMs }); },
    holds: () => { this.emit({ type: 'held' }); },
    resumes: () => { this.emit({ type: 'resumed' }); },
    hangsUp: (causeCode = NORMAL_CLEARING) => { this.end(causeCode, false, causeCode); },
  };
  private readonly listeners = new Set<(event: LegEvent) => void>();
  private unheard: LegEvent[] | undefined = [];
  private settleTransfer: ((outcome: TransferOutcome) => void) | undefined;

  constructor(
    readonly id: LegId,
    readonly direction: 'incoming' | 'outgoing',
    private readonly wideband: boolean,
    private readonly clock?: Clock,
  ) {}

  onEvent(listener: (event: LegEvent) => void): Cancel {
    this.listeners.add(listener);
    const missed = this.unheard ?? [];
    this.unheard = undefined;
    for (const event of missed) listener(event);
    return () => { this.listeners.delete(listener); };
  }

  // The methods are async so that they reject, and never throw, like the real ones.
  async answer(signal: AbortSignal): Promise<void> {
    await this.admit('answer', signal);
    if (!this.answered && this.direction === 'outgoing') {
      throw new PortError('only an offered leg can be answered', { code: 'telephony/not-offered', kind: 'rejected' });
    }
    this.markAnswered();
  }

  async openMedia(options: OpenMediaOptions, signal: AbortSignal): Promise<MemoryLeg> {
    await this.admit('openMedia', signal);
    if (this.media) throw new PortError('media is open already', { code: 'telephony/media-open', kind: 'rejected' });
    this.openMediaRequests.push(options);
    this.media = new MemoryLeg({
      sampleRateHz: this.wideband ? options.preferredSampleRateHz : 8000,
      voiceDetection: options.voiceDetection,
      ...(this.clock === undefined ? {} : { clock: this.clock }),
    });
    return this.media;
  }

  async sendDtmf(digits: string, signal: AbortSignal): Promise<void> {
    await this.admit('sendDtmf', signal);
    if (!/^[0-9*#A-D]+$/.test(digits)) throw new PortError('not a digit', { code: 'telephony/invalid-digits', kind: 'rejected' });
    this.digitsSent.push(digits);
  }

  async transfer(target: TransferTarget, signal: AbortSignal): Promise<TransferOutcome> {
    await this.admit('transfer', signal);
    this.transfers.push(target);
    const outcome = this.transferOutcome ?? await this.pendingTransfer(target, signal);
    this.transferOutcome = undefined;
    return this.carryOut(outcome);
  }

  async consult(target: ConsultationTarget, signal: AbortSignal): Promise<ConsultationOutcome> {
    await this.admit('consult', signal);
    if (this.consultations.some(({ over }) => !over)) throw new PortError('a transfer is in progress', { code: 'telephony/transfer-in-progress', kind: 'rejected' });
    const person = new FakeCallLeg(legId(`${this.id}.out${String(this.consultations.length + 1)}`), 'outgoing', false, this.clock);
    const consultation = new FakeConsultation(target, this, person);
    this.consultations.push(consultation);
    return consultation.outcome(signal);
  }

  /** Ends the transfer in progress. */
  completeTransfer(outcome: TransferOutcome): void {
    this.settleTransfer?.(outcome);
  }

  hangUp(cause: ReleaseCause): Promise<void> {
    if (!this.ended) {
      this.releasedWith = cause;
      this.end(CAUSE_CODES[cause], false);
    }
    return Promise.resolve();
  }

  /** The PBX no longer has it, and nothing has told why. */
  vanish(): void {
    this.end(TEMPORARY_FAILURE, false);
  }

  /** It rang too long, as the real adapter counts it. */
  ringsTooLong(): void {
    this.end(CAUSE_CODES['no-answer'], false);
  }

  letGo(): Promise<void> {
    this.wasLetGo ||= !this.ended;
    this.end(NORMAL_CLEARING, true);
    return Promise.resolve();
  }

  private async carryOut(outcome: TransferOutcome): Promise<TransferOutcome> {
    if (this.ended) return { kind: 'failed', reason: 'caller-gone' };
    if (outcome.kind === 'handed-over') this.end(NORMAL_CLEARING, true);
    if (outcome.kind === 'connected') await this.media?.close(); // the target speaks now, not we
    return outcome;
  }

  private pendingTransfer({ kind }: TransferTarget, signal: AbortSignal): Promise<TransferOutcome> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (kind === 'queue') { resolve({ kind: 'handed-over' }); return; } // no longer followed: he is the queue's
        reject(new PortError('transfer was given up', { code: 'telephony/aborted', kind: 'timeout', retryable: false, cause: signal.reason }));
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.settleTransfer = (outcome) => {
        signal.removeEventListener('abort', onAbort);
        resolve(outcome);
      };
    });
  }

  private async admit(method: Method, signal: AbortSignal): Promise<void> {
    await Promise.resolve(); // as with a network, nothing is done in the same turn
    if (signal.aborted) throw new PortError('given up', { code: 'telephony/aborted', kind: 'timeout', retryable: false, cause: signal.reason });
    if (this.ended) throw new PortError('the leg is gone', { code: 'telephony/not-found', kind: 'not-found' });
    const failure = this.failures[method];
    if (failure) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- once means once
      delete this.failures[method];
      throw failure;
    }
  }

  private markAnswered(): void {
    if (this.answered) return;
    this.answered = true;
    this.emit({ type: 'answered' });
  }

  /** @param lineCauseCode given by the far end */
  private end(causeCode: number, released: boolean, lineCauseCode?: number): void {
    if (this.ended) return;
    this.ended = true;
    this.settleTransfer?.({ kind: 'failed', reason: 'caller-gone' });
    for (const consultation of this.consultations) consultation.callerLeft();
    void this.media?.close();
    this.emit({ type: 'ended', causeCode, causeText: '', ...(lineCauseCode === undefined ? {} : { lineCauseCode }), released }, true);
  }

  private emit(event: LegEvent, last = false): void {
    if (this.ended && !last) return;
    this.unheard?.push(event);
    for (const listener of [...this.listeners]) listener(event);
  }
}
