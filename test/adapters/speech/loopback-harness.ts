import type { SpeechToText, TranscriptionOptions } from '../../../src/application/ports/speech-to-text.js';
import type { SynthesisRequest, TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import type { SpeechToTextHarness } from '../../contract/speech-to-text.contract.js';
import type { TextToSpeechFixture } from '../../contract/text-to-speech.contract.js';
import { codedSpeech } from '../../support/speech/coded-speech.js';

/** A provider's server on the loopback, which hears coded speech. */
interface LoopbackServer {
  /** Streams that it has open. */
  readonly open: number;
  breakAll(): void;
  stop(): Promise<void>;
}

const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve); });

/** The contract of a recogniser, over the server of its provider. */
export function loopbackEar(server: LoopbackServer, speechToText: SpeechToText, sampleRateHz: TranscriptionOptions['sampleRateHz'] = 8000): SpeechToTextHarness {
  return {
    speechToText,
    options: { language: 'en-US', sampleRateHz },
    sentences: [{ text: 'yes please', samples: codedSpeech('yes please', sampleRateHz) }, { text: 'where is my card', samples: codedSpeech('where is my card', sampleRateHz) }],
    breathe: turn,
    fail: async () => {
      while (server.open === 0) await turn();
      server.breakAll();
    },
    close: () => server.stop(),
  };
}

/** The contract of a voice, likewise. */
export function loopbackVoice(server: Pick<LoopbackServer, 'stop'>, textToSpeech: TextToSpeech, voice: string): TextToSpeechFixture {
  return { textToSpeech, request: spoken(voice), close: () => server.stop() };
}

/** The same for one whose only connection stays open for all that follow: it is open from the beginning. */
export async function connectedVoice(server: Pick<LoopbackServer, 'stop'>, textToSpeech: TextToSpeech, voice: string): Promise<TextToSpeechFixture> {
  for await (const chunk of textToSpeech.synthesise(spoken(voice), new AbortController().signal)) if (chunk.samples.length > 0) break;
  return loopbackVoice(server, textToSpeech, voice);
}

function spoken(voice: string): SynthesisRequest {
  return { text: 'Hello, where is my card?', voice, language: 'en-US', sampleRateHz: 8000 };
}
