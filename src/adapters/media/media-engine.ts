import { randomInt } from 'node:crypto';
import type { MediaEvent } from '../../application/ports/media-leg.js';
import { RtpPacket } from '../../domain/audio/rtp-packet.js';
import type { FrameClassifierFactory } from '../../domain/audio/vad.js';
import { FrameWorkspace } from './frame-workspace.js';
import { LegMemory, PLANE_WORDS, planeWords } from './leg-memory.js';
import { LegPipeline } from './leg-pipeline.js';
import type { LegReference, MediaCommand, MediaReport } from './media-protocol.js';
import type { InboundDatagram, PacketIo } from './packet-io.js';
import { PeerTable } from './peer-table.js';
import { Quarantine } from './quarantine.js';
import { rtpCodec } from './rtp-codec.js';

/** Legs are spread over this many phases of the 20 ms tick, so that their packets do not leave in one burst. */
export const PHASES = 4;
const UINT32 = 2 ** 32;
const UINT16 = 2 ** 16;

export interface MediaEngineOptions {
  readonly memory: SharedArrayBuffer;
  readonly maxLegs: number;
  readonly classifiers: FrameClassifierFactory;
  readonly report: (report: MediaReport) => void;
  readonly nowMs: () => number;
}

/**
 * All legs of one UDP port. Knows neither thread nor timer: datagrams, commands and the moments of the phases are brought to it.
 */
export class MediaEngine {
  private readonly legs: (LegPipeline | undefined)[];
  private readonly phases: LegPipeline[][] = Array.from({ length: PHASES }, () => []);
  private readonly peers: PeerTable;
  private readonly quarantine: Quarantine;
  private readonly packet = new RtpPacket();
  private readonly words: Int32Array;
  private readonly workspaces = { 8000: new FrameWorkspace(8000), 16000: new FrameWorkspace(16000) };
  private openLegs = 0;

  constructor(private readonly options: MediaEngineOptions) {
    this.legs = new Array<LegPipeline | undefined>(options.maxLegs).fill(undefined);
    this.peers = new PeerTable(options.maxLegs);
    this.quarantine = new Quarantine(2 * options.maxLegs);
    this.words = planeWords(options.memory);
  }

  get legsOpen(): number {
    return this.openLegs;
  }

  execute(command: Exclude<MediaCommand, { type: 'stop' }>): void {
    switch (command.type) {
      case 'open':
        this.open(command);
        break;
      case 'pin':
        this.pin(command);
        break;
      case 'close':
        this.close(command);
        break;
    }
  }

  /** One datagram from the socket. Whatever is in it, it only moves a counter or reaches the leg of its source. */
  receive(datagram: InboundDatagram): void {
    const nowMs = this.options.nowMs();
    this.count(PLANE_WORDS.packetsReceived);
    const leg = this.legs[this.peers.find(datagram.address, datagram.port)];
    if (leg === undefined) {
      const old = this.quarantine.holds(datagram.address, datagram.port, nowMs);
      this.count(old ? PLANE_WORDS.quarantined : PLANE_WORDS.foreign);
      return;
    }
    if (this.packet.parse(datagram) !== 'none') {
      leg.caller.noteMalformed();
      this.count(PLANE_WORDS.malformed);
      return;
    }
    this.countVerdict(leg.receive(this.packet, datagram.bytes, nowMs));
  }

  /** Moves every leg of one phase on by a frame, and sends. */
  tick(phase: number, io: PacketIo, deadlineMs: number, nowMs: number): void {
    const legs = this.phases[phase] ?? [];
    for (let i = legs.length - 1; i >= 0; i -= 1) { // downwards: a leg that fails is removed on the way
      const leg = legs[i];
      if (leg !== undefined) this.tickLeg(leg, io, deadlineMs, nowMs);
    }
    io.flush();
    this.words[PLANE_WORDS.packetsSent] = io.packetsSent;
    this.words[PLANE_WORDS.sendFailures] = io.sendFailures;
  }

  closeAll(): void {
    for (const leg of this.legs) if (leg !== undefined) this.remove(leg);
  }

  private tickLeg(leg: LegPipeline, io: PacketIo, deadlineMs: number, nowMs: number): void {
    try {
      leg.tick(io, deadlineMs, nowMs);
    } catch (error) {
      // A bug in one leg's signal path must not silence the others: that leg ends, and the main thread is told.
      this.count(PLANE_WORDS.legFaults);
      const { slot, generation } = leg;
      this.remove(leg);
      this.options.report({ type: 'fault', slot, generation, message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }

  private open(command: Extract<MediaCommand, { type: 'open' }>): void {
    const { slot, generation } = command;
    const codec = rtpCodec(command.codec);
    const leg = new LegPipeline({
      slot,
      generation,
      memory: new LegMemory(this.options.memory, slot),
      codec,
      workspace: this.workspaces[codec.sampleRateHz],
      classifier: this.options.classifiers(codec.sampleRateHz),
      voiceDetection: command.voiceDetection,
      mediaTimeoutMs: command.mediaTimeoutMs,
      origin: { ssrc: randomInt(UINT32), sequence: randomInt(UINT16), timestamp: randomInt(UINT32) },
      emit: (event: MediaEvent) => { this.options.report({ type: 'event', slot, generation, event }); },
    });
    this.legs[slot] = leg;
    this.phases[slot % PHASES]?.push(leg);
    this.openLegs += 1;
  }

  private pin(command: Extract<MediaCommand, { type: 'pin' }>): void {
    const leg = this.legOf(command);
    if (leg === undefined) return;
    const nowMs = this.options.nowMs();
    this.unpin(leg, nowMs);
    leg.caller.refusedSsrc = this.quarantine.release(command.address, command.port, nowMs);
    leg.pin(command.address, command.port, nowMs);
    this.peers.set(command.address, command.port, leg.slot);
  }

  private close(command: LegReference): void {
    const leg = this.legOf(command);
    if (leg !== undefined) this.remove(leg);
    this.options.report({ type: 'closed', slot: command.slot, generation: command.generation });
  }

  private remove(leg: LegPipeline): void {
    this.unpin(leg, this.options.nowMs());
    leg.close();
    this.legs[leg.slot] = undefined;
    const phase = this.phases[leg.slot % PHASES] ?? [];
    const last = phase.pop();
    if (last !== undefined && last !== leg) phase[phase.indexOf(leg)] = last;
    this.openLegs -= 1;
  }

  private unpin(leg: LegPipeline, nowMs: number): void {
    if (!leg.isPinned) return;
    this.peers.delete(leg.peerAddress, leg.peerPort);
    this.quarantine.add(leg.peerAddress, leg.peerPort, leg.caller.ssrc, nowMs);
  }

  private legOf(reference: LegReference): LegPipeline | undefined {
    const leg = this.legs[reference.slot];
    return leg?.generation === reference.generation ? leg : undefined;
  }

  private countVerdict(verdict: ReturnType<LegPipeline['receive']>): void {
    switch (verdict) {
      case 'taken':
        break;
      case 'payload-type':
        this.count(PLANE_WORDS.payloadType);
        break;
      case 'malformed':
        this.count(PLANE_WORDS.malformed);
        break;
      case 'looped':
        this.count(PLANE_WORDS.looped);
        break;
      case 'quarantined':
        this.count(PLANE_WORDS.quarantined);
        break;
    }
  }

  private count(word: number): void {
    this.words[word] = (this.words[word] ?? 0) + 1;
  }
}
