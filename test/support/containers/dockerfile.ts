/** Reads the part of the Dockerfile language that this project uses; anything else is an error, never passed over. */

export interface Instruction {
  readonly keyword: string;
  /** `--from=build` as `from: build`. */
  readonly flags: Readonly<Record<string, string>>;
  /** Of the exec form, or the words of the shell form. */
  readonly words: readonly string[];
  /** What follows the flags, as it stands. */
  readonly text: string;
}

export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** What an image says about the process that is started from it. */
export interface ImageSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** Null: the image has no health check. */
  readonly healthCheck: readonly string[] | null;
}

const KEYWORDS = new Set(['FROM', 'RUN', 'COPY', 'ENV', 'WORKDIR', 'USER', 'EXPOSE', 'ENTRYPOINT', 'CMD', 'HEALTHCHECK']);

export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const line of logicalLines(text)) {
    const instruction = parseInstruction(line);
    if (instruction.keyword === 'FROM') {
      const [base = '', as, name] = instruction.words;
      stages.push({ base, name: as?.toUpperCase() === 'AS' && name !== undefined ? name : String(stages.length), instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${line}: before the first FROM`);
    stage.instructions.push(instruction);
  }
  return stages;
}

/** The last stage is what is built when no other is named. */
export function stageNamed(stages: readonly Stage[], name?: string): Stage {
  const stage = name === undefined ? stages.at(-1) : stages.find((candidate) => candidate.name === name);
  if (stage === undefined) throw new Error(`no stage ${name ?? ''} in the Dockerfile`);
  return stage;
}

export function imageSettings(stage: Stage): ImageSettings {
  const environment: Record<string, string> = {};
  for (const { words } of instructionsOf(stage, 'ENV')) {
    for (const word of words) environment[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1);
  }
  const health = instructionsOf(stage, 'HEALTHCHECK').at(-1);
  return {
    environment, healthCheck: health === undefined ? null : execForm(health.text.replace(/^CMD\s+/u, 'CMD ').slice('CMD '.length)),
    workingDirectory: instructionsOf(stage, 'WORKDIR').at(-1)?.text ?? '/', user: instructionsOf(stage, 'USER').at(-1)?.text ?? 'root',
    entrypoint: instructionsOf(stage, 'ENTRYPOINT').at(-1)?.words ?? [], command: instructionsOf(stage, 'CMD').at(-1)?.words ?? [],
  };
}

function instructionsOf(stage: Stage, keyword: string): readonly Instruction[] {
  return stage.instructions.filter((instruction) => instruction.keyword === keyword);
}

/** Comments gone, continued lines joined. */
function logicalLines(text: string): readonly string[] {
  const kept = text.split('\n').filter((line) => !/^\s*#/u.test(line)).join('\n');
  return kept.replace(/\\\n\s*/gu, ' ').split('\n').map((line) => line.trim()).filter((line) => line !== '');
}

function parseInstruction(line: string): Instruction {
  const [, keyword = '', rest = ''] = /^(\S+)\s+(.*)$/u.exec(line) ?? [];
  if (!KEYWORDS.has(keyword)) throw new Error(`${line}: an instruction that this reader does not know`);
  const flags: Record<string, string> = {};
  let text = rest;
  for (let match = /^--([a-z-]+)=(\S+)\s+/u.exec(text); match !== null; match = /^--([a-z-]+)=(\S+)\s+/u.exec(text)) {
    flags[match[1] ?? ''] = match[2] ?? '';
    text = text.slice(match[0].length);
  }
  const words = text.startsWith('[') ? execForm(text) : text.split(/\s+/u);
  if ((keyword === 'CMD' || keyword === 'ENTRYPOINT') && !text.startsWith('[')) throw new Error(`${line}: the shell form keeps signals from the program`);
  return { keyword, flags, words, text };
}

function execForm(text: string): readonly string[] {
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed) || !parsed.every((item) => typeof item === 'string')) throw new Error(`${text}: not a list of texts`);
  return parsed;
}
