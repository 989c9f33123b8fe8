import { expect } from 'chai';
import { readOptions } from '../../../examples/reference-orchestrator/options.js';

describe('the options of the reference orchestrator', () => {
  it('have defaults that are safe: this machine only, no model', () => {
    expect(readOptions(['--dialogue', 'a.yaml'], { OPENAI_API_KEY: 'key', OPENAI_BASE_URL: 'http://model' })).to.deep.equal({
      host: '127.0.0.1', port: 18_000, dialogues: ['a.yaml'], delayMs: 0, wordDelayMs: 0, verbose: false, systemPrompt: null, chat: null, token: null,
    });
  });

  it('are all read', () => {
    expect(readOptions(
      ['--dialogue', 'a.yaml', '--dialogue', 'b.yaml', '--host', '0.0.0.0', '--port', '0', '--delay-ms', '900', '--word-delay-ms', '30', '--system-prompt', 'p.txt', '--verbose'],
      { OPENAI_MODEL: 'small-1', OPENAI_BASE_URL: 'http://127.0.0.1:9/v1/', OPENAI_API_KEY: 'key', ORCHESTRATOR_TOKEN: 'secret' },
    )).to.deep.equal({
      host: '0.0.0.0', port: 0, dialogues: ['a.yaml', 'b.yaml'], delayMs: 900, wordDelayMs: 30, verbose: true, systemPrompt: 'p.txt', token: 'secret',
      chat: { model: 'small-1', baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'key' },
    });
    expect(readOptions(['--dialogue', 'a.yaml'], { OPENAI_MODEL: 'x' })?.chat).to.deep.equal({ model: 'x', baseUrl: 'https://api.openai.com/v1', apiKey: null });
  });

  it('ask for help', () => {
    expect(readOptions(['--help'], {})).to.equal(null);
  });

  const wrong: readonly (readonly [what: string, args: readonly string[], says: string, environment?: Readonly<Record<string, string>>])[] = [
    ['no dialogue', [], '--dialogue is missing'],
    ['an unknown option', ['--dialog', 'a'], '--dialog'],
    ['a word too many', ['--dialogue', 'a', 'b'], 'b'],
    ['a port that is none', ['--dialogue', 'a', '--port', '99999'], '--port must be a whole number from 0 to 65535, not "99999"'],
    ['a delay that is none', ['--dialogue', 'a', '--delay-ms', '1.5'], '--delay-ms must be a whole number'],
    ['a strange address of the model', ['--dialogue', 'a'], 'OPENAI_BASE_URL is not an http(s) address: ftp:x', { OPENAI_MODEL: 'x', OPENAI_BASE_URL: 'ftp:x' }],
  ];
  for (const [what, args, says, environment] of wrong) {
    it(`refuse ${what}`, () => { expect(() => readOptions(args, environment ?? {})).to.throw(says).with.property('name', 'UsageError'); });
  }
});
