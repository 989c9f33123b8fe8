/**
 * A real Asterisk with the gateway's adapter on one side and, on the other, a second adapter that plays the callers:
 * its calls go out over PJSIP and come in again as those of a carrier. Both with real media planes.
 */
import { AsteriskTelephony, type AsteriskTelephonyOptions } from '../../../src/adapters/asterisk/asterisk-telephony.js';
import type { RtpLeg } from '../../../src/adapters/media/rtp-leg.js';
import { RtpMediaPlane } from '../../../src/adapters/media/rtp-media-plane.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import type { MediaLeg } from '../../../src/application/ports/media-leg.js';
import type { CallLeg, CallOffer } from '../../../src/application/ports/telephony.js';
import { legId } from '../../../src/domain/shared/ids.js';
import { NEVER, until, VOICE } from '../../contract/telephony-scene.js';
import { RecordingLogger } from '../../support/fakes/recording-logger.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { AsteriskInstance, type AsteriskInstanceOptions } from '../../support/servers/asterisk-instance.js';

export const GATEWAY_APP = 'voice-gateway';
export const clock = new SystemClock({ onFault: (error) => { throw error; } });

/** Opened once per suite: Asterisk takes half a second, a media plane a thread. */
export class AsteriskLine {
  private constructor(readonly asterisk: AsteriskInstance, readonly gatewayPlane: RtpMediaPlane, readonly callerPlane: RtpMediaPlane) {}

  static async open(options: AsteriskInstanceOptions = {}): Promise<AsteriskLine> {
    const asterisk = await AsteriskInstance.start({ app: GATEWAY_APP, ...options });
    return new AsteriskLine(asterisk, await openPlane(), await openPlane());
  }

  gateway(overrides: Partial<AsteriskTelephonyOptions> = {}): Promise<Adapter> {
    return this.adapter(GATEWAY_APP, 'gw', this.gatewayPlane, overrides);
  }

  callers(): Promise<Adapter> {
    return this.adapter('callers', 'sim', this.callerPlane, {});
  }

  /** Dial string of a call that comes in for this number. */
  inbound(number: string): string {
    return `PJSIP/caller/sip:${number}@127.0.0.1:${String(this.asterisk.sipPort)}`;
  }

  /** Asterisk's channels and bridges that a gateway has made, and the calls in its application. */
  async gatewayObjects(): Promise<readonly string[]> {
    const [channels, bridges] = await Promise.all([this.asterisk.channels(), this.asterisk.bridges()]);
    const inApplication = await this.asterisk.request('GET', `applications/${GATEWAY_APP}`).then((app) => (app as { channel_ids: string[] }).channel_ids, () => []);
    return [...new Set([...channels, ...bridges].map(({ id }) => id).filter((id) => id.startsWith('vg.gw.')).concat(inApplication))];
  }

  /** The same after some patience: Asterisk takes down a channel only after it has said that it will. */
  async leftOver(): Promise<readonly string[]> {
    await until(async () => (await this.gatewayObjects()).length === 0).catch(() => undefined); // the caller asserts on what is left
    return this.gatewayObjects();
  }

  async close(): Promise<void> {
    await this.gatewayPlane.close();
    await this.callerPlane.close();
    await this.asterisk.stop();
  }

  private async adapter(app: string, node: string, plane: RtpMediaPlane, overrides: Partial<AsteriskTelephonyOptions>): Promise<Adapter> {
    const { asterisk } = this;
    const logger = new RecordingLogger();
    const metrics = new RecordingMetrics();
    const telephony = await AsteriskTelephony.open({
      ariUrl: asterisk.ariUrl, username: asterisk.username, password: asterisk.password, app, node,
      media: { plane, advertisedHost: '127.0.0.1', mediaTimeoutMs: 10_000 }, dialling: { defaultTrunk: 'outbound' },
      clock, logger, metrics, random: Math.random, ...overrides,
    }, NEVER);
    await until(() => telephony.ready, 'ready');
    return { telephony, logger, metrics };
  }
}

export interface Adapter {
  readonly telephony: AsteriskTelephony;
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
}

