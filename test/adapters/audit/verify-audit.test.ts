import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { AuditSeal } from '../../../src/adapters/audit/audit-seal.js';
import { lineOf } from '../../../src/adapters/audit/audit-line.js';
import { verifyAudit } from '../../../src/adapters/audit/verify-audit.js';
import { tenantId } from '../../../src/domain/shared/ids.js';
import { anAuditEntry } from '../../support/builders/an-audit-entry.js';
import { AuditScene } from './audit-scene.js';

const SUBJECTS = ['1', '2', '3', '4'];
const HEAD = 'audit-node-1.head';

for (const key of [null, 'a key of the operator']) {
  describe(`verifyAudit, chain ${key === null ? 'without' : 'with'} a key`, () => {
    let scene: AuditScene;
    let file: string;
    let whole: Buffer;
    const seal = new AuditSeal(key);

    before(async () => {
      scene = await AuditScene.create();
      await scene.written(SUBJECTS, { seal });
      file = scene.path((await scene.files())[0]!);
      whole = await readFile(file);
    });
    after(async () => { await scene.close(); });
    afterEach(async () => { await writeFile(file, whole); });

    const faultOf = async (bytes: Uint8Array): Promise<number | null> => {
      await writeFile(file, bytes);
      return (await scene.report(key)).fault?.line ?? null;
    };
    const lines = (): string[] => whole.toString('utf8').trimEnd().split('\n');
    const joined = (parts: readonly string[]): Buffer => Buffer.from(parts.map((line) => `${line}\n`).join(''));
    const lineAt = (offset: number): number => whole.subarray(0, offset).filter((byte) => byte === 0x0a).length + 1;

    it('finds the chain whole', async () => {
      expect(await scene.report(key)).to.include({ fault: null, entries: 4 });
    });

    it('finds any byte that was changed, at its line', async function finds() {
      for (let offset = 0; offset < whole.length; offset += 1) {
        const bytes = Buffer.from(whole);
        bytes[offset] = bytes[offset]! ^ (1 << (offset % 8));
        const line = await faultOf(bytes);
        // The last line feed gone: the entry before it is the last one, and one is missing after it.
        const due = offset === whole.length - 1 ? SUBJECTS.length - 1 : lineAt(offset);
        expect(line, `byte ${offset}`).to.equal(due);
      }
    });

    it('finds any byte of the head that was changed', async () => {
      const head = await readFile(scene.path(HEAD));
      for (let offset = 0; offset < head.length; offset += 1) {
        const bytes = Buffer.from(head);
        bytes[offset] = bytes[offset]! ^ 1;
        await writeFile(scene.path(HEAD), bytes);
        expect((await scene.report(key)).fault?.file, `byte ${offset}`).to.equal(HEAD);
      }
      await writeFile(scene.path(HEAD), head);
    });

    it('finds any line or lines left out', async () => {
      for (let from = 0; from < SUBJECTS.length; from += 1) {
        for (let count = 1; count <= SUBJECTS.length - from; count += 1) {
          const left = lines();
          left.splice(from, count);
          expect(await faultOf(joined(left)), `${count} from ${from}`).to.not.equal(null);
        }
      }
    });

    it('finds any two lines that changed places, and any that is there twice', async () => {
      for (let a = 0; a < SUBJECTS.length; a += 1) {
        for (let b = a + 1; b < SUBJECTS.length; b += 1) {
          const swapped = lines();
          [swapped[a], swapped[b]] = [swapped[b]!, swapped[a]!];
          expect(await faultOf(joined(swapped)), `${a} and ${b}`).to.equal(a + 1);
        }
        expect(await faultOf(joined(lines().toSpliced(a, 0, lines()[a]!))), `${a} twice`).to.equal(a + 2);
      }
    });

    it('finds a tail cut off at any byte', async () => {
      for (let length = 0; length < whole.length; length += 1) expect(await faultOf(whole.subarray(0, length)), `at ${length}`).to.not.equal(null);
    });

    it('finds lines that somebody added, also with digests that fit', async () => {
      const last = JSON.parse(lines().at(-1)!) as { readonly digest: string };
      let previous = last.digest;
      let forged = '';
      for (let sequence = 5; sequence <= 7; sequence += 1) {
        // Whoever has no key can only make digests without one.
        const { line, digest } = lineOf(anAuditEntry({ actor: { subject: 'eve', role: 'admin' } }), { sequence, node: 'node-1', at: '2026-11-20T12:00:00.000Z', previous }, new AuditSeal(null));
        forged += line;
        previous = digest;
        expect(await faultOf(Buffer.concat([whole, Buffer.from(forged)])), `${sequence - 4} added`).to.equal(5);
      }
    });

    it('finds a line written anew, also with a digest that fits', async () => {
      for (let index = 0; index < SUBJECTS.length; index += 1) {
        const { sequence, at, previous } = JSON.parse(lines()[index]!) as { readonly sequence: number; readonly at: string; readonly previous: string };
        const { line } = lineOf(anAuditEntry({ outcome: 'refused' }), { sequence, node: 'node-1', at, previous }, new AuditSeal(null));
        // Without a key the line itself looks right: the next one, or the head, does not follow from it.
        const due = key !== null || index === SUBJECTS.length - 1 ? index + 1 : index + 2;
        expect(await faultOf(joined(lines().with(index, line.trimEnd()))), `line ${index + 1}`).to.equal(due);
      }
    });

    it('finds a chain that was begun anew', async () => {
      const other = await AuditScene.create();
      try {
        await other.written(['x'], { seal: new AuditSeal(null) });
        expect(await faultOf(await readFile(other.path((await other.files())[0]!)))).to.not.equal(null);
      } finally {
        await other.close();
      }
    });

    it('looks at each node by itself, and misses a head', async () => {
      const other = await AuditScene.create();
      try {
        await cp(scene.directory, other.directory, { recursive: true });
        await other.written(['1'], { nodeName: 'node-2', seal });
        await rm(other.path(HEAD));
        const reports = await verifyAudit(other.directory, seal);
        expect(reports.map(({ node, fault }) => `${node} ${fault?.what ?? 'whole'}`)).to.deep.equal(['node-1 is missing: it says where the chain ends', 'node-2 whole']);
      } finally {
        await other.close();
      }
    });

    it('is not confused by text that looks like a digest', async () => {
      const other = await AuditScene.create();
      try {
        await other.written([`","digest":"${'0'.repeat(64)}"}`, 'é "ü" \n 語', 'x'.repeat(5000)], { seal });
        expect(await other.report(key)).to.include({ fault: null, entries: 3 });
        expect((await other.lines())[0]).to.include({ tenantId: tenantId('north-bank') });
      } finally {
        await other.close();
      }
    });
  });
}
