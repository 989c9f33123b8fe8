/**
 * A gateway under load, as a process of its own: everything as in production, except that speech and agent are deterministic
 * fakes in process. Settings come by VG_… variables, and as arguments what the agent replies (one piece of text each) when
 * it is not to be the usual; the parent measures and ends it by messages.
 */
import { readFileSync } from 'node:fs';
import { FileEventPublisher } from '../../../src/adapters/events/file-event-publisher.js';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { buildGateway } from '../../../src/composition/gateway.js';
import type { Config } from '../../../src/config/gateway-schema.js';
import { describeFaults } from '../../../src/config/config-fault.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { silentLogger } from '../fakes/silent-logger.js';
import { silentMetrics } from '../fakes/silent-metrics.js';
import type { GatewayCommand, GatewayMessage } from './gateway-protocol.js';
import { LoadAgent } from './load-agent.js';
import { loadSpeech } from './load-speech.js';
import { processFootprint } from './process-footprint.js';
import { ProcessMeter } from './process-meter.js';
import { TurnLatencyPublisher } from './turn-latency-publisher.js';

const REPLY = ['Your card is on its way and the courier will bring it to you within three days. ', 'Is there anything else?'];

function config(): Config {
  const loaded = loadConfig({ file: null, env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
  if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
  return loaded.value;
}

async function openEvents({ events, node }: Config, clock: SystemClock): Promise<TurnLatencyPublisher> {
  const file = await FileEventPublisher.open({ ...events, nodeName: node.name, clock, logger: silentLogger, metrics: silentMetrics }, AbortSignal.timeout(5000));
  return new TurnLatencyPublisher(file);
}

const say = (message: GatewayMessage): void => { process.send?.(message); };

const settings = config();
const clock = new SystemClock({ onFault: (error) => { throw error; } });
const publisher = await openEvents(settings, clock);
const meter = new ProcessMeter();
const pieces = process.argv.slice(2);
const gateway = await buildGateway(settings, { publisher, speech: loadSpeech(clock), agent: new LoadAgent(clock, pieces.length === 0 ? REPLY : pieces) });

async function obey(command: GatewayCommand): Promise<void> {
  switch (command.type) {
    case 'start':
      publisher.begin();
      meter.start();
      return;
    case 'stop':
      say({ type: 'figures', process: meter.stop(), events: publisher.end() });
      return;
    case 'memory':
      say({ type: 'memory', footprint: await processFootprint() });
      return;
    case 'end':
      await gateway.abort();
      await publisher.close();
      process.disconnect();
      return;
  }
}

process.on('message', (command: GatewayCommand) => { void obey(command); });
process.on('disconnect', () => { void gateway.abort(); }); // the parent is gone: nobody will say 'end'
say({ type: 'ready', httpPort: gateway.httpPort, apiPort: gateway.apiPort });
