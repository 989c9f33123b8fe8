import { expect } from 'chai';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { channelOf, parseWav } from '../../../src/domain/audio/wav.js';
import { DiskOutput } from '../../../src/adapters/simulation/disk-output.js';
import { isPortError } from '../../../src/application/ports/port-error.js';

const LIVE = new AbortController().signal;

describe('DiskOutput', () => {
  let directory: string;
  beforeEach(async () => { directory = await mkdtemp(path.join(os.tmpdir(), 'vg-sim-')); });
  afterEach(async () => { await rm(directory, { recursive: true, force: true }); });

  it('streams a stereo WAV that opens when it is closed', async () => {
    const recording = await new DiskOutput(path.join(directory, 'new')).openRecording('call-1', 8000, LIVE);
    const left = Int16Array.from({ length: 5000 }, (_, index) => index);
    for (let at = 0; at < left.length; at += 160) recording.append(Int16Array.from([...left.subarray(at, at + 160)].flatMap((sample) => [sample, -sample])));
    await recording.close();
    await recording.close();
    expect(recording.location).to.equal(path.join(directory, 'new', 'call-1.wav'));
    const wav = parseWav(await readFile(recording.location));
    if (!wav.ok) throw new Error(wav.fault);
    expect([wav.sampleRateHz, wav.channels]).to.deep.equal([8000, 2]);
    expect(channelOf(wav, 0)).to.deep.equal(left);
    expect(channelOf(wav, 1)).to.deep.equal(left.map((sample) => -sample));
  });

  it('leaves a recording that can be opened if the process dies before the end', async () => {
    const recording = await new DiskOutput(directory).openRecording('call-1', 8000, LIVE);
    recording.append(Int16Array.of(1, 2, 3, 4));
    await untilWritten(recording.location, 44 + 8);
    expect((await readFile(recording.location)).subarray(0, 4).toString()).to.equal('RIFF');
    await recording.close();
  });

  it('writes a log line by line', async () => {
    const log = await new DiskOutput(directory).openLog('call-1', LIVE);
    log.write(0, 'call.placed', { did: '5551000' });
    log.write(12.345, 'leg.answered', { type: 'answered' });
    await log.close();
    const lines = (await readFile(log.location, 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as unknown);
    expect(lines).to.deep.equal([{ at_ms: 0, did: '5551000', type: 'call.placed' }, { at_ms: 12.3, type: 'leg.answered' }]);
  });

  it('replaces what an earlier simulation left', async () => {
    await writeFile(path.join(directory, 'call-1.ndjson'), 'old and long '.repeat(100));
    const log = await new DiskOutput(directory).openLog('call-1', LIVE);
    await log.close();
    expect(await readFile(log.location, 'utf8')).to.equal('');
  });

  it('says which file cannot be written', async () => {
    await writeFile(path.join(directory, 'taken'), '');
    const error: unknown = await new DiskOutput(path.join(directory, 'taken')).openLog('call-1', LIVE).catch((failure: unknown) => failure);
    expect(isPortError(error) && error.code).to.equal('simulation-output/unwritable');
    expect(String(error)).to.contain('taken');
  });
});

async function untilWritten(file: string, bytes: number): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if ((await readFile(file)).length >= bytes) return;
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  throw new Error('nothing was written');
}
