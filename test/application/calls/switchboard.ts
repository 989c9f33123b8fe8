import type { SpeechUse } from '../../../src/domain/call/speech-use.js';
import { PortError } from '../../../src/application/ports/port-error.js';
import { expect } from 'chai';
import { MemoryCallRepository } from '../../../src/adapters/state/memory/memory-call-repository.js';
import { Admission } from '../../../src/application/calls/admission.js';
import { AnswerCall, type AnswerCallPorts } from '../../../src/application/calls/answer-call.js';
import { PlaceCall } from '../../../src/application/calls/place-call.js';
import { MemoryIdempotencyKeys } from '../../../src/adapters/state/memory/memory-idempotency-keys.js';
import { MemoryOutboundQuota } from '../../../src/adapters/state/memory/memory-outbound-quota.js';
import type { IdempotencyKeys } from '../../../src/application/ports/idempotency-keys.js';
import type { OutboundQuota } from '../../../src/application/ports/outbound-quota.js';
import { CallRegistry } from '../../../src/application/calls/call-registry.js';
import type { VoiceActivityDetector } from '../../../src/application/ports/voice-activity-detector.js';
import { ProviderHealth } from '../../../src/application/speech/provider-health.js';
import type { DetectorRung } from '../../../src/application/speech/voice-activity-feed.js';
import type { CallSlots } from '../../../src/application/ports/call-slots.js';
import type { CallRepository } from '../../../src/application/ports/call-repository.js';
import type { EventBody, EventType } from '../../../src/domain/shared/domain-event.js';
import type { CallRecord } from '../../../src/domain/call/call.js';
import type { LoadReading } from '../../../src/domain/call/overload.js';
import type { Tenant } from '../../../src/domain/tenant/tenant.js';
import { aProfile, type ProfileDeviations } from '../../support/builders/a-profile.js';
import { aTenant } from '../../support/builders/a-tenant.js';
import type { FakeCallLeg } from '../../support/fakes/fake-call-leg.js';
import { FakeNumberPlan } from '../../support/fakes/fake-number-plan.js';
import { FakeTelephony, type OfferFields } from '../../support/fakes/fake-telephony.js';
import { MemoryEventPublisher } from '../../support/fakes/memory-event-publisher.js';
import type { MemoryLeg } from '../../support/fakes/memory-leg.js';
import { MemoryVault } from '../../support/fakes/memory-vault.js';
import { MemoryTenantDirectory } from '../../support/fakes/memory-tenant-directory.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { ScriptedAgent, type ScriptedAgentOptions } from '../../support/fakes/scripted-agent.js';
import { SequentialIds } from '../../support/fakes/sequential-ids.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import type { RecordingPorts } from '../../../src/application/calls/call-recording.js';
import { ErasureProofs } from '../../../src/application/recordings/erasure-proofs.js';
import { MemoryRecordingRefusals } from '../../support/fakes/memory-recording-refusals.js';
import { MemoryRecordingStore } from '../../support/fakes/memory-recording-store.js';
import { FakeSpeechToText } from '../../support/fakes/fake-speech-to-text.js';
import { FakeTextToSpeech } from '../../support/fakes/fake-text-to-speech.js';

export interface SwitchboardOptions {
  /** Shared with another switchboard: calls are recorded where the profile says so. */
  readonly recordings?: MemoryRecordingStore;
  readonly refusals?: MemoryRecordingRefusals;
  readonly profile?: ProfileDeviations;
  readonly tenant?: Partial<Tenant>;
  readonly agent?: Omit<ScriptedAgentOptions, 'clock'>;
  readonly callsMax?: number;
  readonly repository?: CallRepository;
  readonly publisher?: MemoryEventPublisher;
  readonly nodeName?: string;
  readonly slots?: CallSlots;
  readonly ids?: SequentialIds;
  readonly quota?: OutboundQuota;
  readonly keys?: IdempotencyKeys;
  readonly metrics?: RecordingMetrics;
  /** Says when callers speak. Absent: their legs do. */
  readonly voiceDetector?: VoiceActivityDetector;
  /** The agent of another switchboard: the orchestrator serves all nodes. */
  readonly sharedAgent?: ScriptedAgent;
}

