import type { Readable } from 'node:stream';
import type { SynthesizeSpeechCommandInput } from '@aws-sdk/client-polly';
import type { SynthesisRequest } from '../../../application/ports/text-to-speech.js';
import { type AwsAccount, clientConfig } from './aws-account.js';
import { readSpeechMarks, type SpeechMark } from './speech-marks.js';
import { assertWhole } from './whole-answer.js';

/** A connection without a word for so long is closed: one that was lost on the way would take further requests and answer none. */
const CONNECTION_IDLE_MS = 30_000;
/** Requests on one connection; the HTTP/2 default of servers is 100. */
const STREAMS_MAX = 80;

export interface PollyOptions extends AwsAccount {
  readonly engine: string;
  /** Silence of the server up to which it is waited for. */
  readonly timeoutMs: number;
}

/** The two things Polly is asked for a text. */
export interface PollyRequests {
  /** PCM, little-endian. The caller destroys it. */
  readonly audio: (request: SynthesisRequest, signal: AbortSignal) => Promise<Readable>;
  /** Words and their times. Null: not for this voice, or not now. */
  readonly marks: (request: SynthesisRequest, signal: AbortSignal) => Promise<readonly SpeechMark[] | null>;
}

/** Loads the SDK. */
export async function pollyRequests(options: PollyOptions): Promise<PollyRequests> {
  const { PollyClient, SynthesizeSpeechCommand } = await import('@aws-sdk/client-polly');
  const client = new PollyClient({
    ...clientConfig(options, 'polly'),
    // Its handler speaks HTTP/2. Left to itself it would open a connection for each request.
    requestHandler: { requestTimeout: options.timeoutMs, sessionTimeout: CONNECTION_IDLE_MS, maxConcurrentStreams: STREAMS_MAX },
  });
  const ask = async ({ text, voice, sampleRateHz }: SynthesisRequest, what: Partial<SynthesizeSpeechCommandInput>, signal: AbortSignal): Promise<Readable> => {
    const { AudioStream: body } = await client.send(new SynthesizeSpeechCommand({
      Text: text, TextType: 'text', VoiceId: voice as NonNullable<SynthesizeSpeechCommandInput['VoiceId']>, Engine: options.engine as NonNullable<SynthesizeSpeechCommandInput['Engine']>,
      SampleRate: String(sampleRateHz), OutputFormat: 'pcm', ...what,
    }), { abortSignal: signal });
    const stream = body as unknown as Readable; // in Node always
    stream.on('error', () => undefined); // whoever reads it is told too; one that was destroyed tells nobody else
    return stream;
  };
  return {
    audio: (request, signal) => ask(request, {}, signal),
    marks: async (request, signal) => {
      try {
        const body = await ask(request, { OutputFormat: 'json', SpeechMarkTypes: ['word'] }, signal);
        const bytes = Buffer.concat(await body.toArray() as Buffer[]);
        assertWhole('text-to-speech', body);
        return readSpeechMarks(bytes.toString('utf8'));
      } catch {
        return null; // the audio says what is wrong, if it is more than the marks
      }
    },
  };
}
