import type { CallLeg, CallOffer } from '../../application/ports/telephony.js';
import type { AriChannel } from './ari-schema.js';

const NUMBER = /^\+?[0-9]{1,32}$/;
const PLAIN = /^[A-Za-z0-9_.:-]{1,64}$/;
/** Codecs as asterisk names them (`CHANNEL(audioreadformat)`) that carry more than telephone bandwidth. */
const WIDEBAND = /^(g722|opus|slin1[26]|slin(24|32|44|48|96|192)|siren\d+|silk1[26]|silk24|speex(16|32)|codec2wb)$/;

/** Who calls whom, from the arguments our dialplan passes (`did=…`, `trunk=…`, `correlation=…`, `codec=…`) or, without them, from the channel itself. */
export function readOffer(leg: CallLeg, channel: AriChannel, args: readonly string[], offeredAtMs: number): CallOffer {
  const given = new Map(args.map((arg) => splitAtEquals(arg)));
  const callerNumber = matching(NUMBER, channel.caller.number); // a withheld number is the word "anonymous"
  return {
    leg,
    dialledNumber: matching(NUMBER, given.get('did')) || matching(NUMBER, channel.dialplan.exten),
    callerNumber,
    callerName: callerNumber === '' ? '' : channel.caller.name.slice(0, 64),
    trunk: matching(PLAIN, given.get('trunk')) || endpointOf(channel.name),
    correlationId: matching(PLAIN, given.get('correlation')),
    wideband: WIDEBAND.test(given.get('codec') ?? ''),
    offeredAtMs,
    answered: channel.state === 'Up',
  };
}

/**
 * The Stasis arguments of a channel in our application whose StasisStart we missed: of `Stasis(app,did=…,trunk=…)`, or of
 * `StasisBroadcast(timeout,filter,did=…:trunk=…)`. Undefined when the dialplan has not sent it here.
 */
export function stasisArgsOf({ dialplan: { app_name: by, app_data: data } }: AriChannel, app: string): readonly string[] | undefined {
  const [name, ...args] = data.split(',');
  if (by === 'StasisBroadcast') return args[1]?.split(':') ?? [];
  return by === 'Stasis' && name === app ? args : undefined;
}

/** `PJSIP/trunk-00000001` → `trunk`. */
function endpointOf(channelName: string): string {
  return matching(PLAIN, /^\w+\/(.+)-[0-9a-f]{8}$/.exec(channelName)?.[1]);
}

function splitAtEquals(arg: string): [string, string] {
  const at = arg.indexOf('=');
  return at < 0 ? [arg, ''] : [arg.slice(0, at), arg.slice(at + 1)];
}

function matching(pattern: RegExp, text: string | undefined): string {
  return text !== undefined && pattern.test(text) ? text : '';
}
