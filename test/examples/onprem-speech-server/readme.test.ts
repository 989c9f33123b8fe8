import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SystemClock } from '../../../src/adapters/runtime/system-clock.js';
import { onprem } from '../../../src/adapters/speech/onprem/provider.js';
import { CloseStack } from '../../../src/application/lifecycle/close-stack.js';
import { speechAccounts } from '../../../src/composition/speech-providers.js';
import { describeFaults } from '../../../src/config/config-fault.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';

const readme = readFileSync('examples/onprem-speech-server/README.md', 'utf8');
const table = readFileSync('docs/speech-providers.md', 'utf8').split('\n').find((line) => line.startsWith('| `onprem` |')) ?? '';

describe('the README of the on-premise speech server', () => {
  it('shows settings that the gateway takes', () => {
    const yaml = /```yaml\n(.*?)```/su.exec(readme)?.[1] ?? '';
    const loaded = loadConfig({ file: 'gateway.yaml', env: { VG_ASTERISK_PASSWORD: 'pw', VG_TENANTS_DIRECTORY: 'tenants' }, readFile: () => yaml });
    if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
    const [account] = speechAccounts(loaded.value);
    expect(account?.name).to.equal('onprem');
    const ports = { clock: new SystemClock({ onFault: (error) => { throw error; } }), logger: silentLogger, resampler: () => { throw new Error('not needed'); }, owned: new CloseStack() };
    const voice = account?.provider.textToSpeech?.(account.settings, ports);
    expect(voice?.capabilities).to.deep.equal({ streaming: true, wordTimes: true, voices: [{ name: 'rms', language: 'en-US' }, { name: 'slt', language: 'en-US' }] });
    expect(account?.provider.speechToText?.(account.settings, ports).capabilities.grammars).to.equal(true);
  });

  it('leads from a table that names every setting', () => {
    expect(Object.keys(onprem.settings).filter((setting) => !table.includes(`\`${setting}\``))).to.deep.equal([]);
  });
});
