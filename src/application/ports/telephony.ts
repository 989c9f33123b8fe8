import type { LegId } from '../../domain/shared/ids.js';
import type { Cancel } from './clock.js';
import type { MediaLeg, VoiceDetection } from './media-leg.js';

/** Why we refuse or release a leg; the adapter maps it to its signalling (Q.850 cause with Asterisk). */
export type ReleaseCause = 'normal' | 'busy' | 'congestion' | 'no-answer' | 'rejected' | 'unallocated-number';

/** What happens on a leg. `ended` comes exactly once and is the last. */
export type LegEvent =
  | { readonly type: 'ringing' }
  /** Media before an answer (announcement, ring-back). Not an answer. */
  | { readonly type: 'early-media' }
  | { readonly type: 'answered' }
  | { readonly type: 'dtmf'; readonly digit: string; readonly durationMs: number }
  | { readonly type: 'held' }
  | { readonly type: 'resumed' }
  /**
   * The leg is gone, whoever ended it. `released` is true when it left to where we sent it (transfer) or is another process's, not hung up.
   * `causeCode`, ITU-T Q.850, is always there: ours, or a stand-in where none came. `lineCauseCode` only where the far end or the
   * carrier has given that cause; not where we hung up (also because it rang too long), nor of a leg that was found gone.
   */
  | { readonly type: 'ended'; readonly causeCode: number; readonly causeText: string; readonly lineCauseCode?: number; readonly released: boolean };

/** Why a number was not reached; of a transfer to an extension or a queue, why it was not made. */
export type DialFailure = 'busy' | 'no-answer' | 'rejected' | 'unreachable' | 'caller-gone';
/** `causeCode`: ITU-T Q.850, where the line to the number ended with one; not where we gave up. */
export interface DialFailed {
  readonly kind: 'failed';
  readonly reason: DialFailure;
  readonly causeCode?: number;
}
/** Why a queue has sent the caller back: no room, nobody there, nobody took the call in time. */
export type QueueFailure = 'queue-full' | 'queue-empty' | 'queue-timeout';

export type TransferTarget =
  /** Leave to the PBX: a queue, an extension or an IVR of its dialplan. We lose the leg. */
  | { readonly kind: 'extension'; readonly context: string; readonly extension: string }
  /** Dial out and bridge; we keep the call until one side hangs up. `number` in E.164 or as the trunk expects it. */
  | { readonly kind: 'number'; readonly number: string; readonly trunk?: string; readonly ringTimeoutMs: number }
  /**
   * Wait in a queue of the PBX. The caller leaves our audio, and comes back to it when nobody took the call; then the leg goes on as
   * before. After `followMs`, or when `signal` aborts, we no longer wait for what becomes of him: he is handed over, to the PBX.
   */
  | { readonly kind: 'queue'; readonly context: string; readonly queue: string; readonly followMs: number };

export type TransferOutcome =
  | { readonly kind: 'handed-over' } // the leg left us (extension), or somebody of the queue has it
  | { readonly kind: 'connected' } // caller and target are talking (number)
  | DialFailed
  | { readonly kind: 'failed'; readonly reason: QueueFailure };

/** Somebody to have a word with before the caller is connected to them. */
export interface ConsultationTarget {
  /** In E.164 or as the trunk expects it. */
  readonly number: string;
  readonly trunk?: string;
  readonly ringTimeoutMs: number;
}

export type ConsultationOutcome =
  | { readonly kind: 'answered'; readonly consultation: Consultation }
  | DialFailed;

/** The leg of a person we ask; a leg that can be heard and spoken to like a caller's. */
export type ConsultationLeg = Pick<CallLeg, 'id' | 'ended' | 'onEvent' | 'openMedia' | 'hangUp'>;

/** A person who has answered and waits, while the caller stays with our media. It ends with the caller's leg at the latest. */
export interface Consultation {
  readonly leg: ConsultationLeg;
  /**
   * Brings caller and person together: our audio ends with both, and from now on the two hang up together. Resolves to `failed` when
   * one of them has left meanwhile; the caller, if he is there, is with our media as before. At most once. When it is given up the
   * person is hung up.
   */
  connect(signal: AbortSignal): Promise<Extract<TransferOutcome, { kind: 'connected' | 'failed' }>>;
}

export interface OpenMediaOptions {
  /** 16000 asks for wideband; the leg opened says what it became. */
  readonly preferredSampleRateHz: 8000 | 16000;
  readonly voiceDetection: VoiceDetection;
}

/**
 * One telephone leg under our control, whatever carries it.
 * Methods throw PortError `telephony/*`; `not-found` means that the leg is gone and is never an alarm.
 */
