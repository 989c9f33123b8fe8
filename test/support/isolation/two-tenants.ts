import type { CallRecord } from '../../../src/domain/call/call.js';
import { storyOf } from '../../../src/domain/call/call-story.js';
import { summaryOf } from '../../../src/domain/call/call-summary.js';
import type { DomainEvent } from '../../../src/domain/shared/domain-event.js';
import { agentId, callId, legId, tenantId } from '../../../src/domain/shared/ids.js';
import { aCallRecord } from '../builders/a-call.js';
import { aDomainEvent } from '../builders/a-domain-event.js';
import { anAuditEntry } from '../builders/an-audit-entry.js';
import { aProfile } from '../builders/a-profile.js';
import { aTenant } from '../builders/a-tenant.js';
import { MemoryTenantEditor } from '../fakes/memory-tenant-editor.js';
import type { FakeApplication } from '../fakes/fake-application.js';

/** The tenant that asks, and the one whose things it must never see. */
export const OWN_TENANT = tenantId('north-bank');
export const FOREIGN_TENANT = tenantId('harbour-grill');

/** In every text of the foreign tenant. */
const CANARY = 'canary';

export interface Ids {
  /** Of the tenant that asks. */
  readonly own: string;
  /** Of the other tenant. */
  readonly foreign: string;
  /** Of nothing; of the same form. */
  readonly unknown: string;
}

/**
 * Values of every parameter or property of a request that names a thing of a tenant, by its name. Add to it with each new name: an
 * operation that has a parameter in its path, or anything ending in Id, that is not here fails the test.
 */
export const IDS: Readonly<Record<string, Ids>> = {
  tenantId: { own: OWN_TENANT, foreign: FOREIGN_TENANT, unknown: 'no-such-tenant' },
  callId: { own: '01JCTEST000000000000000001', foreign: '01JCTEST00000000000F0RE1GN', unknown: '01JCTEST0000000000N0TH1NG0' },
  recordingId: { own: '01JREC0000000000000000000A', foreign: '01JREC0000000000000F0RE1GN', unknown: '01JREC000000000000N0TH1NG0' },
  /** Whoever has a genuine link may hear what it opens; the foreign one is forged. */
  link: { own: 'own.genuine', foreign: 'foreign.forged', unknown: 'nothing.forged' },
  agentId: { own: 'card-delivery', foreign: 'canary-agent', unknown: 'no-such-agent' },
};

/** The version that examples of the API have seen. */
const ANY_VERSION = '0'.repeat(64);
const OWN_CALL = callId(IDS['callId']?.own ?? '');
const FOREIGN_CALL = callId(IDS['callId']?.foreign ?? '');
const FOREIGN_NUMBER = '+442079460999';

/** What no answer to the other tenant may contain. */
export const CANARIES: readonly string[] = [CANARY, FOREIGN_NUMBER.slice(1), ...Object.values(IDS).map(({ foreign }) => foreign)];

/**
 * Things of both tenants, as new: they are put back before every request. Add to it what a new operation reads; each text of the
 * foreign tenant contains the canary, each number is the foreign one.
 */
