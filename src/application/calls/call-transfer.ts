import type { Call, CallChange, CallRefusal } from '../../domain/call/call.js';
import { lineCause } from '../../domain/call/line-cause.js';
import type { TerminationReason } from '../../domain/call/termination.js';
import type { Handover, HandoverTarget, StimulusBody } from '../../domain/conversation/stimulus.js';
import { wholePieces } from '../../domain/conversation/sentence-splitter.js';
import type { ConversationId } from '../../domain/shared/ids.js';
import { consultationWords } from '../../domain/tenant/agent-profile.js';
import type { Route } from '../../domain/tenant/routing.js';
import type { Agent } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { MediaLeg } from '../ports/media-leg.js';
import type { NumberPlan } from '../ports/number-plan.js';
import { codeOf } from '../ports/port-error.js';
import type { CallLeg, Consultation } from '../ports/telephony.js';
import type { TextToSpeech } from '../ports/text-to-speech.js';
import { askPerson, type Briefing } from './ask-person.js';
import { causeFields } from './call-measurements.js';
import { HoldTone } from './hold-tone.js';
import { handoverRefusal, reportTransfer, RING_TIMEOUT_MS, targetName, transferCaller, type TransferEnd, transferEnd } from './transfer-caller.js';

/** The call whose caller is to be handed over, as far as that needs it. */
export interface CallScene {
  readonly leg: CallLeg;
  readonly route: Route;
  readonly ports: { readonly agent: Agent; readonly clock: Clock; readonly textToSpeech: TextToSpeech; readonly numbers: NumberPlan };
  readonly log: Logger;
  /** Aborts when the call ends. */
  readonly ended: AbortSignal;
  readonly media: () => MediaLeg | null;
  readonly conversationId: () => ConversationId | null;
  readonly change: (act: (call: Call) => CallChange | CallRefusal) => void;
  readonly tell: (stimulus: StimulusBody) => void;
  /** Somebody else talks with the caller now: nobody listens in. */
  readonly closeConversation: () => Promise<void>;
}

