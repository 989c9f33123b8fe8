import { ManyPeerSocket, type Arrival } from '../media/many-peer-socket.js';
import { decodeG711, encodeG711, G711_SILENCE } from '../../src/domain/audio/g711.js';
import { RTP_HEADER_BYTES, RtpPacket, writeRtpHeader } from '../../src/domain/audio/rtp-packet.js';
import type { CrowdCommand, CrowdEvent, CrowdInput, CrowdReport } from './crowd-protocol.js';
import { Histogram } from '../../test/support/load/histogram.js';
import { callPlan, FIRST_CALLS, LATER_CALLS, LoadCaller } from './load-caller.js';
import { StreamQuality } from '../../test/support/load/stream-quality.js';
import { voiceSignal } from '../../test/support/load/voice-signal.js';

/** The callers' packets are spread over the 20 ms: a quarter of them every 5 ms. */
export const PHASES = 4;
const FRAME_BYTES = 160;
const PCMU = 0;
const VOICE_SECONDS = 10;
/** About -40 dBFS. */
const VOICED_MIN = 330;
/** Of 160 samples every fourth is looked at. */
const LOOK_STEP = 4;
const LATENCY_LIMIT_MS = 10_000;

interface Line {
  readonly call: number;
  readonly caller: LoadCaller;
  readonly toPort: number;
  readonly header: { payloadType: number; marker: boolean; sequence: number; timestamp: number; ssrc: number };
  voiceAt: number;
}

/** The callers' voices and ears, all on one socket. Knows no signalling: it is told who is up, and tells who wants to hang up. */
export class Crowd {
  readonly socket = new ManyPeerSocket();
  private readonly lines: (Line | undefined)[];
  private readonly quality: StreamQuality;
  private readonly voice: Uint8Array;
  private readonly loud: Uint8Array;
  private readonly packet = new RtpPacket();
  private readonly greeting = new Histogram(1, LATENCY_LIMIT_MS);
  private readonly response = new Histogram(1, LATENCY_LIMIT_MS);
  private readonly stopping = new Histogram(1, LATENCY_LIMIT_MS);

  constructor(private readonly input: CrowdInput, private readonly emit: (event: CrowdEvent) => void) {
    this.lines = new Array<Line | undefined>(input.callers).fill(undefined);
    this.quality = new StreamQuality(input.callers);
    this.voice = encodedVoice();
    this.loud = loudBytes();
  }

  obey(command: Exclude<CrowdCommand, { type: 'stop' }>, nowMs: number): void {
    switch (command.type) {
      case 'answered': this.begin(command, nowMs); return;
      case 'hung-up': this.lines[command.caller] = undefined; return;
      case 'measure': this.quality.measure(command.on); return;
      case 'report': this.emit({ type: 'report', report: this.report() }); return;
    }
  }

  listen(): void {
    this.socket.receive(this.hear);
  }

  /** One frame of every caller of this phase. */
  speak(phase: number, nowMs: number): void {
    for (let index = phase; index < this.lines.length; index += PHASES) {
      const line = this.lines[index];
      if (line !== undefined) this.sendFrame(index, line, line.caller.tick(nowMs));
    }
    this.socket.flush();
  }

  private begin({ caller, call, port }: Extract<CrowdCommand, { type: 'answered' }>, nowMs: number): void {
    const own = { caller, call };
    const measured = (histogram: Histogram) => (ms: number): void => { if (this.quality.measuring) histogram.record(ms); };
    this.quality.begin(caller);
    this.lines[caller] = {
      call,
      toPort: port,
      header: { payloadType: PCMU, marker: true, sequence: call & 0xffff, timestamp: call * FRAME_BYTES, ssrc: (call * 0x10001 + 1) >>> 0 },
      voiceAt: (caller * FRAME_BYTES * 7) % this.voice.length,
      caller: new LoadCaller(callPlan(call, this.input.exchanges ?? (call < this.lines.length ? FIRST_CALLS : LATER_CALLS)), {
        greeted: measured(this.greeting), answered: measured(this.response), stopped: measured(this.stopping),
        done: () => { this.emit({ type: 'done', ...own }); },
        failed: (why) => { this.emit({ type: 'failed', ...own, why }); },
      }, nowMs),
    };
  }

  private sendFrame(index: number, line: Line, speaks: boolean): void {
    const { socket, voice } = this;
    const offset = socket.reserve();
    const { bytes } = socket.outgoing;
    writeRtpHeader(line.header, bytes, offset);
    const payload = offset + RTP_HEADER_BYTES;
    if (speaks) {
      bytes.set(voice.subarray(line.voiceAt, line.voiceAt + FRAME_BYTES), payload);
      line.voiceAt = (line.voiceAt + FRAME_BYTES) % voice.length;
    } else bytes.fill(G711_SILENCE.ulaw, payload, payload + FRAME_BYTES);
    socket.stage(index, RTP_HEADER_BYTES + FRAME_BYTES, line.toPort);
    line.header.marker = false;
    line.header.sequence = (line.header.sequence + 1) & 0xffff;
    line.header.timestamp = (line.header.timestamp + FRAME_BYTES) >>> 0;
  }

  private readonly hear = ({ peer, atMs, offset, length }: Arrival): void => {
    const line = this.lines[peer];
    const { bytes } = this.socket.received;
    if (line === undefined || this.packet.parse({ bytes, offset, length }) !== 'none' || this.packet.payloadType !== PCMU) return;
    this.quality.packet(peer, this.packet.sequence, atMs);
    line.caller.hear(this.isVoiced(bytes), atMs);
  };

  private isVoiced(bytes: Uint8Array): boolean {
    const { payloadOffset, payloadLength } = this.packet;
    for (let at = payloadOffset; at < payloadOffset + payloadLength; at += LOOK_STEP) {
      if (this.loud[bytes[at] ?? 0] === 1) return true;
    }
    return false;
  }

  private report(): CrowdReport {
    return {
      audio: this.quality.report(), packetsSent: this.socket.sent, packetsDropped: this.socket.kernelDrops(),
      greetingMs: this.greeting.summary(), responseMs: this.response.summary(), stopMs: this.stopping.summary(),
    };
  }
}

function encodedVoice(): Uint8Array {
  const samples = voiceSignal({ seconds: VOICE_SECONDS, pitchHz: 180 });
  const bytes = new Uint8Array(samples.length);
  encodeG711('ulaw', samples, { bytes, offset: 0 });
  return bytes;
}

/** For each byte of µ-law whether its sample is too loud for silence. */
function loudBytes(): Uint8Array {
  const samples = new Int16Array(0x100);
  decodeG711('ulaw', { bytes: Uint8Array.from({ length: 0x100 }, (_, byte) => byte), offset: 0 }, 0x100, samples);
  return Uint8Array.from(samples, (sample) => (Math.abs(sample) > VOICED_MIN ? 1 : 0));
}
