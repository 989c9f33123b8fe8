import type { Span } from '../../domain/simulation/audio-timeline.js';
import type { CallOutcome, Check } from '../../domain/simulation/call-outcome.js';
import type { CallReport, MediaFigures } from '../../domain/simulation/call-report.js';
import { expectationGrammar } from '../../domain/simulation/expectation-grammar.js';
import { reportCall } from '../../domain/simulation/report-call.js';
import type { CallScript, Line } from '../../domain/simulation/script.js';
import { legId } from '../../domain/shared/ids.js';
import { CloseStack } from '../lifecycle/close-stack.js';
import type { MediaLeg } from '../ports/media-leg.js';
import { isPortError } from '../ports/port-error.js';
import type { CallLog, StereoRecording } from '../ports/simulation-output.js';
import { AgentHearing } from './agent-hearing.js';
import { CallObserver } from './call-observer.js';
import { CallRun, type CallRunWatcher } from './call-run.js';
import { CallTracks } from './call-tracks.js';
import type { SimulationPorts } from './simulation-ports.js';

const SAMPLE_RATE_HZ = 8000;
/** Nothing waits for it: the simulator finds voice by energy, in the audio itself. */
const VOICE_DETECTION = { onsetMs: 60, offsetMs: 200, sustainedMs: 200 } as const;
/** The gateway's log is written behind the call. */
const EVENTS_AFTER_CALL_MS = 3000;

/** One call of a script: places it, lives it, keeps its traces, judges it. Used once. */
export class SimulatedCall {
  private readonly owned = new CloseStack();
  private readonly correlationId: string;
  private readonly placedAtMs: number;
  private readonly hearing: AgentHearing;
  private readonly observer: CallObserver;
  private run: CallRun | null = null;
  private tracks: CallTracks | null = null;
  private media: MediaLeg | null = null;
  private log: CallLog | null = null;
  private recording: StereoRecording | null = null;
  private readonly faults: string[] = [];

  constructor(private readonly ports: SimulationPorts, private readonly script: CallScript, private readonly name: string) {
    const { clock, recogniser, events, watcher } = ports;
    this.correlationId = `sim-${ports.ids.next()}`;
    this.placedAtMs = clock.nowMs();
    this.hearing = new AgentHearing({ clock, recogniser, language: script.language, sampleRateHz: SAMPLE_RATE_HZ });
    this.observer = new CallObserver({
      script, name, clock, watcher, events, correlationId: this.correlationId,
      onEvent: (event) => {
        this.log?.write(event.atMs - this.placedAtMs, `gateway.${event.body.type}`, { ...event.body });
        this.tell(false);
      },
    });
  }

  /** Never rejects for what the world does: that is a failure in the report. */
  async place(signal: AbortSignal): Promise<CallReport> {
    try {
      await this.live(signal);
      await this.observer.untilComplete(EVENTS_AFTER_CALL_MS);
      this.run?.finish();
      return await this.report();
    } finally {
      this.observer.close();
      await this.owned.close();
    }
  }

  private async live(signal: AbortSignal): Promise<void> {
    const { ports, script, name } = this;
    try {
      const clips = await this.renderLines(signal);
      await this.openLog(signal);
      ports.watcher.watch({ type: 'call-placed', name, did: script.did, callerNumber: script.callerNumber });
      const leg = await ports.telephony.originate({
        legId: legId(this.correlationId), destination: ports.destinationOf(script.did), callerNumber: script.callerNumber,
        ringTimeoutMs: script.ringTimeoutMs, correlationId: this.correlationId,
      }, signal);
      this.owned.defer('leg', () => leg.hangUp('normal'));
      const run = new CallRun({ script, clock: ports.clock, leg, clips, signal, watcher: this.watcher(signal) });
      this.run = run;
      this.owned.defer('call', () => { run.stop(); });
      run.start();
      await this.openMedia(run, () => leg.openMedia({ preferredSampleRateHz: SAMPLE_RATE_HZ, voiceDetection: VOICE_DETECTION }, signal), signal);
      await run.over;
    } catch (error) {
      this.fault(isPortError(error) ? `the call could not be placed: ${error.message} (${error.code})` : `the call could not be placed: ${String(error)}`);
    }
  }

  /** Everything the caller will say, before he dials: no word of his waits for a synthesiser. */
  private async renderLines(signal: AbortSignal): Promise<ReadonlyMap<number, Int16Array>> {
    const { voice, language } = this.script;
    const clips = new Map<number, Int16Array>();
    for (const [index, step] of this.script.steps.entries()) {
      const line: Line | null = step.kind === 'say' || step.kind === 'interrupt' ? step.line : null;
      if (line !== null) clips.set(index, await this.ports.lines.render({ line, voice, language, sampleRateHz: SAMPLE_RATE_HZ }, signal));
    }
    return clips;
  }

  private async openLog(signal: AbortSignal): Promise<void> {
    const log = await this.ports.output?.openLog(this.name, signal);
    if (log === undefined) return;
    this.log = log;
    this.owned.defer('event log', () => log.close());
    log.write(0, 'call.placed', { name: this.name, script: this.script.file, did: this.script.did, correlationId: this.correlationId, wallTime: this.ports.clock.wallTime() });
  }

