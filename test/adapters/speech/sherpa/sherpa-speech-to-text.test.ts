import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { recogniserConfig } from '../../../../src/adapters/speech/sherpa/model-files.js';
import { SherpaSpeechToText } from '../../../../src/adapters/speech/sherpa/sherpa-speech-to-text.js';
import { isPortError } from '../../../../src/application/ports/port-error.js';
import type { TranscriptEvent } from '../../../../src/application/ports/speech-to-text.js';
import { speechToTextContract } from '../../../contract/speech-to-text.contract.js';
import { RecordingLogger } from '../../../support/fakes/recording-logger.js';
import { writeCtcRecogniser, writeTransducer, writeVoiceActivity } from '../../../support/onnx/tiny-speech-models.js';
import { CODED_WORD_MS, codedSpeech } from '../../../support/speech/coded-speech.js';
import { until } from '../../../support/until.js';
import { engineProcesses, killEngines, ModelRoom, withSherpa } from './sherpa-world.js';

const never = new AbortController().signal;
const options = { language: 'en-US', sampleRateHz: 8000 } as const;
const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

interface Wishes { readonly voiceActivityModel?: string; readonly processes?: number; readonly respawnMsMin?: number; readonly logger?: RecordingLogger }

function recogniser(directory: string, { voiceActivityModel, processes = 1, respawnMsMin = 0, logger = new RecordingLogger() }: Wishes = {}): SherpaSpeechToText {
  return new SherpaSpeechToText({
    load: { recogniser: recogniserConfig({ directory, precision: 'int8', threads: 1 }, 'auto'), voiceActivityModel: voiceActivityModel ?? null },
    languages: ['en'], finalLatencyP99Ms: 700, processes, respawnMsMin, logger,
  });
}

/** Starts its process, so that a test leaves as many as it found. */
async function warm(ear: SherpaSpeechToText): Promise<SherpaSpeechToText> {
  await (await ear.open(options, never)).close();
  return ear;
}

async function heard(ear: SherpaSpeechToText, samples: Int16Array, sampleRateHz: 8000 | 16_000 = 8000): Promise<readonly TranscriptEvent[]> {
  const stream = await ear.open({ ...options, sampleRateHz }, never);
  const events: TranscriptEvent[] = [];
  stream.beginUtterance(0);
  for (let at = 0; at < samples.length; at += sampleRateHz / 10) {
    stream.write(samples.subarray(at, at + sampleRateHz / 10));
    await turn();
  }
  stream.endUtterance();
  for await (const event of stream) {
    events.push(event);
    if (event.type === 'final') await stream.close();
  }
  return events;
}

const finalOf = async (ear: SherpaSpeechToText, samples: Int16Array, sampleRateHz: 8000 | 16_000 = 8000): Promise<string> => (await heard(ear, samples, sampleRateHz)).at(-1)?.text ?? '';

for (const [kind, write] of [['a CTC model', writeCtcRecogniser], ['a transducer', writeTransducer]] as const) {
  withSherpa(`a streaming recogniser of sherpa-onnx with ${kind}`, () => {
    const logger = new RecordingLogger();
    let room: ModelRoom;
    let ear: SherpaSpeechToText;
    before(async () => {
      room = new ModelRoom();
      write(room.directory);
      ear = await warm(recogniser(room.directory, { logger }));
    });
    after(async () => {
      await ear.close();
      room.remove();
    });

    speechToTextContract(`sherpa, ${kind}`, { countsDrops: true, fails: true }, () => {
      logger.lines.length = 0;
      return Promise.resolve({
        speechToText: ear, options, breathe: turn,
        sentences: [{ text: 'yes please', samples: codedSpeech('yes please', 8000) }, { text: 'where is my card', samples: codedSpeech('where is my card', 8000) }],
        droppedMs: () => logger.lines.reduce((sum, { fields }) => sum + Number(fields['droppedMs'] ?? 0), 0),
        fail: () => {
          killEngines();
          return Promise.resolve();
        },
        close: () => Promise.resolve(),
      });
    });

    it('understands 16 kHz as well', async () => {
      expect(await finalOf(ear, codedSpeech('when is monday', 16_000), 16_000)).to.equal('when is monday');
    });
  });
}