export interface CallLeg {
  readonly id: LegId;
  readonly ended: boolean;
  /** Events since the leg was made are replayed to the first listener, so none is missed. */
  onEvent(listener: (event: LegEvent) => void): Cancel;
  /** Answers an offered leg; while the telephony is away it is tried again, until `signal` aborts. Idempotent. */
  answer(signal: AbortSignal): Promise<void>;
  /**
   * Opens audio both ways and connects it to the leg; while the telephony is away it is tried again, until `signal` aborts. May be
   * called before `answer`. At most once. The leg owns it and closes it when the leg ends.
   */
  openMedia(options: OpenMediaOptions, signal: AbortSignal): Promise<MediaLeg>;
  /** Sends digits `0-9 * # A-D` towards the far end. */
  sendDtmf(digits: string, signal: AbortSignal): Promise<void>;
  /** Until the outcome is known the caller stays with our media (so they can be spoken to). On `failed` the media is still connected. */
  transfer(target: TransferTarget, signal: AbortSignal): Promise<TransferOutcome>;
  /**
   * Calls somebody without telling the caller's line of it, and gives their leg when they answer. Until `connect` the caller stays with
   * our media. One transfer or consultation at a time (`telephony/transfer-in-progress`); it is over when its leg has ended.
   */
  consult(target: ConsultationTarget, signal: AbortSignal): Promise<ConsultationOutcome>;
  /**
   * Another process has the leg by now. Ends our audio and removes what we made for it; the caller, and whoever he was transferred
   * to and talks with, stay. `ended` comes with `released`; what is asked of the leg afterwards does nothing. Idempotent.
   */
  letGo(): Promise<void>;
  /** Releases everything that belongs to the leg (channels, bridge, media). Idempotent; resolves when it is gone. */
  hangUp(cause: ReleaseCause): Promise<void>;
}

/** A call that rings. Nobody has answered it. */
export interface CallOffer {
  readonly leg: CallLeg;
  /** Number the caller dialled (DID), digits with optional leading +. */
  readonly dialledNumber: string;
  readonly callerNumber: string;
  readonly callerName: string;
  /** Name of the trunk or endpoint it came in by; empty if unknown. */
  readonly trunk: string;
  /** Given by the edge in front of us (X-Correlation-Id); empty if none. */
  readonly correlationId: string;
  /** True when the far end offers 16 kHz or better. */
  readonly wideband: boolean;
  /** Clock time when the offer reached this process. */
  readonly offeredAtMs: number;
  /** True for a call that a process before this one had answered, and that nobody has adopted. */
  readonly answered: boolean;
}

/** A living leg of a process that has died, here or elsewhere. */
export interface AdoptionRequest {
  readonly legId: LegId;
}

export interface AdoptedLeg {
  /** Answered. The audio of the former process is dead: `openMedia` makes new audio. */
  readonly leg: CallLeg;
  /** The caller talks with somebody he was transferred to; that goes on, and nothing is to be opened. */
  readonly connected: boolean;
}

export interface OriginateRequest {
  /** Deterministic: asking twice with the same id places one call (the second throws `telephony/duplicate-leg`). */
  readonly legId: LegId;
  /** Carrier's dial string without technology specifics where possible; with Asterisk `PJSIP/<endpoint>/sip:…` or a number for `trunk`. */
  readonly destination: string;
  readonly callerNumber: string;
  readonly callerName?: string;
  readonly ringTimeoutMs: number;
  /** The carrier ends the leg by itself after so long, should nobody here do it any more; missing: never. */
  readonly durationMaxMs?: number;
  /** Carried to the far end as X-Correlation-Id. */
  readonly correlationId?: string;
}

/** A carrier or PBX: offers calls, places calls. */
export interface Telephony {
  /** Handler of incoming calls; a throw in it rejects that call with congestion. One handler. */
  onOffer(handler: (offer: CallOffer) => void): Cancel;
  /**
   * Resolves as soon as the leg exists; `ringing`, `early-media`, `answered`, `ended` come as its events.
   *
   * @throws PortError `telephony/*`; of kind `timeout` when a telephone may ring all the same, of any other when none does.
   */
  originate(request: OriginateRequest, signal: AbortSignal): Promise<CallLeg>;
  /**
   * Takes a leg over. Throws `telephony/not-found` when it has ended, `telephony/duplicate-leg` when this process has it. After any
   * other failure the caller, and whoever he talks with, are as they were, and it may be asked again.
   */
  adopt(request: AdoptionRequest, signal: AbortSignal): Promise<AdoptedLeg>;
  /** Removes what a node that has died left and nobody has adopted. Objects of living legs stay. */
  sweepAfter(formerNode: string, signal: AbortSignal): Promise<void>;
  /** True while calls can be offered and placed. */
  readonly ready: boolean;
  /** Hangs up nothing: call it when no leg is left. Idempotent. */
  close(): Promise<void>;
}
