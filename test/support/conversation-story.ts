import { decide } from '../../src/domain/conversation/conversation.js';
import type { ConversationEvent, SpeechSource } from '../../src/domain/conversation/conversation-events.js';
import { type ConversationState, openConversation, type Resumption } from '../../src/domain/conversation/conversation-state.js';
import type { Effect } from '../../src/domain/conversation/effect.js';
import type { DigitRequest, ReplyAction, StimulusBody, TimerName } from '../../src/domain/conversation/stimulus.js';
import { conversationId, type ReplyId } from '../../src/domain/shared/ids.js';
import { aProfile, type ProfileDeviations } from './builders/a-profile.js';

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>;
type Ask = Of<'ask-agent'>;

/**
 * One conversation told step by step: feeds stimuli to `decide`, keeps the timers it arms, and fires them when the test lets
 * time pass. The mouth is obedient: `stop-speaking` is answered at once with the words set by `heardWhenCut`.
 */
export class ConversationStory {
  state: ConversationState;
  nowMs = 10_000;
  /** Every effect so far. */
  readonly effects: Effect[] = [];
  readonly timers = new Map<TimerName, number>();
  /** What the caller will have heard of the running speech if it is cut. */
  heardWhenCut = '';
  /** When the voice going on is more than a sound; null when it is already, or nobody speaks. */
  private sustainedAtMs: number | null = null;
  private voiceAtMs = 0;
  /** False: `stop-speaking` stays unanswered until the test answers. */
  mouthObeys = true;

  constructor(deviations: ProfileDeviations = {}, resumption: Resumption | null = null) {
    this.state = openConversation(aProfile(deviations), resumption);
  }

  // --- the world ---

  tell(stimulus: StimulusBody, atMs = this.nowMs): readonly Effect[] {
    const decision = decide(this.state, { ...stimulus, atMs });
    this.state = decision.state;
    this.effects.push(...decision.effects);
    for (const effect of decision.effects) this.keep(effect);
    return decision.effects;
  }

  /** Lets time pass; timers fire in order. */
  advance(ms: number): this {
    const untilMs = this.nowMs + ms;
    for (let due = this.nextTimer(); due !== null && due.atMs <= untilMs; due = this.nextTimer()) {
      this.sustain(due.atMs);
      this.fire(due.timer);
    }
    this.sustain(untilMs);
    this.nowMs = untilMs;
    return this;
  }

  /** The armed timer that fires next. */
  nextTimer(): { readonly timer: TimerName; readonly atMs: number } | null {
    let next: { timer: TimerName; atMs: number } | null = null;
    for (const [timer, atMs] of this.timers) if (next === null || atMs < next.atMs) next = { timer, atMs };
    return next;
  }

  /** Fires an armed timer, moving time to it. */
  fire(timer: TimerName): void {
    this.nowMs = Math.max(this.nowMs, this.timers.get(timer) ?? this.nowMs);
    this.timers.delete(timer);
    this.tell({ type: 'timer', timer });
  }

  private sustain(untilMs: number): void {
    if (this.sustainedAtMs === null || this.sustainedAtMs > untilMs) return;
    this.nowMs = this.sustainedAtMs;
    this.sustainedAtMs = null;
    this.tell({ type: 'caller-sustained', onsetAtMs: this.voiceAtMs });
  }

  private keep(effect: Effect): void {
    if (effect.type === 'arm-timer') this.timers.set(effect.timer, effect.atMs);
    if (effect.type === 'cancel-timer') this.timers.delete(effect.timer);
    if (effect.type === 'stop-speaking' && this.mouthObeys) this.mouthStops(effect.speechId);
  }

  mouthStops(speechId: number): void {
    const heard = this.heardWhenCut;
    this.heardWhenCut = '';
    this.tell({ type: 'playback-stopped', speechId, said: this.saidIn(speechId), heard });
  }

  // --- the call ---

  /** Answered, conversation open, greeting heard to its end: the caller's turn. */
  static begun(deviations: ProfileDeviations = {}): ConversationStory {
    const story = new ConversationStory(deviations);
    story.tell({ type: 'media-ready' });
    story.opens();
    story.speechIsHeard();
    return story;
  }

  opens(greeting: string | null = null): this {
    this.tell({ type: 'agent-opened', conversationId: conversationId('c-1'), greeting });
    return this;
  }

  // --- the caller ---

  voiceBegins(): this {
    const { speechOnsetMs, bargeInMs } = this.state.profile.turnPolicy;
    this.voiceAtMs = this.nowMs - speechOnsetMs;
    this.sustainedAtMs = this.voiceAtMs + bargeInMs;
    this.tell({ type: 'caller-started', onsetAtMs: this.voiceAtMs });
    return this;
  }

  voicePauses(): this {
    this.goesSilent();
    this.tell({ type: 'caller-paused', lastVoicedAtMs: this.nowMs - this.state.profile.turnPolicy.pauseMs });
    return this;
  }