function openPlane(): Promise<RtpMediaPlane> {
  const workerModule = new URL('../../../src/composition/media-worker.js', import.meta.url);
  return RtpMediaPlane.open({ bindHost: '127.0.0.1', port: 0, io: 'auto', maxLegs: 200, workerModule }, NEVER);
}

export interface Conversation {
  readonly caller: CallLeg;
  readonly offer: CallOffer;
  readonly leg: CallLeg;
}

let callsPlaced = 0;
const conversations: Conversation[] = [];

/** Ends the calls that a test has left, also one that failed in the middle. */
export async function endAll(): Promise<void> {
  for (const { caller, leg } of conversations.splice(0)) await Promise.all([leg.hangUp('normal'), caller.hangUp('normal')]);
}

/** A caller rings the gateway. Nobody has answered. */
export async function ring(line: AsteriskLine, callers: Adapter, gateway: Adapter, fields: { did?: string; callerNumber?: string; correlationId?: string } = {}): Promise<Conversation> {
  callsPlaced += 1;
  const offered = new Promise<CallOffer>((resolve) => { gateway.telephony.onOffer(resolve); });
  const caller = await callers.telephony.originate({
    legId: legId(`call-${String(callsPlaced)}`), destination: line.inbound(fields.did ?? '4930555001'), callerNumber: fields.callerNumber ?? '4930777001', ringTimeoutMs: 20_000,
    ...(fields.correlationId === undefined ? {} : { correlationId: fields.correlationId }),
  }, NEVER);
  const offer = await offered;
  const conversation = { caller, offer, leg: offer.leg };
  conversations.push(conversation);
  return conversation;
}

/** Both sides with audio. */
export async function talk({ caller, leg }: Conversation): Promise<{ gatewayMedia: RtpLeg; callerMedia: RtpLeg }> {
  const [gatewayMedia] = await Promise.all([leg.openMedia(VOICE, NEVER), leg.answer(NEVER)]);
  const callerMedia = await caller.openMedia(VOICE, NEVER);
  return { gatewayMedia: gatewayMedia as RtpLeg, callerMedia: callerMedia as RtpLeg };
}

/** Plays for ever, as fast as it is taken, until stopped. */
export function keepPlaying(media: MediaLeg, samples: Int16Array): () => void {
  let at = 0;
  const timer = setInterval(() => {
    at += media.play(samples.subarray(at));
    if (at >= samples.length) at = 0;
  }, 20);
  return () => { clearInterval(timer); };
}

/** What a leg hears from now on. */
export function listenTo(media: MediaLeg): { readonly samples: () => Int16Array; readonly stop: () => void } {
  const parts: Int16Array[] = [];
  const stop = media.onAudio((samples) => { parts.push(samples.slice()); });
  return {
    stop,
    samples: () => {
      const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
  };
}

const WINDOW_MS = 100;

/** In the window of 100 ms where it is clearest: share of the power that lies at one frequency (Goertzel; near 1 for a pure tone). And the level of the whole in full-scale decibels. */
export function hears(samples: Int16Array, frequencyHz: number, sampleRateHz: number): { share: number; decibels: number } {
  const window = (sampleRateHz * WINDOW_MS) / 1000;
  const shares = Array.from({ length: Math.floor(samples.length / window) }, (_, index) => shareOfPower(samples.subarray(index * window, (index + 1) * window), frequencyHz / sampleRateHz));
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0);
  return { share: Math.max(0, ...shares), decibels: 10 * Math.log10(power / Math.max(1, samples.length) / 32_768 ** 2 + 1e-12) };
}

function shareOfPower(samples: Int16Array, cyclesPerSample: number): number {
  const coefficient = 2 * Math.cos(2 * Math.PI * cyclesPerSample);
  let [before, last, power] = [0, 0, 0];
  for (const sample of samples) {
    power += sample * sample;
    [before, last] = [last, sample + coefficient * last - before];
  }
  return power === 0 ? 0 : (2 * (last * last + before * before - coefficient * last * before)) / (samples.length * power);
}
