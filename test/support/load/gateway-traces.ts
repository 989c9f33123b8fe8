/** What a gateway under load tells about itself. */
const TOLD = ['calls_active', 'media_legs', 'media_late_ticks_total', 'playout_underruns_total', 'rtp_dropped_total', 'provider_errors_total'];
const WARN_LEVEL = 40;

/** Some of its metrics, summed over their labels. */
export async function metricsOf(httpPort: number): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`http://127.0.0.1:${httpPort}/metrics`, { headers: { connection: 'close' } })).text(); // a socket kept would be counted as left over
  const sums: Record<string, number> = Object.fromEntries(TOLD.map((name) => [name, 0]));
  for (const line of text.split('\n')) {
    const [, name, value] = /^voicegw_(\w+)(?:\{[^}]*\})? (\S+)$/u.exec(line) ?? [];
    if (name !== undefined && name in sums) sums[name] = (sums[name] ?? 0) + Number(value);
  }
  return sums;
}

/** Messages of its log from `warn` on, and lines that are no log lines, each with how often it was there. */
export function warningsIn(log: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of log.split('\n')) {
    if (line === '') continue;
    const message = warningOf(line);
    if (message !== null) counts[message] = (counts[message] ?? 0) + 1;
  }
  return counts;
}

function warningOf(line: string): string | null {
  try {
    const entry = JSON.parse(line) as { readonly level?: number | string; readonly msg?: string };
    const serious = typeof entry.level === 'number' ? entry.level >= WARN_LEVEL : entry.level === 'warn' || entry.level === 'error';
    return serious ? (entry.msg ?? 'warning without words') : null;
  } catch {
    return line.slice(0, 120);
  }
}
