import { z } from 'zod';
import { SETTINGS, type SettingMeta } from './setting.js';
import type { SettingPath } from './setting-path.js';

export interface Leaf {
  readonly path: SettingPath;
  readonly schema: z.ZodType;
  readonly meta: SettingMeta;
}

/** Every setting below `schema`, in the order it was written; lists of structures are not entered. */
export function leavesOf(schema: z.ZodType, path: SettingPath = []): readonly Leaf[] {
  const meta = SETTINGS.get(schema);
  if (meta !== undefined) return [{ path, schema, meta }];
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape).flatMap(([key, child]) => leavesOf(child as z.ZodType, [...path, key]));
}

/** What is known about the setting at `path`, or about the nearest one around it. */
export function metaAt(schema: z.ZodType, path: SettingPath): SettingMeta | null {
  let meta = SETTINGS.get(schema) ?? null;
  for (let length = 1; length <= path.length; length += 1) {
    const at = schemaAt(schema, path.slice(0, length));
    if (at !== null) meta = SETTINGS.get(at) ?? meta;
  }
  return meta;
}

/** Names that may stand at `path`; empty where anything or nothing may. */
export function keysAt(schema: z.ZodType, path: SettingPath): readonly string[] {
  const at = schemaAt(schema, path);
  const inner = at === null ? null : unwrap(at);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function schemaAt(schema: z.ZodType, path: SettingPath): z.ZodType | null {
  return path.reduce<z.ZodType | null>((at, key) => (at === null ? null : childOf(at, key)), schema);
}

function childOf(schema: z.ZodType, key: string | number): z.ZodType | null {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return (inner.shape as Record<string, z.ZodType | undefined>)[String(key)] ?? null;
  if (inner instanceof z.ZodArray) return inner.element as z.ZodType;
  return null;
}

/** The type under defaults, nullability and transforms. */
function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  return schema;
}