export function seedTwoTenants(application: FakeApplication): void {
  const own = aCallRecord({ callId: OWN_CALL, tenantId: OWN_TENANT });
  const foreign = aCallRecord({
    callId: FOREIGN_CALL, tenantId: FOREIGN_TENANT, channelId: legId(`${CANARY}.1`), callerNumber: FOREIGN_NUMBER, calleeNumber: FOREIGN_NUMBER,
    agentId: agentId(`${CANARY}-agent`), endReason: null, sttProvider: CANARY, ttsProvider: CANARY, metadata: { trunk: CANARY, correlationId: CANARY },
  });
  application.calls = [own, foreign];
  application.accounts = [
    { call: summaryOf(own, []), story: storyOf([said(own, 'Where is my card?')]) },
    { call: summaryOf(foreign, []), story: storyOf([said(foreign, CANARY)]) },
  ];
  const foreignAgent = aProfile({ id: agentId(`${CANARY}-agent`), name: CANARY });
  application.allTenants = [
    aTenant({ id: OWN_TENANT }),
    aTenant({ id: FOREIGN_TENANT, name: CANARY, agents: [foreignAgent], dids: [{ number: FOREIGN_NUMBER, agentId: foreignAgent.id }] }),
  ];
  application.editor = editorOfBoth();
  for (const [recordingId, { callId: of, tenantId: whose, agentId: agent, callerNumber, calleeNumber }] of [[IDS['recordingId']?.own ?? '', own], [IDS['recordingId']?.foreign ?? '', foreign]] as const) {
    application.recordings.set(recordingId, {
      recording: {
        recordingId, tenantId: whose, callId: of, agentId: agent, callerNumber, calleeNumber, startedAt: '2026-11-01T00:00:00.000Z', expiresAt: '2026-12-01T00:00:00.000Z',
        sampleRateHz: 8000, audioBytes: 4, durationMs: 0,
      },
      lengthBytes: CANARY.length,
      async *read() { await Promise.resolve(); yield Buffer.from(whose === OWN_TENANT ? '......' : CANARY); },
    });
  }
  application.links.set(IDS['link']?.own ?? '', IDS['recordingId']?.own ?? '');
  application.placing = { call: own, repeated: false };
  const use = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z', calls: 1, answeredCalls: 1, connectedMs: 60_000 };
  const kept = { sequence: 1, node: 'node-1', at: '2026-11-20T12:00:00.000Z' };
  application.auditEntries = [
    { ...anAuditEntry({ tenantId: OWN_TENANT, act: 'hangUpCall' }), ...kept },
    { ...anAuditEntry({ tenantId: FOREIGN_TENANT, act: 'hangUpCall', actor: { subject: CANARY, role: 'admin' }, subject: FOREIGN_CALL, code: CANARY, requestId: CANARY }), ...kept },
  ];
  application.used.set(OWN_TENANT, { ...use, speech: [{ provider: 'local', recognisedMs: 1000, synthesisedCharacters: 10 }] });
  application.used.set(FOREIGN_TENANT, { ...use, speech: [{ provider: CANARY, recognisedMs: 1000, synthesisedCharacters: 10 }] });
}

/** In each tenant an agent that may be edited, and one that stays when it goes. */
function editorOfBoth(): MemoryTenantEditor {
  const editor = new MemoryTenantEditor();
  for (const [whose, agent, name] of [[OWN_TENANT, IDS['agentId']?.own ?? '', 'north'], [FOREIGN_TENANT, `${CANARY}-agent`, CANARY]] as const) {
    editor.put(whose, { kind: 'settings' }, { name, dids: [] }, ANY_VERSION);
    editor.put(whose, { kind: 'agent', agentId: agentId(agent) }, { name, speech: { voice: name } }, ANY_VERSION);
    editor.put(whose, { kind: 'agent', agentId: agentId(`${name}-2`) }, { name });
  }
  return editor;
}

function said({ callId: of, tenantId: whose }: CallRecord, text: string): DomainEvent {
  return aDomainEvent({ type: 'stt.transcribed', turnIndex: 1, text, confidence: null, via: 'speech', digitCount: 0, startAtMs: 0, endAtMs: 500 }, { callId: of, tenantId: whose });
}

/** In what happens to the own tenant: a stream that shows it has shown all before it. */
export const OWN_MARK = 'the-own-tenant-has-seen-it';

/** Lets something happen to the foreign tenant, then something with OWN_MARK to the own one. Add to it what a new stream shows. */
export type Happen = (application: FakeApplication) => void;
export const happenToBoth: Happen = ({ feed }) => {
  const foreign = aCallRecord({ callId: FOREIGN_CALL, tenantId: FOREIGN_TENANT });
  feed.publish([said(foreign, CANARY), said(aCallRecord({ callId: OWN_CALL, tenantId: OWN_TENANT }), OWN_MARK)]);
};
