import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { deadline } from '../lifecycle/deadline.js';
import { orAborted } from '../lifecycle/or-aborted.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Metrics } from '../ports/metrics.js';
import { codeOf } from '../ports/port-error.js';
import type { RecordingRefusals } from '../ports/recording-refusals.js';
import type { RecordingPage, RecordingStore, RecordingWriter } from '../ports/recording-store.js';

/** Of one try. */
const TRY_DEADLINE_MS = 5000;
const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5000;
/** What is refused is gone within a minute (row 26 of the reliability targets), or operators are called. */
const GIVE_UP_MS = 55_000;
/** Looked up at one time. A call has one part per node that has led it. */
const PARTS_MAX = 100;

export interface ForgetPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly store: RecordingStore;
  readonly refusals: RecordingRefusals;
}

export interface Refused {
  readonly tenantId: TenantId;
  readonly callId: CallId;
  readonly number: string;
  /** What is being made, with its id; null: nothing. */
  readonly making: { readonly recordingId: string; readonly writer: RecordingWriter } | null;
}

/** Erases all there is of a call and remembers who refused. `onErased` for each recording, when nothing of it is left. Never rejects. */
export async function forgetRecording(ports: ForgetPorts, refused: Refused, onErased: (recordingId: string) => void): Promise<void> {
  const { tenantId, callId, number, making } = refused;
  await Promise.all([
    untilDone(ports, 'remember', (signal) => ports.refusals.add(tenantId, number, signal)),
    untilDone(ports, 'erase', async () => {
      if (making === null) return;
      await making.writer.discard();
      onErased(making.recordingId);
    }),
    untilDone(ports, 'erase', async (signal) => {
      for (let after: string | null = null, more = true; more;) {
        const page: RecordingPage = await ports.store.list(tenantId, { callId }, { limit: PARTS_MAX, after }, signal);
        for (const { recordingId } of page.recordings) if (await ports.store.erase(tenantId, recordingId, signal) && recordingId !== making?.recordingId) onErased(recordingId);
        after = page.next;
        more = after !== null;
      }
    }),
  ]);
}

async function untilDone({ clock, log, metrics }: ForgetPorts, act: 'remember' | 'erase', work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const beganAtMs = clock.nowMs();
  for (let waitMs = RETRY_MIN_MS; ; waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)) {
    const limit = deadline(clock, TRY_DEADLINE_MS);
    try {
      await orAborted(work(limit.signal), limit.signal);
      return;
    } catch (error) {
      const code = limit.expired ? 'recording-store/timeout' : codeOf(error);
      if (clock.nowMs() - beganAtMs + waitMs > GIVE_UP_MS) {
        metrics.count('recordings_not_forgotten_total', { act });
        log.error('a refused recording is not forgotten yet', { act, code }, error);
        return;
      }
      if (waitMs === RETRY_MIN_MS) log.warn('a refused recording is not forgotten yet: trying again', { act, code }, error);
    } finally {
      limit.clear();
    }
    await new Promise<void>((resolve) => { clock.after(waitMs, resolve); });
  }
}
