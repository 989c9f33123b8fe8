import { CONFIG_FILE_VARIABLE, fileVariableOf, variableOf } from './environment.js';
import { GATEWAY_SCHEMA } from './gateway-schema.js';
import { type Leaf, leavesOf } from './schema-tree.js';
import { showPath } from './setting-path.js';
import { AGENT_SCHEMA, DID_SCHEMA, TENANT_SCHEMA } from './tenant-schema.js';
import { PROMPT_LANGUAGES } from './default-prompts.js';

/** docs/configuration.md, made from the schemas. */
export function configurationDocument(): string {
  return [
    '# Configuration', '',
    '<!-- Generated from src/config by `npm run docs`. Do not edit. -->', '',
    'Settings come from defaults, then a YAML file (`--config FILE` or `VG_CONFIG`), then the environment; the later wins.',
    'All faults are reported at once, each with its file, line and fix. Unknown settings and variables are faults.', '',
    '- **Environment names** are `VG_` and the path in capitals: `asterisk.ariUrl` is `VG_ASTERISK_ARI_URL`. Lists are separated by commas.',
    '- **Secrets** may be in a file: `VG_ASTERISK_PASSWORD_FILE=/run/secrets/ari`. They print as `***` everywhere.',
    '- **`${NAME}`** in a text of the YAML file is filled from the environment, or from the file that `NAME_FILE` names; `${NAME:-default}` has a default, `$${` is a plain `${`.',
    '- **Paths** in a YAML file count from that file; in the environment and in defaults, from the working directory.',
    '- **Units** end the names: `Ms` milliseconds, `Days`, `Bytes`, `Max` a count.', '',
    ...sectionTables(),
    ...tenantTables(),
  ].join('\n');
}

/** The gateway's part of .env.example, made from the schema. */
export function environmentExample(): string {
  const lines = [
    '# Generated from src/config by `npm run docs`. Every variable of the gateway; what is commented out has the default shown.',
    '# Copy to .env (`make env` fills in passwords), then either',
    '#   node --env-file=.env dist/src/main.js serve',
    '#   docker compose up', '',
    '# YAML file with settings; the variables below go over it.', `#${CONFIG_FILE_VARIABLE}=config/demo.yaml`,
  ];
  for (const leaf of leavesOf(GATEWAY_SCHEMA)) {
    const variable = variableOf(leaf.path);
    const fallback = defaultOf(leaf);
    lines.push('', `# ${leaf.meta.doc} (${leaf.meta.expects})`);
    if (leaf.meta.kind === 'secret') lines.push(`# Or ${fileVariableOf(variable)}: a file that holds it.`);
    lines.push(fallback === undefined ? `${variable}=` : `#${variable}=${plain(fallback)}`);
  }
  return `${lines.join('\n')}\n`;
}

function sectionTables(): readonly string[] {
  const leaves = leavesOf(GATEWAY_SCHEMA);
  return Object.keys(GATEWAY_SCHEMA.shape).flatMap((name) => [
    `## ${name}`, '',
    '| setting | variable | must be | default | what it does |', '|---|---|---|---|---|',
    ...leaves.filter((leaf) => leaf.path[0] === name).map((leaf) => row([`\`${showPath(leaf.path)}\``, `\`${variableOf(leaf.path)}\``, leaf.meta.expects, shownDefault(leaf), leaf.meta.doc])), '',
  ]);
}

function tenantTables(): readonly string[] {
  return [
    '## Tenant files', '',
    'One YAML file per tenant in `tenants.directory` (`*.yaml`). A running gateway takes changes up by itself; a faulty new version is reported and the old one stays.', '',
    'Without any setting of `outbound` the tenant places no calls; with some, those that are not given have these defaults.', '',
    ...table(leavesOf(TENANT_SCHEMA)),
    '### Numbers: `dids`', '', ...table(leavesOf(DID_SCHEMA)),
    '### Agents: `agents`', '',
    `Prompts that are not given are those of the language (${PROMPT_LANGUAGES.join(', ')}; see src/config/default-prompts.ts); for other languages all must be given.`, '',
    ...table(leavesOf(AGENT_SCHEMA)),
  ];
}

function table(leaves: readonly Leaf[]): readonly string[] {
  return [
    '| setting | must be | default | what it does |', '|---|---|---|---|',
    ...leaves.map((leaf) => row([`\`${showPath(leaf.path)}\``, leaf.meta.expects, shownDefault(leaf), leaf.meta.doc])), '',
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** Undefined: there is none, the setting must be given. */
function defaultOf({ schema }: Leaf): unknown {
  const parsed = schema.safeParse(undefined);
  if (!parsed.success) return undefined;
  return parsed.data === undefined ? null : parsed.data;
}

function shownDefault(leaf: Leaf): string {
  const fallback = defaultOf(leaf);
  if (fallback === undefined) return '**required**';
  if (leaf.path[0] === 'prompts') return 'of the language';
  const shown = plain(fallback);
  return shown === '' ? 'none' : `\`${shown}\``;
}

function plain(value: unknown): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
