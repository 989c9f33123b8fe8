import { decodeG711, encodeG711 } from '../../../src/domain/audio/g711.js';
import { CodedEar, codedSpeech } from '../speech/coded-speech.js';
import type { RtpCaller } from './rtp-caller.js';

const RATE_HZ = 8000;
/** RTP's number of µ-law. */
export const ULAW = 0;
/** After what somebody says they are silent for so long, and then say it again. */
const SILENCE_S = 30;

/** Hears and says coded words over the µ-law line of an `RtpCaller`. */
export class CodedCaller {
  private readonly ear = new CodedEar(RATE_HZ);
  private packetsHeard = 0;

  constructor(private readonly rtp: RtpCaller) {}

  /** Words heard to their end since the call began. Asked every few milliseconds, so each packet is listened to once. */
  get heard(): string {
    const { received } = this.rtp;
    for (; this.packetsHeard < received.length; this.packetsHeard += 1) {
      const { payloadType, payload } = received[this.packetsHeard]!;
      if (payloadType === ULAW) this.ear.write(samplesOf(payload));
    }
    return this.ear.text;
  }

  /** To Asterisk's port. */
  say(port: number, text: string): void {
    const words = codedSpeech(text, RATE_HZ);
    const samples = new Int16Array(words.length + SILENCE_S * RATE_HZ);
    samples.set(words);
    const bytes = new Uint8Array(samples.length);
    encodeG711('ulaw', samples, { bytes, offset: 0 });
    this.rtp.speak(port, ULAW, bytes);
  }
}

/** What µ-law sounds like. */
export function samplesOf(ulaw: Uint8Array): Int16Array {
  const samples = new Int16Array(ulaw.length);
  decodeG711('ulaw', { bytes: ulaw, offset: 0 }, ulaw.length, samples);
  return samples;
}
