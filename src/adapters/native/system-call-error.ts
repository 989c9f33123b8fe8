/** A system call that failed, as the kernel says it. The adapter that made it maps it to a PortError. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';

  constructor(readonly call: string, readonly errno: number) {
    super(`${call} failed with errno ${errno}`);
  }
}
