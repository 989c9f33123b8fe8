const RIFF_HEADER_BYTES = 12;
const CHUNK_HEADER_BYTES = 8;

/** Bytes of the `data` chunk of a WAV file; null: that is none. */
export function wavData(file: Uint8Array): Uint8Array | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (tagAt(file, 0) !== 'RIFF' || tagAt(file, 8) !== 'WAVE') return null;
  for (let at = RIFF_HEADER_BYTES; at + CHUNK_HEADER_BYTES <= file.length;) {
    const size = view.getUint32(at + 4, true);
    const data = at + CHUNK_HEADER_BYTES;
    if (tagAt(file, at) === 'data') return file.subarray(data, data + size); // a size past the end: what there is
    at = data + size + (size % 2); // chunks are padded to even sizes
  }
  return null;
}

function tagAt(file: Uint8Array, at: number): string {
  return String.fromCharCode(...file.subarray(at, at + 4));
}
