import koffi from 'koffi';

/**
 * Memory shared with C code. koffi stays inside this folder; adapters that call a library reach memory by these.
 * An address is valid while its owner lives: keep the ArrayBuffer referenced, copy before the library frees.
 */

/** The address of an ArrayBuffer's or typed array's first byte. Typed arrays over a SharedArrayBuffer work too. */
export function addressOf(memory: ArrayBufferView | ArrayBufferLike): bigint {
  return koffi.address(memory);
}

/** The name of a C type (`int32_t`) or what `struct` returned. */
export type CType = Parameters<typeof koffi.sizeof>[0];

/** A copy of `length` bytes at `pointer`. */
export function copyBytes(pointer: unknown, length: number): Uint8Array {
  return new Uint8Array(koffi.view(pointer, length)).slice();
}

/** Reads one value of a C type, for example `decode(pointer, 'int32_t')`; with `length` an array of them. */
export function decode(pointer: unknown, type: CType, length?: number): unknown {
  return length === undefined ? koffi.decode(pointer, type) : koffi.decode(pointer, type, length);
}

/** Writes one value of a C type to `pointer`. */
export function encode(pointer: unknown, type: CType, value: unknown): void {
  koffi.encode(pointer, type, value);
}

/** Declares a C struct once per thread. Names must be unique; null makes it anonymous. */
export const struct = koffi.struct;

const prototypes = new Map<string, ReturnType<typeof koffi.proto>>();

/**
 * Lets C code call `act` while `work` runs, and not longer. `signature` declares the function type, once per name and thread,
 * for example `int on_audio(void* samples, int count)`.
 */
export function withCallback(signature: string, act: (...args: never[]) => unknown, work: (callback: unknown) => void): void {
  let prototype = prototypes.get(signature);
  if (prototype === undefined) {
    prototype = koffi.proto(signature);
    prototypes.set(signature, prototype);
  }
  const callback = koffi.register(act, koffi.pointer(prototype));
  try {
    work(callback);
  } finally {
    koffi.unregister(callback);
  }
}
