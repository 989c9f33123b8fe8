import { dirname, resolve } from 'node:path';
import type { Tenant } from '../domain/tenant/tenant.js';
import { agentId, tenantId } from '../domain/shared/ids.js';
import type { AgentProfile, FallbackTarget, Prompts } from '../domain/tenant/agent-profile.js';
import { checkSpeech, type InstalledSpeech } from './check-speech.js';
import { closestName } from './closest-name.js';
import { type ConfigFault, inReadingOrder, type Loaded } from './config-fault.js';
import { NO_RECORDING, noticeWith, type RecordingPolicy } from '../domain/recording/recording-policy.js';
import { defaultPrompts, PROMPT_LANGUAGES, recordingWords } from './default-prompts.js';
import { type ReadFile, reason } from './environment.js';
import { freeze } from './freeze.js';
import { isRecord, type SettingPath, showPath, valueAt } from './setting-path.js';
import { type AgentSettings, TENANT_SCHEMA } from './tenant-schema.js';
import { type Provenance, validate } from './validate.js';
import { YamlText } from './yaml-text.js';

export interface TenantSources {
  readonly file: string;
  readonly readFile: ReadFile;
  /** When given, agents may name nothing else. */
  readonly speech?: InstalledSpeech;
}

export interface LoadedTenant {
  readonly tenant: Tenant;
  /** Everything that was read to make the tenant, the tenant's own file first: when one changes, load again. */
  readonly files: readonly string[];
}

const PROMPT_NAMES = ['greeting', 'silence', 'notUnderstood', 'oneMoment', 'stillWorking', 'resumed', 'agentFailed', 'handingOver', 'transferFailed', 'connected', 'consultation', 'consultationChoice', 'goodbye'] as const satisfies readonly (keyof Prompts)[];

/**
 * One tenant file, its defaults and grammars filled in; or every fault in it at once. Variables are not
 * filled in: a tenant's file must not be able to say the gateway's secrets aloud.
 */
export function loadTenant(sources: TenantSources): Loaded<LoadedTenant> {
  let yaml: YamlText;
  try {
    yaml = YamlText.parse(sources.file, sources.readFile(sources.file));
  } catch (error) {
    return { ok: false, faults: [{ source: sources.file, line: null, column: null, message: `cannot be read: ${reason(error)}`, fix: 'make the file readable' }] };
  }
  if (yaml.faults.length > 0) return { ok: false, faults: yaml.faults };

  return checkTenant(yaml.value, sources, provenanceOf(yaml));
}

/** What a tenant file says, wherever it came from. Grammars are read from beside `sources.file`. */
export function checkTenant(data: unknown, sources: TenantSources, provenance: Provenance): Loaded<LoadedTenant> {
  const faults: ConfigFault[] = [];
  const fault = (path: SettingPath, message: string, fix: string): void => {
    const { source, line, column } = provenance.placeOf(path);
    faults.push({ source, line, column, message, fix });
  };
  crossCheck(data, fault);
  const { speech } = sources;
  if (speech !== undefined) listAt(data, 'agents').forEach((agent, index) => { checkSpeech(agent, index, speech, fault); });
  const grammars = readGrammars(data, sources, fault);

  const checked = validate(TENANT_SCHEMA, data, provenance);
  if (!checked.ok) return { ok: false, faults: inReadingOrder([...faults, ...checked.faults]) };
  if (faults.length > 0) return { ok: false, faults: inReadingOrder(faults) };
  const { dids, agents, id, outbound, ...rest } = checked.value;
  const tenant: Tenant = {
    ...rest,
    id: tenantId(id),
    dids: dids.map(({ number, agent }) => ({ number, agentId: agentId(agent) })),
    agents: agents.map((agent, index) => profileOf(agent, grammars.texts.get(index) ?? null)),
    ...(outbound === undefined ? {} : { outbound }),
  };
  return { ok: true, value: freeze({ tenant, files: [sources.file, ...grammars.files] }) };
}

type TellFault = (path: SettingPath, message: string, fix: string) => void;

/** Rules between settings, on raw data so that they are told together with all other faults. */
function crossCheck(data: unknown, fault: TellFault): void {
  const agents = listAt(data, 'agents');
  const ids = agents.map((agent) => valueAt(agent, ['id'])).filter((id): id is string => typeof id === 'string');
  for (const [index, agent] of agents.entries()) {
    const id = valueAt(agent, ['id']);
    if (typeof id === 'string' && ids.indexOf(id) !== index) fault(['agents', index, 'id'], `two agents are called ${id}`, 'give each agent an id of its own');
    checkPrompts(agent, index, fault);
    checkRecording(agent, index, fault);
  }
  checkSpeechLimits(data, agents, fault);
  const numbers: string[] = [];
  for (const [index, did] of listAt(data, 'dids').entries()) {
    const agent = valueAt(did, ['agent']);
    if (typeof agent === 'string' && !ids.includes(agent)) {
      const meant = closestName(agent, ids);
      fault(['dids', index, 'agent'], `there is no agent ${agent}`, meant === null ? `use one of: ${ids.join(', ')}` : `did you mean ${meant}?`);
    }
    const number = valueAt(did, ['number']);
    if (typeof number !== 'string') continue;
    const digits = number.replace(/[^0-9]/gu, '');
    if (numbers.includes(digits)) fault(['dids', index, 'number'], `the number ${number} is given twice`, 'keep one of the two');
    numbers.push(digits);
  }
}

