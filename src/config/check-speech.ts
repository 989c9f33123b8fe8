import { closestName } from './closest-name.js';
import type { SettingPath } from './setting-path.js';
import { isRecord, valueAt } from './setting-path.js';

/** What this build can hear and speak with, by the names that agents use. */
export interface InstalledSpeech {
  readonly recognisers: readonly string[];
  /** Of voice. */
  readonly detectors: readonly string[];
  /** Voices by synthesiser; an empty list: it takes any name. */
  readonly synthesisers: ReadonlyMap<string, readonly string[]>;
}

type TellFault = (path: SettingPath, message: string, fix: string) => void;

/** Without a voice an agent is silent, which nobody notices before a caller does. On raw data: what is malformed is told elsewhere. */
export function checkSpeech(agent: unknown, index: number, installed: InstalledSpeech, fault: TellFault): void {
  const speech = valueAt(agent, ['speech']);
  if (!isRecord(speech)) return;
  const path = (key: string): SettingPath => ['agents', index, 'speech', key];
  firstInstalled(speech['stt'], installed.recognisers, 'recogniser', (message, fix) => { fault(path('stt'), message, fix); });
  const { vad = 'local' } = speech;
  firstInstalled([vad], installed.detectors, 'voice detector', (message, fix) => { fault(path('vad'), message, fix); });
  const synthesiser = firstInstalled(speech['tts'], [...installed.synthesisers.keys()], 'synthesiser', (message, fix) => { fault(path('tts'), message, fix); });
  const voices = synthesiser === null ? [] : installed.synthesisers.get(synthesiser) ?? [];
  checkBackups(speech, synthesiser, installed, (message, fix) => { fault(path('backupVoices'), message, fix); });
  const { voice } = speech;
  if (typeof voice !== 'string' || voices.length === 0 || voices.includes(voice)) return;
  const meant = closestName(voice, voices);
  fault(path('voice'), `${String(synthesiser)} has no voice ${voice}`, `${meant === null ? '' : `did you mean ${meant}? `}use one of: ${voices.join(', ')}`);
}

/** Each synthesiser that may have to go on for the first must know with which voice. */
function checkBackups(speech: Readonly<Record<string, unknown>>, first: string | null, installed: InstalledSpeech, fault: (message: string, fix: string) => void): void {
  const { tts, backupVoices } = speech;
  const names: readonly unknown[] = Array.isArray(tts) ? tts : [];
  for (const [name, voices] of installed.synthesisers) {
    if (name === first || !names.includes(name)) continue;
    const voice = valueAt(backupVoices, [name]);
    if (typeof voice === 'string' && (voices.length === 0 || voices.includes(voice))) continue;
    fault(`${name} ${voice === undefined ? 'has no voice to go on with' : `has no voice ${typeof voice === 'string' ? voice : 'of that kind'}`}`, `say backupVoices: {${name}: ${voices[0] ?? 'NAME'}}${voices.length > 1 ? `, or one of: ${voices.join(', ')}` : ''}`);
  }
}

/** The provider that will be taken: the first of those named that is there. Null when none is, and when that is no list of names. */
function firstInstalled(named: unknown, installed: readonly string[], what: string, fault: (message: string, fix: string) => void): string | null {
  if (named === undefined) return installed[0] ?? null;
  if (!Array.isArray(named) || !named.every((name) => typeof name === 'string') || named.length === 0) return null;
  const found = named.find((name) => installed.includes(name));
  if (found === undefined) fault(`this gateway has no ${what} ${named.join(' or ')}`, `use one of: ${installed.join(', ')}`);
  return found ?? null;
}
