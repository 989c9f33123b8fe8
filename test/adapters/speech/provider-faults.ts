import { expect } from 'chai';
import type { SpeechToText } from '../../../src/application/ports/speech-to-text.js';
import type { TextToSpeech } from '../../../src/application/ports/text-to-speech.js';
import type { ProviderFault } from '../../support/servers/speech/faults.js';
import { CODED_WORD_MS } from '../../support/speech/coded-speech.js';
import { type Outcome, recogniseOnce, SILENCE_MS, speakOnce } from '../../support/speech/provider-outcome.js';
import { until } from '../../support/until.js';

interface Served {
  readonly server: { fault: ProviderFault; stop(): Promise<void> };
  /** Nothing of what was asked for is under way at the server any more. Absent: it cannot tell. */
  readonly isIdle?: () => boolean;
}
export interface ServedEars extends Served { readonly speechToText: SpeechToText }
export interface ServedVoice extends Served {
  readonly textToSpeech: TextToSpeech;
  readonly voice: string;
  /** Gives nothing before all has come. */
  readonly isWhole?: boolean;
}

const TEXT = 'where is my card please';
const CHUNK_MS = 100;

/** Each way a provider may fail, by the name that tests have for it. */
const FAULTS = {
  refuse: { kind: 'refuse' },
  401: { kind: 'status', status: 401 },
  403: { kind: 'status', status: 403 },
  429: { kind: 'status', status: 429, retryAfterS: 7 },
  400: { kind: 'status', status: 400 },
  500: { kind: 'status', status: 500 },
  503: { kind: 'status', status: 503 },
  504: { kind: 'status', status: 504 },
  hang: { kind: 'hang' },
  slow: { kind: 'slow', delayMs: 60 },
  half: { kind: 'half', words: 2 },
  'close-in-word': { kind: 'close-in-word', words: 2 },
  'break-in-word': { kind: 'break-in-word', words: 2 },
  garbage: { kind: 'garbage' },
  quota: { kind: 'quota' },
} as const satisfies Readonly<Record<string, ProviderFault>>;

/** `complete`, `silence`, or the code of the error without its port. */
type Endings = Readonly<Record<keyof typeof FAULTS, string>>;

const USUAL: Endings = {
  refuse: 'unavailable', 401: 'unauthorised', 403: 'unauthorised', 429: 'rate-limited', 400: 'rejected', 500: 'unavailable', 503: 'unavailable', 504: 'unavailable',
  hang: 'silence', slow: 'complete', half: 'silence', 'close-in-word': 'unavailable', 'break-in-word': 'unavailable', garbage: 'protocol', quota: 'no-audio',
};
/** What the rest of the gateway is told of each code. */
const KINDS: Readonly<Record<string, string | null>> = {
  unavailable: 'unavailable', unauthorised: 'rejected', 'rate-limited': 'rate-limited', rejected: 'rejected', timeout: 'timeout', protocol: 'protocol', truncated: 'protocol',
  'no-audio': 'protocol', 'quota-exceeded': 'rate-limited', silence: null, complete: null,
};

function expectEnding(port: string, ending: string, outcome: Outcome): void {
  const whole = KINDS[ending] === null ? ending : `${port}/${ending}`;
  expect([outcome.ending, outcome.kind]).to.deep.equal([whole, KINDS[ending]]);
}

function patience(ending: string): number {
  return ending === 'silence' ? SILENCE_MS.expected : SILENCE_MS.unexpected;
}

/** What a recogniser of the network says of each way its provider may fail; `own`: where it says another thing than most. */
export function speechToTextFaults(name: string, own: Partial<Endings>, start: () => Promise<ServedEars>): void {
  describe(`SpeechToText: ${name}, badly served`, () => {
    let world: ServedEars;
    beforeEach(async () => { world = await start(); });
    afterEach(async () => { await world.server.stop(); });

    for (const [fault, ending] of Object.entries({ ...USUAL, ...own })) {
      it(`recognises until ${fault}: ${ending}`, async () => {
        world.server.fault = FAULTS[fault as keyof typeof FAULTS];
        const outcome = await recogniseOnce(world.speechToText, TEXT, patience(ending));
        expectEnding('speech-to-text', ending, outcome);
        if (fault === 'slow') expect(outcome.text).to.equal(TEXT);
        await until(world.isIdle ?? (() => true));
      });
    }
  });
}

/** The same of a voice. */
export function textToSpeechFaults(name: string, own: Partial<Endings>, start: () => Promise<ServedVoice>): void {
  describe(`TextToSpeech: ${name}, badly served`, () => {
    let world: ServedVoice;
    beforeEach(async () => { world = await start(); });
    afterEach(async () => { await world.server.stop(); });

    for (const [fault, ending] of Object.entries({ ...USUAL, ...own })) {
      it(`speaks until ${fault}: ${ending}`, async () => {
        world.server.fault = FAULTS[fault as keyof typeof FAULTS];
        const outcome = await speakOnce(world.textToSpeech, { text: TEXT, voice: world.voice, language: 'en-US' }, patience(ending));
        expectEnding('text-to-speech', ending, outcome);
        const ms = outcome.chunks.reduce((sum, { samples }) => sum + samples.length, 0) / 8;
        if (fault === 'slow') expect(outcome.text).to.equal(TEXT);
        if (fault === 'hang') expect(ms).to.equal(0);
        if (fault === 'half') expect(ms, 'what came is given').to.be.within(world.isWhole === true ? 0 : 2 * CODED_WORD_MS - CHUNK_MS, 3 * CODED_WORD_MS);
        if (fault.endsWith('in-word')) expect(ms).to.be.at.most(3 * CODED_WORD_MS + CHUNK_MS);
        await until(world.isIdle ?? (() => true));
      });
    }
  });
}
