import { expect } from 'chai';
import { isPortError } from '../../src/application/ports/port-error.js';
import type { SpeechToText, TranscriptEvent, TranscriptionOptions, TranscriptionStream } from '../../src/application/ports/speech-to-text.js';

/** A recogniser without endpointing, ready to be used, and the world it lives in. */
export interface SpeechToTextHarness {
  readonly speechToText: SpeechToText;
  /** Options it accepts. */
  readonly options: TranscriptionOptions;
  /** Two different sentences that it understands, at the rate of `options`. The first lasts less than the second. */
  readonly sentences: readonly [SpokenSentence, SpokenSentence];
  /** Lets it work on what was written; called between pieces of 100 ms. */
  breathe(): Promise<void>;
  /** Audio dropped so far because it was written faster than it could be recognised; absent where that is not to be seen. */
  readonly droppedMs?: () => number;
  /** Makes every open stream fail; absent when the world cannot. */
  readonly fail?: () => Promise<void>;
  close(): Promise<void>;
}

/** What of the contract can be seen in a harness. */
export interface SpeechToTextTraits {
  /** It has `droppedMs`. */
  readonly countsDrops: boolean;
  /** It has `fail`. */
  readonly fails: boolean;
}

export interface SpokenSentence {
  readonly text: string;
  readonly samples: Int16Array;
}

const PIECE_MS = 100;
const BACKLOG_MS_MAX = 2000;
/** Enough for a recogniser that runs while the writer waits for a core to be overrun all the same. */
const FLOOD_MS = 20_000;

/** Events of a stream as they come; a test takes them in order. */
class Heard {
  private readonly events: AsyncIterator<TranscriptEvent>;

  constructor(stream: TranscriptionStream) {
    this.events = stream[Symbol.asyncIterator]();
  }

  next(): Promise<IteratorResult<TranscriptEvent>> {
    return this.events.next();
  }

  /** Everything up to the next final, that included. */
  async utterance(): Promise<readonly TranscriptEvent[]> {
    const events: TranscriptEvent[] = [];
    for (;;) {
      const next = await this.events.next();
      if (next.done === true) throw new Error('the sequence ended before its final');
      events.push(next.value);
      if (next.value.type === 'final') return events;
    }
  }

  async finalText(): Promise<string> {
    return (await this.utterance()).at(-1)?.text ?? '';
  }
}

