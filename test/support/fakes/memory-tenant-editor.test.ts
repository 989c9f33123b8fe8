import { agentId, tenantId } from '../../../src/domain/shared/ids.js';
import { EDITED_TENANT, tenantEditorContract } from '../../contract/tenant-editor.contract.js';
import { MemoryTenantEditor } from './memory-tenant-editor.js';

describe('MemoryTenantEditor', () => {
  tenantEditorContract(() => {
    const editor = new MemoryTenantEditor();
    editor.put(tenantId('north-bank'), { kind: 'settings' }, EDITED_TENANT.settings);
    for (const agent of EDITED_TENANT.agents) editor.put(tenantId('north-bank'), { kind: 'agent', agentId: agentId(agent.id) }, agent, undefined);
    return Promise.resolve(editor);
  });
});
