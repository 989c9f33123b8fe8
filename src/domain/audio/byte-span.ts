/** A place in a byte buffer. Passed instead of `subarray`, which would allocate once per frame. */
export interface ByteSpan {
  readonly bytes: Uint8Array;
  readonly offset: number;
}
