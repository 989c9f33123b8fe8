import { expect } from 'chai';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DevelopmentIssuer } from '../../../src/adapters/identity/development-issuer.js';
import { JwtTokenVerifier } from '../../../src/adapters/identity/jwt-token-verifier.js';
import { tokenVerifierContract } from '../../contract/token-verifier.contract.js';
import { RecordingMetrics } from '../../support/fakes/recording-metrics.js';
import { RULES } from '../../support/tokens/claims.js';
import { VirtualClock } from '../../support/virtual-clock.js';

describe('DevelopmentIssuer', () => {
  const signal = new AbortController().signal;
  const clock = new VirtualClock();
  const ada = { subject: 'ada', role: 'admin', tenantId: 'north-bank', lifetimeMs: 600_000 } as const;
  let parent: string;
  let directory: string;

  beforeEach(async () => {
    parent = await mkdtemp(path.join(os.tmpdir(), 'vg-development-'));
    directory = path.join(parent, 'keys');
  });

  afterEach(async () => { await rm(parent, { recursive: true }); });

  const verifierOf = async (): Promise<JwtTokenVerifier> => new JwtTokenVerifier({ keys: await DevelopmentIssuer.open(directory), rules: RULES, clock, metrics: new RecordingMetrics() });
  const failureOf = (): Promise<string> => DevelopmentIssuer.open(directory).then(() => 'opened', (error: unknown) => (error as Error).message);

  tokenVerifierContract(async () => {
    const issuer = await DevelopmentIssuer.open(directory);
    return { verifier: await verifierOf(), issue: (subject, role, tenantId) => issuer.sign({ subject, role, tenantId, lifetimeMs: 600_000 }, RULES, clock) };
  }, { asksForKeys: false });

  it('makes its key on first use, for its owner\'s eyes alone, and keeps it', async () => {
    const token = (await DevelopmentIssuer.open(directory)).sign(ada, RULES, clock);
    expect((await stat(path.join(directory, 'token-key.pem'))).mode & 0o777).to.equal(0o600);
    expect((await stat(directory)).mode & 0o777).to.equal(0o700);
    expect(await (await verifierOf()).verify(token, signal)).to.include({ subject: 'ada' });
  });

  it('is one when several begin at once', async () => {
    const tokens = (await Promise.all(Array.from({ length: 8 }, () => DevelopmentIssuer.open(directory)))).map((issuer) => issuer.sign(ada, RULES, clock));
    const verifier = await verifierOf();
    for (const token of tokens) expect((await verifier.verify(token, signal)).role).to.equal('admin');
    expect(await readdir(directory)).to.deep.equal(['token-key.pem']);
  });

  it('uses no key that others can read, and says what to do', async () => {
    await DevelopmentIssuer.open(directory);
    await chmod(path.join(directory, 'token-key.pem'), 0o644);
    expect(await failureOf()).to.match(/can be read by others[\s\S]*fix: /u);
  });

  it('says which file cannot be used, and what to do', async () => {
    await DevelopmentIssuer.open(directory);
    await writeFile(path.join(directory, 'token-key.pem'), 'nonsense');
    expect(await failureOf()).to.match(/token-key\.pem cannot be used\n {2}fix: /u);
  });
});
