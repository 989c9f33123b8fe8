import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

export interface LineAt {
  readonly bytes: Uint8Array;
  /** Where it begins in the file. */
  readonly offset: number;
}

/**
 * Whole lines of a file, last one first, from before `end`. Reads 64 KiB at a time, so that others get their turn. Bytes before
 * the first line feed from the end on are half a line and left out.
 */
export async function* linesBackwards(handle: FileHandle, end: number): AsyncGenerator<LineAt> {
  let tail: Uint8Array = new Uint8Array(0);
  let whole = false;
  for (let to = end; to > 0;) {
    const from = Math.max(0, to - CHUNK_BYTES);
    const { buffer, bytesRead } = await handle.read(new Uint8Array(to - from), 0, to - from, from);
    if (bytesRead < to - from) return; // it became shorter meanwhile
    const bytes: Uint8Array = Buffer.concat([buffer, tail]);
    let lineEnd = bytes.length;
    for (let feed = bytes.lastIndexOf(LINE_FEED); feed >= 0; feed = feed === 0 ? -1 : bytes.lastIndexOf(LINE_FEED, feed - 1)) {
      if (whole && lineEnd > feed + 1) yield { bytes: bytes.subarray(feed + 1, lineEnd), offset: from + feed + 1 };
      whole = true;
      lineEnd = feed;
    }
    tail = whole ? bytes.subarray(0, lineEnd) : bytes;
    to = from;
    // The line feed that ends what is left stands behind it.
  }
  if (whole && tail.length > 0) yield { bytes: tail, offset: 0 };
}
