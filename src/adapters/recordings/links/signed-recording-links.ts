import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { RecordingLinks } from '../../../application/ports/recording-links.js';
import { tenantId, type TenantId } from '../../../domain/shared/ids.js';

const LINK_CHARACTERS_MAX = 512;
const CONTENT = z.tuple([z.string(), z.string(), z.int()]);

/** `<content>.<HMAC-SHA256 of it>`, both base64url. Nodes with the same key open each other's. */
export class SignedRecordingLinks implements RecordingLinks {
  constructor(private readonly key: Buffer) {}

  issue(tenant: TenantId, recordingId: string, untilMs: number): string {
    const content = Buffer.from(JSON.stringify([tenant, recordingId, Math.floor(untilMs)])).toString('base64url');
    return `${content}.${this.sign(content).toString('base64url')}`;
  }

  open(link: string, nowMs: number): { readonly tenantId: TenantId; readonly recordingId: string } | null {
    const [content, signature, ...more] = link.split('.');
    if (link.length > LINK_CHARACTERS_MAX || content === undefined || signature === undefined || more.length > 0) return null;
    const given = Buffer.from(signature, 'base64url');
    const right = this.sign(content);
    // Another spelling of the same bytes is another link: nobody gets two out of one.
    if (given.length !== right.length || !timingSafeEqual(given, right) || right.toString('base64url') !== signature) return null;
    const [tenant, recordingId, untilMs] = CONTENT.parse(JSON.parse(Buffer.from(content, 'base64url').toString('utf8')));
    return nowMs < untilMs ? { tenantId: tenantId(tenant), recordingId } : null;
  }

  private sign(content: string): Buffer {
    return createHmac('sha256', this.key).update(content).digest();
  }
}
