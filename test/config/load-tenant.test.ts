import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { LOCAL_VOICES } from '../../src/adapters/speech/local/local-voices.js';
import type { InstalledSpeech } from '../../src/config/check-speech.js';
import { describeFaults } from '../../src/config/config-fault.js';
import { defaultPrompts, PROMPT_LANGUAGES } from '../../src/config/default-prompts.js';
import { loadConfig } from '../../src/config/load-config.js';
import { type LoadedTenant, loadTenant } from '../../src/config/load-tenant.js';
import { DEFAULT_TURN_POLICY } from '../../src/domain/conversation/turn-policy.js';
import { NO_CARDS } from '../../src/domain/tenant/agent-profile.js';
import { routeWithinTenant } from '../../src/domain/tenant/routing.js';

const FILE = '/tenants/bank.yaml';
const JSGF = '#JSGF V1.0;\ngrammar g;\npublic <g> = yes | no;\n';

const SMALLEST = `
id: bank
name: Bank
dids: [{ number: "5551000", agent: cards }]
agents:
  - id: cards
    name: Cards
    language: en-GB
    speech: { voice: slt }
`;

function result(text: string, files: Readonly<Record<string, string>> = {}, speech?: InstalledSpeech): ReturnType<typeof loadTenant> {
  return loadTenant({
    ...(speech === undefined ? {} : { speech }),
    file: FILE,
    readFile: (path) => {
      const content = path === FILE ? text : files[path];
      if (content === undefined) throw new Error(`ENOENT, open '${path}'`);
      return content;
    },
  });
}

function tenant(text: string, files?: Readonly<Record<string, string>>): LoadedTenant {
  const loaded = result(text, files);
  if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
  return loaded.value;
}

function faults(text: string, files?: Readonly<Record<string, string>>): readonly string[] {
  const loaded = result(text, files);
  return loaded.ok ? [] : loaded.faults.map((fault) => describeFaults([fault]));
}