/** A limit of an account that no agent uses is a slip of the pen, and would limit nothing. */
function checkSpeechLimits(data: unknown, agents: readonly unknown[], fault: TellFault): void {
  const limits = valueAt(data, ['speechLimits']);
  if (!isRecord(limits)) return;
  const used = agents.flatMap((agent) => ['stt', 'tts'].flatMap((list) => {
    const names = valueAt(agent, ['speech', list]) ?? ['local'];
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  }));
  for (const account of Object.keys(limits)) {
    if (used.includes(account)) continue;
    const meant = closestName(account, used);
    fault(['speechLimits', account], `no agent uses ${account}`, meant === null ? `agents use: ${[...new Set(used)].join(', ')}` : `did you mean ${meant}?`);
  }
}

function checkPrompts(agent: unknown, index: number, fault: TellFault): void {
  const language = valueAt(agent, ['language']);
  if (typeof language !== 'string' || defaultPrompts(language) !== null) return;
  const missing = PROMPT_NAMES.filter((name) => valueAt(agent, ['prompts', name]) === undefined);
  if (missing.length === 0) return;
  fault(['agents', index, 'language'], `there are default prompts for ${PROMPT_LANGUAGES.join(', ')}, not for ${language}`, `give prompts: ${missing.join(', ')}`);
}

/** Nobody is recorded who could not be told. */
function checkRecording(agent: unknown, index: number, fault: TellFault): void {
  const language = valueAt(agent, ['language']);
  if (typeof language !== 'string' || valueAt(agent, ['recording', 'mode']) !== 'on' || recordingWords(language) !== null) return;
  const missing = ['notice', 'refused', 'optOutPhrases'].filter((name) => valueAt(agent, ['recording', name]) === undefined);
  if (missing.length > 0) fault(['agents', index, 'recording', 'mode'], `there are no words about recording for ${language}`, `give recording: ${missing.join(', ')}`);
}

interface Grammars {
  readonly texts: ReadonlyMap<number, string>;
  readonly files: readonly string[];
}

function readGrammars(data: unknown, { file, readFile }: TenantSources, fault: TellFault): Grammars {
  const texts = new Map<number, string>();
  const files: string[] = [];
  for (const [index, agent] of listAt(data, 'agents').entries()) {
    const grammar = valueAt(agent, ['speech', 'grammar']);
    if (typeof grammar !== 'string' || grammar.trim() === '') continue;
    const path: SettingPath = ['agents', index, 'speech', 'grammar'];
    if (isJsgf(grammar)) { texts.set(index, grammar); continue; }
    const grammarFile = resolve(dirname(file), grammar.trim());
    files.push(grammarFile);
    try {
      const content = readFile(grammarFile);
      if (isJsgf(content)) texts.set(index, content);
      else fault(path, `${grammar} is not a JSGF grammar`, 'begin the file with: #JSGF V1.0;');
    } catch (error) {
      fault(path, `the grammar cannot be read: ${reason(error)}`, `the path counts from ${dirname(file)}; grammars written here begin with #JSGF`);
    }
  }
  return { texts, files };
}

export const isJsgf = (grammar: string): boolean => /^\uFEFF?\s*#JSGF/u.test(grammar);

function listAt(data: unknown, key: string): readonly unknown[] {
  const list = isRecord(data) ? data[key] : undefined;
  return Array.isArray(list) ? list : [];
}

function profileOf(agent: AgentSettings, grammar: string | null): AgentProfile {
  const { stt, tts, vad, voice, backupVoices, phrases } = agent.speech;
  return {
    id: agentId(agent.id),
    name: agent.name,
    language: agent.language,
    speech: { sttProviders: stt, ttsProviders: tts, vadProvider: vad, voice, backupVoices, grammar, phrases },
    prompts: promptsOf(agent),
    fallback: fallbackOf(agent.fallback),
    transferContext: agent.transferContext,
    transferNumbers: agent.transferNumbers,
    turnPolicy: agent.turnPolicy,
    recording: recordingOf(agent),
    pci: agent.pci,
  };
}

function promptsOf(agent: AgentSettings): Prompts {
  const given = Object.fromEntries(Object.entries(agent.prompts).filter(([, prompt]) => prompt !== undefined));
  return { ...defaultPrompts(agent.language), ...given } as Prompts; // complete: crossCheck has made sure
}

function recordingOf({ language, recording: { notice, refused, optOutPhrases, ...rest } }: AgentSettings): RecordingPolicy {
  if (rest.mode === 'off') return NO_RECORDING;
  const words = recordingWords(language);
  return {
    ...rest, notice: noticeWith(notice ?? words?.notice ?? '', rest.optOutKey), refused: refused ?? words?.refused ?? '',
    optOutPhrases: optOutPhrases ?? words?.optOutPhrases ?? [],
  };
}

function fallbackOf(fallback: AgentSettings['fallback']): FallbackTarget {
  if (fallback === 'none') return null;
  if ('queue' in fallback) return { kind: 'queue', queue: fallback.queue };
  return 'extension' in fallback ? { kind: 'extension', extension: fallback.extension } : { kind: 'number', number: fallback.number };
}

function provenanceOf(yaml: YamlText): Provenance {
  return {
    placeOf: (path) => ({ source: yaml.file, ...yaml.positionOf(path) }),
    placeOfKey: (path, key) => ({ source: yaml.file, ...yaml.positionOfKey(path, key) }),
    howToSet: (path) => `add ${showPath(path)}`,
  };
}
