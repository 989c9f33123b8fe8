/** Places the callers' calls through a fake Asterisk, keeps them up, and books what became of each. */
import type { CrowdEvent } from './crowd-protocol.js';
import { ManyPeerSocket } from '../media/many-peer-socket.js';
import type { CrowdLink } from './crowd-link.js';
import { Histogram } from '../../test/support/load/histogram.js';
import { FakeAri } from '../../test/support/servers/fake-ari.js';
import type { WorldChannel } from '../../test/support/servers/fake-ari-world.js';
import { APP, DID, type CallersCommand, type CallersInput, type CallFigures } from './callers-protocol.js';

const ANSWER_LIMIT_MS = 5000;
/** Between the calls of one caller. */
const IDLE_MIN_MS = 300;
const IDLE_SPREAD_MS = 700;

interface LiveCall {
  readonly call: number;
  readonly channel: WorldChannel;
  readonly rangAtMs: number;
  /** The gateway's, as Asterisk is told it. */
  toPort: number | undefined;
  answered: boolean;
  answerTimer: NodeJS.Timeout | undefined;
}

export class Switchboard {
  private readonly live = new Map<number, LiveCall>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly failures: Record<string, number> = {};
  private readonly refusals: Record<string, number> = {};
  private readonly refusalMs = new Histogram(1, ANSWER_LIMIT_MS);
  private callsPlaced = 0;
  private callsDone = 0;
  private answeredNow = 0;
  private callsMax = Infinity;
  private callersMax = 0;
  private stopping = false;

  private constructor(private readonly ari: FakeAri, private readonly crowd: CrowdLink, private readonly options: CallersInput) {
    ari.hooks = { after: (request, query) => { this.onRequest(request, query); } };
    crowd.onEvent = (event) => { this.onCrowd(event); };
  }

  static async open(crowd: CrowdLink, options: CallersInput): Promise<Switchboard> {
    const ari = await FakeAri.start({
      port: options.ariPort,
      openRtpPeer: ({ channelId, externalHost }) => {
        const caller = callerOf(channelId);
        board.onMedia(caller, externalHost);
        return Promise.resolve({ host: ManyPeerSocket.hostOf(caller), port: crowd.port, close: () => undefined });
      },
    });
    const board = new Switchboard(ari, crowd, options);
    return board;
  }

  get ariUrl(): string {
    return this.ari.url;
  }

  get gatewayIsThere(): boolean {
    return this.ari.isRegistered(APP);
  }

  begin({ rampMs, callers, calls }: Extract<CallersCommand, { type: 'begin' }>): void {
    this.callsMax = calls === null ? Infinity : this.callsPlaced + calls;
    this.callersMax = 0;
    this.change({ rampMs, callers });
  }

  change({ rampMs, callers }: Omit<Extract<CallersCommand, { type: 'callers' }>, 'type'>): void {
    const first = this.callersMax;
    this.callersMax = callers;
    for (let caller = first; caller < callers; caller += 1) {
      this.later((rampMs * (caller - first)) / (callers - first), () => { if (!this.live.has(caller)) this.dial(caller); });
    }
  }

  /** Nobody calls again, and everybody hangs up, over `rampMs`. */
  stop(rampMs: number): void {
    this.stopping = true;
    let index = 0;
    for (const [caller, { call }] of this.live) {
      this.later((rampMs * index) / this.live.size, () => { if (this.live.get(caller)?.call === call) this.hangUp(caller); });
      index += 1;
    }
  }

  figures(): CallFigures {
    const { callsPlaced, callsDone, answeredNow, failures, refusals } = this;
    const { channels, bridges } = this.ari.leftovers;
    return { callsPlaced, callsDone, answeredNow, failures: { ...failures }, refusals: { ...refusals }, refusalMs: this.refusalMs.summary(), channels: channels.length, bridges: bridges.length };
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    for (const { answerTimer } of this.live.values()) clearTimeout(answerTimer);
    await this.ari.close();
  }

  private dial(caller: number): void {
    if (this.stopping || caller >= this.callersMax || this.callsPlaced >= this.callsMax) return;
    const call = this.callsPlaced;
    this.callsPlaced += 1;
    const rangAtMs = performance.now();
    const channel = this.ari.call(APP, { id: `${caller}.${call}`, did: DID, callerNumber: `49309${String(caller).padStart(6, '0')}` });
    const answerTimer = setTimeout(() => { this.fail(caller, 'no-answer'); }, ANSWER_LIMIT_MS);
    this.live.set(caller, { call, channel, rangAtMs, toPort: undefined, answered: false, answerTimer });
  }

  private onMedia(caller: number, externalHost: string): void {
    const call = this.live.get(caller);
    if (call) call.toPort = Number(externalHost.split(':')[1]);
  }

  private onRequest(request: string, query: URLSearchParams): void {
    const [, verb, id, action] = /^(\w+) channels\/([\d.]+)(?:\/(\w+))?$/.exec(request) ?? [];
    if (verb === undefined || id === undefined) return;
    const caller = Number(id.split('.')[0]);
    const call = this.live.get(caller);
    if (call?.channel.id !== id) return;
    if (verb === 'POST' && action === 'answer') this.onAnswer(caller, call);
    if (verb !== 'DELETE') return;
    if (call.answered) this.fail(caller, 'hung-up-by-gateway');
    else this.onRefusal(caller, call, query.get('reason_code') ?? 'none');
  }

  private onAnswer(caller: number, call: LiveCall): void {
    if (call.answered) return;
    clearTimeout(call.answerTimer);
    if (call.toPort === undefined) { this.fail(caller, 'answered-without-media'); return; }
    call.answered = true;
    this.answeredNow += 1;
    this.crowd.post({ type: 'answered', caller, call: call.call, port: call.toPort });
  }

  private onCrowd(event: CrowdEvent): void {
    if (event.type !== 'done' && event.type !== 'failed') return;
    if (this.live.get(event.caller)?.call !== event.call) return;
    if (event.type === 'failed') { this.fail(event.caller, event.why); return; }
    this.callsDone += 1;
    this.hangUp(event.caller);
  }

  private onRefusal(caller: number, { rangAtMs }: LiveCall, cause: string): void {
    const { redialMs } = this.options;
    if (redialMs === null) { this.fail(caller, 'refused'); return; }
    this.refusals[cause] = (this.refusals[cause] ?? 0) + 1;
    this.refusalMs.record(performance.now() - rangAtMs);
    this.hangUp(caller, redialMs);
  }

  private fail(caller: number, why: string): void {
    this.failures[why] = (this.failures[why] ?? 0) + 1;
    this.hangUp(caller);
  }

  private hangUp(caller: number, pauseMs = IDLE_MIN_MS): void {
    const call = this.live.get(caller);
    if (call === undefined) return;
    this.live.delete(caller);
    clearTimeout(call.answerTimer);
    if (call.answered) this.answeredNow -= 1;
    this.crowd.post({ type: 'hung-up', caller });
    this.ari.farEnd.hangsUp(call.channel);
    this.later(pauseMs + (call.call % 8) * (IDLE_SPREAD_MS / 8), () => { this.dial(caller); });
  }

  private later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, delayMs);
    this.timers.add(timer);
  }
}

/** `vg.<node>.<caller>.<call>.em` → caller. */
function callerOf(externalChannelId: string): number {
  return Number(/\.(\d+)\.\d+\.em$/.exec(externalChannelId)?.[1] ?? -1);
}
