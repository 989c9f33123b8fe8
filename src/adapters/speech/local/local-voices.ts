/** A voice of this machine: the name profiles use, what it speaks, and who renders it. */
export interface LocalVoice {
  readonly name: string;
  /** BCP 47. */
  readonly language: string;
  readonly engine: 'flite' | 'espeak';
  /** Its name within the engine. */
  readonly engineName: string;
}

/** flite's voices are American English; espeak-ng brings the other languages, plainer but understood. */
export const LOCAL_VOICES: readonly LocalVoice[] = [
  ...['rms', 'slt', 'awb', 'kal16'].map((name) => ({ name, language: 'en-US', engine: 'flite' as const, engineName: name })),
  ...[
    ['espeak-en', 'en-GB', 'en'], ['espeak-de', 'de-DE', 'de'], ['espeak-fr', 'fr-FR', 'fr'], ['espeak-es', 'es-ES', 'es'],
    ['espeak-it', 'it-IT', 'it'], ['espeak-pt', 'pt-PT', 'pt'], ['espeak-nl', 'nl-NL', 'nl'], ['espeak-pl', 'pl-PL', 'pl'],
  ].map(([name = '', language = '', engineName = '']) => ({ name, language, engine: 'espeak' as const, engineName })),
];
