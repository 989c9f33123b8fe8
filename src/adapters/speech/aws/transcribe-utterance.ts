import type { TranscriptResultStream } from '@aws-sdk/client-transcribe-streaming';
import { PortError } from '../../../application/ports/port-error.js';
import { pcm16le } from '../wire/pcm-assembler.js';
import type { Utterance, UtteranceEar } from '../wire/utterance-stream.js';
import { AudioFeed } from './audio-feed.js';
import { awsFailure } from './aws-errors.js';
import { readTranscript } from './transcript-event.js';

/** Sends a request whose body is `audio`; the answer begins before the audio ends. */
export type Transcribe = (audio: AsyncIterable<Uint8Array>, signal: AbortSignal) => Promise<AsyncIterable<TranscriptResultStream>>;

/** One request of StartStreamTranscription, on a connection of its own. */
export class TranscribeUtterance implements Utterance {
  private readonly audio = new AudioFeed();
  private readonly life = new AbortController();
  private heard = false;
  private over = false;

  constructor(transcribe: Transcribe, private readonly ear: UtteranceEar) {
    void this.listen(transcribe); // tells its errors to the ear
  }

  write(samples: Int16Array): void {
    if (this.over) return;
    this.heard = true;
    if (!this.audio.push(pcm16le(samples))) this.fail(gone('the provider takes no more audio'));
  }

  end(): void {
    if (this.over) return;
    if (this.heard) { this.audio.end(); return; }
    this.abort(); // there is nothing to ask
    this.ear.done();
  }

  abort(): void {
    this.over = true;
    this.audio.drop();
    this.life.abort();
  }

  private async listen(transcribe: Transcribe): Promise<void> {
    try {
      for await (const event of await transcribe(this.audio.pull(), this.life.signal)) this.read(event);
      this.finish();
    } catch (error) {
      this.fail(awsFailure('speech-to-text', error));
    }
  }

  private read(event: TranscriptResultStream): void {
    if (this.over) return;
    const { segments, partial } = readTranscript(event);
    for (const { text, confidence } of segments) this.ear.segment(text, confidence);
    if (partial !== '') this.ear.partial(partial);
  }

  private finish(): void {
    if (this.over) return;
    if (!this.audio.ended) { this.fail(gone('aws ended the stream before the utterance')); return; }
    this.abort();
    this.ear.done();
  }

  private fail(error: PortError): void {
    if (this.over) return;
    this.abort();
    this.ear.failed(error);
  }
}

function gone(message: string): PortError {
  return new PortError(message, { code: 'speech-to-text/unavailable', kind: 'unavailable' });
}
