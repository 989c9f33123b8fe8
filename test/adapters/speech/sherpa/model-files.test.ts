import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { recogniserConfig, voiceActivityModel, voiceConfig } from '../../../../src/adapters/speech/sherpa/model-files.js';
import { ModelRoom } from './sherpa-world.js';

describe('model files of sherpa-onnx', () => {
  let room: ModelRoom;
  const put = (...names: readonly string[]): void => { for (const name of names) writeFileSync(room.path(name), ''); };
  const choice = (precision: 'int8' | 'float' = 'int8') => ({ directory: room.directory, precision, threads: 2 });
  const namesIn = (files: object | undefined): object => Object.fromEntries(Object.entries(files ?? {}).map(([part, file]) => [part, String(file).split(',').map((each) => path.basename(each)).join(',')]));
  beforeEach(() => { room = new ModelRoom(); });
  afterEach(() => { room.remove(); });

  it('are a transducer, a paraformer or a single model by their names', () => {
    put('tokens.txt', 'decoder-epoch-9.onnx', 'encoder-epoch-9.onnx', 'README.md');
    expect(namesIn(recogniserConfig(choice(), 'auto').modelConfig.paraformer)).to.deep.equal({ encoder: 'encoder-epoch-9.onnx', decoder: 'decoder-epoch-9.onnx' });
    put('joiner-epoch-9.onnx');
    expect(namesIn(recogniserConfig(choice(), 'auto').modelConfig.transducer)).to.deep.equal({ encoder: 'encoder-epoch-9.onnx', decoder: 'decoder-epoch-9.onnx', joiner: 'joiner-epoch-9.onnx' });
  });

  it('are taken for what they are said to be', () => {
    put('tokens.txt', 'model.onnx');
    expect(namesIn(recogniserConfig(choice(), 'auto').modelConfig.zipformer2Ctc)).to.deep.equal({ model: 'model.onnx' });
    expect(namesIn(recogniserConfig(choice(), 'nemo-ctc').modelConfig.nemoCtc)).to.deep.equal({ model: 'model.onnx' });
    expect(() => recogniserConfig(choice(), 'transducer')).to.throw(/has no encoder\*\.onnx\. Fix: make models/u);
  });

  it('are taken in the precision that is wanted, where there is a choice', () => {
    put('tokens.txt', 'encoder.int8.onnx', 'encoder.onnx', 'decoder.onnx', 'joiner.int8.onnx', 'joiner.onnx');
    expect(namesIn(recogniserConfig(choice('int8'), 'auto').modelConfig.transducer)).to.deep.equal({ encoder: 'encoder.int8.onnx', decoder: 'decoder.onnx', joiner: 'joiner.int8.onnx' });
    expect(namesIn(recogniserConfig(choice('float'), 'auto').modelConfig.transducer)).to.deep.equal({ encoder: 'encoder.onnx', decoder: 'decoder.onnx', joiner: 'joiner.onnx' });
  });

  it('of a voice are Kokoro\'s with voices.bin, and have one lexicon of English', () => {
    put('tokens.txt', 'model.onnx', 'lexicon-gb-en.txt', 'lexicon-us-en.txt', 'lexicon-zh.txt');
    mkdirSync(room.path('espeak-ng-data'));
    expect(namesIn(voiceConfig(choice(), 'en-US').model.vits)).to.include({ model: 'model.onnx', dataDir: 'espeak-ng-data' });
    put('voices.bin');
    expect(namesIn(voiceConfig(choice(), 'en-US').model.kokoro)).to.include({ voices: 'voices.bin', lexicon: 'lexicon-us-en.txt,lexicon-zh.txt' });
    expect(namesIn(voiceConfig(choice(), 'en-GB').model.kokoro)).to.include({ lexicon: 'lexicon-gb-en.txt,lexicon-zh.txt' });
  });

  it('that are missing are told, with how to bring them', () => {
    expect(() => recogniserConfig({ ...choice(), directory: room.path('none') }, 'auto')).to.throw(/none does not exist or is empty\. Fix: make models/u);
    put('model.onnx');
    expect(() => recogniserConfig(choice(), 'auto')).to.throw(/has no tokens\.txt\. Fix: make models/u);
    put('tokens.txt');
    expect(() => voiceConfig(choice(), 'en-US')).to.throw(/has neither espeak-ng-data nor lexicon\.txt\. Fix: make models/u);
    expect(() => voiceActivityModel(room.path('vad.onnx'))).to.throw(/no voice activity model .*Fix: make models/u);
  });
});
