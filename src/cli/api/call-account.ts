interface CauseBody {
  readonly code: number;
  readonly name: string;
}

/** What the API tells of a call, as far as lists show it. */
export interface CallBody {
  readonly callId: string;
  readonly state: string;
  readonly direction: string;
  readonly callerNumber: string;
  readonly calleeNumber: string;
  readonly agentId: string;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly endReason: string | null;
  readonly endCause: CauseBody | null;
}

/** The same with all that happened in it. */
export interface AccountBody extends CallBody {
  readonly partial?: boolean;
  readonly conversation: readonly TurnBody[];
  readonly transfers: readonly { readonly atMs: number; readonly outcome: string; readonly target?: string; readonly reason?: string; readonly cause?: CauseBody }[];
  readonly errors: readonly { readonly atMs: number; readonly stage: string; readonly code: string }[];
  readonly resumptions: readonly { readonly atMs: number; readonly formerNode: string; readonly gapMs: number }[];
}

interface TurnBody {
  readonly startMs: number;
  readonly speaker: string;
  readonly text: string;
  readonly heard: string;
  readonly interrupted: boolean;
  readonly digitCount: number;
  readonly waterfall: { readonly totalMs: number | null; readonly bars: readonly { readonly stage: string; readonly durationMs: number }[] } | null;
}

/** What happened, and when it began. */
interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

const WHO_WIDTH = 8;

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** A call for people: who, then all that happened in it by the time at which it began. */
export function accountText(body: AccountBody): string {
  const { callId, direction, state, endReason, endCause, callerNumber, calleeNumber, agentId, startedAt, durationMs } = body;
  const lines = [...body.conversation.map(turnLine), ...happenings(body)].sort((a, b) => a.atMs - b.atMs);
  return `${callId}  ${direction}, ${state}${endReason === null ? '' : ` (${endReason}${causeText(endCause)})`}\n`
    + `${callerNumber} → ${calleeNumber}, agent ${agentId}, ${startedAt}${durationMs === null ? '' : `, ${seconds(durationMs)}`}\n\n`
    + lines.map(({ atMs, who, what }) => `${seconds(atMs).padStart(8)}  ${who.padEnd(WHO_WIDTH)}  ${what}\n`).join('');
}

function happenings({ transfers, errors, resumptions }: AccountBody): readonly Line[] {
  return [
    ...transfers.map(({ atMs, outcome, target, reason, cause }) => ({ atMs, who: 'transfer', what: `${outcome}${target === undefined ? '' : ` to ${target}`}${reason === undefined ? '' : ` (${reason}${causeText(cause)})`}` })),
    ...errors.map(({ atMs, stage, code }) => ({ atMs, who: 'error', what: `${stage}: ${code}` })),
    ...resumptions.map(({ atMs, formerNode, gapMs }) => ({ atMs, who: 'resumed', what: `by another node: ${formerNode} had been silent for ${seconds(gapMs)}` })),
  ];
}

/** To be put behind a reason. */
function causeText(cause: CauseBody | null | undefined): string {
  return cause === null || cause === undefined ? '' : `: ${cause.code} ${cause.name}`;
}

function turnLine({ startMs, speaker, text, digitCount, interrupted, heard, waterfall }: TurnBody): Line {
  const words = digitCount > 0 ? `(${digitCount} digits)` : text;
  const cut = interrupted ? ` [cut; heard: ${heard}]` : '';
  const why = waterfall === null ? '' : `\n${' '.repeat(12 + WHO_WIDTH)}${waterfall.totalMs === null ? '?' : Math.round(waterfall.totalMs)} ms = ${waterfall.bars.map(({ stage, durationMs }) => `${stage} ${Math.round(durationMs)}`).join(' + ')}`;
  return { atMs: startMs, who: speaker, what: `${words}${cut}${why}` };
}