function metricsOf({ metrics = new RecordingMetrics() }: SwitchboardOptions): RecordingMetrics {
  return metrics;
}

function detectorOf({ voiceDetector: port }: SwitchboardOptions, clock: VirtualClock): { readonly voiceDetector?: DetectorRung } {
  return port === undefined ? {} : { voiceDetector: { name: 'ours', port, health: new ProviderHealth(clock) } };
}

/** The application with everything outside it played by the test, on virtual time. */
export class Switchboard {
  readonly clock = new VirtualClock();
  readonly telephony = new FakeTelephony(this.clock);
  readonly publisher: MemoryEventPublisher;
  readonly ids: SequentialIds;
  readonly metrics: RecordingMetrics;
  readonly log = new RecordingLogger();
  readonly speechToText = new FakeSpeechToText();
  readonly textToSpeech = new FakeTextToSpeech();
  readonly quota: OutboundQuota;
  readonly keys: IdempotencyKeys;
  readonly placeCall: PlaceCall;
  readonly agent: ScriptedAgent;
  readonly vault = new MemoryVault();
  readonly tenants: MemoryTenantDirectory;
  readonly repository: CallRepository;
  readonly registry: CallRegistry;
  recordings = new MemoryRecordingStore();
  refusals = new MemoryRecordingRefusals();
  /** What each call will have used when it ends. */
  speechUses: readonly SpeechUse[] = [];
  /** How busy the process is. */
  load: LoadReading = { loopDelayP99Ms: 1, memoryShare: 0.1 };
  readonly answerCallPorts: AnswerCallPorts;
  readonly answerCall: AnswerCall;
  /** Causes given to `hangUp`, by leg. */
  readonly hangUps = new Map<FakeCallLeg, string[]>();

  constructor(options: SwitchboardOptions = {}) {
    this.metrics = metricsOf(options);
    const { clock, log, metrics, speechToText, textToSpeech } = this;
    const publisher = options.publisher ?? new MemoryEventPublisher();
    this.publisher = publisher;
    textToSpeech.msPerWord = 100;
    this.ids = options.ids ?? new SequentialIds(options.nodeName === 'node-2' ? '02JCTEST' : undefined); // of two nodes that share state
    this.agent = options.sharedAgent ?? new ScriptedAgent({ clock, ...options.agent });
    this.tenants = new MemoryTenantDirectory([aTenant({ agents: [aProfile(options.profile)], ...options.tenant })]);
    this.repository = options.repository ?? new MemoryCallRepository({ clock, publisher });
    this.quota = options.quota ?? new MemoryOutboundQuota(clock);
    this.keys = options.keys ?? new MemoryIdempotencyKeys(clock);
    this.registry = new CallRegistry(options.callsMax ?? 100, metrics);
    const { agent } = this;
    this.answerCallPorts = {
      recording: this.recording(options),
      clock, ids: this.ids, metrics, log, nodeName: options.nodeName ?? 'node-1', pbx: 'pbx-1', tenants: this.tenants, numbers: new FakeNumberPlan(), quota: this.quota, repository: this.repository, registry: this.registry,
      admission: new Admission({ clock, log, metrics, registry: this.registry, gauge: { read: () => this.load, close: () => undefined }, slots: options.slots ?? null }, { loopDelayP99MsMax: 20, memoryShareMax: 0.85 }),
      conversationPorts: ({ profile: { speech } }) => {
        if (!speech.sttProviders.includes('local')) throw new PortError('no such recogniser', { code: 'speech/unknown-provider', kind: 'rejected' });
        return { clock, agent, vault: this.vault, speechToText, textToSpeech, speechUses: () => this.speechUses, ...detectorOf(options, clock) };
      },
    };
    const originate = this.telephony.originate.bind(this.telephony);
    this.telephony.originate = async (request, signal) => {
      const leg = await originate(request, signal);
      this.watch(leg);
      return leg;
    };
    this.placeCall = new PlaceCall({ ...this.answerCallPorts, telephony: this.telephony, keys: this.keys });
    this.answerCall = new AnswerCall(this.answerCallPorts);
    this.telephony.onOffer((offer) => { void this.answerCall.execute(offer); });
  }

