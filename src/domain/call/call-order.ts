import type { CallId, TenantId } from '../shared/ids.js';
import type { HandoverTarget } from '../conversation/stimulus.js';

/** What somebody outside the conversation may ask of a live call. Plain data: it may have to travel to another node. */
export type CallOrder =
  /** End it now. The caller hears no goodbye: say one first where that is wanted. */
  | { readonly type: 'hang-up' }
  /** `attended`: the person is told `briefing` first and takes the call or not; otherwise the caller is sent there at once. */
  | { readonly type: 'transfer'; readonly target: HandoverTarget; readonly attended: boolean; readonly briefing: string }
  /** Digits `0-9 * # A-D` towards the far end. */
  | { readonly type: 'send-dtmf'; readonly digits: string }
  /** Say this to the caller, after what is being said. */
  | { readonly type: 'say'; readonly text: string }
  | { readonly type: 'recording'; readonly act: RecordingAct };

/** `pause` leaves a gap; `stop` is for good and keeps what was recorded; `refuse` is the caller's no, told by somebody else: it erases that, and is remembered. */
export type RecordingAct = 'pause' | 'resume' | 'stop' | 'refuse';

/** What is asked of a node itself, whatever calls it has. `erase-subject`: forget what there is of calls from and to a number. */
export interface NodeOrder {
  readonly type: 'erase-subject';
  readonly tenantId: TenantId;
  readonly number: string;
  /** Calls that are known to have been from or to it: some things name the call alone. At most `ERASED_CALLS_MAX`. */
  readonly callIds: readonly CallId[];
}

/** Calls that one order names; their ids have room in one message. */
export const ERASED_CALLS_MAX = 2000;

/**
 * What kind of refusal it is: there is no such live call; it is in the wrong state for the order (not answered yet, with a person
 * already); the tenant does not allow it; the call cannot do it (no recording to pause); we tried, and it failed.
 */
export type RefusalKind = 'not-live' | 'wrong-state' | 'not-allowed' | 'not-possible' | 'failed';

/** What stands in the way of an order, by the kind of refusal that it is. Stable: clients match on it. */
export const OBSTACLES = {
  'not-answered': 'wrong-state',
  'not-greeted': 'wrong-state', // answered, and the conversation has not begun
  'with-a-person': 'wrong-state',
  'transfer-under-way': 'wrong-state', // or ordered, and waiting for the floor
  ending: 'wrong-state', // the caller hears the goodbye
  'nothing-to-say': 'not-possible', // no word in the text
  'too-much-to-say': 'not-possible', // with what waits to be said
  'attended-needs-number': 'not-possible', // nobody can be asked in an extension or a queue
  'digits-not-sendable': 'not-possible',
  'not-recorded': 'not-possible', // by the profile, or because the caller has refused before
  'recording-not-begun': 'not-possible', // the caller hears the notice
  'recording-not-paused': 'not-possible',
  'recording-paused': 'not-possible', // already
  'recording-over': 'not-possible',
  'recording-refused': 'not-possible', // in this call
} as const satisfies Record<string, RefusalKind>;

export type OrderObstacle = keyof typeof OBSTACLES;

/** Why an order was not carried out. `wrong-state` and `not-possible` without more are those of nodes of another version. */
export type OrderRefusal = RefusalKind | OrderObstacle;

export function isObstacle(refusal: OrderOutcome): refusal is OrderObstacle {
  return Object.hasOwn(OBSTACLES, refusal);
}

export function kindOf(refusal: OrderRefusal): RefusalKind {
  return isObstacle(refusal) ? OBSTACLES[refusal] : refusal;
}

/** `accepted`: it is under way or done. A transfer goes on for as long as it rings; what comes of it is told by the call's events. */
export type OrderOutcome = 'accepted' | OrderRefusal;
