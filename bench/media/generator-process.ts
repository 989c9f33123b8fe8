/**
 * The far ends of all legs in one process: sends 20 ms packets of µ-law voice, spread evenly over the tick, and times what comes back.
 * Its loop owns the thread (Atomics.wait); IPC is looked at between ticks.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { monotonicNowMs } from '../../src/adapters/native/monotonic-clock.js';
import { setThreadNice } from '../../src/adapters/native/thread-priority.js';
import { encodeG711 } from '../../src/domain/audio/g711.js';
import { RTP_HEADER_BYTES, RtpPacket, writeRtpHeader } from '../../src/domain/audio/rtp-packet.js';
import { distance16, distance32 } from '../../src/domain/audio/sequence.js';
import { syntheticVoice } from '../../test/support/synthetic-voice.js';
import { ManyPeerSocket, type Arrival } from './many-peer-socket.js';
import type { BenchCommand, GeneratorInput, GeneratorMessage, GeneratorSample } from './messages.js';
import { QuantileHistogram } from './quantile-histogram.js';

const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
const SAMPLES_PER_MS = 8;
const STEPS_PER_FRAME = 20; // a step per millisecond
const VOICE_FRAMES = 200;
/** Of each 8 s a caller speaks 4, as in a conversation. */
const TALK_FRAMES = 200;
const START_POLL_MS = 20;
/** How often the event loop gets its turn, for IPC. */
const IPC_STEPS = 50;

class Generator {
  private readonly socket = new ManyPeerSocket();
  private readonly voice: Uint8Array;
  private readonly silence = new Uint8Array(FRAME_SAMPLES).fill(0xff);
  private readonly header = { payloadType: 0, marker: false, sequence: 0, timestamp: 0, ssrc: 0 };
  private readonly packet = new RtpPacket();
  private readonly lastAtMs: Float64Array;
  private readonly lastSequence: Int32Array;
  private readonly lastTimestamp: Uint32Array;
  private readonly gridMs: Float64Array;
  private readonly interval = new QuantileHistogram();
  private readonly lateness = new QuantileHistogram();
  private received = 0;
  private lost = 0;
  private outOfOrder = 0;
  private sentBefore = 0;
  private cpuBefore = process.cpuUsage();
  private tickLatenessMaxMs = 0;
  private toPort = 0;
  private running = true;

  constructor(private readonly legs: number) {
    const samples = syntheticVoice(8000, VOICE_FRAMES * FRAME_MS);
    this.voice = new Uint8Array(samples.length);
    encodeG711('ulaw', samples, { bytes: this.voice, offset: 0 });
    this.lastAtMs = new Float64Array(legs);
    this.lastSequence = new Int32Array(legs).fill(-1);
    this.lastTimestamp = new Uint32Array(legs);
    this.gridMs = new Float64Array(legs);
    process.on('message', (command: BenchCommand) => { this.obey(command); });
    tell({ type: 'ready', port: this.socket.port });
  }

  async run(): Promise<void> {
    while (this.toPort === 0) await sleep(START_POLL_MS);
    const idle = new Int32Array(new SharedArrayBuffer(4));
    const startMs = monotonicNowMs();
    for (let step = 0; this.running; step += 1) {
      const dueMs = startMs + step * (FRAME_MS / STEPS_PER_FRAME);
      const waitMs = dueMs - monotonicNowMs();
      if (waitMs > 0) Atomics.wait(idle, 0, 0, waitMs);
      this.tickLatenessMaxMs = Math.max(this.tickLatenessMaxMs, monotonicNowMs() - dueMs);
      this.sendStep(step);
      this.socket.receive((arrival) => { this.take(arrival); });
      if (step % IPC_STEPS === 0) await nextTurn();
    }
    this.socket.close();
  }

