import type { CallOutcome } from './call-outcome.js';
import type { CallReport, MediaFigures, ReportedTurn } from './call-report.js';
import type { GatewayView } from './gateway-view.js';
import { judgeCall } from './judge-call.js';
import { type CallMeasures, measureCall } from './measure-call.js';
import type { CallScript } from './script.js';
import { transcribeCall } from './transcribe-call.js';

/** Everything known of a call that is over. */
export interface CallMaterial {
  readonly script: CallScript;
  /** Name of this run of the script, unique among the calls of one simulation. */
  readonly name: string;
  readonly outcome: CallOutcome;
  readonly view: GatewayView | null;
  readonly recording: string | null;
  readonly eventLog: string | null;
  readonly media: MediaFigures | null;
}

/** Measures, transcribes and judges one call. */
export function reportCall(material: CallMaterial): CallReport {
  const { script, name, outcome, view, recording, eventLog, media } = material;
  const measures = measuresOf(outcome, view);
  const failures = judgeCall({ script, outcome, view, measures });
  const round = (via: 'speech' | 'digits'): number[] => measures.responses.filter((response) => response.via === via).map(({ responseMs }) => Math.round(responseMs));
  return {
    name, script: script.file, did: script.did, ok: failures.length === 0,
    answered: outcome.answeredAtMs !== null,
    endReason: view?.endReason ?? (outcome.endedBy === 'caller' ? 'caller_hangup' : 'far_end_hangup'),
    causeCode: outcome.causeCode,
    durationMs: outcome.answeredAtMs === null ? 0 : Math.round(outcome.endedAtMs - outcome.answeredAtMs),
    recording, eventLog, media,
    greetingMs: measures.greetingMs === null ? null : Math.round(measures.greetingMs),
    responseMs: round('speech'), digitResponseMs: round('digits'),
    stopMs: measures.stops.map(({ stopMs }) => Math.round(stopMs)),
    maxGapMs: Math.round(measures.maxGapMs),
    turns: transcribeCall({ script, outcome, view, measures }),
    failures,
  };
}

/** The transcript alone; also of a call that still goes on. */
export function reportTurns(script: CallScript, outcome: CallOutcome, view: GatewayView | null): readonly ReportedTurn[] {
  return transcribeCall({ script, outcome, view, measures: measuresOf(outcome, view) });
}

/** A call that was never answered has nothing to measure. */
function measuresOf(outcome: CallOutcome, view: GatewayView | null): CallMeasures {
  if (outcome.answeredAtMs === null) return { greetingMs: null, responses: [], stops: [], gaps: [], maxGapMs: 0 };
  const { answeredAtMs, endedAtMs, acts, agent, waitsForEndFromMs } = outcome;
  return measureCall({ answeredAtMs, endedAtMs, acts, agent, waitsForEndFromMs, agentTurns: view?.turns ?? [] });
}
