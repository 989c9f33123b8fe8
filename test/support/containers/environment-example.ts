import type { ComposeFile } from './compose-file.js';
import { type VariableUse, variablesIn } from './interpolate.js';

/** The part of .env.example that docker-compose.yml answers for: its own variables, and those of the gateway that it sets itself. */
export function composeEnvironmentExample(text: string, file: ComposeFile): string {
  const uses = variablesIn(text);
  const lines = [
    '', '# ---------------------------------------------------------------------------------------------------------------------',
    '# For docker compose only, made from docker-compose.yml. It sets these of the gateway itself, whatever stands above:',
    ...fixedByCompose(file).map((name) => `#   ${name}`),
    '# These have other values there than shown above, unless you set them:',
    ...otherDefaults(file, uses).map(({ name, fallback }) => `#   ${name}=${fallback ?? ''}`),
  ];
  for (const [name, doc] of Object.entries(file['x-variables'])) {
    const use = uses.find((candidate) => candidate.name === name);
    lines.push('', `# ${doc}`, use?.required === true ? `${name}=` : `#${name}=${use?.fallback ?? ''}`);
  }
  return `${lines.join('\n')}\n`;
}

function fixedByCompose({ services }: ComposeFile): readonly string[] {
  return Object.entries(services['gateway']?.environment ?? {}).filter(([name, value]) => name.startsWith('VG_') && !value.includes(`\${${name}`)).map(([name]) => name);
}

function otherDefaults({ services }: ComposeFile, uses: readonly VariableUse[]): readonly VariableUse[] {
  const set = Object.keys(services['gateway']?.environment ?? {});
  return uses.filter(({ name, fallback }) => fallback !== null && name.startsWith('VG_') && set.includes(name));
}