  private sendStep(step: number): void {
    const frame = Math.floor(step / STEPS_PER_FRAME);
    for (let leg = step % STEPS_PER_FRAME; leg < this.legs; leg += STEPS_PER_FRAME) {
      const offset = this.socket.reserve();
      const { bytes } = this.socket.outgoing;
      this.header.sequence = frame + leg;
      this.header.timestamp = frame * FRAME_SAMPLES;
      this.header.ssrc = 0x10000 + leg;
      writeRtpHeader(this.header, bytes, offset);
      const spoken = frame + leg * 7;
      if (Math.floor(spoken / TALK_FRAMES) % 2 === 0) {
        const from = (spoken % VOICE_FRAMES) * FRAME_SAMPLES;
        for (let i = 0; i < FRAME_SAMPLES; i += 1) bytes[offset + RTP_HEADER_BYTES + i] = this.voice[from + i] ?? 0;
      } else bytes.set(this.silence, offset + RTP_HEADER_BYTES);
      this.socket.stage(leg, RTP_HEADER_BYTES + FRAME_SAMPLES, this.toPort);
    }
    this.socket.flush();
  }

  private take(arrival: Arrival): void {
    const { peer, atMs, offset, length } = arrival;
    if (peer >= this.legs || this.packet.parse({ bytes: this.socket.received.bytes, offset, length }) !== 'none') return;
    this.received += 1;
    const before = this.lastSequence[peer] ?? -1;
    const step = before < 0 ? 0 : distance16(before, this.packet.sequence);
    if (before >= 0 && step <= 0) {
      this.outOfOrder += 1;
      return;
    }
    if (step > 1) this.lost += step - 1;
    if (step === 1) this.interval.add(Math.abs(atMs - (this.lastAtMs[peer] ?? 0) - FRAME_MS));
    this.noteLateness(peer, atMs);
    this.lastTimestamp[peer] = this.packet.timestamp;
    this.lastSequence[peer] = this.packet.sequence;
    this.lastAtMs[peer] = atMs;
  }

  /** RTP time is what the far end plays by. The grid goes through the earliest packet since the beginning: an earlier one moves it. */
  private noteLateness(peer: number, atMs: number): void {
    const elapsedMs = distance32(this.lastTimestamp[peer] ?? 0, this.packet.timestamp) / SAMPLES_PER_MS;
    const dueMs = this.gridMs[peer] === 0 ? atMs : (this.gridMs[peer] ?? 0) + elapsedMs;
    const late = atMs - dueMs;
    this.gridMs[peer] = late < 0 ? atMs : dueMs;
    this.lateness.add(Math.max(0, late));
  }

  private obey(command: BenchCommand): void {
    switch (command.type) {
      case 'start':
        this.toPort = command.port;
        break;
      case 'begin':
        this.begin();
        break;
      case 'sample':
        tell({ type: 'sample', sample: this.sample() });
        break;
      case 'stop':
        this.running = false;
        this.toPort ||= 1;
        process.disconnect();
        break;
    }
  }

  private begin(): void {
    this.received = 0;
    this.lost = 0;
    this.outOfOrder = 0;
    this.sentBefore = this.socket.sent;
    this.cpuBefore = process.cpuUsage();
    this.tickLatenessMaxMs = 0;
    this.lastSequence.fill(-1); // the first packet is compared with none from before
    this.gridMs.fill(0);
    this.interval.clear();
    this.lateness.clear();
  }

  private sample(): GeneratorSample {
    const { user, system } = process.cpuUsage(this.cpuBefore);
    return {
      cpuMs: (user + system) / 1000,
      sent: this.socket.sent - this.sentBefore,
      received: this.received,
      lost: this.lost,
      outOfOrder: this.outOfOrder,
      interval: this.interval.quantiles(),
      lateness: this.lateness.quantiles(),
      kernelDrops: this.socket.kernelDrops(),
      tickLatenessMaxMs: this.tickLatenessMaxMs,
    };
  }
}

function tell(message: GeneratorMessage): void {
  process.send?.(message);
}

setThreadNice(-15); // the measuring instrument goes before what is measured; without the right to it nothing changes
const input = JSON.parse(process.argv[2] ?? '{}') as GeneratorInput;
await new Generator(input.legs).run();
