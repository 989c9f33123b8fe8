/**
 * What we read of ARI's answers and events, and nothing else: a newer Asterisk may add fields and types.
 * Shapes from rest-api/api-docs/{channels,bridges,applications,events}.json, checked on Asterisk 22.10.
 */
import { z } from 'zod';

const channel = z.object({
  id: z.string().min(1),
  name: z.string().default(''),
  state: z.string().default(''),
  caller: z.object({ number: z.string().default(''), name: z.string().default('') }).default({ number: '', name: '' }),
  dialplan: z.object({ exten: z.string().default(''), app_name: z.string().default(''), app_data: z.string().default('') })
    .default({ exten: '', app_name: '', app_data: '' }),
});
export type AriChannel = z.infer<typeof channel>;

const ofChannel = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) => z.object({ type: z.literal(type), channel, ...shape });

const event = z.discriminatedUnion('type', [
  ofChannel('StasisStart', { args: z.array(z.string()).default([]), replace_channel: z.object({ id: z.string() }).optional() }),
  ofChannel('StasisEnd', {}),
  ofChannel('CallBroadcast', {}),
  ofChannel('ChannelStateChange', {}),
  ofChannel('ChannelDtmfReceived', { digit: z.string().regex(/^[0-9*#A-D]$/), duration_ms: z.number().nonnegative() }),
  ofChannel('ChannelHangupRequest', { cause: z.number().optional(), soft: z.boolean().optional() }),
  ofChannel('ChannelDestroyed', { cause: z.number(), cause_txt: z.string().default('') }),
  ofChannel('ChannelHold', {}),
  ofChannel('ChannelUnhold', {}),
  z.object({ type: z.literal('Dial'), peer: channel, caller: channel.optional(), dialstatus: z.string() }),
  z.object({ type: z.literal('ApplicationReplaced') }),
]);
export type AriEvent = z.infer<typeof event>;

const READ_TYPES = new Set<unknown>(event.options.map((option) => option.shape.type.value));
/** Types we know and have no use for. Whatever is in neither list is counted as unknown. */
const UNREAD_TYPES = new Set<unknown>([
  'ApplicationMoveFailed', 'ApplicationRegistered', 'ApplicationUnregistered', 'BridgeAttendedTransfer', 'BridgeBlindTransfer', 'BridgeCreated',
  'BridgeDestroyed', 'BridgeMerged', 'BridgeVideoSourceChanged', 'CallClaimed', 'ChannelCallerId', 'ChannelConnectedLine',
  'ChannelCreated', 'ChannelDialplan', 'ChannelEnteredBridge', 'ChannelLeftBridge', 'ChannelTalkingFinished', 'ChannelTalkingStarted',
  'ChannelToneDetected', 'ChannelTransfer', 'ChannelUserevent', 'ChannelVarset', 'ContactStatusChange', 'DeviceStateChanged',
  'EndpointStateChange', 'MissingParams', 'PeerStatusChange', 'PlaybackContinuing', 'PlaybackFinished', 'PlaybackStarted',
  'RESTResponse', 'RecordingFailed', 'RecordingFinished', 'RecordingStarted', 'TextMessageReceived',
]);

/** @returns the event, `ignored` when it is of no use to us, `unknown` when it is not ARI as we know it. Never throws. */
export function readEvent(text: string): AriEvent | 'ignored' | 'unknown' {
  const message = jsonOf(text);
  if (typeof message !== 'object' || message === null || !('type' in message)) return 'unknown';
  if (UNREAD_TYPES.has(message.type)) return 'ignored';
  if (!READ_TYPES.has(message.type)) return 'unknown';
  const result = event.safeParse(message);
  return result.success ? result.data : 'unknown';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // the caller counts it
  }
}

/** Answers of REST operations, by operation. */
export const ariAnswers = {
  nothing: z.unknown(),
  channel,
  channelIds: z.array(z.object({ id: z.string() })),
  bridges: z.array(z.object({ id: z.string(), channels: z.array(z.string()).default([]) })),
  application: z.object({ channel_ids: z.array(z.string()) }),
  info: z.object({ system: z.object({ version: z.string() }) }),
  variable: z.object({ value: z.string() }),
  /** From 16.7 on; the 16.6 form with a nested channel is older than every Asterisk we support. */
  externalMedia: z.object({ channelvars: z.object({ UNICASTRTP_LOCAL_ADDRESS: z.string().min(1), UNICASTRTP_LOCAL_PORT: z.coerce.number().int().min(1).max(65_535) }) }),
} as const;
