/** What stays in memory, in kB: what is garbage has gone. */
export async function residentKb(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await pause(200);
  }
  return process.memoryUsage().rss / 1024;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, Math.max(0, ms)); });
}
