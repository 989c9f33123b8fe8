import type { CallOutcome } from './call-outcome.js';
import type { ReportedTurn } from './call-report.js';
import type { AgentTurn, GatewayView, HeardLine } from './gateway-view.js';
import type { CallerAct, CallMeasures } from './measure-call.js';
import type { CallScript, Line, Step } from './script.js';

/** The gateway starts to play a reply this much before or after we hear it, at most. */
const SAME_VOICE_MS = 500;
/** A transcript that ends this much before the line's first sound still belongs to what came before. */
const TOLERANCE_MS = 50;

interface Material {
  readonly script: CallScript;
  readonly outcome: CallOutcome;
  readonly view: GatewayView | null;
  readonly measures: CallMeasures;
}

/** Both sides of the call in order: what was said, what was understood, how long it took. */
export function transcribeCall(material: Material): readonly ReportedTurn[] {
  const { outcome, view } = material;
  if (outcome.answeredAtMs === null) return [];
  const agent = view === null || view.turns.length === 0 ? voicesOnly(material) : view.turns.map((turn) => agentTurn(material, turn));
  return [...outcome.acts.map((act) => callerTurn(material, act)), ...agent].sort((a, b) => a.atMs - b.atMs);
}

/** What the caller says in a step, as text: the words, or the keys. */
export function saidIn(step: Step | undefined): string {
  if (step?.kind === 'press') return step.digits;
  return step?.kind === 'say' || step?.kind === 'interrupt' ? lineText(step.line) : '';
}

function lineText(line: Line): string {
  return line.text ?? (line.kind === 'wav' ? `(${line.file})` : '');
}

/** What the gateway understood of an act: words, or how many keys. Null when it tells nothing. */
export function heardOf(acts: readonly CallerAct[], act: CallerAct, view: GatewayView | null): string | null {
  if (view === null) return null;
  const mine = view.heard.filter((line) => actOf(acts, line) === act);
  if (mine.length === 0) return null;
  if (act.kind !== 'press') return mine.map((line) => line.text).join(' ').trim();
  return `${mine.reduce((sum, line) => sum + line.digitCount, 0)} digits`;
}

/** The last act of the same kind that had begun when the gateway's transcript ended. */
function actOf(acts: readonly CallerAct[], line: HeardLine): CallerAct | undefined {
  return acts.findLast((act) => (act.kind === 'press') === (line.via === 'digits') && act.startMs - TOLERANCE_MS <= line.endMs);
}

function callerTurn({ script, outcome, view, measures }: Material, act: CallerAct): ReportedTurn {
  const stop = measures.stops.find(({ stepIndex }) => stepIndex === act.stepIndex);
  return {
    speaker: 'caller', text: saidIn(script.steps[act.stepIndex]), heard: heardOf(outcome.acts, act, view),
    atMs: act.startMs - (outcome.answeredAtMs ?? 0), interrupted: false, latency: stop === undefined ? {} : { stop: Math.round(stop.stopMs) },
  };
}

function agentTurn(material: Material, turn: AgentTurn): ReportedTurn {
  const { outcome } = material;
  return {
    speaker: 'agent', text: turn.said, heard: hearingOf(outcome, turn) ?? turn.heard, atMs: turn.startMs - (outcome.answeredAtMs ?? 0),
    interrupted: turn.interrupted, latency: { ...measuredFor(material, turn.startMs), ...stagesOf(turn) },
  };
}

function stagesOf({ latency }: AgentTurn): Record<string, number | null> {
  if (latency === null) return {};
  const { endpointMs, sttFinalMs, agentFirstTextMs, ttsFirstAudioMs, playoutMs, totalMs } = latency;
  const stages = { endpoint: endpointMs, stt_final: sttFinalMs, agent_first_text: agentFirstTextMs, tts_first_audio: ttsFirstAudioMs, playout: playoutMs, gateway_total: totalMs };
  return Object.fromEntries(Object.entries(stages).map(([stage, ms]) => [stage, ms === null ? null : Math.round(ms)]));
}

/** What the audio says about the beginning of a reply: greeting or response latency. */
function measuredFor({ outcome, measures }: Material, startMs: number): Record<string, number> {
  const { greetingMs } = measures;
  if (greetingMs !== null && near(startMs, (outcome.answeredAtMs ?? 0) + greetingMs)) return { greeting: Math.round(greetingMs) };
  for (const { stepIndex, responseMs } of measures.responses) {
    const act = outcome.acts.find((candidate) => candidate.stepIndex === stepIndex);
    if (act !== undefined && near(startMs, act.endMs + responseMs)) return { response: Math.round(responseMs) };
  }
  return {};
}

function near(oneMs: number, otherMs: number): boolean {
  return Math.abs(oneMs - otherMs) <= SAME_VOICE_MS;
}

/** What was recognised in the audio, if this turn was all that was said in its stretch. */
function hearingOf(outcome: CallOutcome, turn: AgentTurn): string | null {
  const hearing = outcome.hearings.find(({ startMs, endMs, failure }) => failure === null && turn.startMs >= startMs && turn.startMs < endMs);
  return hearing?.text ?? null;
}

/** Without the gateway's word there are only sounds. */
function voicesOnly(material: Material): ReportedTurn[] {
  const { outcome } = material;
  return outcome.agent.map((voice) => ({
    speaker: 'agent', text: '', atMs: voice.startMs - (outcome.answeredAtMs ?? 0), interrupted: false, latency: measuredFor(material, voice.startMs),
    heard: outcome.hearings.find(({ startMs, endMs }) => voice.startMs >= startMs && voice.startMs < endMs)?.text ?? null,
  }));
}
