import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { BARREL, LEGAL_HOUSE, ORPHAN, PARTNER, PLANTS } from './planted-house.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
/** Resolving a house of a hundred files, on a slow machine. */
const CRUISE_TIMEOUT_MS = 120_000;

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string; readonly severity: string };
}

type House = Readonly<Record<string, string>>;

/** Text of a file that imports `targets`, relative as our files do it. */
function importing(file: string, targets: readonly string[], kind: 'import' | 'import type'): string {
  const lines = targets.map((target, index) => {
    const isFile = target.startsWith('src/') || target.startsWith('test/');
    const relative = path.posix.relative(path.posix.dirname(file), target).replace(/\.ts$/u, '.js');
    const specifier = isFile ? (relative.startsWith('.') ? relative : `./${relative}`) : target;
    return `${kind} * as part${index} from '${specifier}';`;
  });
  return `${lines.join('\n')}\nexport const parts = [] as unknown[];\n`;
}

const legal: House = Object.fromEntries(Object.entries(LEGAL_HOUSE).map(([file, targets]) => [file, importing(file, targets, 'import')]));

/** What `npm run arch` says about a house, with our own rules and its own command. */
async function violationsOf(house: House): Promise<readonly Violation[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'voice-gateway-house-'));
  try {
    for (const [file, text] of Object.entries(house)) {
      await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
      await writeFile(path.join(folder, file), text);
    }
    for (const file of ['.dependency-cruiser.cjs', 'package.json', 'tsconfig.json']) await copyFile(path.join(root, file), path.join(folder, file));
    await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
    const { stdout } = await run(process.execPath, [
      path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src',
    ], { cwd: folder, maxBuffer: 64 * 1024 * 1024, timeout: CRUISE_TIMEOUT_MS });
    return (JSON.parse(stdout) as { summary: { violations: readonly Violation[] } }).summary.violations;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const asType = (file: string): string => file.replace(/\.ts$/u, '-type.ts');

function plantedHouse(): House {
  const planted: Record<string, string> = { ...legal, [ORPHAN]: 'export const alone = 1;\n', [BARREL]: 'export * from \'../shared/word.js\';\n' };
  const partners = PLANTS.filter(({ imports }) => imports === PARTNER).flatMap(({ file }) => [file, asType(file)]);
  planted[PARTNER] = importing(PARTNER, partners, 'import');
  for (const { file, imports } of PLANTS) {
    planted[file] = importing(file, [imports], 'import');
    planted[asType(file)] = importing(asType(file), [imports], 'import type');
  }
  return planted;
}

describe('the dependency rules', () => {
  let violations: readonly Violation[];

  before(async function () {
    this.timeout(CRUISE_TIMEOUT_MS);
    violations = await violationsOf(plantedHouse());
  });

  for (const { rule, file, imports } of PLANTS) {
    it(`${rule} catches ${path.posix.basename(file, '.ts')} importing ${imports}, as a value and as a type`, () => {
      for (const breach of [file, asType(file)]) {
        // A cycle is told once, from whichever end it was found.
        const caught = violations.filter(({ from, to, rule: told }) => told.severity === 'error' && (from === breach || (told.name === 'no-cycles' && to === breach)));
        expect(caught.map(({ rule: told }) => told.name), breach).to.include(rule);
      }
    });
  }

  it('no-orphans catches a file that nobody imports', () => {
    expect(violations.filter(({ from }) => from === ORPHAN).map(({ rule }) => rule.name)).to.deep.equal(['no-orphans']);
  });

  it('have a breach planted of every single one', () => {
    const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: readonly { name: string; comment?: string }[] };
    expect(new Set([...PLANTS.map(({ rule }) => rule), 'no-orphans'])).to.deep.equal(new Set(forbidden.map(({ name }) => name)));
    for (const { name, comment } of forbidden) expect(comment, name).to.match(/\.$/u);
  });

  it('leave a legal house alone', async function () {
    this.timeout(CRUISE_TIMEOUT_MS);
    expect(violations.filter(({ from }) => from in LEGAL_HOUSE)).to.deep.equal([]);
    expect(await violationsOf(legal)).to.deep.equal([]);
  });
});