describe('loadTenant', () => {
  it('lets a tenant place no calls unless its file says where to', () => {
    expect(tenant(SMALLEST).tenant).not.to.have.property('outbound');
    expect(tenant(`${SMALLEST}outbound: { countries: [DE] }\n`).tenant.outbound).to.deep.equal({
      countries: ['DE'], kinds: ['fixed', 'mobile', 'fixed-or-mobile'], allowedPrefixes: [], deniedPrefixes: [], homeCountry: null,
      limits: { concurrentMax: 2, callsPerSecondMax: 1, callDurationMaxMs: 1_800_000, minutesPerDayMax: 200, callsPerNumberPerDayMax: 3 },
    });
    expect(tenant(`${SMALLEST}outbound: { kinds: [premium], homeCountry: DE, limits: { concurrentMax: 5 } }\n`).tenant.outbound).to.deep.include({ countries: [], kinds: ['premium'], homeCountry: 'DE' });
    expect(faults(`${SMALLEST}outbound: { countries: [Germany], kinds: [short], allowedPrefixes: ["0900"], limits: { concurrentMax: 0 } }\n`)).to.have.lengthOf(4);
  });

  it('fills a small file with defaults', () => {
    const { tenant: bank, files } = tenant(SMALLEST);
    expect(bank).to.deep.include({ id: 'bank', active: true, concurrentCallsMax: 20, callDurationMaxMs: 3_600_000 });
    const [cards] = bank.agents;
    expect(cards).to.deep.include({ id: 'cards', language: 'en-GB', fallback: null, transferContext: 'transfers', transferNumbers: [], turnPolicy: DEFAULT_TURN_POLICY, pci: NO_CARDS });
    expect(cards?.speech).to.deep.equal({ sttProviders: ['local'], ttsProviders: ['local'], vadProvider: 'local', voice: 'slt', backupVoices: {}, grammar: null, phrases: [] });
    expect(cards?.prompts).to.deep.equal(defaultPrompts('en'));
    expect(routeWithinTenant(bank, '+555 1000')).to.have.nested.property('profile.id', 'cards');
    expect(files).to.deep.equal([FILE]);
  });

  it('takes single prompts and thresholds and leaves the rest', () => {
    const [cards] = tenant(`${SMALLEST}    prompts: { greeting: "", silence: ["Hello?"] }\n    turnPolicy: { endOfTurnSilenceMs: 700 }\n    fallback: { number: "+4930555" }\n    transferNumbers: ["+4930", "5551"]\n`).tenant.agents;
    expect(cards?.transferNumbers).to.deep.equal(['+4930', '5551']);
    expect(tenant(`${SMALLEST}    pci: { agentSeesCard: true, vaultUrl: "https://pay.example.com/digits" }\n`).tenant.agents[0]?.pci).to.deep.equal({ agentSeesCard: true, vaultUrl: 'https://pay.example.com/digits' });
    expect(cards?.prompts).to.deep.equal({ ...defaultPrompts('en'), greeting: '', silence: ['Hello?'] });
    expect(cards?.turnPolicy).to.deep.equal({ ...DEFAULT_TURN_POLICY, endOfTurnSilenceMs: 700 });
    expect(cards?.fallback).to.deep.equal({ kind: 'number', number: '+4930555' });
  });

  it('takes no address for card data that others can listen to', () => {
    for (const url of ['http://pay.example.com/', 'http://10.0.0.1/', 'http://127.0.0.1.example.com/', 'https://', 'https://user:secret@pay.example.com/', 'pay.example.com']) {
      expect(faults(`${SMALLEST}    pci: { vaultUrl: "${url}" }\n`), url).to.have.length(1);
    }
    for (const url of ['http://127.0.0.1:8080/digits', 'http://localhost:9/']) expect(tenant(`${SMALLEST}    pci: { vaultUrl: "${url}" }\n`).tenant.agents[0]?.pci.vaultUrl).to.equal(url);
  });

  it('takes a grammar from the text, or from a file beside, and says what it read', () => {
    const inline = SMALLEST.replace('{ voice: slt }', `\n      voice: slt\n      grammar: |\n${JSGF.replace(/^/gmu, '        ')}`);
    expect(tenant(inline).tenant.agents[0]?.speech.grammar).to.contain('public <g> = yes | no;');
    const beside = tenant(SMALLEST.replace('voice: slt', 'voice: slt, grammar: ../grammars/cards.jsgf'), { '/grammars/cards.jsgf': JSGF });
    expect(beside.tenant.agents[0]?.speech.grammar).to.equal(JSGF);
    expect(beside.files).to.deep.equal([FILE, '/grammars/cards.jsgf']);
  });

  it('says nothing of the gateway\'s secrets aloud', () => {
    const [cards] = tenant(`${SMALLEST}    prompts: { greeting: "\${HOME}" }\n`).tenant.agents;
    expect(cards?.prompts.greeting).to.equal('${HOME}');
  });

  it('tells every fault at once, in reading order, with place and fix', () => {
    const text = [
      'id: North Bank', // 1
      'name: North Bank', // 2
      'actve: true', // 3
      'concurrentCallsMax: many', // 4
      'dids:', // 5
      '  - { number: 5551000, agent: cards }', // 6
      '  - { number: "5552000", agent: crads }', // 7
      '  - { number: "5552000", agent: cards }', // 8
      'agents:', // 9
      '  - id: cards', // 10
      '    name: Cards', // 11
      '    language: it-IT', // 12
      '    speech: { voice: slt, grammar: none.jsgf }', // 13
      '    prompts: { greetings: Ciao }', // 14
      '    turnPolicy: { bargeInMs: fast }', // 15
      '    fallback: { person: bob }', // 16
      '  - { id: cards, name: Again, language: en, speech: {} }', // 17
    ].join('\n');
    expect(faults(text)).to.deep.equal([
      `${FILE}:1:5: id must be at most 64 of a–z, 0–9 and -, not at the ends, not "North Bank"\n  fix: for example: north-bank`,
      `${FILE}:3:1: actve is not a setting\n  fix: did you mean active?`,
      `${FILE}:4:21: concurrentCallsMax must be a whole number from 1 to 100_000, not "many"\n  fix: for example: 20`,
      `${FILE}:6:15: dids[0].number must be a telephone number in quotes, not 5551000\n  fix: put it in quotes: "5551000"`,
      `${FILE}:7:33: there is no agent crads\n  fix: did you mean cards?`,
      `${FILE}:8:15: the number 5552000 is given twice\n  fix: keep one of the two`,
      `${FILE}:12:15: there are default prompts for en, de, fr, es, not for it-IT\n  fix: give prompts: greeting, silence, notUnderstood, oneMoment, stillWorking, resumed, agentFailed, handingOver, transferFailed, connected, consultation, consultationChoice, goodbye`,
      `${FILE}:13:36: the grammar cannot be read: ENOENT, open '/tenants/none.jsgf'\n  fix: the path counts from /tenants; grammars written here begin with #JSGF`,
      `${FILE}:14:16: agents[0].prompts.greetings is not a setting\n  fix: did you mean greeting?`,
      `${FILE}:15:30: agents[0].turnPolicy.bargeInMs must be a whole number from 20 to 5_000, not "fast"\n  fix: for example: 200`,
      `${FILE}:16:15: agents[0].fallback must be {extension: NAME}, {queue: NAME}, {number: "+15551234"} or none, not {"person":"bob"}\n  fix: for example: {extension: person}`,
      `${FILE}:17:11: two agents are called cards\n  fix: give each agent an id of its own`,
      `${FILE}:17:53: agents[1].speech.voice is missing (text)\n  fix: add agents[1].speech.voice`,
    ]);
  });

  it('takes limits of the accounts that agents use, and knows a slip of the pen', () => {
    const limited = (limits: string): string => `${SMALLEST}\nspeechLimits: ${limits}\n`.replace('voice: slt', 'voice: slt, stt: [deepgram, local], tts: [deepgram]');
    expect(tenant(limited('{ deepgram: { sttStreamsMax: 20 } }')).tenant.speechLimits).to.deep.equal({ deepgram: { sttStreamsMax: 20, ttsRequestsMax: null } });
    expect(tenant(SMALLEST).tenant.speechLimits).to.deep.equal({});
    expect(faults(limited('{ deepgrm: { sttStreamsMax: 20 } }'))[0]).to.match(/no agent uses deepgrm\n  fix: did you mean deepgram\?$/u);
    expect(faults(limited('{ deepgram: { sttStreamsMax: 0 } }'))[0]).to.contain('speechLimits');
  });

  it('tells when a grammar file holds no grammar', () => {
    expect(faults(SMALLEST.replace('voice: slt', 'voice: slt, grammar: a.jsgf'), { '/tenants/a.jsgf': 'yes | no' })[0]).to.contain('a.jsgf is not a JSGF grammar');
  });

  for (const [what, deep, line] of [
    ['lists', `id: a\nname: ${'['.repeat(20_000)}`, 2], ['closed lists', '['.repeat(20_000) + ']'.repeat(20_000), 1], ['maps in lists', '[{a: '.repeat(10_000), 1],
    ['block lists', '- '.repeat(20_000), 1], ['block maps', Array.from({ length: 3000 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'), 202],
  ] as const) {
    it(`refuses ${what} nested without end, however often it looks at them: deep in its own calls V8 ends the process`, () => {
      for (let reading = 0; reading < 5; reading += 1) expect(faults(deep)).to.deep.equal([`${FILE}:${line}:1: not valid YAML: nested deeper than 100 levels\n  fix: mind indentation, brackets and quotes at this place`]);
    });
  }

  it('gives nothing that is named like a part of every object a meaning', () => {
    expect(faults(`__proto__: { active: false }\nconstructor: x\n${SMALLEST}`)).to.have.lengthOf(2);
    expect(({} as Record<string, unknown>)['active']).to.equal(undefined);
  });

  it('tells a file that is no YAML, or cannot be read', () => {
    expect(faults(': [')[0]).to.contain(`${FILE}:1:`).and.to.contain('not valid YAML');
    const gone = loadTenant({ file: '/gone.yaml', readFile: () => { throw new Error('ENOENT'); } });
    expect(gone).to.have.nested.property('faults[0].message', 'cannot be read: ENOENT');
  });
});

describe('default prompts', () => {
  it('are there for English, German, French and Spanish, whatever the region', () => {
    expect(PROMPT_LANGUAGES).to.deep.equal(['en', 'de', 'fr', 'es']);
    for (const language of ['en-AU', 'de', 'FR-ca', 'es-419']) expect(defaultPrompts(language)?.greeting).to.be.a('string').and.not.to.equal('');
    expect(defaultPrompts('eng')).to.equal(null);
  });
});

describe('the demo settings that ship', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const readFile = (path: string): string => readFileSync(path, 'utf8');

  it('are valid once the ARI password is given', () => {
    const loaded = loadConfig({ file: `${root}config/demo.yaml`, env: { VG_ASTERISK_PASSWORD: 'x' }, readFile });
    expect(loaded.ok ? '' : describeFaults(loaded.faults)).to.equal('');
    expect(loaded.ok && loaded.value.tenants.directory).to.equal(`${root}config/tenants`);
  });

  it('have two tenants that differ in number, voice, agent, language and patience', () => {
    const loaded = readdirSync(`${root}config/tenants`).map((file) => loadTenant({ file: `${root}config/tenants/${file}`, readFile }));
    for (const one of loaded) expect(one.ok ? '' : describeFaults(one.faults)).to.equal('');
    const tenants = loaded.flatMap((one) => (one.ok ? [one.value.tenant] : []));
    expect(tenants.map((one) => one.dids[0]?.number).sort()).to.deep.equal(['5551000', '5552000']);
    for (const property of ['id', 'language', 'voice', 'callerSilenceMs'] as const) {
      const values = tenants.map(({ agents: [agent] }) => ({ id: agent?.id, language: agent?.language, voice: agent?.speech.voice, callerSilenceMs: agent?.turnPolicy.callerSilenceMs })[property]);
      expect(new Set(values).size, property).to.equal(2);
    }
  });
});

describe('the recording of an agent', () => {
  const recordingOf = (recording: string, language = 'en-GB') => result(SMALLEST.replace('en-GB', language).trimEnd() + `\n    recording: ${recording}\n`);

  it('is off unless it is asked for', () => {
    expect(tenant(SMALLEST).tenant.agents[0]?.recording).to.include({ mode: 'off', notice: '' });
  });

  it('has the words of its language, with the key in them', () => {
    const loaded = recordingOf('{ mode: "on", optOutKey: "5", retentionDays: 7 }', 'de');
    if (!loaded.ok) throw new Error(describeFaults(loaded.faults));
    const { recording } = loaded.value.tenant.agents[0]!;
    expect(recording).to.include({ mode: 'on', optOutKey: '5', retentionDays: 7, refused: 'Dieses Gespräch wird nicht aufgezeichnet.' });
    expect(recording.notice).to.contain('drücken Sie die 5');
    expect(recording.optOutPhrases).to.include('nicht aufzeichnen');
  });

  it('is a fault where nobody could be told', () => {
    const loaded = recordingOf('{ mode: "on", notice: "Ova razmowa je nahrawana.", optOutPhrases: [ne] }', 'hsb');
    expect(loaded.ok).to.equal(false);
    if (!loaded.ok) expect(describeFaults(loaded.faults)).to.match(/no words about recording for hsb[^]*give recording: refused/u);
    expect(recordingOf('{ mode: "on", optOutKey: "99" }').ok).to.equal(false);
    expect(recordingOf('{ mode: "on", retentionDays: 0 }').ok).to.equal(false);
  });
});

describe('the speech that a tenant file names', () => {
  const installed: InstalledSpeech = { recognisers: ['local'], detectors: ['local', 'ours'], synthesisers: new Map([['local', ['rms', 'slt']], ['cloud', []]]) };
  const faultsOf = (speech: string): readonly string[] => {
    const loaded = result(SMALLEST.replace('{ voice: slt }', speech), {}, installed);
    return loaded.ok ? [] : loaded.faults.map((fault) => describeFaults([fault]));
  };

  it('may be what is installed', () => {
    expect(faultsOf('{ voice: slt }')).to.deep.equal([]);
    expect(faultsOf('{ voice: anyone, tts: [cloud, local], backupVoices: { local: rms } }')).to.deep.equal([]);
    expect(faultsOf('{ voice: rms, tts: [elsewhere, local] }')).to.deep.equal([]);
    expect(faultsOf('{ voice: rms, vad: ours }')).to.deep.equal([]);
  });

  it('is a fault when nobody can speak so, with the voices there are', () => {
    expect(faultsOf('{ voice: robot }').join()).to.match(/bank\.yaml:9:.*local has no voice robot[^]*use one of: rms, slt/u);
    expect(faultsOf('{ voice: rmss }').join()).to.contain('did you mean rms?');
  });

  it('is a fault when a provider that may have to go on has no voice', () => {
    expect(faultsOf('{ voice: anyone, tts: [cloud, local] }').join()).to.match(/local has no voice to go on with[^]*say backupVoices: \{local: rms\}, or one of: rms, slt/u);
    expect(faultsOf('{ voice: anyone, tts: [cloud, local], backupVoices: { local: robot } }').join()).to.contain('local has no voice robot');
    expect(faultsOf('{ voice: rms, tts: [local, cloud] }').join()).to.contain('cloud has no voice to go on with');
  });

  it('is a fault when no such provider is installed', () => {
    expect(faultsOf('{ voice: slt, vad: elsewhere }').join()).to.match(/no voice detector elsewhere[^]*use one of: local, ours/u);
    expect(faultsOf('{ voice: slt, tts: [elsewhere] }').join()).to.match(/no synthesiser elsewhere[^]*use one of: local, cloud/u);
    expect(faultsOf('{ voice: slt, stt: [elsewhere] }').join()).to.match(/no recogniser elsewhere[^]*use one of: local/u);
  });

  it('is told in docs/configuration.md', () => {
    const page = readFileSync(fileURLToPath(new URL('../../docs/configuration.md', import.meta.url)), 'utf8');
    for (const { name } of LOCAL_VOICES) expect(page).to.contain(name);
  });
});
