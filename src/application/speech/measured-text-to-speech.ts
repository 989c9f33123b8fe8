import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../ports/text-to-speech.js';

/** The same port, with the time to the first audio of each synthesis as a metric. Failures are counted by the conversation they befall. */
export class MeasuredTextToSpeech implements TextToSpeech {
  constructor(private readonly inner: TextToSpeech, private readonly ports: { readonly clock: Clock; readonly metrics: Metrics }) {}

  get capabilities(): TextToSpeechCapabilities {
    return this.inner.capabilities;
  }

  async *synthesise(request: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    const { clock, metrics } = this.ports;
    const beganAtMs = clock.nowMs();
    let first = true;
    for await (const chunk of this.inner.synthesise(request, signal)) {
      if (first) metrics.observe('provider_request_seconds', (clock.nowMs() - beganAtMs) / 1000, { port: 'text-to-speech' });
      first = false;
      yield chunk;
    }
  }
}
