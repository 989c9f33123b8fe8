/**
 * A gateway among failing things, as a process of its own: everything as in production, except that speech is deterministic and
 * in process. Settings come by VG_… variables; the parent measures and ends it by messages.
 */
import { readFileSync } from 'node:fs';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { buildGateway } from '../../../src/composition/gateway.js';
import { describeFaults } from '../../../src/config/config-fault.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { loadSpeech } from '../load/load-speech.js';
import { ProcessMeter } from '../load/process-meter.js';
import type { ChaosGatewayCommand, ChaosGatewayMessage } from './chaos-gateway-protocol.js';

const loaded = loadConfig({ file: null, env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
const clock = new SystemClock({ onFault: (error) => { throw error; } });
const meter = new ProcessMeter();
const gateway = await buildGateway(loaded.value, { speech: loadSpeech(clock) });

const say = (message: ChaosGatewayMessage): void => { process.send?.(message); };

async function obey(command: ChaosGatewayCommand): Promise<void> {
  switch (command.type) {
    case 'start': meter.start(); return;
    case 'stop': say({ type: 'figures', process: meter.stop() }); return;
    case 'holdings': {
      globalThis.gc?.();
      const timers = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
      say({ type: 'holdings', rssBytes: process.memoryUsage.rss(), timers });
      return;
    }
    case 'end':
      await gateway.abort();
      process.disconnect();
      return;
  }
}

process.on('message', (command: ChaosGatewayCommand) => { void obey(command); });
process.on('disconnect', () => { void gateway.abort(); }); // the parent is gone: nobody will say 'end'
say({ type: 'ready', httpPort: gateway.httpPort });
