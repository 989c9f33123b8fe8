import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { CallScript, Step } from '../../domain/simulation/script.js';
import type { ScriptFault } from './script-fault.js';
import { SCRIPT_SCHEMA, STEP_NAMES, STEP_SCHEMAS, type ScriptSettings, type StepSettings } from './script-schema.js';
import { ScriptText } from './script-text.js';
import { stepActOf } from './step-acts.js';

export type LoadedScript = { readonly ok: true; readonly script: CallScript } | { readonly ok: false; readonly faults: readonly ScriptFault[] };

/** Reads one script file; every fault in it at once. WAV paths count from the script. */
export function loadScript(file: string, read: (path: string) => string = (path) => readFileSync(path, 'utf8')): LoadedScript {
  let source: string;
  try {
    source = read(file);
  } catch (error) {
    return { ok: false, faults: [{ file, line: 1, column: 1, message: `cannot be read: ${error instanceof Error ? error.message : String(error)}`, fix: 'mind the path; it counts from where you are' }] };
  }
  const text = new ScriptText(file, source);
  const value = text.faults.length > 0 ? undefined : text.value ?? {};
  if (text.faults.length > 0) return { ok: false, faults: text.faults };
  const settings = text.check(SCRIPT_SCHEMA, value, []);
  const steps = stepsOf(text, listOf(value), dirname(file));
  checkOrder(text, steps);
  if (settings === null || text.faults.length > 0) return { ok: false, faults: [...text.faults].sort((a, b) => a.line - b.line || a.column - b.column) };
  return { ok: true, script: scriptOf(file, settings, steps) };
}

function scriptOf(file: string, settings: ScriptSettings, steps: readonly Step[]): CallScript {
  const { expect } = settings;
  return {
    name: settings.name ?? basename(file).replace(/\.ya?ml$/u, '').replace(/[^A-Za-z0-9._-]/gu, '_').slice(0, 64), file,
    did: settings.did, callerNumber: settings.caller_number, voice: settings.voice, language: settings.language,
    limitMs: settings.limit_ms, ringTimeoutMs: settings.ring_timeout_ms, grammar: settings.grammar, steps,
    expect: {
      endReason: expect.end_reason, answered: expect.answered, causeCode: expect.cause_code, greetingMsMax: expect.greeting_ms_max,
      responseMsP50Max: expect.response_ms_p50_max, responseMsMax: expect.response_ms_max, stopMsMax: expect.stop_ms_max,
      gapMsMax: expect.max_gap_ms, transfers: expect.transfers, heardExactly: expect.heard_exactly,
    },
  };
}

/** The steps as they stand, so that their faults are told even if something else is wrong too. */
function listOf(value: unknown): readonly unknown[] {
  const steps: unknown = typeof value === 'object' && value !== null && 'steps' in value ? value.steps : null;
  return Array.isArray(steps) ? steps : [];
}

function stepsOf(text: ScriptText, raw: readonly unknown[], directory: string): readonly Step[] {
  return raw.flatMap((value, index) => {
    const settings = stepSettings(text, value, index);
    const act = settings === null ? null : stepActOf(settings, text, { index, directory });
    return act === null ? [] : [{ ...act, sourceLine: text.lineOf(['steps', index]) }];
  });
}

function stepSettings(text: ScriptText, value: unknown, index: number): StepSettings | null {
  const fields: unknown = typeof value === 'string' ? { [value]: null } : value;
  const name = typeof fields === 'object' && fields !== null ? STEP_NAMES.find((candidate) => candidate in fields) : undefined;
  if (name === undefined) {
    text.fault(['steps', index], `steps[${index}] is not a step`, `write one of: ${STEP_NAMES.join(', ')}`);
    return null;
  }
  const checked = text.check(STEP_SCHEMAS[name], fields, ['steps', index]);
  return checked === null ? null : { name, value: checked } as StepSettings;
}

/** Steps that can never come true where they stand. */
function checkOrder(text: ScriptText, steps: readonly Step[]): void {
  if (text.faults.length > 0) return; // the indexes below are those of the file only if every step was understood
  let waited = false;
  let over: 'hangup' | 'wait_end' | null = null;
  steps.forEach(({ kind }, index) => {
    const checks = kind === 'expect-agent';
    if (over === 'hangup' || (over !== null && !checks)) text.fault(['steps', index], `steps[${index}] comes after ${over}: the call is over then`, over === 'hangup' ? 'move hangup to the end' : 'only expect_agent may follow wait_end');
    if (checks && !waited) text.fault(['steps', index], `steps[${index}] expects words before the agent had time to say them`, 'put wait_agent before it');
    if (kind === 'wait-agent' || kind === 'wait-end') waited = true;
    else if (!checks) waited = false;
    if (kind === 'hang-up') over = 'hangup';
    if (kind === 'wait-end') over = 'wait_end';
  });
}
