import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import type { SpeechToText, SpeechToTextCapabilities, TranscriptEvent, TranscriptionOptions, TranscriptionStream } from '../ports/speech-to-text.js';

interface MeasuringPorts {
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** The same port, with the time from the end of an utterance to its final as a metric. */
export class MeasuredSpeechToText implements SpeechToText {
  constructor(private readonly inner: SpeechToText, private readonly ports: MeasuringPorts) {}

  get capabilities(): SpeechToTextCapabilities {
    return this.inner.capabilities;
  }

  async open(options: TranscriptionOptions, signal: AbortSignal): Promise<TranscriptionStream> {
    return new MeasuredStream(await this.inner.open(options, signal), this.ports);
  }
}

class MeasuredStream implements TranscriptionStream {
  private endedAtMs: number | null = null;

  constructor(private readonly inner: TranscriptionStream, private readonly ports: MeasuringPorts) {}

  write(samples: Int16Array): void {
    this.inner.write(samples);
  }

  beginUtterance(preRollMs: number): void {
    this.inner.beginUtterance(preRollMs);
  }

  endUtterance(): void {
    this.endedAtMs = this.ports.clock.nowMs();
    this.inner.endUtterance();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TranscriptEvent, void, undefined> {
    const { clock, metrics } = this.ports;
    for await (const event of this.inner) {
      if (event.type === 'final' && this.endedAtMs !== null) {
        metrics.observe('provider_request_seconds', (clock.nowMs() - this.endedAtMs) / 1000, { port: 'speech-to-text' });
        this.endedAtMs = null;
      }
      yield event;
    }
  }
}
