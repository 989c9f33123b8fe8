import { styleText } from 'node:util';

export type Ink = 'dim' | 'bold' | 'green' | 'red' | 'yellow' | 'cyan' | 'magenta';

/** Colours text for a terminal, or leaves it as it is. */
export type Paint = (ink: Ink, text: string) => string;

export function paintFor(colours: boolean): Paint {
  return colours ? (ink, text) => styleText(ink, text) : (_, text) => text;
}
