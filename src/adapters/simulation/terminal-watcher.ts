import type { SimulationWatcher } from '../../application/ports/simulation-watcher.js';
import type { CallReport, LatencyByStage, ReportedTurn } from '../../domain/simulation/call-report.js';
import { sameWords } from '../../domain/simulation/spoken-words.js';
import type { SimulationProgress } from '../../domain/simulation/simulation-progress.js';
import type { Paint } from './paint.js';

export interface TerminalWatcherOptions {
  readonly write: (text: string) => void;
  readonly paint: Paint;
  /** Calls at once: with many, only faults and results are told. */
  readonly concurrency: number;
}

const MS_PER_S = 1000;
/** With more calls at once a transcript of all of them is noise. */
const TRANSCRIPTS_MAX = 4;
const SPEAKER_WIDTH = 6;
/** Stages in the order in which a turn goes through them, as they are called in print. */
const STAGES: readonly (readonly [string, string])[] = [
  ['endpoint', 'end of turn'], ['stt_final', 'recognition'], ['agent_first_text', 'agent'], ['tts_first_audio', 'voice'], ['playout', 'playout'],
];

/**
 * Prints the transcript while the call goes on. Of several calls at once one has the terminal; what the others have to
 * tell meanwhile follows in one piece each, in the order in which they were placed.
 */
export class TerminalWatcher implements SimulationWatcher {
  /** Calls whose transcripts are not complete on the terminal, with what waits to be printed; the first one is printed live. */
  private readonly waiting = new Map<string, { text: string; over: boolean }>();

  constructor(private readonly options: TerminalWatcherOptions) {}

  watch(progress: SimulationProgress): void {
    const { paint, concurrency } = this.options;
    const quiet = concurrency > TRANSCRIPTS_MAX;
    switch (progress.type) {
      case 'call-placed':
        if (!quiet) this.begin(progress.name, `${paint('bold', `☎ ${progress.name}`)}: ${progress.callerNumber} calls ${progress.did}`);
        return;
      case 'call-answered':
        if (!quiet) this.line(progress.name, paint('dim', `  answered after ${Math.round(progress.setupMs)} ms`));
        return;
      case 'turn':
        if (!quiet) this.turn(progress.name, progress.turn);
        return;
      case 'fault': this.line(progress.name, paint('red', `  ✘ ${quiet ? `${progress.name}: ` : ''}${progress.message}`)); return;
      case 'call-over': this.over(progress.report, quiet);
    }
  }

  private turn(name: string, turn: ReportedTurn): void {
    const { paint } = this.options;
    const caller = turn.speaker === 'caller';
    const speaker = paint(caller ? 'cyan' : 'magenta', turn.speaker.padEnd(SPEAKER_WIDTH));
    const text = turn.text === '' ? '(voice)' : turn.text;
    this.line(name, `  ${paint('dim', clock(turn.atMs))}  ${speaker}  ${text}${turn.interrupted ? paint('yellow', '  ✂ interrupted') : ''}`);
    for (const note of caller ? this.heardNotes(turn) : this.agentNotes(turn)) this.line(name, `${' '.repeat(18)}${note}`);
  }

  private heardNotes({ text, heard, latency }: ReportedTurn): string[] {
    const { paint } = this.options;
    const notes: string[] = [];
    const exact = heard !== null && (sameWords(text, heard) || /^\d+ digits$/u.test(heard));
    if (heard !== null) notes.push(paint(exact ? 'dim' : 'yellow', `${exact ? '✓' : '≠'} the gateway heard: ${heard === '' ? '(nothing)' : heard}`));
    const stop = latency['stop'];
    if (stop !== undefined && stop !== null) notes.push(paint('dim', `the agent stopped after ${stop} ms`));
    return notes;
  }

  private agentNotes({ latency, interrupted, heard }: ReportedTurn): string[] {
    const { paint } = this.options;
    const notes: string[] = [];
    if (interrupted && heard !== null) notes.push(paint('dim', `the caller heard: ${heard === '' ? '(nothing)' : heard}`));
    const summary = latencyLine(latency);
    if (summary !== '') notes.push(paint('dim', summary));
    return notes;
  }

  private over(report: CallReport, quiet: boolean): void {
    const { paint } = this.options;
    if (quiet && report.ok) return;
    const verdict = report.ok ? paint('green', '✔ as expected') : paint('red', `✘ ${report.failures.length === 1 ? 'one fault' : `${report.failures.length} faults`}`);
    this.line(report.name, `  ${paint('dim', clock(report.durationMs))}  ${quiet ? `${report.name}: ` : ''}${report.endReason ?? 'ended'} · ${verdict}${quiet ? '' : '\n'}`);
    this.end(report.name);
  }

  private begin(name: string, text: string): void {
    this.waiting.set(name, { text: '', over: false });
    this.line(name, text);
  }

  private line(name: string, text: string): void {
    const [live] = this.waiting.keys();
    const entry = this.waiting.get(name);
    if (entry === undefined || live === name) this.options.write(`${text}\n`);
    else entry.text += `${text}\n`;
  }

  /** The terminal goes to the next call that is not over; those that are over are told on the way. */
  private end(name: string): void {
    const ended = this.waiting.get(name);
    if (ended !== undefined) ended.over = true;
    for (const [other, entry] of this.waiting) {
      this.options.write(entry.text);
      entry.text = '';
      if (!entry.over) return;
      this.waiting.delete(other);
    }
  }
}

/** `response 640 ms = end of turn 500 + recognition 30 + …`; what the audio says first, then the gateway's own account. */
function latencyLine(latency: LatencyByStage): string {
  const measured = latency['greeting'] === undefined ? latency['response'] === undefined ? null : `response ${latency['response'] ?? '?'} ms` : `greeting ${latency['greeting'] ?? '?'} ms`;
  const stages = STAGES.flatMap(([key, name]) => {
    const ms = latency[key];
    return ms === undefined || ms === null ? [] : [`${name} ${ms}`];
  });
  if (measured === null && stages.length === 0) return '';
  return [measured, stages.length > 0 ? `gateway: ${stages.join(' + ')}` : null].filter((part) => part !== null).join('  ');
}

/** `0:04.2` since the answer. */
function clock(ms: number): string {
  const seconds = Math.max(0, ms) / MS_PER_S;
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;
}