  private recording({ recordings = this.recordings, refusals = this.refusals, nodeName = 'node-1' }: SwitchboardOptions): RecordingPorts {
    this.recordings = recordings;
    this.refusals = refusals;
    return { store: recordings, refusals, proofs: new ErasureProofs({ clock: this.clock, ids: this.ids, publisher: this.publisher, nodeName }) };
  }

  /** A call comes in; what it comes to takes time. */
  rings(fields: OfferFields = {}): FakeCallLeg {
    const leg = this.telephony.offer({ dialledNumber: '5551000', callerNumber: '+15550100', offeredAtMs: this.clock.nowMs(), ...fields });
    this.watch(leg);
    return leg;
  }

  /** Counts how often the leg is hung up. */
  private watch(leg: FakeCallLeg): void {
    const causes: string[] = [];
    this.hangUps.set(leg, causes);
    const hangUp = leg.hangUp.bind(leg);
    leg.hangUp = (cause) => { causes.push(cause); return hangUp(cause); };
  }

  /** A call that was answered and whose greeting was heard. */
  async greeted(fields: OfferFields = {}): Promise<FakeCallLeg> {
    const leg = this.rings(fields);
    await this.clock.run(1500);
    return leg;
  }

  /** The caller speaks for `voicedMs`, is silent, and is understood. Returns when the agent has been asked. */
  async says(leg: FakeCallLeg, text: string, voicedMs = 800): Promise<void> {
    mediaOf(leg).hearVoice(voicedMs);
    const asked = this.speechToText.stream.acts.filter((act) => act === 'end').length;
    for (let waitedMs = 0; this.speechToText.stream.acts.filter((act) => act === 'end').length === asked; waitedMs += 20) {
      if (waitedMs > voicedMs + 2000) throw new Error('the turn did not end');
      await this.clock.run(20);
    }
    this.speechToText.stream.final(text);
    await this.clock.run(20);
  }

  types(): readonly EventType[] {
    return this.publisher.types();
  }

  of<T extends EventType>(type: T): readonly Extract<EventBody, { type: T }>[] {
    return this.publisher.ofType(type);
  }

  get endReason(): string | undefined {
    return this.of('call.ended').at(-1)?.reason;
  }

  async record(): Promise<CallRecord> {
    const id = this.publisher.events[0]?.callId;
    const stored = id === undefined ? null : await this.repository.find(id, new AbortController().signal);
    if (stored === null) throw new Error('no record');
    return stored.record;
  }

  /** Everything of the call is given back, and it ended once, for this reason. */
  async expectReleased(leg: FakeCallLeg, reason: string): Promise<void> {
    await this.clock.settle();
    expect(this.of('call.ended').map((event) => event.reason), 'end reasons').to.deep.equal([reason]);
    expect(this.publisher.events.at(-1)?.body.type, 'last event').to.equal('call.ended');
    expect(leg.ended, 'leg ended').to.equal(true);
    expect(this.hangUps.get(leg), 'hung up once').to.have.length(1);
    expect(leg.media?.closed ?? true, 'media closed').to.equal(true);
    expect(this.speechToText.streams.every((stream) => stream.closed), 'recognisers closed').to.equal(true);
    expect(this.agent.live, 'replies running').to.equal(0);
    expect(this.registry.size, 'calls registered').to.equal(0);
    expect(this.metrics.value('calls_active')).to.equal(0);
    expect(this.clock.pending, 'timers left').to.equal(0);
    this.expectGaplessEvents();
  }

  expectGaplessEvents(): void {
    const next = new Map<string, number>();
    for (const event of this.publisher.events) {
      const expected = (next.get(event.callId) ?? 0) + 1;
      expect(event.sequence, `sequence of ${event.body.type}`).to.equal(expected);
      next.set(event.callId, expected);
    }
  }
}

export function mediaOf(leg: FakeCallLeg): MemoryLeg {
  if (leg.media === undefined) throw new Error('no media was opened');
  return leg.media;
}