/** What every recogniser must keep, by sentence of the port's docstring. */
export function speechToTextContract(name: string, traits: SpeechToTextTraits, start: () => Promise<SpeechToTextHarness>): void {
  describe(`SpeechToText: ${name}`, () => {
    const never = new AbortController().signal;
    let harness: SpeechToTextHarness;
    const open = (signal = never): Promise<TranscriptionStream> => harness.speechToText.open(harness.options, signal);
    const samplesOf = (ms: number): number => (ms * harness.options.sampleRateHz) / 1000;
    const write = async (stream: TranscriptionStream, samples: Int16Array): Promise<void> => {
      for (let at = 0; at < samples.length; at += samplesOf(PIECE_MS)) {
        stream.write(samples.subarray(at, at + samplesOf(PIECE_MS)));
        await harness.breathe();
      }
    };
    const say = async (stream: TranscriptionStream, samples: Int16Array): Promise<void> => {
      stream.beginUtterance(0);
      await write(stream, samples);
      stream.endUtterance();
    };
    beforeEach(async () => { harness = await start(); });
    afterEach(async () => { await harness.close(); });

    it('tells the best guess on the way, then what will not change', async () => {
      const [, { text, samples }] = harness.sentences;
      const stream = await open();
      const [events] = await Promise.all([new Heard(stream).utterance(), say(stream, samples)]);
      expect(events.at(-1)).to.include({ type: 'final', text });
      const partials = events.slice(0, -1);
      expect(partials.every(({ type }) => type === 'partial')).to.equal(true);
      if (harness.speechToText.capabilities.partialResults) expect(partials).not.to.deep.equal([]);
      await stream.close();
    });

    it('gives one final for each utterance, in their order', async () => {
      const stream = await open();
      const heard = new Heard(stream);
      for (const { text, samples } of [...harness.sentences, harness.sentences[0]]) {
        await say(stream, samples);
        expect(await heard.finalText()).to.equal(text);
      }
      await stream.close();
    });

    it('answers voice without words with an empty final', async () => {
      const stream = await open();
      await say(stream, new Int16Array(samplesOf(800)));
      expect(await new Heard(stream).finalText()).to.equal('');
      await stream.close();
    });

    it('counts audio before the beginning to the utterance as far as it is told, and no further', async () => {
      const [{ text, samples }] = harness.sentences;
      const stream = await open();
      const heard = new Heard(stream);
      await write(stream, samples);
      stream.beginUtterance((samples.length * 1000) / harness.options.sampleRateHz);
      stream.endUtterance();
      expect(await heard.finalText()).to.equal(text);
      await write(stream, samples);
      await say(stream, new Int16Array(samplesOf(400)));
      expect(await heard.finalText()).to.equal('');
      await stream.close();
    });

    it('copies what it is given', async () => {
      const [{ text, samples }] = harness.sentences;
      const stream = await open();
      const piece = new Int16Array(samplesOf(PIECE_MS));
      stream.beginUtterance(0);
      for (let at = 0; at < samples.length; at += piece.length) {
        piece.fill(0);
        piece.set(samples.subarray(at, at + piece.length));
        stream.write(piece);
        piece.fill(9999);
        await harness.breathe();
      }
      stream.endUtterance();
      expect(await new Heard(stream).finalText()).to.equal(text);
      await stream.close();
    });

    it('keeps two callers apart', async () => {
      const streams = await Promise.all([open(), open()]);
      const texts = await Promise.all(streams.map(async (stream, index) => {
        await say(stream, harness.sentences[index === 0 ? 0 : 1].samples);
        return new Heard(stream).finalText();
      }));
      expect(texts).to.deep.equal(harness.sentences.map(({ text }) => text));
      await Promise.all(streams.map((stream) => stream.close()));
    });

    it('ends its sequence after close, whoever waits and whatever was unread', async () => {
      const stream = await open();
      const heard = new Heard(stream);
      const waiting = heard.next();
      await stream.close();
      await stream.close();
      expect((await waiting).done).to.equal(true);
      stream.write(new Int16Array(800));
      stream.beginUtterance(0);
      stream.endUtterance();
      expect((await heard.next()).done).to.equal(true);
    });

    it('yields nothing after the signal aborted, not even what was recognised before', async () => {
      const abort = new AbortController();
      const stream = await open(abort.signal);
      await say(stream, harness.sentences[0].samples);
      abort.abort();
      expect((await new Heard(stream).next()).done).to.equal(true);
    });

    it('opens nothing when the signal has aborted already', async () => {
      expect(await failureOf(open(AbortSignal.abort()))).not.to.equal(null);
    });

    it('refuses a language that it does not understand', async () => {
      const failure = await failureOf(harness.speechToText.open({ ...harness.options, language: 'tlh' }, never));
      expect(isPortError(failure) && [failure.kind, failure.code]).to.deep.equal(['rejected', 'speech-to-text/unsupported-language']);
    });

    if (traits.countsDrops) {it('drops the oldest and counts it when more than 2 s wait to be recognised', async () => {
      const { droppedMs } = harness;
      if (droppedMs === undefined) throw new Error('the harness does not tell what was dropped');
      const [, { text, samples }] = harness.sentences; // longer: a lone short word in seconds of silence is hard to hear
      const stream = await open();
      stream.beginUtterance(0);
      const late = new Int16Array(samplesOf(FLOOD_MS));
      late.set(samples, late.length - samples.length);
      for (let at = 0; at < late.length; at += samplesOf(PIECE_MS)) stream.write(late.subarray(at, at + samplesOf(PIECE_MS))); // without a breath
      stream.endUtterance();
      expect(await new Heard(stream).finalText()).to.equal(text);
      expect(droppedMs(), 'less when the machine let it listen meanwhile').to.be.within(1000, FLOOD_MS - BACKLOG_MS_MAX + PIECE_MS);
      await stream.close();
    });}

    if (traits.fails) {it('throws when it fails, is dead from then on, and a new stream can be opened', async () => {
      if (harness.fail === undefined) throw new Error('the harness cannot make it fail');
      const stream = await open();
      stream.beginUtterance(0); // one that is lost while nobody speaks may be replaced without a word
      await write(stream, new Int16Array(samplesOf(PIECE_MS)));
      const waiting = failureOf(new Heard(stream).next());
      await harness.fail();
      const failure = await waiting;
      expect(isPortError(failure) && failure.code).to.match(/^speech-to-text\//u);
      await say(stream, harness.sentences[0].samples);
      expect(isPortError(await failureOf(new Heard(stream).next()))).to.equal(true);
      await stream.close();
      const next = await open();
      await say(next, harness.sentences[0].samples);
      expect(await new Heard(next).finalText()).to.equal(harness.sentences[0].text);
      await next.close();
    });}
  });
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(() => null, (error: unknown) => error);
}
