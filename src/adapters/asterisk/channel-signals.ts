import type { LegEvent } from '../../application/ports/telephony.js';
import type { ChannelEvent } from './channel-registry.js';

/** The far end rings, as a state of the channel or as progress of dialling it: Asterisk reports both, in either order. */
export function isRinging(event: ChannelEvent): boolean {
  return (event.type === 'ChannelStateChange' && event.channel.state === 'Ringing') || (event.type === 'Dial' && event.dialstatus === 'RINGING');
}

/** Media before an answer (SIP 183). */
export function isEarlyMedia(event: ChannelEvent): boolean {
  return event.type === 'Dial' && event.dialstatus === 'PROGRESS';
}

export function isAnswer(event: ChannelEvent): boolean {
  return (event.type === 'ChannelStateChange' && event.channel.state === 'Up') || (event.type === 'Dial' && event.dialstatus === 'ANSWER');
}

/** Q.850 cause given by the far end. A `soft` request comes from this side of the line; its `cause` is a flag of Asterisk's (32), not a cause. */
export function hangUpCauseIn(event: ChannelEvent): number | undefined {
  if (event.type === 'ChannelDestroyed') return event.cause;
  return event.type === 'ChannelHangupRequest' && event.soft !== true ? event.cause : undefined;
}

/** What the far end of an answered call does with its telephone, hanging up aside. */
export function handlingIn(event: ChannelEvent): LegEvent | null {
  if (event.type === 'ChannelDtmfReceived') return { type: 'dtmf', digit: event.digit, durationMs: event.duration_ms };
  if (event.type === 'ChannelHold') return { type: 'held' };
  return event.type === 'ChannelUnhold' ? { type: 'resumed' } : null;
}
