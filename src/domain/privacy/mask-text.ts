import { CardMasker } from './card-masker.js';

/**
 * A text with no call around it (a log line, a prompt, the name of a recording) with its card numbers, security codes and
 * expiry dates hidden as `CardMasker` hides them. What is spread over several texts is not found: within a call, use the masker
 * of the call.
 */
export function maskText(text: string, languages: readonly string[] = []): string {
  return new CardMasker(languages).see({ speaker: 'agent', key: '', revision: 0, final: true, source: 'speech', text, atMs: 0 }).text;
}

/** Levels and members looked at; what lies deeper or behind is left out rather than let through. */
const DEPTH_MAX = 16;
const MEMBERS_MAX = 10_000;

/** A JSON value with every text, number and name in it masked by `maskText`; a number that holds a card becomes text. */
export function maskJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const masked = maskText(String(value));
    return masked === String(value) ? value : masked;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, MEMBERS_MAX).map((member: unknown) => maskJson(member, depth + 1));
  return Object.fromEntries(Object.entries(value).slice(0, MEMBERS_MAX).map(([name, member]) => [maskText(name), maskJson(member, depth + 1)]));
}
