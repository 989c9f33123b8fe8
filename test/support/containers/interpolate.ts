/** `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`, `${NAME?error}` and `$$`, as the compose specification has them. */
const VARIABLE = /\$(?:(?<dollar>\$)|\{(?<name>[A-Z_a-z][A-Z_a-z0-9]*)(?:(?<colon>:?)(?<sign>[-?])(?<rest>[^}]*))?\})/gu;

export interface VariableUse {
  readonly name: string;
  /** Null: there is none. */
  readonly fallback: string | null;
  readonly required: boolean;
}

/** @throws when a required variable is missing. */
export function interpolate(value: unknown, variables: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === 'string') return interpolateText(value, variables);
  if (Array.isArray(value)) return value.map((item) => interpolate(item, variables));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, variables)]));
}

function interpolateText(text: string, variables: Readonly<Record<string, string | undefined>>): string {
  return text.replace(VARIABLE, (...match) => {
    const { dollar, name = '', colon, sign, rest = '' } = match.at(-1) as Partial<Record<string, string>>;
    if (dollar !== undefined) return '$';
    const given = variables[name];
    if (given !== undefined && (colon !== ':' || given !== '')) return given;
    if (sign === '?') throw new Error(`${name} is missing: ${rest}`);
    return sign === '-' ? rest : '';
  });
}

/** Every use of a variable in a text, in order. */
export function variablesIn(text: string): readonly VariableUse[] {
  return [...text.matchAll(VARIABLE)].map(({ groups = {} }) => groups).filter(({ dollar }) => dollar === undefined)
    .map(({ name = '', sign, rest }) => ({ name, fallback: sign === '-' ? rest ?? '' : null, required: sign === '?' }));
}
