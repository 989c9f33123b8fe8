import { isIP } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret.js';

/** How a setting is written and shown. `path`: relative ones count from the file that has them. */
export type SettingKind = 'text' | 'integer' | 'flag' | 'choice' | 'list' | 'secret' | 'path' | 'structure';

export interface SettingMeta {
  readonly kind: SettingKind;
  /** One sentence: what it does. */
  readonly doc: string;
  /** Completes "must be …". */
  readonly expects: string;
  readonly example: string;
  /** Holds secrets among other things: what is given is not shown. */
  readonly secret?: boolean;
}

/** What is known about each setting beyond its type; faults and documents are made from it. */
export const SETTINGS = z.registry<SettingMeta>();

/** Names `schema` a setting. The same schema must not be used for two settings. */
export function setting<Schema extends z.ZodType>(schema: Schema, meta: SettingMeta): Schema {
  SETTINGS.add(schema, meta);
  return schema;
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/gu, '_');

export function wholeNumber(doc: string, range: Range, fallback: number) {
  return setting(z.int().min(range.min).max(range.max).default(fallback), {
    kind: 'integer', doc, expects: `a whole number from ${grouped(range.min)} to ${grouped(range.max)}`, example: String(fallback),
  });
}

/** TCP or UDP port; 0 lets the system choose. */
export function port(doc: string, fallback: number) {
  return wholeNumber(doc, { min: 0, max: 65_535 }, fallback);
}

export function flag(doc: string, fallback: boolean) {
  return setting(z.boolean().default(fallback), { kind: 'flag', doc, expects: 'true or false', example: String(fallback) });
}

export function choice<const Options extends readonly [string, ...string[]]>(doc: string, options: Options, fallback: Options[number]) {
  return setting(z.enum(options).default(fallback), { kind: 'choice', doc, expects: `one of ${options.join(', ')}`, example: fallback });
}

export interface TextForm {
  readonly pattern: RegExp;
  readonly expects: string;
}

const ANY_TEXT: TextForm = { pattern: /\S/u, expects: 'text' };
const HTTP_URL: TextForm = { pattern: /^https?:\/\/[^\s/]+\S*$/u, expects: 'a URL that begins with http:// or https://' };

export function text(doc: string, fallback: string, form: TextForm = ANY_TEXT) {
  return setting(z.string().regex(form.pattern).default(fallback), { kind: 'text', doc, expects: form.expects, example: fallback });
}

export function optionalText(doc: string, example: string, form: TextForm = ANY_TEXT) {
  return setting(z.string().regex(form.pattern).nullable().default(null), { kind: 'text', doc, expects: form.expects, example });
}

export function url(doc: string, fallback: string) {
  return text(doc, fallback, HTTP_URL);
}

export function optionalUrl(doc: string, example: string) {
  return optionalText(doc, example, HTTP_URL);
}

export function path(doc: string, fallback: string) {
  return setting(z.string().min(1).default(fallback), { kind: 'path', doc, expects: 'a path', example: fallback });
}

export function optionalPath(doc: string, example: string) {
  return setting(z.string().min(1).nullable().default(null), { kind: 'path', doc, expects: 'a path', example });
}

export function list(doc: string, fallback: readonly string[], example: string) {
  return setting(z.array(z.string().min(1)).default([...fallback]), { kind: 'list', doc, expects: 'a list of text (in the environment: separated by commas)', example });
}

/** Networks (CIDR), IP addresses or names of hosts. */
export function hostsAndNetworks(doc: string, example: string) {
  const entry = z.string().refine((text) => isNetwork(text) || HOST_NAME.test(text));
  const expects = 'a list of networks like 10.20.0.0/16 or names of hosts (in the environment: separated by commas)';
  return setting(z.array(entry).default([]), { kind: 'list', doc, expects, example });
}

const HOST_NAME = /^(?=.*[a-z_-])[a-z0-9](?:[a-z0-9_.-]{0,250}[a-z0-9])?$/iu;

function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** Addresses with the number of their leading bits. */
export function networks(doc: string, example: string) {
  return setting(z.array(z.union([z.cidrv4(), z.cidrv6()])).default([]), { kind: 'list', doc, expects: 'a list of networks (CIDR), as in 10.20.0.0/16', example });
}

const secretText = z.string().min(1).transform((value) => new Secret(value));

export function requiredSecret(doc: string) {
  return setting(secretText.clone(), { kind: 'secret', doc, expects: 'text that is not empty', example: '${ENV_NAME}' });
}

export function optionalSecret(doc: string) {
  return setting(secretText.nullable().default(null), { kind: 'secret', doc, expects: 'text that is not empty', example: '${ENV_NAME}' });
}

/** A group of settings. Missing: each setting in it takes its default. */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape).prefault({} as never);
}
