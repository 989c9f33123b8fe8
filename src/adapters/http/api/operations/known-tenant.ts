import type { Application } from '../../../../application/application.js';
import { Problem } from '../../problem.js';
import type { Asked } from '../operation.js';

/**
 * Where nothing of a tenant was found: that it is not there is told like everywhere else, or a name typed wrong looks like a tenant
 * without calls. What is left of a tenant that has gone is found before, and shown. Only the platform can name another one than its own;
 * an identity of a tenant learns nothing here, whatever it names.
 *
 * @throws Problem not-found
 */
export async function refuseUnknownTenant({ identity, tenantId, signal }: Pick<Asked<unknown, unknown, unknown>, 'identity' | 'tenantId' | 'signal'>, { queries }: Application): Promise<void> {
  if (identity?.role !== 'platform') return;
  const tenant = await queries.tenant(tenantId, signal).catch(() => undefined); // the directory cannot tell: then what was found is the answer
  if (tenant === null) throw new Problem('not-found');
}
