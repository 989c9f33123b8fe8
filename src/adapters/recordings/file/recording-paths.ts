import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TenantId, tenantId } from '../../../domain/shared/ids.js';
import type { WriterPaths } from './file-recording-writer.js';

const COMPLETE = '.vgr';
const PART = '.part';
const TENANT = 'tenant-';
const ID_FORM = /^[0-9A-Za-z]{1,64}$/u;

/** Where recordings lie: `tenant-<id>/<recording>.vgr`, while they are made `<recording>.<node>.part`. Tenants and nodes may share a directory. */
export class RecordingPaths {
  constructor(private readonly directory: string, private readonly node: string) {}

  of(tenant: TenantId, recordingId: string): WriterPaths {
    const folder = this.folder(tenant);
    return { complete: join(folder, recordingId + COMPLETE), part: join(folder, `${recordingId}.${this.node}${PART}`) };
  }

  /** Ids of complete recordings, newest first. */
  async complete(tenant: TenantId): Promise<readonly string[]> {
    return (await names(this.folder(tenant))).filter((name) => name.endsWith(COMPLETE)).map((name) => name.slice(0, -COMPLETE.length)).sort().reverse();
  }

  /** What earlier processes of this node have left unfinished. */
  async torn(tenant: TenantId): Promise<readonly WriterPaths[]> {
    const ending = `.${this.node}${PART}`;
    return (await names(this.folder(tenant))).filter((name) => name.endsWith(ending)).map((name) => this.of(tenant, name.slice(0, -ending.length)));
  }

  async tenants(): Promise<readonly TenantId[]> {
    return (await names(this.directory)).filter((name) => name.startsWith(TENANT)).map((name) => tenantId(decodeURIComponent(name.slice(TENANT.length))));
  }

  private folder(tenant: TenantId): string {
    return join(this.directory, TENANT + encodeURIComponent(tenant));
  }
}

/** Ids come from outside too: only what cannot be a path is one. */
export function isRecordingId(recordingId: string): boolean {
  return ID_FORM.test(recordingId);
}

async function names(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
