import type { CallId, TenantId } from '../../domain/shared/ids.js';
import { inOrder } from '../../domain/call/event-order.js';
import type { FileLook } from './history-files.js';
import { type CallContent, contentOf } from './history-line.js';

/** Of files; what is made of them takes some three times as much. */
const BYTES_MAX = 8 * 1024 * 1024;

interface Known extends FileLook {
  readonly content: CallContent;
}

/** The calls looked at last: who watches a call asks for it again and again. A file only grows: one that has not holds the same. */
export class StoryCache {
  private readonly stories = new Map<string, Known>();
  private bytes = 0;

  /** Null: not known, or it has changed since. */
  get(tenantId: TenantId, callId: CallId, { file, sizeBytes }: FileLook): CallContent | null {
    const key = keyOf(tenantId, callId);
    const known = this.stories.get(key);
    if (known?.file !== file || known.sizeBytes !== sizeBytes) return null;
    this.stories.delete(key);
    this.stories.set(key, known);
    return known.content;
  }

  put(tenantId: TenantId, callId: CallId, known: Known): void {
    this.forget(tenantId, callId);
    this.stories.set(keyOf(tenantId, callId), known);
    this.bytes += known.sizeBytes;
    for (const [oldest, { sizeBytes }] of this.stories) {
      if (this.bytes <= BYTES_MAX) return;
      this.stories.delete(oldest);
      this.bytes -= sizeBytes;
    }
  }

  /** `text` was added to a file: when others have added something as well, its size tells. */
  added(tenantId: TenantId, callId: CallId, text: string): void {
    const known = this.stories.get(keyOf(tenantId, callId));
    if (known === undefined) return;
    const { call, events } = contentOf(text);
    const content = { call: call ?? known.content.call, events: inOrder([...known.content.events, ...events]) };
    this.put(tenantId, callId, { file: known.file, sizeBytes: known.sizeBytes + Buffer.byteLength(text), content });
  }

  forget(tenantId: TenantId, callId: CallId): void {
    const key = keyOf(tenantId, callId);
    this.bytes -= this.stories.get(key)?.sizeBytes ?? 0;
    this.stories.delete(key);
  }
}

function keyOf(tenantId: TenantId, callId: CallId): string {
  return `${callId}/${tenantId}`;
}
