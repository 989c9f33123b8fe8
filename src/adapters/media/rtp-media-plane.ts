import type { Cancel } from '../../application/ports/clock.js';
import { PortError } from '../../application/ports/port-error.js';
import { monotonicNowMs } from '../native/monotonic-clock.js';
import { AudioScratch } from './audio-scratch.js';
import { peerKey, requireIpv4 } from './ipv4.js';
import { LegMemory, mediaMemoryBytes, PLANE_WORDS, planeWords } from './leg-memory.js';
import type { LegReference, MediaIo, MediaReport, MediaThreadInput } from './media-protocol.js';
import { MediaWorkerLink, type ReadyReport } from './media-worker-link.js';
import { rtpCodec } from './rtp-codec.js';
import type { RtpLeg, RtpLegOptions } from './rtp-leg.js';
import { RtpLegHandle, type LegOwner } from './rtp-leg-handle.js';
import type { RtpMediaPlaneOptions, RtpMediaPlaneStatistics } from './rtp-media-plane-options.js';

const PUMP_INTERVAL_MS = 20;
/** About 200 ms of packets of 1000 legs: the kernel charges 832 bytes for a packet of G.711. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

interface OpenLeg {
  readonly label: string;
  readonly handle: RtpLegHandle;
  peer: number | undefined;
  released: (() => void) | undefined;
}

export type { RtpMediaPlaneOptions, RtpMediaPlaneStatistics } from './rtp-media-plane-options.js';

/** All RTP legs of one UDP port, in a media thread of their own. Whatever the main thread does, frames leave on time. */
export class RtpMediaPlane {
  private readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly legs: (OpenLeg | undefined)[];
  private readonly freeSlots: number[];
  private readonly peers = new Map<number, LegReference>();
  private readonly scratch = { 8000: new AudioScratch(8000), 16000: new AudioScratch(16000) };
  private readonly failureListeners = new Set<(error: Error) => void>();
  private readonly owner: LegOwner = {
    pin: (leg, address, port) => { this.pin(leg, address, port); },
    release: (leg) => this.release(leg),
    fault: (error) => { this.fault(error); },
  };
  private pumpTimer: NodeJS.Timeout | undefined;
  private generation = 0;
  private legsOpen = 0;
  private underrunsOfClosed = 0;
  private closing: Promise<void> | undefined;

  private constructor(
    private readonly options: RtpMediaPlaneOptions,
    private readonly thread: MediaThreadInput,
    private readonly link: MediaWorkerLink,
    private readonly ready: ReadyReport,
  ) {
    this.memory = thread.memory;
    this.words = planeWords(this.memory);
    this.legs = new Array<OpenLeg | undefined>(options.maxLegs).fill(undefined);
    this.freeSlots = Array.from({ length: options.maxLegs }, (_, slot) => slot);
    link.onReport((report) => { this.take(report); });
    link.onDeath((error) => { this.die(error); });
  }

  /**
   * Starts the media thread and opens its port.
   *
   * @throws PortError `media/bind` (address or port in use), `media/peer-address` (bindHost is not IPv4), `media/thread` (the thread did not start).
   */
  static async open(options: RtpMediaPlaneOptions, signal: AbortSignal): Promise<RtpMediaPlane> {
    const thread: MediaThreadInput = {
      memory: new SharedArrayBuffer(mediaMemoryBytes(options.maxLegs)),
      maxLegs: options.maxLegs,
      bindAddress: requireIpv4(options.bindHost, options.port === 0 ? 1 : options.port),
      port: options.port,
      io: options.io,
      receiveBufferBytes: options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES,
      raisePriority: options.raisePriority ?? true,
      rehearse: options.rehearse ?? true,
    };
    const { link, ready } = await MediaWorkerLink.start(options.workerModule, thread, signal);
    return new RtpMediaPlane(options, thread, link, ready);
  }

  get localPort(): number {
    return this.ready.localPort;
  }

  /** The packet I/O in use. */
  get io(): MediaIo {
    return this.ready.io;
  }

  /** Why `auto` became `dgram`; empty otherwise. For the log. */
  get fallbackReason(): string {
    return this.ready.fallbackReason;
  }

