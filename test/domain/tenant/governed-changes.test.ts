import { expect } from 'chai';
import { agentId } from '../../../src/domain/shared/ids.js';
import { governedChanges } from '../../../src/domain/tenant/governed-changes.js';
import { aProfile } from '../../support/builders/a-profile.js';
import { aTenant } from '../../support/builders/a-tenant.js';

describe('governedChanges', () => {
  const profile = aProfile({ fallback: { kind: 'number', number: '5551999' } });
  const tenant = aTenant({ agents: [profile] });

  it('are none where only words and voices differ', () => {
    const now = { ...profile, name: 'Other', prompts: { ...profile.prompts, greeting: 'Hello.' }, speech: { ...profile.speech, voice: 'slt' } };
    expect(governedChanges(tenant, { ...tenant, name: 'Other', agents: [now] })).to.deep.equal([]);
  });

  it('are how much a tenant may use, its numbers, and where it calls', () => {
    const now = aTenant({
      agents: [profile], active: !tenant.active, concurrentCallsMax: 9999, callDurationMaxMs: 1_000_000, speechLimits: { local: { sttStreamsMax: 9, ttsRequestsMax: null } },
      dids: [{ number: '999', agentId: profile.id }], outbound: { countries: ['DE'] } as never,
    });
    expect(governedChanges(tenant, now)).to.deep.equal(['active', 'concurrentCallsMax', 'callDurationMaxMs', 'speechLimits', 'dids', 'outbound']);
  });

  it('are where an agent may send calls and cards', () => {
    const now = { ...profile, transferContext: 'outside', transferNumbers: ['+49900'], pci: { agentSeesCard: true, vaultUrl: null }, fallback: { kind: 'number', number: '+49900' } as const };
    expect(governedChanges(tenant, { ...tenant, agents: [now] })).to.deep.equal(['transferContext', 'transferNumbers', 'pci', 'fallback']);
  });

  it('are a fallback to an extension that may be a number outside', () => {
    const to = (extension: string) => ({ ...tenant, agents: [{ ...profile, fallback: { kind: 'extension', extension } as const }] });
    expect(governedChanges(tenant, to('0049301234567'))).to.deep.equal(['fallback']);
    expect(governedChanges(to('0049301234567'), to('0049301234567'))).to.deep.equal([]);
  });

  it('are told of an agent that is new, too', () => {
    const other = aProfile({ id: agentId('other'), transferContext: 'outside', transferNumbers: [], fallback: null });
    expect(governedChanges(tenant, { ...tenant, agents: [profile, other] })).to.deep.equal(['transferContext']);
  });

  it('are none where an agent goes, or falls back to an extension', () => {
    expect(governedChanges(tenant, { ...tenant, agents: [] })).to.deep.equal([]);
    expect(governedChanges(tenant, { ...tenant, agents: [{ ...profile, fallback: { kind: 'extension', extension: 'person' } }] })).to.deep.equal([]);
  });
});
