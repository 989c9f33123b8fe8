/** A remembered text, or a row of a table. */
export type Slot = string | Readonly<Record<string, string>>;

/** `{slot}`, `{slot.column}`, with `|spaced` to have digits read one by one. */
const PLACE = /\{([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?(\|spaced)?\}/gu;

export interface Place {
  readonly slot: string;
  readonly column: string | null;
}

export function placesIn(template: string): readonly Place[] {
  return [...template.matchAll(PLACE)].map(([, slot, column]) => ({ slot: slot ?? '', column: column ?? null }));
}

/** A place whose slot is not known yet is left empty: the loader has seen to it that the name exists. */
export function fillIn(template: string, slots: Readonly<Record<string, Slot>>): string {
  return template.replace(PLACE, (_, name: string, column: string | undefined, spaced: string | undefined) => {
    const slot = slots[name];
    const value = typeof slot === 'object' ? slot[column ?? ''] : slot;
    return spaced === undefined ? (value ?? '') : Array.from(value ?? '').join(' ');
  });
}
