import { decide } from '../../domain/conversation/conversation.js';
import type { ConversationEvent } from '../../domain/conversation/conversation-events.js';
import { type ConversationState, openConversation, type Resumption } from '../../domain/conversation/conversation-state.js';
import type { Effect } from '../../domain/conversation/effect.js';
import { type Order, orderRefusal } from '../../domain/conversation/orders.js';
import type { AwaitedDigits, Handover, Stimulus, StimulusBody, TimerName } from '../../domain/conversation/stimulus.js';
import type { OrderRefusal } from '../../domain/call/call-order.js';
import type { TerminationReason } from '../../domain/call/termination.js';
import type { Discretion } from '../../domain/privacy/discretion.js';
import { unreachable } from '../../domain/shared/assert.js';
import type { ConversationId } from '../../domain/shared/ids.js';
import type { AgentProfile } from '../../domain/tenant/agent-profile.js';
import type { Clock } from '../ports/clock.js';
import type { Listener } from './listener.js';
import type { Replier } from './replier.js';
import type { SecureDigits } from './secure-digits.js';
import type { Speaker } from './speaker.js';
import { Timers } from './timers.js';

/** Stimuli waiting while one is decided. More means a loop in the decisions: the call ends rather than the process. */
const MAILBOX_MAX = 1000;

/** What the engine hands outwards: to the call it belongs to. */
export interface EngineOutlet {
  record(event: ConversationEvent): void;
  awaitDigits(awaited: AwaitedDigits | null): void;
  /** True: what the caller says and types from now on must not be recorded anywhere; false: it may be again. */
  sensitive(on: boolean): void;
  escalate(reason: string): void;
  transfer(handover: Handover): void;
  /** The caller has been told that the person of the transfer takes the call. */
  connectTransfer(): void;
  finish(reason: TerminationReason): void;
  /** A bug in this conversation; it must cost this call only. */
  fail(error: unknown): void;
}

export interface EngineOptions {
  readonly profile: AgentProfile;
  readonly clock: Clock;
  readonly outlet: EngineOutlet;
  /** What the agent may be given. */
  readonly discretion: Discretion;
  readonly secureDigits: SecureDigits;
  readonly resumption: Resumption | null;
  /** The organs report to the engine, so they are made with its `post`. */
  readonly organs: (post: (stimulus: StimulusBody, atMs?: number) => void) => { listener: Listener; speaker: Speaker; replier: Replier };
}

/**
 * One mailbox, one loop: stimulus → pure decision → effects, strictly one after the other. External events never act,
 * they post. Effects start work and return at once; what comes of it is posted later.
 */
export class Engine {
  readonly listener: Listener;
  readonly speaker: Speaker;
  private readonly replier: Replier;
  private readonly timers: Timers<TimerName>;
  private readonly mailbox: Stimulus[] = [];
  private state: ConversationState;
  private deciding = false;
  private closing: Promise<void> | null = null;
  private conversationId: ConversationId | null = null;

  constructor(private readonly options: EngineOptions) {
    this.state = openConversation(options.profile, options.resumption);
    this.timers = new Timers(options.clock, (timer) => { this.post({ type: 'timer', timer }); });
    const organs = options.organs((stimulus, atMs) => { this.post(stimulus, atMs); });
    this.listener = organs.listener;
    this.speaker = organs.speaker;
    this.replier = organs.replier;
  }

  get turns(): number {
    return this.state.turnIndex;
  }

  /** Tells the conversation what happened; `atMs` when it happened, if that was before now. After `close` it decides nothing any more. */
  post(stimulus: StimulusBody, atMs = this.options.clock.nowMs()): void {
    if (this.mailbox.length >= MAILBOX_MAX) { this.options.outlet.fail(new Error('mailbox overflow')); return; }
    this.mailbox.push({ ...stimulus, atMs });
    if (this.deciding) return;
    this.deciding = true;
    try {
      for (let next = this.mailbox.shift(); next !== undefined; next = this.mailbox.shift()) this.react(next);
    } catch (error) {
      this.mailbox.length = 0;
      this.options.outlet.fail(error); // ends this call with internal_error, the other calls go on
    } finally {
      this.deciding = false;
    }
  }

  /** Asks for something on behalf of somebody outside. Carried out when the floor is free; refused when it cannot be. */
  order(order: Order): 'accepted' | OrderRefusal {
    const refusal = orderRefusal(this.state, order);
    if (refusal === null) this.post(order);
    return refusal ?? 'accepted';
  }

  /** The call is over: books what the caller heard of words that this cut. From here on nothing is decided any more. Idempotent. */
  conclude(): void {
    // Within a decision the conversation itself ended the call (its books are closed), or it has a bug.
    if (!this.deciding) this.post({ type: 'call-ended', ...this.speaker.cut() });
  }

  /** Stops every organ; from here on nothing is decided or begun any more. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.closeOrgans();
    return this.closing;
  }

  private async closeOrgans(): Promise<void> {
    this.mailbox.length = 0;
    this.state = decide(this.state, { type: 'call-ended', said: '', heard: '', atMs: this.options.clock.nowMs() }).state;
    this.timers.clear();
    await Promise.all([this.listener.close(), this.speaker.close(), this.replier.close(), this.options.secureDigits.close()]);
  }

  private react(stimulus: Stimulus): void {
    if (stimulus.type === 'agent-opened') this.conversationId = stimulus.conversationId;
    const decision = decide(this.state, stimulus);
    this.state = decision.state;
    for (const effect of decision.effects) if (this.closing === null) this.carryOut(effect);
  }

  private ask(effect: Extract<Effect, { type: 'ask-agent' }>): void {
    if (this.conversationId === null) return;
    const { discretion, profile } = this.options;
    this.replier.ask(this.conversationId, { ...effect, ...discretion.forAgent(effect, profile.pci.agentSeesCard) });
  }

  /* A table, not logic: one line per effect. */
  // eslint-disable-next-line complexity -- the dispatch over a closed union is as wide as the union
  private carryOut(effect: Effect): void {
    const { outlet } = this.options;
    switch (effect.type) {
      case 'begin-utterance': this.listener.beginUtterance(effect.preRollMs); return;
      case 'end-utterance': this.listener.endUtterance(); return;
      case 'ask-agent': this.ask(effect); return;
      case 'cancel-reply': this.replier.cancel(effect.replyId); return;
      case 'speak': this.speaker.speak(effect.speechId, effect.text, effect.source); return;
      case 'complete-speech': this.speaker.complete(effect.speechId); return;
      case 'stop-speaking': this.speaker.stop(effect.speechId); return;
      case 'arm-timer': this.timers.arm(effect.timer, effect.atMs); return;
      case 'cancel-timer': this.timers.cancel(effect.timer); return;
      case 'record': outlet.record(effect.event); return;
      case 'await-digits': outlet.awaitDigits(effect.awaited); return;
      case 'sensitive': outlet.sensitive(effect.on); return;
      case 'seal-digits': this.options.secureDigits.seal(effect.sealId, effect.digits); return;
      case 'escalate': outlet.escalate(effect.reason); return;
      case 'transfer': outlet.transfer(effect); return;
      case 'connect-transfer': outlet.connectTransfer(); return;
      case 'finish': outlet.finish(effect.reason); return;
      default: unreachable(effect);
    }
  }
}
