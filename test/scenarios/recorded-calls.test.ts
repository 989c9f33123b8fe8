import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { FileRecordingStore } from '../../src/adapters/recordings/file/file-recording-store.js';
import { RecordingKeys } from '../../src/adapters/recordings/sealed/recording-keys.js';
import { LocalTextToSpeech } from '../../src/adapters/speech/local/local-text-to-speech.js';
import { channelOf, parseWav } from '../../src/domain/audio/wav.js';
import type { Recording } from '../../src/domain/recording/recording.js';
import { alignSignals } from '../../src/domain/simulation/align-signals.js';
import { tenantId } from '../../src/domain/shared/ids.js';
import { silentLogger } from '../support/fakes/silent-logger.js';
import { Platform, type SimulatedCall } from '../support/platform.js';

const RATE_HZ = 8000;
const KEYS = randomBytes(32).toString('base64');
const BANK = tenantId('north-bank');
const NOTICE = 'This call is recorded. If you do not want that, press 9 or say: do not record.';
const GREETING = { text: 'Welcome to North Bank. How can I help you?', voice: 'rms' };
const LINE = { text: 'where is my card', voice: 'slt' };
const GRAMMAR = '#JSGF V1.0; grammar g; public <utterance> = where is my card | please do not record this call | no thank you goodbye;';

const TENANT = `
id: north-bank
name: North Bank
dids: [{ number: "5551000", agent: card-delivery }]
agents:
  - id: card-delivery
    name: Card delivery
    language: en-US
    speech: { voice: rms, grammar: "${GRAMMAR}" }
    prompts: { greeting: "${GREETING.text}" }
    recording: { mode: "on" }
`;

const script = (caller: string, steps: readonly string[]): string => `did: "5551000"\ncaller_number: "${caller}"\nvoice: slt\nsteps:\n${steps.map((step) => `  - ${step}\n`).join('')}`;

/** Each is a real call. They are made at the same time, but the second of the two by 777102 after the first. */
const CALLS = {
  kept: script('4930777101', ['wait_agent', `say: ${LINE.text}`, 'wait_agent', 'hangup']),
  key: script('4930777102', ['wait_agent', 'silence: 500', 'dtmf: "9"', 'wait_agent', 'expect_agent: { text: this call is not recorded, via: events }', 'silence: 500', 'hangup']),
  phrase: script('4930777103', ['wait_agent', 'say: please do not record this call', 'wait_agent', 'silence: 4000', 'hangup']),
  again: script('4930777102', ['wait_agent', 'hangup']),
} as const;

