import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { tenantsCommand } from '../../src/cli/api/tenants.js';
import { agentId, tenantId } from '../../src/domain/shared/ids.js';
import { ApiScene } from '../support/servers/api-scene.js';

describe('voice-gateway tenants agent', () => {
  let scene: ApiScene;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'vg-tenant-agent-'));
    scene = new ApiScene();
    await scene.open();
    const bank = tenantId('north-bank');
    scene.application.editor.put(bank, { kind: 'settings' }, { name: 'North Bank' });
    scene.application.editor.put(bank, { kind: 'agent', agentId: agentId('night') }, { id: 'night', name: 'Night' });
  });
  afterEach(async () => {
    await scene.close();
    await rm(folder, { recursive: true });
  });

  const run = async (...args: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
    const outcome = { code: 0, out: '', err: '' };
    const command = tenantsCommand({
      env: { VOICE_GATEWAY_TOKEN: scene.token('admin') }, write: (text) => { outcome.out += text; }, complain: (text) => { outcome.err += text; },
      setExitCode: (code) => { outcome.code = code; }, interrupted: new AbortController().signal,
    });
    await command.parseAsync(['agent', ...args, '--url', scene.url], { from: 'user' });
    return outcome;
  };
  const file = async (text: string): Promise<string> => {
    const name = path.join(folder, 'agent.json');
    await writeFile(name, text);
    return name;
  };

  it('puts what get has printed, edited, once', async () => {
    const { out } = await run('get', 'north-bank', 'night');
    const edited = await file(out.replace('Night', 'Late'));
    expect(await run('put', 'north-bank', 'night', edited)).to.deep.equal({ code: 0, out: 'night of north-bank is written.\n', err: '' });
    expect((await run('get', 'north-bank', 'night')).out).to.include('"name": "Late"');
    const again = await run('put', 'north-bank', 'night', edited);
    expect(again.code).to.equal(1);
    expect(again.err).to.include('read it again');
  });

  it('makes an agent that is not there yet', async () => {
    expect((await run('put', 'north-bank', 'day', await file('{"etag": null, "agent": {"name": "Day"}}'))).code).to.equal(0);
    expect((await run('get', 'north-bank', 'day')).out).to.include('"name": "Day"');
  });

  it('takes nothing else', async () => {
    for (const text of ['{}', '{"etag": 1, "agent": {}}', 'null', 'no json']) {
      const { code, err } = await run('put', 'north-bank', 'night', await file(text));
      expect([code, err.includes('is not what')], text).to.deep.equal([1, true]);
    }
    expect(scene.application.editor.edits).to.deep.equal([]);
  });
});
