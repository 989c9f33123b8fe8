/** The world around the gateway, as a process of its own: a fake Asterisk, and the callers with their audio. */
import { CrowdLink } from './crowd-link.js';
import type { CallersCommand, CallersInput, CallersMessage } from './callers-protocol.js';
import { Switchboard } from './switchboard.js';

const GATEWAY_POLL_MS = 50;

const input = JSON.parse(process.argv[2] ?? '') as CallersInput;
const say = (message: CallersMessage): void => { process.send?.(message); };
const crowd = await CrowdLink.start(input);
const board = await Switchboard.open(crowd, input);

async function obey(command: CallersCommand): Promise<void> {
  switch (command.type) {
    case 'begin': board.begin(command); return;
    case 'callers': board.change(command); return;
    case 'stop': board.stop(command.rampMs); return;
    case 'measure': crowd.post(command); return;
    case 'figures': say({ type: 'figures', figures: board.figures() }); return;
    case 'report': {
      const { user, system } = process.cpuUsage();
      say({ type: 'report', crowd: await crowd.report(), cpuMs: (user + system) / 1000 });
      return;
    }
    case 'end':
      await board.close();
      await crowd.close();
      process.disconnect();
      return;
  }
}

process.on('message', (command: CallersCommand) => { void obey(command); });
process.on('disconnect', () => { process.exit(); }); // the parent is gone, or has told us to end
const watch = setInterval(() => {
  if (!board.gatewayIsThere) return;
  clearInterval(watch);
  say({ type: 'gateway-came' });
}, GATEWAY_POLL_MS);
say({ type: 'ready', ariUrl: board.ariUrl });