  /** No more voice; the media thread will report it after a pause. */
  goesSilent(): this {
    this.sustainedAtMs = null;
    return this;
  }

  /** A sound of `voicedMs`, reported by the media thread as it would. */
  sounds(voicedMs: number): this {
    const { speechOnsetMs, pauseMs } = this.state.profile.turnPolicy;
    return this.advance(speechOnsetMs).voiceBegins().advance(voicedMs - speechOnsetMs).goesSilent().advance(pauseMs).voicePauses();
  }

  /** The silence after a sound that ends a turn. */
  fallsSilent(): this {
    const { endOfTurnSilenceMs, pauseMs } = this.state.profile.turnPolicy;
    return this.advance(endOfTurnSilenceMs - pauseMs);
  }

  hears(text: string, confidence: number | null = 0.9): this {
    this.tell({ type: 'transcript-final', text, confidence });
    return this;
  }

  /** A whole turn: voice, silence, final transcript. */
  says(text: string, voicedMs = 1000): this {
    return this.sounds(voicedMs).fallsSilent().advance(100).hears(text);
  }

  presses(digits: string): this {
    for (const digit of digits) this.tell({ type: 'digit', digit });
    return this;
  }

  // --- the agent ---

  replyText(text: string, options: { readonly replyId?: ReplyId; readonly interruptible?: boolean } = {}): this {
    this.tell({ type: 'reply-text', replyId: options.replyId ?? this.replyId, text, interruptible: options.interruptible ?? true });
    return this;
  }

  replyAction(action: ReplyAction): this {
    this.tell({ type: 'reply-action', replyId: this.replyId, action });
    return this;
  }

  replyDone(replyId = this.replyId): this {
    this.tell({ type: 'reply-done', replyId });
    return this;
  }

  replyFails(timeout = false): this {
    this.tell({ type: 'reply-failed', replyId: this.replyId, code: 'agent/unavailable', timeout });
    return this;
  }

  /** A reply of one piece with its actions, generated to its end (not yet heard). */
  replies(text: string, ...actions: readonly ReplyAction[]): this {
    if (text !== '') this.replyText(text);
    for (const action of actions) this.replyAction(action);
    return this.replyDone();
  }

  collects(digits: Partial<DigitRequest> = {}): this {
    return this.replies('Please enter it.', { type: 'collect-digits', digits: { min: 4, max: 4, terminator: '#', interDigitTimeoutMs: 3000, ...digits } });
  }

  // --- the mouth ---

  /** The latest piece of the running speech has become audio. */
  rendered(source: SpeechSource, audioMs: number): this {
    const text = this.spoken.at(-1) ?? '';
    this.tell({ type: 'audio-ready', speechId: this.speechId, text, source, requestedAtMs: this.nowMs });
    this.tell({ type: 'audio-complete', speechId: this.speechId, text, source, firstAudioMs: 20, audioMs });
    return this;
  }

  speechBegins(): this {
    this.tell({ type: 'playback-started', speechId: this.speechId });
    return this;
  }

  /** The running speech is played to its end. */
  speechIsHeard(heard = this.saidIn(this.speechId)): this {
    if (heard !== '') this.speechBegins();
    this.tell({ type: 'playback-finished', speechId: this.speechId, said: this.saidIn(this.speechId), heard });
    return this;
  }

  // --- what is to be seen ---

  get phase(): ConversationState['phase']['kind'] {
    return this.state.phase.kind;
  }

  /* A method, so that the compiler does not take one look for the next. */
  is(phase: ConversationState['phase']['kind']): boolean {
    return this.state.phase.kind === phase;
  }

  of<T extends Effect['type']>(type: T): readonly Of<T>[] {
    return this.effects.filter((effect): effect is Of<T> => effect.type === type);
  }

  events<T extends ConversationEvent['type']>(type: T): readonly Extract<ConversationEvent, { type: T }>[] {
    return this.of('record').map((effect) => effect.event).filter((event): event is Extract<ConversationEvent, { type: T }> => event.type === type);
  }

  /** The agent was asked these, oldest first. */
  get asked(): readonly Ask['input'][] {
    return this.of('ask-agent').map((ask) => ask.input);
  }

  get lastAsk(): Ask {
    const ask = this.of('ask-agent').at(-1);
    if (ask === undefined) throw new Error('the agent was not asked');
    return ask;
  }

  get replyId(): ReplyId {
    return this.state.reply?.id ?? this.lastAsk.replyId;
  }

  get speechId(): number {
    return this.state.speechCount;
  }

  /** Texts given to the mouth, oldest first. */
  get spoken(): readonly string[] {
    return this.of('speak').map((effect) => effect.text);
  }

  /** Fillers are nobody's words. */
  saidIn(speechId: number): string {
    return this.of('speak').filter((effect) => effect.speechId === speechId && effect.source !== 'filler').map((effect) => effect.text).join(' ');
  }

  get finished(): string | undefined {
    return this.of('finish').at(-1)?.reason;
  }

  count(type: Effect['type']): number {
    return this.of(type).length;
  }
}
