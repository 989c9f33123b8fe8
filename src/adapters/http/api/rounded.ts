/** Clocks count nanoseconds, and differences of floats have thirteen decimals: nobody needs more than a tenth of a millisecond. */
const PER_MS = 10;
/** Of a minute: 60 ms. */
const PER_MINUTE = 1000;
const PER_CONFIDENCE = 1000;
const MINUTE_MS = 60_000;

/** The same with every number whose name ends in `Ms`, however deep, in tenths of a millisecond, and each `confidence` in thousandths. Plain data. */
export function rounded<View>(view: View): View {
  return roundedIn('', view) as View;
}

/** Tenths of a millisecond. */
export function roundedMs<Ms extends number | null>(ms: Ms): Ms {
  return (ms === null ? null : inPartsOf(PER_MS, ms)) as Ms;
}

export function minutesOf(ms: number): number {
  return inPartsOf(PER_MINUTE, ms / MINUTE_MS);
}

function roundedIn(name: string, value: unknown): unknown {
  if (typeof value === 'number') return name.endsWith('Ms') ? inPartsOf(PER_MS, value) : name === 'confidence' ? inPartsOf(PER_CONFIDENCE, value) : value;
  if (Array.isArray(value)) return value.map((item: unknown) => roundedIn('', item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, roundedIn(key, item)]));
}

function inPartsOf(parts: number, value: number): number {
  return Math.round(value * parts) / parts;
}
