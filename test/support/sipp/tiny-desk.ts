/**
 * The smallest thing that takes calls over ARI: for tests of the dialplan and of
 * the SIPp scenarios, where the gateway itself is not the subject. What it does
 * with a call is chosen by the number dialled.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { AsteriskInstance } from '../servers/asterisk-instance.js';

/** Behaviours by number. */
export const DESK = { answers: '5550001', hangsUp: '5550002', refuses: '5550003', rings: '5550004', echoes: '5550005', transfers: '5550006' } as const;

export interface AriEvent {
  readonly type: string;
  /** SIP status that ended a channel. */
  readonly tech_cause?: number;
  readonly args?: readonly string[];
  readonly channel?: { readonly id: string; readonly name: string; readonly caller: { readonly number: string } };
}

export interface DeskCall {
  readonly channelId: string;
  readonly did: string;
  readonly callerNumber: string;
  readonly args: readonly string[];
}

/** A caller who stays longer is a fault that the test tells by itself. */
const SERVING_MS_MAX = 3000;
const RTP_HEADER_BYTES = 12;
const SSRC_OFFSET = 8;
const ECHO_SSRC = 0x0e_c4_0e_c4;

export class TinyDesk {
  readonly calls: DeskCall[] = [];
  /** Audio of callers to `echoes`, L16 big-endian 8 kHz, as ExternalMedia brought it. */
  readonly heard: Buffer[] = [];
  private readonly failures: unknown[] = [];
  private readonly serving: Promise<void>[] = [];
  private readonly seen = new Map<string, AriEvent>();
  private readonly waiting = new Map<string, (event: AriEvent) => void>();

  private constructor(
    private readonly asterisk: AsteriskInstance,
    private readonly events: WebSocket,
    private readonly media: Socket,
  ) {
    events.on('message', (data) => { this.take(JSON.parse((data as Buffer).toString('utf8')) as AriEvent); });
    media.on('message', (packet, peer) => {
      this.heard.push(Buffer.from(packet.subarray(RTP_HEADER_BYTES)));
      packet.writeUInt32BE(ECHO_SSRC, SSRC_OFFSET); // Asterisk takes its own source for a loop and drops it
      media.send(packet, peer.port, peer.address);
    });
  }

  static async open(asterisk: AsteriskInstance, app = 'voice-gateway'): Promise<TinyDesk> {
    const media = createSocket('udp4');
    media.bind(0, '127.0.0.1');
    await once(media, 'listening');
    const events = new WebSocket(`${asterisk.ariUrl.replace('http', 'ws')}/events?app=${app}&api_key=${asterisk.username}:${asterisk.password}`);
    const desk = new TinyDesk(asterisk, events, media);
    await once(events, 'open');
    return desk;
  }

  /** The callers have hung up, but Asterisk may not have told yet: what was made for them is removed first. */
  async close(): Promise<void> {
    const limit = new AbortController();
    await Promise.race([Promise.allSettled(this.serving), delay(SERVING_MS_MAX, undefined, { signal: limit.signal })]);
    limit.abort();
    this.events.close();
    await once(this.events, 'close');
    this.media.close();
    if (this.failures.length > 0) throw this.failures[0];
  }

  private take(event: AriEvent): void {
    const { channel } = event;
    if (!channel) return;
    const name = `${event.type} ${channel.id}`;
    this.seen.set(name, event);
    this.waiting.get(name)?.(event);
    // Calls come in with arguments from the dialplan; legs we made ourselves have none.
    if (event.type !== 'StasisStart' || event.args?.length === 0) return;
    const args = event.args ?? [];
    const call = { channelId: channel.id, callerNumber: channel.caller.number, args, did: args[0]?.replace('did=', '') ?? '' };
    this.calls.push(call);
    this.serving.push(this.serve(call).catch((error: unknown) => {
      // The caller may be gone at any moment: 404. All else is a fault of the test.
      if (!String(error).includes('HTTP 404')) this.failures.push(error);
    }));
  }

  private async serve({ channelId, did }: DeskCall): Promise<void> {
    const channel = `channels/${channelId}`;
    switch (did) {
      case DESK.refuses: await this.asterisk.request('DELETE', `${channel}?reason_code=34`); return;
      case DESK.rings: await this.asterisk.request('POST', `${channel}/ring`); return;
      case DESK.hangsUp:
        await this.asterisk.request('POST', `${channel}/answer`);
        await this.asterisk.request('DELETE', `${channel}?reason_code=16`);
        return;
      case DESK.transfers:
        await this.asterisk.request('POST', `${channel}/answer`);
        await this.asterisk.request('POST', `${channel}/continue?context=transfers&extension=person`);
        return;
      case DESK.echoes: await this.echo(channelId); return;
      default: await this.asterisk.request('POST', `${channel}/answer`);
    }
  }

  /** Answers, and joins the caller with a media leg that sends everything back. */
  private async echo(channelId: string): Promise<void> {
    const [leg, bridge] = [`leg-${channelId}`, `bridge-${channelId}`];
    await this.asterisk.request('POST', `channels/${channelId}/answer`);
    await this.asterisk.request('POST', `bridges?bridgeId=${bridge}&type=mixing,dtmf_events`);
    await this.asterisk.request('POST', `channels/externalMedia?channelId=${leg}&app=voice-gateway&external_host=127.0.0.1:${this.media.address().port}&format=slin`);
    await this.until(`StasisStart ${leg}`); // before it, addChannel may answer 422
    await this.asterisk.request('POST', `bridges/${bridge}/addChannel?channel=${channelId},${leg}`);
    await this.until(`StasisEnd ${channelId}`);
    await this.asterisk.request('DELETE', `channels/${leg}`);
    await this.asterisk.request('DELETE', `bridges/${bridge}`);
  }

  /** Waits for (or has already seen) "<event type> <channel id>". */
  async until(name: string): Promise<AriEvent> {
    return this.seen.get(name) ?? new Promise((resolve) => { this.waiting.set(name, resolve); });
  }
}
