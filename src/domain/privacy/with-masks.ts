import type { Mask } from './card-secrets.js';

/** `text`, or the stretch of it from `from` to `to`, with what the masks cover replaced by their labels. `masks`: in order, of the whole text. */
export function withMasks(text: string, masks: readonly Mask[], from = 0, to = text.length): string {
  let shown = '';
  let at = from;
  for (const { start, end, label } of masks) {
    if (end <= from || start >= to) continue;
    shown += text.slice(at, Math.max(at, start)) + label;
    at = Math.min(end, to);
  }
  return shown + text.slice(at, to);
}
