import { Call, type CallChange, type CallRecord, type Instant } from '../../domain/call/call.js';
import type { CallDirection } from '../../domain/call/call-events.js';
import type { Resumption } from '../../domain/conversation/conversation-state.js';
import { Discretion } from '../../domain/privacy/discretion.js';
import type { CallId, ConversationId } from '../../domain/shared/ids.js';
import type { Route } from '../../domain/tenant/routing.js';
import type { Agent, ConversationOpened, ConversationRequest } from '../ports/agent.js';
import type { StoredCall } from '../ports/call-repository.js';
import type { Clock } from '../ports/clock.js';
import type { CallerSide, MediaLeg } from '../ports/media-leg.js';
import type { CallOffer, OpenMediaOptions } from '../ports/telephony.js';
import { DetectedCaller } from '../speech/detected-caller.js';
import type { FallbackPorts } from '../speech/rung.js';
import type { DetectorRung } from '../speech/voice-activity-feed.js';

export interface SessionOptions {
  readonly callId: CallId;
  readonly offer: CallOffer;
  readonly route: Route;
  /** Which Asterisk the call is on: only there another node can go on with it. */
  readonly pbx: string;
  readonly inheritance?: Inheritance;
  /** Set for a call that this process places; `offer` is then its leg, its numbers, and when it began. */
  readonly outgoing?: OutgoingCall;
}

/** A call that we place. */
export interface OutgoingCall {
  /** From dialling to the end, our goodbye included. */
  readonly durationMaxMs: number;
  /** Given by whoever wants the call. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** After the polite goodbye at the time limit the call is ended whatever is being said. */
export const WIND_UP_GRACE_MS = 20_000;

/** A call that another process has run until now. */
export interface Inheritance {
  /** Claimed: the record names us. */
  readonly stored: StoredCall;
  readonly formerNode: string;
  readonly gapMs: number;
  /** The caller talks with a person already. */
  readonly connected: boolean;
}

/** How the call comes to this process: it rings, or its own process has died. With what may be told of it. */
export function firstChange(options: SessionOptions, { clock, nodeName }: { readonly clock: Clock; readonly nodeName: string }): CallChange & { readonly discretion: Discretion } {
  const discretion = new Discretion({ languages: [options.route.profile.language] });
  const { callId, offer, route, pbx, inheritance, outgoing } = options;
  if (inheritance !== undefined) {
    const { stored: { record }, formerNode, gapMs } = inheritance;
    return { ...Call.resume(record, offer.offeredAtMs, { formerNode, gapMs }, discretion), discretion };
  }
  const wall = clock.wallTime();
  const begun = Call.start({
    callId, tenantId: route.tenant.id, channelId: offer.leg.id, direction: directionOf(options), callerNumber: offer.callerNumber,
    calleeNumber: offer.dialledNumber, agentId: route.profile.id, sttProvider: route.profile.speech.sttProviders[0] ?? '',
    ttsProvider: route.profile.speech.ttsProviders[0] ?? '', ownerNode: nodeName, fence: 1,
    metadata: { ...outgoing?.metadata, trunk: offer.trunk, correlationId: offer.correlationId, pbx },
    callDeadlineAt: new Date(Date.parse(wall) + (outgoing === undefined ? route.tenant.callDurationMaxMs : Math.max(0, outgoing.durationMaxMs - WIND_UP_GRACE_MS))).toISOString(),
  }, { wall, ms: offer.offeredAtMs }, discretion);
  return { ...begun, discretion };
}

export function directionOf({ inheritance, outgoing }: SessionOptions): CallDirection {
  return inheritance?.stored.record.direction ?? (outgoing === undefined ? 'inbound' : 'outbound');
}

/** Where the conversation stood; null for one that begins here. */
export function resumptionOf({ inheritance }: SessionOptions, { conversationId, turnIndex, awaitedDigits }: CallRecord): Resumption | null {
  return inheritance === undefined || conversationId === null ? null : { turnIndex, gapMs: inheritance.gapMs, awaitedDigits };
}

export function instantOf(clock: Clock): Instant {
  return { wall: clock.wallTime(), ms: clock.nowMs() };
}

/** The audio that the profile's turn policy needs. */
export function mediaRequest({ offer, route: { profile: { turnPolicy } } }: SessionOptions): OpenMediaOptions {
  return {
    preferredSampleRateHz: offer.wideband ? 16000 : 8000,
    voiceDetection: { onsetMs: turnPolicy.speechOnsetMs, offsetMs: turnPolicy.pauseMs, sustainedMs: turnPolicy.bargeInMs },
  };
}

/** The caller as the conversation hears him: the leg as it is, or one whose speech the profile's own detector tells. */
export function callerOf(media: MediaLeg, options: SessionOptions, { voiceDetector: rung, ...ports }: FallbackPorts & { readonly voiceDetector?: DetectorRung }): CallerSide {
  return rung === undefined ? media : new DetectedCaller(media, { ...ports, rung, voiceDetection: mediaRequest(options).voiceDetection });
}

/** Opens the conversation, or goes on with the one that is `known`: the agent has its history. @throws PortError `agent/*` */
export async function enterConversation(agent: Agent, known: ConversationId | null, request: ConversationRequest, signal: AbortSignal): Promise<ConversationOpened> {
  if (known === null) return agent.open(request, signal);
  agent.resume(known, request);
  return { conversationId: known, greeting: null };
}

/** What the agent is told of the call. */
export function conversationRequest(options: SessionOptions): ConversationRequest {
  const { callId, offer, route: { tenant, profile } } = options;
  return {
    callId, tenantId: tenant.id, agentId: profile.id, language: profile.language, direction: directionOf(options),
    callerNumber: offer.callerNumber, calleeNumber: offer.dialledNumber,
  };
}
