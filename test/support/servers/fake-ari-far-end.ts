import type { FakeAriWorld, WorldChannel } from './fake-ari-world.js';

export interface CallFields {
  readonly id?: string;
  readonly did?: string;
  readonly trunk?: string;
  readonly correlation?: string;
  readonly codec?: string;
  readonly callerNumber?: string;
  readonly callerName?: string;
  /** Stasis arguments instead of ours. */
  readonly args?: readonly string[];
}

const DID = '4930555001';

/** As our dialplan gives them. */
function argsOf({ did = DID, trunk = 'trunk', correlation = '', codec = 'ulaw', args }: CallFields): readonly string[] {
  return args ?? [`did=${did}`, `trunk=${trunk}`, `correlation=${correlation}`, `codec=${codec}`];
}

/** What people and networks at the other end of a fake Asterisk's lines do. */
export class FakeFarEnd {
  /** What a dialled number does. Default: it rings for ever. */
  onDialled: (channel: WorldChannel) => void = (channel) => { this.rings(channel); };
  private callsMade = 0;

  constructor(private readonly world: FakeAriWorld) {}

  calls(app: string, fields: CallFields = {}): WorldChannel {
    const channel = this.arrives(fields);
    this.world.enter(channel, app, argsOf(fields));
    return channel;
  }

  /** A call that is told to all these applications: the first to claim it has it. */
  isToldTo(apps: readonly string[], fields: CallFields = {}): WorldChannel {
    const channel = this.arrives(fields);
    this.world.broadcast(channel, apps, argsOf(fields));
    return channel;
  }

  private arrives(fields: CallFields): WorldChannel {
    this.callsMade += 1;
    const { did = DID, trunk = 'trunk', callerNumber = '4930777001', callerName = '' } = fields;
    return this.world.addChannel({
      id: fields.id ?? `1795200000.${String(this.callsMade)}`, name: `PJSIP/${trunk}-${this.callsMade.toString(16).padStart(8, '0')}`,
      kind: 'caller', state: 'Ring', caller: { name: callerName, number: callerNumber }, dialplan: { exten: did, app_name: '', app_data: '' },
    });
  }

  isCalled(channel: WorldChannel): void {
    this.onDialled(channel);
  }

  rings(channel: WorldChannel): void {
    this.world.changeState(channel, 'Ringing');
    this.world.dialStatus(channel, 'RINGING');
  }

  announces(channel: WorldChannel): void {
    this.world.dialStatus(channel, 'PROGRESS');
  }

  answers(channel: WorldChannel): void {
    this.world.changeState(channel, 'Up');
    if (channel.kind === 'outgoing') this.world.dialStatus(channel, 'ANSWER');
  }

  presses(channel: WorldChannel, digit: string, durationMs = 100): void {
    this.world.tell(channel, 'ChannelDtmfReceived', { digit, duration_ms: durationMs });
  }

  holds(channel: WorldChannel): void {
    this.world.tell(channel, 'ChannelHold', {});
  }

  resumes(channel: WorldChannel): void {
    this.world.tell(channel, 'ChannelUnhold', {});
  }

  hangsUp(channel: WorldChannel, causeCode = 16): void {
    this.world.hangUp(channel, causeCode, 'far-end');
  }

  /** Another channel takes the place of this one, as an attended transfer by the caller's side does. */
  isReplacedBy(channel: WorldChannel, id: string): WorldChannel {
    const app = channel.app ?? '';
    const successor = this.world.addChannel({ ...channel, id, app, name: channel.name });
    this.world.tell(successor, 'StasisStart', { args: [], replace_channel: this.world.channelJson(channel) });
    const bridge = channel.bridgeId === undefined ? undefined : this.world.bridges.get(channel.bridgeId);
    if (bridge) this.world.bridge(bridge, successor);
    this.world.hangUp(channel, 16, 'far-end');
    return successor;
  }
}
