import { type DestinationRefusal, refusalOf } from '../../domain/outbound/destination-policy.js';
import type { OutboundSettings } from '../../domain/outbound/outbound-settings.js';
import { type PlacingRefusal, type PlacingRefusalCode, type PlacingRequest, refusal } from '../../domain/outbound/placing.js';
import { maskText } from '../../domain/privacy/mask-text.js';
import type { AgentProfile } from '../../domain/tenant/agent-profile.js';
import { normaliseNumber, type Route } from '../../domain/tenant/routing.js';
import type { Tenant } from '../../domain/tenant/tenant.js';
import type { NumberPlan } from '../ports/number-plan.js';

const RING_MS = { min: 5000, max: 120_000, fallback: 30_000 };
const METADATA_MAX = 20;
const METADATA_NAME = /^[A-Za-z0-9_.-]{1,64}$/u;
const METADATA_TEXT_MAX = 256;
/** Written by us into the same place, and read back: `recording` is whether the other side has heard the notice. */
const RESERVED: ReadonlySet<string> = new Set(['trunk', 'correlationId', 'pbx', 'recording']);
const KEY_CHARS_MAX = 200;

/** A request that was understood and is allowed. */
export interface PlacingPlan {
  readonly route: Route;
  readonly settings: OutboundSettings;
  /** E.164: what is dialled. */
  readonly to: string;
  /** As the tenant has it. */
  readonly from: string;
  readonly ringTimeoutMs: number;
  /** Card numbers hidden: it goes into records and answers as it is. */
  readonly metadata: Readonly<Record<string, string>>;
}

const CODES: Partial<Record<DestinationRefusal, PlacingRefusalCode>> = { 'number-invalid': 'number-invalid', 'number-unknown-kind': 'number-unknown-kind' };

/** Whether `tenant` may place this call; nothing is asked of anybody for it. */
export function planPlacing(tenant: Tenant, request: PlacingRequest, numbers: NumberPlan): PlacingPlan | PlacingRefusal {
  const fault = faultOf(request);
  if (fault !== null) return refusal('request-invalid', { detail: fault });
  const profile = tenant.agents.find(({ id }) => id === request.agentId);
  if (profile === undefined) return refusal('unknown-agent');
  const { outbound: settings } = tenant;
  if (settings === undefined) return deniedFor('outbound-off');
  const number = numbers.describe(request.to, settings.homeCountry);
  const denied = refusalOf(number, settings);
  if (denied !== null || number === null) return deniedFor(denied ?? 'number-invalid');
  const from = callerNumber(tenant, request);
  if (from === null) return refusal('caller-number-not-owned');
  return { route: { tenant, profile }, settings, to: number.e164, from, ringTimeoutMs: request.ringTimeoutMs ?? RING_MS.fallback, metadata: withoutCards(request.metadata ?? {}, profile) };
}

function deniedFor(detail: DestinationRefusal): PlacingRefusal {
  return refusal(CODES[detail] ?? 'destination-not-allowed', { detail });
}

/** Equal for requests that want the same call. Of `metadata` what the plan has: a digest of a card number would give it away. */
export function fingerprintOf({ agentId, to, from, ringTimeoutMs }: PlacingRequest, { metadata }: Pick<PlacingPlan, 'metadata'>): string {
  const told = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([agentId, to, from ?? null, ringTimeoutMs ?? null, told]);
}

function withoutCards(metadata: Readonly<Record<string, string>>, { language }: Pick<AgentProfile, 'language'>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, maskText(text, [language])]));
}

function faultOf({ ringTimeoutMs = RING_MS.fallback, metadata = {}, idempotencyKey }: PlacingRequest): string | null {
  if (!Number.isInteger(ringTimeoutMs) || ringTimeoutMs < RING_MS.min || ringTimeoutMs > RING_MS.max) return `ringTimeoutMs is ${RING_MS.min} to ${RING_MS.max}`;
  if (idempotencyKey !== undefined && (idempotencyKey === '' || idempotencyKey.length > KEY_CHARS_MAX)) return `an idempotency key is 1 to ${KEY_CHARS_MAX} characters`;
  const entries = Object.entries(metadata);
  if (entries.length > METADATA_MAX) return `metadata is at most ${METADATA_MAX} texts`;
  const odd = entries.find(([name, text]) => !METADATA_NAME.test(name) || RESERVED.has(name) || maskText(name) !== name || text.length > METADATA_TEXT_MAX);
  return odd === undefined ? null : `names in metadata are 1 to 64 of A–Z a–z 0–9 _ . - and none of ${[...RESERVED].join(', ')}, without card numbers; texts have at most ${METADATA_TEXT_MAX} characters`;
}

/** Null: it is not the tenant's, or the tenant has none. Nobody calls under a number that is not his. */
function callerNumber({ dids }: Tenant, { from, agentId }: PlacingRequest): string | null {
  if (from === undefined) return (dids.find((did) => did.agentId === agentId) ?? dids[0])?.number ?? null;
  const wanted = normaliseNumber(from);
  return wanted === '' ? null : dids.find(({ number }) => normaliseNumber(number) === wanted)?.number ?? null;
}
