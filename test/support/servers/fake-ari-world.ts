/**
 * What a fake Asterisk has: channels, bridges, applications, and the events their changes cause. Order and content of
 * the events follow what Asterisk 22.10 sent in the same situations.
 */

export type ChannelKind = 'caller' | 'external' | 'outgoing';
export type ChannelState = 'Down' | 'Ring' | 'Ringing' | 'Up';

export interface WorldChannel {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  state: ChannelState;
  readonly caller: { readonly name: string; readonly number: string };
  dialplan: { exten: string; app_name: string; app_data: string };
  /** Application it is in; undefined before it has entered and after it has left. */
  app: string | undefined;
  bridgeId: string | undefined;
  /** Application that hears of it wherever it is. */
  subscriber: string | undefined;
  variables: Readonly<Record<string, string>>;
  /** Digits we were asked to send to the far end. */
  digitsSent: string;
  readonly endpoint: string;
}

export interface WorldBridge {
  readonly id: string;
  readonly type: string;
  readonly channelIds: Set<string>;
}

export type NewChannel = Pick<WorldChannel, 'id' | 'name' | 'kind' | 'state'> & Partial<WorldChannel>;

/** Hears what happens; the server passes it to the application's socket. */
export type EventSink = (app: string, event: object) => void;

const SOFT_HANGUP_FLAG = 32;
const NORMAL_CLEARING = 16;

export class FakeAriWorld {
  readonly channels = new Map<string, WorldChannel>();
  readonly bridges = new Map<string, WorldBridge>();
  /** Calls that are told to several applications, with their arguments; null once claimed. */
  private readonly claimable = new Map<string, readonly string[] | null>();

  constructor(private readonly emit: EventSink, private readonly onChannelGone: (channelId: string) => void) {}

  addChannel(fields: NewChannel): WorldChannel {
    const channel: WorldChannel = {
      caller: { name: '', number: '' }, dialplan: { exten: 's', app_name: '', app_data: '' }, app: undefined, bridgeId: undefined, subscriber: undefined,
      variables: {}, digitsSent: '', endpoint: '', ...fields,
    };
    this.channels.set(channel.id, channel);
    return channel;
  }

  enter(channel: WorldChannel, app: string, args: readonly string[]): void {
    if (!this.channels.has(channel.id)) return; // hung up on the way
    channel.app = app;
    channel.dialplan = { ...channel.dialplan, app_name: 'Stasis', app_data: [app, ...args].join(',') };
    this.tell(channel, 'StasisStart', { args });
  }

  /** Waits for an application to claim it, in the dialplan. */
  broadcast(channel: WorldChannel, apps: readonly string[], args: readonly string[]): void {
    this.claimable.set(channel.id, args);
    for (const app of apps) this.emit(app, { type: 'CallBroadcast', application: app, channel: this.channelJson(channel) });
  }

  /** @returns what becomes of it then, or the status of the refusal. */
  claim(channelId: string, app: string): (() => void) | 404 | 409 {
    const channel = this.channels.get(channelId);
    const args = this.claimable.get(channelId);
    if (channel === undefined || args === undefined) return 404;
    if (args === null) return 409;
    this.claimable.set(channelId, null);
    return () => {
      this.enter(channel, app, args);
      channel.dialplan = { ...channel.dialplan, app_name: 'StasisBroadcast', app_data: `300,^voice-gateway,${args.join(':')}` };
    };
  }

  /** Into another application; what its dialplan says stays, and so does its bridge (seen on 22.10). No StasisEnd is told. */
  move(channel: WorldChannel, app: string): void {
    if (!this.channels.has(channel.id)) return;
    channel.app = app;
    this.tell(channel, 'StasisStart', { args: [] });
  }

  /** Leaves the application for the dialplan; the channel lives on. */
  leave(channel: WorldChannel): void {
    this.unbridge(channel);
    this.tell(channel, 'StasisEnd', {});
    channel.app = undefined;
  }

