import { WAV_HEADER_BYTES } from '../../domain/audio/wav.js';
import type { CallId, TenantId } from '../../domain/shared/ids.js';
import type { RecordingAudio } from '../application.js';
import type { Clock } from '../ports/clock.js';
import type { Metrics } from '../ports/metrics.js';
import { LINK_TTL_MS, type RecordingLinks } from '../ports/recording-links.js';
import type { RecordingStore } from '../ports/recording-store.js';
import type { ErasureProofs } from './erasure-proofs.js';

export interface RecordingDeskPorts {
  readonly store: RecordingStore;
  readonly links: RecordingLinks;
  readonly proofs: ErasureProofs;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** What may be asked of recordings that are there. Throws PortError `recording-store/*`. */
export class RecordingDesk {
  constructor(private readonly ports: RecordingDeskPorts) {}

  /** Null: the tenant has no such recording. */
  async audio(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<RecordingAudio | null> {
    const { store } = this.ports;
    const recording = await store.find(tenantId, recordingId, signal);
    if (recording === null) return null;
    return { recording, lengthBytes: WAV_HEADER_BYTES + recording.audioBytes, read: (first, last) => store.read(tenantId, recordingId, { first, last }) };
  }

  async link(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<{ readonly link: string; readonly expiresAt: string } | null> {
    if (await this.ports.store.find(tenantId, recordingId, signal) === null) return null;
    const untilMs = this.wallMs() + LINK_TTL_MS;
    return { link: this.ports.links.issue(tenantId, recordingId, untilMs), expiresAt: new Date(untilMs).toISOString() };
  }

  async linkedAudio(link: string, signal: AbortSignal): Promise<RecordingAudio | null> {
    const opened = this.ports.links.open(link, this.wallMs());
    return opened === null ? null : this.audio(opened.tenantId, opened.recordingId, signal);
  }

  /** False: there was none. */
  async erase(tenantId: TenantId, recordingId: string, signal: AbortSignal): Promise<boolean> {
    const { store, proofs, metrics } = this.ports;
    const recording = await store.find(tenantId, recordingId, signal);
    if (recording === null || !await store.erase(tenantId, recordingId, signal)) return false;
    metrics.count('recordings_erased_total', { cause: 'order' });
    proofs.tell(recording, 'order');
    return true;
  }

  /** Of which call each was. */
  async eraseSubject(tenantId: TenantId, number: string, signal: AbortSignal): Promise<readonly CallId[]> {
    const { store, proofs, metrics } = this.ports;
    const erased = await store.eraseSubject(tenantId, number, signal);
    metrics.count('recordings_erased_total', { cause: 'subject' }, erased.length);
    for (const { recordingId, callId } of erased) proofs.tell({ tenantId, callId, recordingId }, 'subject');
    return erased.map(({ callId }) => callId);
  }

  private wallMs(): number {
    return Date.parse(this.ports.clock.wallTime());
  }
}
