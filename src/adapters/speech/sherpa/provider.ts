import path from 'node:path';
import type { SpeechProvider } from '../wire/provider.js';
import { type ModelChoice, RECOGNISER_KINDS, type RecogniserKind, recogniserConfig, voiceActivityModel, voiceConfig } from './model-files.js';
import { assertSherpaInstalled } from './sherpa-package.js';
import { SherpaSpeechToText } from './sherpa-speech-to-text.js';
import { SherpaTextToSpeech, type SherpaVoice } from './sherpa-text-to-speech.js';

/** An assumption, as models differ; the account's `finalLatencyMs` knows better. */
const FINAL_LATENCY_P99_MS = 700;

type Setting = 'sttModel' | 'sttKind' | 'languages' | 'vadModel' | 'ttsModel' | 'voices' | 'speed' | 'precision' | 'threads' | 'processes';

export const sherpa: SpeechProvider<Setting> = {
  settings: {
    sttModel: { doc: 'Directory of a streaming recogniser (`make models` brings it); empty: it does not recognise.', default: '' },
    sttKind: { doc: `What that is: ${RECOGNISER_KINDS.join(', ')}.`, default: 'auto' },
    languages: { doc: 'Primary languages that it understands, commas between.', default: 'en' },
    vadModel: { doc: 'File of Silero\'s voice activity model: utterances in which it hears nobody have no words; empty: all are recognised.', default: '' },
    ttsModel: { doc: 'Directory of a voice (Piper, Kokoro, VITS); empty: it does not speak.', default: '' },
    voices: { doc: 'Its voices, commas between, as name=language or name=language/speaker: amy=en-US,bella=en-US/2.', default: '' },
    speed: { doc: 'How fast they speak; 1 is as they are.', default: '1' },
    precision: { doc: 'Which file to take where a model has both: int8 or float.', default: 'int8' },
    threads: { doc: 'Threads for one recognition or one text.', default: '1' },
    processes: { doc: 'Processes that recognise, and as many that speak; each holds the model.', default: '1' },
  },
  load: () => Promise.resolve().then(() => { assertSherpaInstalled(); }),
  offers: ({ sttModel, ttsModel }) => ({ speechToText: sttModel !== '', textToSpeech: ttsModel !== '' }),
  speechToText: ({ sttModel, sttKind, languages, vadModel, precision, threads, processes }, { logger, owned }) => {
    const ear = new SherpaSpeechToText({
      load: {
        recogniser: recogniserConfig(modelChoice(sttModel, precision, threads), kindOf(sttKind)),
        voiceActivityModel: vadModel === '' ? null : voiceActivityModel(path.resolve(vadModel)),
      },
      languages: listOf(languages), finalLatencyP99Ms: FINAL_LATENCY_P99_MS, processes: countOf('processes', processes), logger,
    });
    owned.defer('sherpa recogniser', () => ear.close());
    return ear;
  },
  textToSpeech: ({ ttsModel, voices, speed, precision, threads, processes }, { logger, owned }) => {
    const known = voicesOf(voices);
    const voice = new SherpaTextToSpeech({
      load: { voice: voiceConfig(modelChoice(ttsModel, precision, threads), known[0].language) }, voices: known, speed: speedOf(speed), processes: countOf('processes', processes), logger,
    });
    owned.defer('sherpa synthesiser', () => voice.close());
    return voice;
  },
};

function modelChoice(directory: string, precision: string, threads: string): ModelChoice {
  if (precision !== 'int8' && precision !== 'float') throw new Error(`the precision of a sherpa account is int8 or float, not ${precision}`);
  return { directory: path.resolve(directory), precision, threads: countOf('threads', threads) };
}

function kindOf(kind: string): RecogniserKind {
  const known = RECOGNISER_KINDS.find((each) => each === kind);
  if (known === undefined) throw new Error(`sttKind of a sherpa account is one of ${RECOGNISER_KINDS.join(', ')}, not ${kind}`);
  return known;
}

/** 1 to 64. */
function countOf(setting: string, value: string): number {
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1 || count > 64) throw new Error(`${setting} of a sherpa account is a number from 1 to 64, not ${value}`);
  return count;
}

/** Half to double. */
function speedOf(value: string): number {
  const speed = Number(value);
  if (!(speed >= 0.5 && speed <= 2)) throw new Error(`speed of a sherpa account is a number from 0.5 to 2, not ${value}`);
  return speed;
}

function voicesOf(text: string): readonly [SherpaVoice, ...SherpaVoice[]] {
  const [first, ...others] = listOf(text).map((each): SherpaVoice => {
    const [, name, language, speaker = '0'] = /^([^=/\s]+)=([A-Za-z0-9-]+)(?:\/(\d+))?$/u.exec(each) ?? [];
    if (name === undefined || language === undefined) throw new Error(`voices of a sherpa account are written name=language or name=language/speaker, not ${each}`);
    return { name, language, speaker: Number(speaker) };
  });
  if (first === undefined) throw new Error('a sherpa account with a ttsModel must name its voices: add voices: NAME=en-US');
  return [first, ...others];
}

function listOf(text: string): readonly string[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}
