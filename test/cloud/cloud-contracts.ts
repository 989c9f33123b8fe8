import { SystemClock } from '../../src/adapters/runtime/system-clock.js';
import { loadSpeexResamplers } from '../../src/adapters/dsp/speex-resampler.js';
import type { ProviderPorts, ProviderSettings, SpeechProvider } from '../../src/adapters/speech/wire/provider.js';
import { CloseStack } from '../../src/application/lifecycle/close-stack.js';
import type { SpeechToText, TranscriptEvent, TranscriptionStream } from '../../src/application/ports/speech-to-text.js';
import type { TextToSpeech } from '../../src/application/ports/text-to-speech.js';
import { speechToTextContract } from '../contract/speech-to-text.contract.js';
import { textToSpeechContract } from '../contract/text-to-speech.contract.js';
import { silentLogger } from '../support/fakes/silent-logger.js';

const RATE = 8000;
const PIECE_MS = 100;
const SENTENCES = ['yes please', 'where is my card'] as const;
const never = new AbortController().signal;

export interface CloudAccount<Name extends string> {
  readonly provider: SpeechProvider<Name>;
  /** Environment variable of each setting that has no default here. */
  readonly variables: Readonly<Partial<Record<Name, string>>>;
  readonly voice: string;
}

/**
 * The contract suites over the real provider, with the keys of the environment: its own voice says what its recogniser must understand.
 * Without keys one pending test tells which are missing.
 */
export function cloudContracts<Name extends string>(name: string, { provider, variables, voice }: CloudAccount<Name>): void {
  const wanted = Object.entries<string | undefined>(variables).flatMap(([setting, variable]) => (variable === undefined ? [] : [[setting, variable] as const]));
  const missing = wanted.filter(([, variable]) => (process.env[variable] ?? '') === '').map(([, variable]) => variable);
  if (missing.length > 0) {
    describe(`${name}, the real one`, () => { it(`needs ${missing.join(', ')} in the environment`); });
    return;
  }
  const given = new Map<string, string>(wanted.map(([setting, variable]) => [setting, process.env[variable] ?? '']));
  const names = Object.keys(provider.settings) as Name[];
  const settings = Object.fromEntries(names.map((setting) => [setting, given.get(setting) ?? provider.settings[setting].default ?? ''])) as ProviderSettings<Name>;
  const portsOf = async (): Promise<ProviderPorts> => ({ clock: new SystemClock({ onFault: (error) => { throw error; } }), logger: silentLogger, resampler: await loadSpeexResamplers(), owned: new CloseStack() });
  const { textToSpeech: speaks, speechToText: recognises } = provider;
  if (speaks === null || recognises === null) throw new Error(`${name} does not do both: write its suite by hand`);
  textToSpeechContract(`${name}, the real one`, async () => ({
    textToSpeech: speaks(settings, await portsOf()), request: { text: 'Hello, where is my card?', voice, language: 'en-US', sampleRateHz: RATE }, close: () => Promise.resolve(),
  }));
  speechToTextContract(`${name}, the real one`, { countsDrops: false, fails: false }, async () => {
    const ports = await portsOf();
    const textToSpeech = speaks(settings, ports);
    const [first, second] = await Promise.all(SENTENCES.map(async (text) => ({ text, samples: await spoken(textToSpeech, text, voice) })));
    if (first === undefined || second === undefined) throw new Error('two sentences are needed');
    return {
      speechToText: withPlainWords(recognises(settings, ports)),
      options: { language: 'en-US', sampleRateHz: RATE },
      sentences: [first, second],
      breathe: () => new Promise((resolve) => { setTimeout(resolve, PIECE_MS); }),
      close: () => Promise.resolve(),
    };
  });
}

async function spoken(textToSpeech: TextToSpeech, text: string, voice: string): Promise<Int16Array> {
  const parts: number[] = [];
  for await (const { samples } of textToSpeech.synthesise({ text, voice, language: 'en-US', sampleRateHz: RATE }, never)) parts.push(...samples);
  return Int16Array.from(parts);
}

/** Real recognisers write capitals and punctuation; the suite compares words. */
function withPlainWords(speechToText: SpeechToText): SpeechToText {
  return {
    capabilities: speechToText.capabilities,
    open: async (options, signal) => {
      const stream = await speechToText.open(options, signal);
      const plain: TranscriptionStream = {
        write: (samples) => { stream.write(samples); },
        beginUtterance: (preRollMs) => { stream.beginUtterance(preRollMs); },
        endUtterance: () => { stream.endUtterance(); },
        close: () => stream.close(),
        [Symbol.asyncIterator]: () => plainEvents(stream),
      };
      return plain;
    },
  };
}

async function* plainEvents(stream: TranscriptionStream): AsyncGenerator<TranscriptEvent, void, undefined> {
  for await (const event of stream) yield { ...event, text: event.text.toLowerCase().replace(/[^\p{L}\p{N}' ]/gu, '').trim() };
}