/** Row 26 of the reliability targets, on real calls through the real Asterisk. */
describe('A recorded call', function () {
  this.timeout(240_000);
  const { signal } = new AbortController();
  let platform: Platform;
  let home: string;
  let directory: string;
  let synthesiser: LocalTextToSpeech;
  const calls: Partial<Record<keyof typeof CALLS, SimulatedCall>> = {};
  /** When a file of a recording was last seen, wall clock, by its name. */
  const lastSeenMs = new Map<string, number>();
  let watching = true;
  let watch: Promise<void> = Promise.resolve();

  before(async function () {
    this.timeout(240_000);
    home = await mkdtemp(path.join(os.tmpdir(), 'vg-recorded-'));
    directory = path.join(home, 'recordings');
    await mkdir(path.join(home, 'tenants'));
    await writeFile(path.join(home, 'tenants', 'north-bank.yaml'), TENANT);
    await writeFile(path.join(home, 'gateway.yaml'), 'node: { name: recorded }\nasterisk: { app: voice-gateway, trunk: outbound }\ntenants: { directory: tenants }\n');
    synthesiser = await LocalTextToSpeech.open({ workers: 1, libraryDirectories: [], logger: silentLogger }, signal);
    platform = await Platform.start({ configFile: path.join(home, 'gateway.yaml'), env: { VG_RECORDINGS_DIRECTORY: directory, VG_RECORDINGS_KEYS: KEYS } });
    watch = watchFiles();
    await make('kept', 'key', 'phrase');
    await make('again');
    await stopWatching();
  });
  after(async () => {
    await stopWatching();
    await platform.stop();
    await synthesiser.close();
    await rm(home, { recursive: true, force: true });
  });

  async function make(...names: readonly (keyof typeof CALLS)[]): Promise<void> {
    for (const name of names) await writeFile(fileOf(name), CALLS[name]);
    const { calls: made, output } = await platform.simulate(names.map(fileOf), ['--concurrency', String(names.length)]);
    for (const name of names) {
      const call = made.find(({ script: of }) => of === fileOf(name));
      if (call === undefined) throw new Error(`no report of ${name}:\n${output}`);
      expect(call.failures, output).to.deep.equal([]);
      calls[name] = call;
    }
    await platform.untilIdle();
  }
  const fileOf = (name: string): string => path.join(home, `${name}.yaml`);
  const files = async (): Promise<readonly string[]> => (await readdir(path.join(directory, 'tenant-north-bank')).catch(() => [])).filter((name) => !name.startsWith('.'));
  async function stopWatching(): Promise<void> {
    watching = false;
    await watch;
  }
  async function watchFiles(): Promise<void> {
    while (watching) {
      for (const name of await files()) lastSeenMs.set(name.split('.')[0]!, Date.now());
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  type Event = Awaited<ReturnType<Platform['events']>>[number];
  const eventsOf = async (caller: string): Promise<readonly (readonly Event[])[]> => {
    const events = await platform.events();
    const ids = events.filter(({ type, data }) => type.includes('call.started') && data['callerNumber'] === caller).map(({ subject }) => subject);
    return ids.map((id) => events.filter(({ subject }) => subject === id));
  };
  const find = (events: readonly Event[], type: string): Event => {
    const event = events.find((candidate) => candidate.type === `com.voicegw.${type}.v1`);
    if (event === undefined) throw new Error(`no ${type} among ${events.map((each) => each.type).join(', ')}`);
    return event;
  };
  const has = (events: readonly Event[], type: string): boolean => events.some((event) => event.type === `com.voicegw.${type}.v1`);
  const atMs = (event: Event): number => event.data['atMs'] as number;
  const kept = async (): Promise<{ recording: Recording; wav: Buffer }> => {
    const { store } = await FileRecordingStore.open({ directory, nodeName: 'reader', keys: new RecordingKeys(KEYS), logger: silentLogger }, signal);
    const { recordings: [recording, ...others] } = await store.list(BANK, {}, { limit: 10, after: null }, signal);
    if (recording === undefined) throw new Error('no recording');
    expect(others).to.deep.equal([]);
    const parts: Uint8Array[] = [];
    for await (const part of store.read(BANK, recording.recordingId, { first: 0, last: 43 + recording.audioBytes })) parts.push(part);
    return { recording, wav: Buffer.concat(parts) };
  };
  const spoken = async ({ text, voice }: { text: string; voice: string }): Promise<Int16Array> => {
    const samples: number[] = [];
    for await (const chunk of synthesiser.synthesise({ text, voice, language: 'en-US', sampleRateHz: RATE_HZ }, signal)) samples.push(...chunk.samples);
    return Int16Array.from(samples);
  };
  const samplesOf = (file: Uint8Array): { caller: Int16Array; agent: Int16Array } => {
    const wav = parseWav(file);
    if (!wav.ok) throw new Error(wav.fault);
    expect(wav).to.include({ channels: 2, sampleRateHz: RATE_HZ });
    return { caller: channelOf(wav, 0), agent: channelOf(wav, 1) };
  };
  const offsetMs = async (line: { text: string; voice: string }, within: Int16Array): Promise<number> => {
    const found = alignSignals(await spoken(line), within, { sampleRateHz: RATE_HZ, offsetMsMax: 30_000 });
    if (found === null) throw new Error(`not found: ${line.text}`);
    expect(found.correlation, `likeness of ${line.text}`).to.be.greaterThan(0.85);
    return (found.offsetSamples * 1000) / RATE_HZ;
  };

  it('begins when the notice was heard to its end, before the greeting', async () => {
    const [events] = await eventsOf('4930777101');
    const notice = find(events!, 'turn.completed');
    expect(notice.data).to.include({ source: 'notice', said: NOTICE, heard: NOTICE, interrupted: false });
    const { recording } = await kept();
    const firstAudioMs = Date.parse(recording.startedAt) - Date.parse(notice.time) + atMs(notice);
    expect(firstAudioMs).to.be.at.least(Math.floor(notice.data['endedAtMs'] as number) - 1);
    expect(find(events!, 'recording.ended').data).to.deep.include({ bytes: recording.audioBytes, durationMs: recording.durationMs, reason: 'call-over' });
    const noticeSamples = await spoken({ text: NOTICE, voice: 'rms' });
    const found = alignSignals(noticeSamples, samplesOf((await kept()).wav).agent, { sampleRateHz: RATE_HZ, offsetMsMax: 30_000 });
    expect(found?.correlation ?? 0, 'the notice itself is not in it').to.be.below(0.5);
  });

  it('holds both sides in step, as the caller\'s end heard them', async () => {
    const ours = samplesOf((await kept()).wav);
    const theirs = samplesOf(await readFile(calls.kept!.recording!));
    const between = async ({ caller, agent }: { caller: Int16Array; agent: Int16Array }): Promise<number> => await offsetMs(LINE, caller) - await offsetMs(GREETING, agent);
    const [here, there] = [await between(ours), await between(theirs)];
    console.log(`      caller's line after the greeting: ${here.toFixed(1)} ms in the recording, ${there.toFixed(1)} ms at the caller's end`);
    // What lies between is the way there and back: two jitter buffers, Asterisk, and what a busy machine adds.
    expect(here - there).to.be.within(0, 400);
  });

  it('is sealed on the disk', async () => {
    const names = await files();
    expect(names).to.have.lengthOf(1);
    const bytes = await readFile(path.join(directory, 'tenant-north-bank', names[0]!));
    const ratio = gzipSync(bytes).length / bytes.length;
    const { wav } = await kept();
    console.log(`      sealed: ${bytes.length} bytes, ${(100 * ratio).toFixed(1)} % of it after gzip; the WAV: ${(100 * gzipSync(wav).length / wav.length).toFixed(1)} %`);
    expect(parseWav(bytes)).to.deep.equal({ ok: false, fault: 'not-riff' });
    expect(ratio).to.be.greaterThan(0.99);
    expect(bytes.includes('4930777101')).to.equal(false);
  });

  for (const [how, caller, saidNo] of [
    ['key', '4930777102', (events: readonly Event[]) => atMs(find(events, 'dtmf.received'))],
    ['phrase', '4930777103', (events: readonly Event[]) => find(events, 'stt.transcribed').data['endAtMs'] as number],
  ] as const) {
    it(`refused by ${how} stops, and nothing of it is left`, async () => {
      const [events] = await eventsOf(caller);
      const started = find(events!, 'recording.started');
      const refused = find(events!, 'recording.refused');
      const erased = find(events!, 'recording.erased');
      expect(refused.data['by']).to.equal(how);
      const stopMs = atMs(refused) - saidNo(events!);
      const erasedMs = atMs(erased) - saidNo(events!);
      const refusedWallMs = Date.parse(refused.time);
      const goneMs = (lastSeenMs.get(started.data['recordingId'] as string) ?? refusedWallMs) - refusedWallMs;
      console.log(`      by ${how}: stopped after ${stopMs.toFixed(0)} ms, told to be erased after ${erasedMs.toFixed(0)} ms, file last seen ${goneMs} ms after the stop`);
      expect(stopMs).to.be.at.most(1000);
      expect(erasedMs).to.be.at.most(60_000);
      expect(goneMs).to.be.at.most(60_000);
      expect((await files()).filter((name) => name.startsWith(started.data['recordingId'] as string)), 'files left').to.deep.equal([]);
      expect(events!.some(({ data }) => data['source'] === 'notice' && data['heard'] === 'This call is not recorded.'), 'told').to.equal(true);
    });
  }

  it('of a number that has refused is not made, and says no notice', async () => {
    const [, again] = await eventsOf('4930777102');
    expect(again!.filter(({ type }) => type.includes('.recording.'))).to.deep.equal([]);
    expect(again!.some(({ data }) => data['source'] === 'notice')).to.equal(false);
    expect(has(again!, 'call.ended')).to.equal(true);
  });
});