/** Handing a caller over, one attempt at a time: blind, after a word with the person, or into a queue. */
export class CallTransfer {
  /** Where the caller is being sent, until the outcome is known. */
  private target: HandoverTarget | null = null;
  private name = '';
  private consultation: Consultation | null = null;
  private waitsInQueue = false;
  /** The call ended while it was under way, and that has been told: what comes of it any more is nobody's concern. */
  private overtaken = false;
  private readonly leaving = new AbortController();
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly scene: CallScene) {}

  /** The caller is in a queue of the PBX, without our audio. */
  get callerIsAway(): boolean {
    return this.waitsInQueue;
  }

  /** Resolves when nothing of it is under way any more; soon after the call has ended. Never rejects. */
  get settled(): Promise<void> {
    return this.work;
  }

  /** What comes of it is told to the conversation. */
  begin(handover: Handover): void {
    this.target = handover.target;
    this.name = targetName(handover.target);
    this.work = this.run(handover);
  }

  /** The caller has been told that the person takes the call. */
  connect(): void {
    this.work = this.join();
  }

  /** A person has the caller. The leg may tell it (by leaving to where we sent it) before the transfer itself does. */
  handedOver(): void {
    const { target } = this;
    if (this.scene.ended.aborted || target === null) return;
    this.target = null;
    this.scene.change((call) => call.transfer(target.kind, this.name));
  }

  /** The call is about to end for `reason`. A transfer under way comes to nothing: that is told while something can still be told of the call. */
  callEnds(reason: TerminationReason): void {
    const { target, name, work, scene: { change, log } } = this;
    if (target === null) return;
    this.target = null;
    this.overtaken = true;
    const outcome = reason === 'caller_hangup' ? 'caller-gone' : 'call-over';
    log.info('transfer over', { outcome });
    change((call) => call.note({ type: 'call.transfer_failed', target: name, reason: outcome }));
    this.work = Promise.allSettled([work, this.report(outcome)]).then(() => undefined);
  }

  /** This process has no more time for the call. A caller who waits in a queue goes on waiting without us. False: he does not. */
  leaveToQueue(): boolean {
    if (this.waitsInQueue) this.leaving.abort();
    return this.waitsInQueue;
  }

  private async run(handover: Handover): Promise<void> {
    const { leg, route, ports, log, ended } = this.scene;
    const { profile } = route;
    const { target, briefing } = handover;
    log.info('transfer begun', { kind: target.kind, attended: briefing !== undefined });
    const refusal = handoverRefusal(route, ports.numbers, handover);
    if (refusal !== null) {
      log.warn('the caller may not be sent there', { reason: refusal });
      await Promise.resolve(); // the decision that asked for it goes first
      await this.conclude({ outcome: refusal });
    } else if (briefing !== undefined && target.kind === 'number') {
      const end = await this.withTone(() => this.consult(target.number, briefing));
      if (end.outcome === 'accepted') this.scene.tell({ type: 'transfer-accepted' }); else await this.conclude(end);
    } else if (target.kind === 'queue') {
      this.waitsInQueue = true;
      const end = await transferCaller(leg, target, { profile, log }, AbortSignal.any([ended, this.leaving.signal]));
      this.waitsInQueue = false;
      await this.conclude(end);
    } else {
      await this.conclude(await this.withTone(() => transferCaller(leg, target, { profile, log }, ended)));
    }
  }

  private async withTone(act: () => Promise<TransferEnd>): Promise<TransferEnd> {
    const { media: mediaOf, ports: { clock }, ended } = this.scene;
    const media = this.target?.kind === 'number' ? mediaOf() : null;
    if (media === null || ended.aborted) return act();
    const tone = new HoldTone(media, clock);
    return act().finally(() => { tone.stop(); });
  }

  /** Calls the person and asks. Resolves to `accepted`, or why nothing came of it; never rejects. */
  private async consult(number: string, briefing: string): Promise<TransferEnd> {
    const { leg, ports, log, ended } = this.scene;
    let person: Consultation | null = null;
    let answer = 'failed';
    try {
      const outcome = await leg.consult({ number, ringTimeoutMs: RING_TIMEOUT_MS }, ended);
      if (outcome.kind === 'failed') return transferEnd(outcome);
      person = outcome.consultation;
      answer = await askPerson(person.leg, this.briefingOf(briefing), { ...ports, log }, ended);
    } catch (error) {
      answer = codeOf(error, 'failed');
      if (!ended.aborted) log.warn('nobody could be asked', { code: answer }, error);
    }
    if (answer === 'accepted') this.consultation = person; else await person?.leg.hangUp('normal');
    return { outcome: answer };
  }

  private briefingOf(words: string): Briefing {
    const { tenant, profile: { prompts, speech: { voice }, language, turnPolicy: { synthesisDeadlineMs } } } = this.scene.route;
    return {
      introduction: consultationWords(prompts, tenant.name), pieces: wholePieces(words), choice: prompts.consultationChoice, voice, language, synthesisDeadlineMs,
    };
  }

  private async join(): Promise<void> {
    const { consultation, scene: { ended, log } } = this;
    this.consultation = null;
    let outcome = 'failed';
    try {
      const joined = await consultation?.connect(ended);
      if (joined !== undefined) outcome = joined.kind === 'connected' ? 'connected' : joined.reason === 'unreachable' ? 'hung-up' : joined.reason;
    } catch (error) {
      outcome = codeOf(error, 'failed');
      if (!ended.aborted) log.warn('caller and person could not be connected', { code: outcome }, error);
    }
    await this.conclude({ outcome });
  }

  private async conclude({ outcome, causeCode }: TransferEnd): Promise<void> {
    if (this.overtaken) return;
    const { name, scene: { ended, change, tell, closeConversation, log } } = this;
    const cause = lineCause(causeCode);
    log.info('transfer over', { outcome, ...causeFields(cause) });
    const work: Promise<void>[] = [];
    if (outcome === 'handed-over' || outcome === 'connected') {
      this.handedOver();
      tell({ type: 'transfer-done' });
      work.push(closeConversation());
    } else {
      this.target = null;
      if (ended.aborted) return; // let go: another node has the call, and tells what becomes of it
      change((call) => call.note({ type: 'call.transfer_failed', target: name, reason: outcome, ...(cause === undefined ? {} : { cause }) }));
      tell({ type: 'transfer-failed', reason: outcome });
    }
    await Promise.allSettled([...work, this.report(outcome)]);
  }

  /** To the agent, if a conversation with it was opened. Never rejects. */
  private async report(outcome: string): Promise<void> {
    const { name, scene: { conversationId, ports, log } } = this;
    const conversation = conversationId();
    if (conversation !== null) await reportTransfer({ ...ports, log }, conversation, { target: name, outcome });
  }
}
