/** A tenant file whose one agent answers `did`; its texts are as long as real ones. */
export function tenantFile(did: string, concurrentCallsMax: number): string {
  return [
    'id: load',
    'name: Load',
    `concurrentCallsMax: ${concurrentCallsMax}`,
    'dids:',
    `  - { number: "${did}", agent: load }`,
    'agents:',
    '  - id: load',
    '    name: Load',
    '    language: en-US',
    '    speech: { voice: rms }',
    '    prompts:',
    '      greeting: Welcome to North Bank. How can I help you?',
    '    fallback: none',
    '',
  ].join('\n');
}
