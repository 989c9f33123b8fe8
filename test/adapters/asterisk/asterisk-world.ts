import { AsteriskTelephony, type AsteriskTelephonyOptions } from '../../../src/adapters/asterisk/asterisk-telephony.js';
import type { QueueFailure } from '../../../src/application/ports/telephony.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { until, type FarEnd, type TelephonyWorld } from '../../contract/telephony-scene.js';
import { FakeMediaPlane } from '../../support/fakes/fake-media-plane.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { FAKE_ARI_PASSWORD, FAKE_ARI_USER, FakeAri, type FakeAriOptions } from '../../support/servers/fake-ari.js';
import type { WorldChannel } from '../../support/servers/fake-ari-world.js';

export const APP = 'voice-gateway';
export const NODE = 'n1';

export interface AsteriskWorld extends TelephonyWorld {
  readonly telephony: AsteriskTelephony;
  readonly ari: FakeAri;
  readonly plane: FakeMediaPlane;
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

/** As app_queue tells them. */
const QUEUE_STATUS: Readonly<Record<QueueFailure, string>> = { 'queue-full': 'FULL', 'queue-empty': 'JOINEMPTY', 'queue-timeout': 'TIMEOUT' };

export const systemClock = new SystemClock({ onFault: (error) => { throw error; } });

/** The adapter without an Asterisk around it; the caller owns and closes it. */
export function openTelephony(ari: FakeAri, overrides: Partial<AsteriskTelephonyOptions> = {}): Promise<AsteriskTelephony> {
  return AsteriskTelephony.open({
    ariUrl: ari.url, username: FAKE_ARI_USER, password: FAKE_ARI_PASSWORD, app: APP, node: NODE,
    media: { plane: new FakeMediaPlane(), advertisedHost: '127.0.0.1', mediaTimeoutMs: 10_000 },
    dialling: { defaultTrunk: 'outbound' },
    clock: systemClock, logger: new RecordingLogger(), metrics: new RecordingMetrics(), random: () => 0.5, ...overrides,
  }, new AbortController().signal);
}

/** A fake Asterisk and the adapter on it, connected. */
export async function openAsteriskWorld(ariOptions: FakeAriOptions = {}, overrides: Partial<AsteriskTelephonyOptions> = {}): Promise<AsteriskWorld> {
  const ari = await FakeAri.start(ariOptions);
  const plane = new FakeMediaPlane();
  const logger = new RecordingLogger();
  const metrics = new RecordingMetrics();
  const telephony = await openTelephony(ari, { media: { plane, advertisedHost: '127.0.0.1', mediaTimeoutMs: 10_000, wideband: true }, logger, metrics, ...overrides });
  await until(() => telephony.ready, 'ready');
  const seen = new Set<string>();
  const nextOutgoing = (): WorldChannel | undefined => [...ari.world.channels.values()].find(({ id, kind, app }) => kind === 'outgoing' && app !== undefined && !seen.has(id) && dialled.has(id));
  const dialled = new Set<string>();
  ari.farEnd.onDialled = (channel) => { dialled.add(channel.id); };
  return {
    telephony, ari, plane, logger, metrics,
    call: ({ did, callerNumber, trunk, correlation, wideband } = {}) => farEndOf(ari, ari.call(APP, {
      ...(did === undefined ? {} : { did }), ...(callerNumber === undefined ? {} : { callerNumber }), ...(trunk === undefined ? {} : { trunk }),
      ...(correlation === undefined ? {} : { correlation }), ...(wideband === true ? { codec: 'g722' } : {}),
    })),
    nextDialled: async () => {
      await until(() => nextOutgoing() !== undefined, 'dialling');
      const channel = nextOutgoing()!;
      seen.add(channel.id);
      return farEndOf(ari, channel);
    },
    onExtensionTransfer: () => undefined,
    onQueueTransfer: (leg, fate) => {
      ari.hooks.after = (request) => {
        const channel = ari.world.channels.get(leg.id);
        if (request === `POST channels/${leg.id}/continue` && channel !== undefined) ari.leavesQueue(channel, fate === 'taken' ? null : QUEUE_STATUS[fate]);
      };
      return Promise.resolve();
    },
    leftovers: () => {
      // A caller sent on to the dialplan lives there, not with us.
      const channels = [...ari.world.channels.values()].filter((channel) => channel.kind !== 'caller' || channel.app !== undefined).map(({ id }) => id);
      return Promise.resolve([...channels, ...ari.leftovers.bridges, ...plane.openLegs.map(() => 'media leg')]);
    },
    close: async () => {
      await telephony.close();
      await ari.close();
    },
  };
}

function farEndOf(ari: FakeAri, channel: WorldChannel): FarEnd {
  const { farEnd } = ari;
  return {
    rings: () => { farEnd.rings(channel); },
    announces: () => { farEnd.announces(channel); },
    picksUp: () => { farEnd.answers(channel); },
    presses: (digit) => { farEnd.presses(channel, digit); },
    holds: () => { farEnd.holds(channel); },
    resumes: () => { farEnd.resumes(channel); },
    hangsUp: (causeCode) => { farEnd.hangsUp(channel, causeCode); },
    digitsHeard: () => channel.digitsSent,
    isOver: () => ari.world.channels.get(channel.id) !== channel,
  };
}
