import { decodeG711, encodeG711 } from '../../../src/domain/audio/g711.js';
import { voiceSignal } from '../load/voice-signal.js';
import type { FakeAri } from '../servers/fake-ari.js';
import type { WorldChannel } from '../servers/fake-ari-world.js';
import { UdpRtpPeer } from '../servers/fake-rtp-peer.js';

const SAMPLES_PER_MS = 8;
const LONGEST_SPEECH_S = 5;
/** Of 16-bit samples; the voices of these tests are some thousands, silence is a few. */
const VOICE_RMS_MIN = 200;
const SPEECH = ulawVoice();

/** `released`: the gateway hung up. `handed-over`: it sent the caller on to a person. `hung-up`: the caller did. */
export type CallerFate = 'on the line' | 'released' | 'handed-over' | 'hung-up';

/** Somebody who calls through a fake Asterisk: speaks when told to, and notes what is heard. */
export class ChaosCaller {
  answeredAtMs: number | null = null;
  fate: CallerFate = 'on the line';
  /** Q.850, with `released`. */
  releaseCause = '';
  lastVoiceAtMs = Number.NEGATIVE_INFINITY;
  private voicedFrames = 0;
  private speaksUntilMs = 0;
  private readonly channel: WorldChannel;
  private phone: UdpRtpPeer | null = null;

  constructor(private readonly ari: FakeAri, readonly id: string, call: { readonly app: string; readonly did: string }) {
    this.channel = ari.call(call.app, { id, did: call.did, correlation: id });
  }

  /** For `FakeAriOptions.openRtpPeer`. */
  async openPhone(request: { readonly externalHost: string }): Promise<UdpRtpPeer> {
    this.phone = await UdpRtpPeer.open(request, (payload) => { this.hear(payload); });
    return this.phone;
  }

  get heardMs(): number {
    return this.voicedFrames * 20;
  }

  get speaking(): boolean {
    return performance.now() < this.speaksUntilMs;
  }

  /** Neither side has spoken for so long. */
  quietFor(ms: number): boolean {
    return !this.speaking && performance.now() - this.lastVoiceAtMs >= ms;
  }

  /** Begins to speak with the next packet. */
  say(ms: number): void {
    this.phone?.say(SPEECH.subarray(0, ms * SAMPLES_PER_MS));
    this.speaksUntilMs = performance.now() + ms;
  }

  hangUp(): void {
    if (this.fate === 'on the line') this.fate = 'hung-up';
    this.ari.farEnd.hangsUp(this.channel);
  }

  /** Something has been asked of Asterisk about this caller's channel. */
  noteRequest(verb: string, action: string | undefined, cause: string): void {
    if (verb === 'POST' && action === 'answer') this.answeredAtMs ??= performance.now();
    if (this.fate !== 'on the line') return;
    if (verb === 'POST' && action === 'continue') this.fate = 'handed-over';
    if (verb === 'DELETE') {
      this.fate = 'released';
      this.releaseCause = cause;
    }
  }

  private hear(payload: Buffer): void {
    const samples = new Int16Array(payload.length);
    decodeG711('ulaw', { bytes: payload, offset: 0 }, payload.length, samples);
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
    if (Math.sqrt(energy / Math.max(1, samples.length)) < VOICE_RMS_MIN) return;
    this.voicedFrames += 1;
    this.lastVoiceAtMs = performance.now();
  }
}

function ulawVoice(): Buffer {
  const samples = voiceSignal({ seconds: LONGEST_SPEECH_S });
  const bytes = Buffer.alloc(samples.length);
  encodeG711('ulaw', samples, { bytes, offset: 0 });
  return bytes;
}