  /** @throws PortError `media/capacity` when `maxLegs` are open, `media/thread` when the plane is closed or its thread dead. */
  openLeg(options: RtpLegOptions): RtpLeg {
    if (this.closing !== undefined || !this.link.isAlive) throw new PortError('the media plane is closed', { code: 'media/thread', kind: 'unavailable' });
    const slot = this.freeSlots.shift(); // the one free for longest, so that phases stay even
    if (slot === undefined) throw new PortError(`all ${this.options.maxLegs} media legs are in use`, { code: 'media/capacity', kind: 'unavailable' });
    this.generation += 1;
    const memory = new LegMemory(this.memory, slot);
    memory.clear();
    const handle = new RtpLegHandle(slot, this.generation, rtpCodec(options.codec).sampleRateHz, { memory, owner: this.owner });
    this.legs[slot] = { label: options.label, handle, peer: undefined, released: undefined };
    this.legsOpen += 1;
    const { codec, voiceDetection, mediaTimeoutMs } = options;
    this.link.post({ type: 'open', slot, generation: this.generation, codec, voiceDetection, mediaTimeoutMs });
    this.pumpTimer ??= setInterval(() => { this.pump(); }, this.options.pumpIntervalMs ?? PUMP_INTERVAL_MS);
    return handle;
  }

  /** Tells when the media thread died: every leg is dead then, each has reported `media-lost`, and the plane cannot be used again. */
  onFailure(listener: (error: Error) => void): Cancel {
    this.failureListeners.add(listener);
    return () => { this.failureListeners.delete(listener); };
  }

  statistics(): RtpMediaPlaneStatistics {
    const read = (name: keyof typeof PLANE_WORDS): number => Atomics.load(this.words, PLANE_WORDS[name]) >>> 0;
    return {
      io: this.io,
      legsOpen: this.legsOpen,
      packetsReceived: read('packetsReceived'),
      packetsSent: read('packetsSent'),
      dropped: {
        foreign: read('foreign'), malformed: read('malformed'), 'payload-type': read('payloadType'),
        quarantined: read('quarantined'), looped: read('looped'), send: read('sendFailures'), kernel: read('kernelDrops'),
      },
      lateTicks: read('lateTicks'),
      tickLatenessMaxMs: read('tickLatenessMaxUs') / 1000,
      underruns: this.legs.reduce((sum, leg) => sum + (leg?.handle.statistics.underruns ?? 0), this.underrunsOfClosed),
      legFaults: read('legFaults'),
      receiveBufferBytes: this.ready.receiveBufferBytes,
      receiveBufferBytesAsked: this.thread.receiveBufferBytes,
      raisedPriority: this.ready.raisedPriority,
    };
  }

  /** Closes every leg, the thread and the port. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    await Promise.all(this.legs.flatMap((leg) => (leg === undefined ? [] : [leg.handle.close()])));
    await this.link.stop();
    this.failureListeners.clear();
  }

  private pump(): void {
    for (const leg of this.legs) {
      if (leg !== undefined) leg.handle.pump(this.scratch[leg.handle.sampleRateHz]);
    }
  }

  private pin(reference: LegReference, address: number, port: number): void {
    const leg = this.legs[reference.slot];
    if (leg?.handle.generation !== reference.generation) return;
    const key = peerKey(address, port);
    const holder = this.peers.get(key);
    if (holder !== undefined && holder !== leg.handle) {
      throw new PortError('another leg has this peer', { code: 'media/peer-in-use', kind: 'rejected' });
    }
    if (leg.peer !== undefined) this.peers.delete(leg.peer);
    leg.peer = key;
    this.peers.set(key, leg.handle);
    const { slot, generation } = reference;
    this.link.post({ type: 'pin', slot, generation, address, port });
  }

  private async release(reference: LegReference): Promise<void> {
    const { slot, generation } = reference;
    const leg = this.legs[slot];
    if (leg === undefined || leg.handle.generation !== generation) return;
    if (this.link.isAlive) {
      const released = new Promise<void>((resolve) => { leg.released = resolve; });
      this.link.post({ type: 'close', slot, generation });
      await released;
    }
    this.underrunsOfClosed += leg.handle.statistics.underruns;
    if (leg.peer !== undefined) this.peers.delete(leg.peer);
    this.legs[slot] = undefined;
    this.freeSlots.push(slot);
    this.legsOpen -= 1;
    if (this.legsOpen > 0) return;
    clearInterval(this.pumpTimer);
    this.pumpTimer = undefined;
  }

  private take(report: MediaReport): void {
    if (!('slot' in report)) return;
    const leg = this.legs[report.slot];
    if (leg?.handle.generation !== report.generation) return; // of a leg that is gone
    switch (report.type) {
      case 'event':
        leg.handle.dispatch(report.event);
        break;
      case 'closed':
        leg.released?.();
        break;
      case 'fault':
        this.fault(new Error(`media leg ${leg.label} failed: ${report.message}`));
        leg.handle.dispatch({ type: 'media-lost', atMs: monotonicNowMs() });
        break;
    }
  }

  private die(error: Error): void {
    for (const leg of this.legs) {
      leg?.handle.dispatch({ type: 'media-lost', atMs: monotonicNowMs() });
      leg?.released?.();
    }
    for (const listener of this.failureListeners) listener(error);
  }

  private fault(error: unknown): void {
    this.options.onFault?.(error);
  }
}
