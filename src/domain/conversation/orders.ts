import type { OrderObstacle } from '../call/call-order.js';
import type { ConversationState, Step } from './conversation-state.js';
import { cancelReply, carryOutOrders, listen, prompt } from './floor.js';
import type { Stimulus, StimulusBody } from './stimulus.js';

/* What somebody outside the conversation asks for. It waits for the floor: nobody is talked over, and what is being said is said first. */

type On<T extends Stimulus['type']> = Extract<Stimulus, { type: T }>;
export type Order = Extract<StimulusBody, { type: 'ordered-words' | 'ordered-transfer' }>;

/** Pieces that wait to be said: about a minute of words. */
export const ORDERED_PIECES_MAX = 20;

/** Why `order` cannot be taken now; null: it can. */
export function orderRefusal({ phase, doom, followUp, orders }: ConversationState, order: Order): OrderObstacle | null {
  if (doom !== null || phase.kind === 'closed') return 'ending';
  if (phase.kind === 'opening') return 'not-greeted';
  if (phase.kind === 'transferring' || followUp.kind === 'connect') return 'transfer-under-way';
  if (order.type === 'ordered-transfer') return orders.transfer === null && !isAnnounced(phase, followUp) ? null : 'transfer-under-way'; // one at a time
  if (order.pieces.length === 0) return 'nothing-to-say';
  return orders.pieces.length + order.pieces.length <= ORDERED_PIECES_MAX ? null : 'too-much-to-say';
}

/** The caller is being told that he is transferred. */
function isAnnounced(phase: ConversationState['phase'], followUp: ConversationState['followUp']): boolean {
  return phase.kind === 'speaking' && !phase.interruptible && followUp.kind === 'transfer';
}

export function onOrderedWords(step: Step, on: On<'ordered-words'>): void {
  const { s } = step;
  if (orderRefusal(s, on) !== null) return;
  s.orders = { ...s.orders, pieces: [...s.orders.pieces, ...on.pieces] };
  if (s.phase.kind === 'listening') takeFreeFloor(step);
}

/** Whatever the agent was about to say is no longer of interest; what it is saying is let run out. */
export function onOrderedTransfer(step: Step, on: On<'ordered-transfer'>): void {
  const { s } = step;
  if (orderRefusal(s, on) !== null) return;
  s.orders = { ...s.orders, transfer: on.handover };
  const replying = s.reply !== null && !s.reply.done;
  cancelReply(step);
  if (replying && s.phase.kind === 'speaking') step.effects.push({ type: 'complete-speech', speechId: s.phase.speechId });
  if (s.phase.kind === 'thinking') listen(step);
  else if (s.phase.kind === 'listening') takeFreeFloor(step);
}

/** Not while the caller speaks or types: then it is his turn's end that frees the floor. */
function takeFreeFloor(step: Step): void {
  const { s } = step;
  if (!s.callerVoice && s.turn === null && s.digits === '') carryOutOrders(step);
}

/** The caller is told that the person is there, and then they are brought together. */
export function onTransferAccepted(step: Step): void {
  const { s } = step;
  if (s.phase.kind !== 'transferring') return;
  s.followUp = { kind: 'connect' };
  prompt(step, s.profile.prompts.connected, 'fallback', false);
}
