import type { EditOutcome, TenantEditor } from '../../application/ports/tenant-editor.js';

/** Where the tenants are another service's: they are edited there. */
export class ReadOnlyTenantEditor implements TenantEditor {
  read(): Promise<'read-only'> {
    return Promise.resolve('read-only');
  }

  edit(): Promise<EditOutcome> {
    return Promise.resolve({ refused: 'read-only' });
  }
}
