import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { METRICS } from '../../src/application/ports/metrics.js';
import { generatedDocuments } from '../support/generated-documents.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Every folder below `folder` that holds sources itself. */
function roomsBelow(folder: string): readonly string[] {
  const entries = readdirSync(path.join(root, folder), { withFileTypes: true });
  const own = entries.some((entry) => entry.isFile() && entry.name.endsWith('.ts')) ? [folder] : [];
  return [...own, ...entries.filter((entry) => entry.isDirectory()).flatMap((entry) => roomsBelow(`${folder}/${entry.name}`))];
}

describe('the documents', () => {
  for (const [file, text] of Object.entries(generatedDocuments())) {
    it(`${file} is current (npm run docs writes it)`, () => {
      expect(existsSync(path.join(root, file)) && read(file)).to.equal(text);
    });
  }

  it('ARCHITECTURE.md tells of every room of src', () => {
    const lines = read('ARCHITECTURE.md').split('\n');
    const isTold = (room: string): boolean => lines.some((line) => line.includes(`\`${room}\``)
      || (line.includes(`\`${path.posix.dirname(room)}\``) && line.includes(`\`${path.posix.basename(room)}\``)));
    // A provider has a row of its own elsewhere, so that adding one touches as little as possible.
    const providers = read('docs/speech-providers.md');
    const isProvider = (room: string): boolean => path.posix.dirname(room) === 'src/adapters/speech' && providers.includes(`| \`${path.posix.basename(room)}\` |`);
    expect(roomsBelow('src').filter((room) => room !== 'src' && !isTold(room) && !isProvider(room))).to.deep.equal([]);
  });

  it('ARCHITECTURE.md tells of each room once', () => {
    const rows = [...read('ARCHITECTURE.md').matchAll(/^\| (`src[^|]*) \|/gmu)].map(([, room]) => room);
    expect(rows).not.to.be.empty;
    expect(rows.filter((room, index) => rows.indexOf(room) !== index)).to.deep.equal([]);
  });

  it('ARCHITECTURE.md names no path that does not exist', () => {
    const named = [...read('ARCHITECTURE.md').matchAll(/`((?:src|test|tools|config|docs|asterisk-conf|examples|bench)\/[\w./-]*)`/gu)].map(([, name]) => name ?? '');
    expect(named).not.to.be.empty;
    expect(named.filter((name) => !existsSync(path.join(root, name)))).to.deep.equal([]);
  });

  it('metric names follow the rules of Prometheus: units and totals at the end', () => {
    for (const [name, { kind }] of Object.entries(METRICS)) {
      expect(name).to.match(/^[a-z][a-z0-9_]*$/u);
      if (kind === 'counter') expect(name).to.match(/_total$/u);
      else if (kind === 'histogram') expect(name).to.match(/_seconds$/u);
      else expect(name).not.to.match(/_total$/u);
    }
  });
});