withSherpa('a recogniser of sherpa-onnx', () => {
  let room: ModelRoom;
  beforeEach(() => { room = new ModelRoom(); });
  afterEach(() => { room.remove(); });
  const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'none', (error: unknown) => (isPortError(error) ? `${error.code}: ${error.message}` : String(error)));

  it('that is given no model says what the engine said, and the gateway lives', async () => {
    writeCtcRecogniser(room.directory);
    writeFileSync(room.path('model.onnx'), 'this is no model');
    const ear = recogniser(room.directory, { respawnMsMin: 3_600_000 });
    expect(await codeOf(ear.open(options, never))).to.match(/^speech-to-text\/model-unusable: .*Protobuf parsing failed/su);
    expect(await codeOf(ear.open(options, never)), 'is not tried again for every caller').to.match(/^speech-to-text\/model-unusable/u);
    expect(engineProcesses()).to.deep.equal([]);
    await ear.close();
  });

  it('hears what is said to the last sample, though the model listens in chunks', async () => {
    writeCtcRecogniser(room.directory);
    const ear = recogniser(room.directory);
    const [aWordAndItsGapMs, halfAWordMs] = [CODED_WORD_MS, 80];
    expect(await finalOf(ear, codedSpeech('yes please', 8000).subarray(0, (aWordAndItsGapMs + halfAWordMs) * 8))).to.equal('yes please');
    await ear.close();
  });

  it('does without words what Silero hears nobody in, and with it what it hears somebody in', async () => {
    writeCtcRecogniser(room.directory);
    const ear = recogniser(room.directory, { voiceActivityModel: writeVoiceActivity(room.directory) });
    const whisper = codedSpeech('yes please', 8000).map((sample) => sample / 20);
    expect(await finalOf(ear, codedSpeech('yes please', 8000))).to.equal('yes please');
    expect((await heard(ear, whisper)).map(({ text }) => text)).to.deep.equal(['']);
    expect(await finalOf(ear, codedSpeech('where is my card', 8000)), 'after a utterance without voice').to.equal('where is my card');
    expect(await finalOf(ear, codedSpeech('no', 16_000), 16_000)).to.equal('no');
    await ear.close();
    const without = recogniser(room.directory);
    expect(await finalOf(without, whisper), 'a recogniser alone hears words in it').to.equal('yes please');
    await without.close();
  });

  it('tells the log when its process dies, and never what anybody said', async () => {
    writeCtcRecogniser(room.directory);
    const logger = new RecordingLogger();
    const ear = await warm(recogniser(room.directory, { logger, respawnMsMin: 3_600_000 }));
    killEngines();
    await until(() => logger.lines.length > 0);
    expect(logger.lines).to.deep.equal([{ level: 'error', message: 'a recogniser process died', fields: { reason: 'SIGKILL' } }]);
    expect(await codeOf(ear.open(options, never))).to.match(/^speech-to-text\/unavailable/u);
    await ear.close();
  });

  it('fails the utterance that begins while no process runs', async () => {
    writeCtcRecogniser(room.directory);
    const logger = new RecordingLogger();
    const ear = recogniser(room.directory, { logger, respawnMsMin: 3_600_000 });
    const stream = await ear.open(options, never);
    killEngines();
    await until(() => logger.lines.length > 0);
    stream.beginUtterance(0);
    expect(await codeOf(stream[Symbol.asyncIterator]().next())).to.match(/^speech-to-text\/unavailable/u);
    await stream.close();
    await ear.close();
  });

  it('gives each caller the process with the fewest, and ends them all at the end', async () => {
    writeCtcRecogniser(room.directory);
    const ear = await warm(recogniser(room.directory, { processes: 2 }));
    await until(() => engineProcesses().length === 2);
    const texts = ['yes please', 'where is my card', 'no please', 'when is monday'];
    expect(await Promise.all(texts.map((text) => finalOf(ear, codedSpeech(text, 8000))))).to.deep.equal(texts);
    await ear.close();
    expect(engineProcesses()).to.deep.equal([]);
  });

  it('lets one who hangs up while the model loads go at once', async () => {
    writeCtcRecogniser(room.directory);
    const ear = recogniser(room.directory);
    const abort = new AbortController();
    const opening = codeOf(ear.open(options, abort.signal));
    abort.abort();
    expect(await opening).to.match(/abort/iu);
    await ear.close();
  });
});