  /** Somebody in the dialplan takes the call of this channel. */
  isTaken(channel: WorldChannel): void {
    if (channel.subscriber === undefined) return;
    const peer = { ...this.channelJson(channel), id: 'queue-member', name: 'Local/member@members-00000001;1' };
    this.emit(channel.subscriber, { type: 'Dial', caller: this.channelJson(channel), peer, dialstatus: 'ANSWER', forward: '', dialstring: '' });
  }

  changeState(channel: WorldChannel, state: ChannelState): void {
    if (channel.state === state || !this.channels.has(channel.id)) return;
    channel.state = state;
    this.tell(channel, 'ChannelStateChange', {});
  }

  dialStatus(channel: WorldChannel, dialstatus: string): void {
    if (channel.app === undefined) return;
    this.emit(channel.app, { type: 'Dial', peer: this.channelJson(channel), dialstatus, forward: '', dialstring: '' });
  }

  /** @param by `far-end`: the cause is the far end's. `request`: asked for through ARI. */
  hangUp(channel: WorldChannel, causeCode: number, by: 'far-end' | 'request'): void {
    if (!this.channels.delete(channel.id)) return;
    const { app } = channel;
    this.tell(channel, 'ChannelHangupRequest', by === 'request' ? { cause: SOFT_HANGUP_FLAG, soft: true } : { cause: causeCode });
    this.unbridge(channel);
    if (app !== undefined) this.tell(channel, 'StasisEnd', {});
    // Of a channel that the application did not make, nothing more is told: its subscription ended with StasisEnd.
    if (channel.kind !== 'caller' || channel.subscriber !== undefined) this.tell(channel, 'ChannelDestroyed', { cause: channel.kind === 'external' ? NORMAL_CLEARING : causeCode, cause_txt: 'as told' });
    if (app !== undefined) channel.app = undefined;
    this.onChannelGone(channel.id);
  }

  bridge(bridge: WorldBridge, channel: WorldChannel): void {
    this.unbridge(channel);
    bridge.channelIds.add(channel.id);
    channel.bridgeId = bridge.id;
    this.tell(channel, 'ChannelEnteredBridge', { bridge: bridgeJson(bridge) });
  }

  destroyBridge(bridge: WorldBridge): void {
    for (const id of [...bridge.channelIds]) {
      const channel = this.channels.get(id);
      if (channel) this.unbridge(channel);
    }
    this.bridges.delete(bridge.id);
  }

  /** Says something about a channel to the application it is in. */
  tell(channel: WorldChannel, type: string, fields: object): void {
    const app = channel.app ?? channel.subscriber;
    if (app === undefined) return;
    this.emit(app, { type, ...fields, channel: this.channelJson(channel) });
  }

  channelJson(channel: WorldChannel): object {
    const { id, name, state, caller, dialplan } = channel;
    return {
      id, name, state, protocol_id: '', caller, connected: { name: '', number: '' }, accountcode: '',
      dialplan: { context: 'gateway', priority: 1, ...dialplan }, creationtime: '2026-11-20T12:00:00.000+0000', language: 'en',
    };
  }

  channelsIn(app: string): readonly WorldChannel[] {
    return [...this.channels.values()].filter((channel) => channel.app === app);
  }

  private unbridge(channel: WorldChannel): void {
    const bridge = channel.bridgeId === undefined ? undefined : this.bridges.get(channel.bridgeId);
    channel.bridgeId = undefined;
    if (!bridge) return;
    bridge.channelIds.delete(channel.id);
    this.tell(channel, 'ChannelLeftBridge', { bridge: bridgeJson(bridge) });
  }
}

export function bridgeJson(bridge: WorldBridge): object {
  return { id: bridge.id, technology: 'simple_bridge', bridge_type: 'mixing', bridge_class: 'stasis', creator: 'Stasis', name: '', channels: [...bridge.channelIds] };
}