  /** A far end that refuses is gone before the media are open: that is no failure of ours. */
  private async openMedia(run: CallRun, open: () => Promise<MediaLeg>, signal: AbortSignal): Promise<void> {
    let media: MediaLeg;
    try {
      media = await open();
    } catch (error) {
      if (isPortError(error) && error.kind === 'not-found') return;
      throw error;
    }
    const recording = await this.ports.output?.openRecording(this.name, media.sampleRateHz, signal) ?? null;
    if (recording !== null) this.owned.defer('recording', () => recording.close());
    this.recording = recording;
    this.media = media;
    this.tracks = new CallTracks({ sampleRateHz: SAMPLE_RATE_HZ, recording, keepAgentAudio: this.script.steps.some((step) => step.kind === 'expect-agent' && step.via !== 'events') });
    run.listen(media, this.tracks);
  }

  private watcher(signal: AbortSignal): CallRunWatcher {
    const { clock, watcher } = this.ports;
    return {
      note: (type, fields) => { this.log?.write(clock.nowMs() - this.placedAtMs, type, fields); },
      answered: (atMs) => { watcher.watch({ type: 'call-answered', name: this.name, setupMs: atMs - this.placedAtMs }); },
      fault: (message) => {
        this.log?.write(clock.nowMs() - this.placedAtMs, 'fault', { message });
        watcher.watch({ type: 'fault', name: this.name, message });
      },
      stretchOver: (fromMs, toMs, checks) => { this.hear(fromMs, toMs, checks, signal); },
      actDone: () => { this.tell(false); },
    };
  }

  private hear(fromMs: number, toMs: number, checks: readonly Check[], signal: AbortSignal): void {
    const wanted = checks.flatMap(({ stepIndex }) => {
      const step = this.script.steps[stepIndex];
      return step?.kind === 'expect-agent' && step.via !== 'events' ? [step.wanted] : [];
    });
    if (wanted.length === 0) return;
    const voices = this.outcome().agent.filter((voice) => voice.startMs >= fromMs && voice.startMs < toMs); // not what was interrupted at `fromMs`
    const first = voices[0];
    const last = voices.at(-1);
    const samples = first === undefined || last === undefined ? undefined : this.tracks?.takeAgentAudio({ startMs: first.startMs, endMs: last.endMs });
    const texts = wanted.flatMap((each) => (each.kind === 'text' ? [each.text] : []));
    this.hearing.add({ startMs: fromMs, endMs: toMs, samples: samples ?? new Int16Array(0), grammar: (unknown) => this.grammarFor(texts, { startMs: fromMs, endMs: toMs }, unknown) }, signal);
  }

  /** What might be said: what is wanted, what the gateway says it said, and much else. */
  private grammarFor(wanted: readonly string[], { startMs, endMs }: Span, unknown: ReadonlySet<string>): string {
    const claimed = this.observer.view?.turns.filter((turn) => turn.endMs > startMs && turn.startMs < endMs).map((turn) => turn.said) ?? [];
    const elsewhere = this.script.steps.flatMap((step) => (step.kind === 'expect-agent' && step.wanted.kind === 'text' ? [step.wanted.text] : []));
    return expectationGrammar([...wanted, ...claimed], [...this.script.grammar, ...elsewhere], unknown);
  }

  private tell(final: boolean): void {
    if (this.run !== null) this.observer.tell(this.run.outcome(), final);
  }

  private fault(message: string): void {
    this.faults.push(message);
    this.ports.watcher.watch({ type: 'fault', name: this.name, message });
  }

  private async report(): Promise<CallReport> {
    const { name, script } = this;
    const recordingFaults = await this.completeRecording();
    const outcome = { ...this.outcome(), hearings: await this.hearing.results() };
    this.observer.tell(outcome, true);
    const report = reportCall({
      script, name, view: this.observer.view, media: this.figures(), recording: this.recording?.location ?? null, eventLog: this.log?.location ?? null,
      outcome: { ...outcome, faults: [...this.faults, ...outcome.faults, ...recordingFaults] },
    });
    this.logMeasures(outcome, report);
    this.ports.watcher.watch({ type: 'call-over', name, report });
    return report;
  }

  private async completeRecording(): Promise<readonly string[]> {
    this.tracks?.finish();
    try {
      await this.recording?.close();
      return [];
    } catch (error) {
      return [`the recording is not complete: ${String(error)}`];
    }
  }

  private logMeasures(outcome: CallOutcome, report: CallReport): void {
    for (const { startMs, endMs } of outcome.agent) this.log?.write(startMs - this.placedAtMs, 'agent.voice', { ms: Math.round(endMs - startMs) });
    for (const { startMs, endMs, kind } of outcome.acts) this.log?.write(startMs - this.placedAtMs, 'caller.act', { kind, ms: Math.round(endMs - startMs) });
    for (const { startMs, endMs, text } of outcome.hearings) this.log?.write(startMs - this.placedAtMs, 'agent.heard', { ms: Math.round(endMs - startMs), text });
    const { ok, failures, greetingMs, responseMs, digitResponseMs, stopMs, maxGapMs } = report;
    this.log?.write(this.ports.clock.nowMs() - this.placedAtMs, 'call.judged', { ok, failures, greetingMs, responseMs, digitResponseMs, stopMs, maxGapMs });
  }

  private outcome(): CallOutcome {
    return this.run?.outcome() ?? {
      answeredAtMs: null, endedAtMs: this.ports.clock.nowMs(), endedBy: 'caller', causeCode: null, acts: [], agent: [], waitsForEndFromMs: null, checks: [], hearings: [], abandoned: true, faults: [],
    };
  }

  private figures(): MediaFigures | null {
    if (this.media === null) return null;
    const { packetsReceived, packetsLost, packetsLate, framesAdjusted } = this.media.statistics;
    return { packetsReceived, packetsLost, packetsLate, framesAdjusted };
  }
}
