import type { PortError } from '../../../application/ports/port-error.js';
import type { Utterance, UtteranceEar } from '../wire/utterance-stream.js';
import type { LegListener, RecognitionLeg } from './recognition-leg.js';
import type { StreamCut } from './stream-cut.js';

/** What a leg told; told on when those before it are done. */
interface Leg {
  readonly stream: RecognitionLeg;
  readonly segments: { readonly text: string; readonly confidence: number | null }[];
  partial: string;
  done: boolean;
}

export interface GoogleUtteranceOptions {
  readonly ear: UtteranceEar;
  readonly cut: StreamCut;
  readonly open: (listener: LegListener) => RecognitionLeg;
}

/** One utterance over as many streams as its length needs: before one reaches Google's limit the next goes on with the sample after it. */
export class GoogleUtterance implements Utterance {
  /** Those that are not done, oldest first; the last one is written to. */
  private readonly legs: Leg[] = [];
  private current: RecognitionLeg;
  private heard = false;
  private over = false;

  constructor(private readonly options: GoogleUtteranceOptions) {
    this.current = this.openLeg();
  }

  write(samples: Int16Array): void {
    if (this.over || samples.length === 0) return;
    this.heard = true;
    const count = this.options.cut.take(samples);
    this.current.write(count === null ? samples : samples.subarray(0, count));
    if (count !== null) this.rollOver(samples.subarray(count));
  }

  end(): void {
    if (this.over) return;
    if (this.heard) { this.current.end(); return; }
    this.abort(); // Google refuses a stream without audio
    this.options.ear.done();
  }

  abort(): void {
    this.over = true;
    for (const { stream } of this.legs.splice(0)) stream.abort();
  }

  private rollOver(rest: Int16Array): void {
    if (this.over) return;
    this.current.end();
    this.current = this.openLeg();
    this.write(rest);
  }

  private openLeg(): RecognitionLeg {
    const tell = (act: (one: Leg) => void): void => {
      act(leg);
      this.tell();
    };
    const stream = this.options.open({
      partial: (text) => { tell((one) => { one.partial = text; }); },
      segment: (text, confidence) => {
        tell((one) => {
          one.segments.push({ text, confidence });
          one.partial = '';
        });
      },
      done: () => { tell((one) => { one.done = true; }); },
      failed: (error) => { this.fail(error); },
    });
    const leg: Leg = { stream, segments: [], partial: '', done: false };
    this.legs.push(leg);
    return stream;
  }

  private tell(): void {
    const { ear } = this.options;
    for (let oldest = this.legs[0]; oldest !== undefined; oldest = this.legs[0]) {
      for (const { text, confidence } of oldest.segments.splice(0)) ear.segment(text, confidence);
      if (!oldest.done) { ear.partial(oldest.partial); return; }
      this.legs.shift();
    }
    if (this.over) return;
    this.over = true;
    ear.done();
  }

  private fail(error: PortError): void {
    if (this.over) return;
    this.abort();
    this.options.ear.failed(error);
  }
}
