import { expect } from 'chai';
import type { EngineListener } from '../../../../src/adapters/speech/sherpa/engine-process.js';
import type { RecogniserAnswer, RecogniserCommand } from '../../../../src/adapters/speech/sherpa/engine-protocol.js';
import { type RecogniserProcess, SherpaUtterance } from '../../../../src/adapters/speech/sherpa/sherpa-utterance.js';

const RATE = 8000;
const ms = (count: number): number => (count * RATE) / 1000;

describe('an utterance on its way to sherpa-onnx', () => {
  let sent: RecogniserCommand[];
  let listener: EngineListener<RecogniserAnswer> | null;
  let heard: string[];
  let droppedMs: number;
  let utterance: SherpaUtterance;
  const engine = {
    add: (_id: number, each: EngineListener<RecogniserAnswer>) => { listener = each; },
    remove: () => { listener = null; },
    send: (command: RecogniserCommand) => { sent.push(command); },
  } as unknown as RecogniserProcess;
  const kinds = (): readonly string[] => sent.map(({ type }) => type);
  const sentSamples = (): readonly number[] => sent.flatMap((command) => (command.type === 'audio' ? [...command.samples] : []));
  beforeEach(() => {
    sent = [];
    heard = [];
    droppedMs = 0;
    utterance = new SherpaUtterance({
      engine, id: 7, sampleRateHz: RATE, onDropped: (each) => { droppedMs += each; },
      ear: {
        partial: (text) => { heard.push(`partial ${text}`); }, segment: (text) => { heard.push(`segment ${text}`); },
        done: () => { heard.push('done'); }, failed: ({ code }) => { heard.push(code); },
      },
    });
  });

  it('goes in pieces of 60 ms whatever size it comes in, and to its last sample', () => {
    const audio = Int16Array.from({ length: ms(200) }, (_, at) => at);
    for (let at = 0, size = 7; at < audio.length; at += size, size = (size * 5) % 97 + 1) utterance.write(audio.subarray(at, at + size));
    utterance.end();
    expect(sent.map((command) => (command.type === 'audio' ? command.samples.length : command.type))).to.deep.equal(['begin', ms(60), ms(60), ms(60), ms(20), 'end']);
    expect(sentSamples()).to.deep.equal([...audio]);
  });

  it('goes no faster than it is listened to, and ends after its last piece', () => {
    utterance.write(new Int16Array(ms(900)));
    utterance.end();
    expect(kinds()).to.deep.equal(['begin', ...Array.from({ length: 8 }, () => 'audio')]);
    for (let piece = 0; piece < 7; piece += 1) listener?.take({ type: 'taken', id: 7, samples: ms(60) });
    expect(kinds()).to.deep.equal(['begin', ...Array.from({ length: 15 }, () => 'audio'), 'end']);
    for (let piece = 0; piece < 8; piece += 1) listener?.take({ type: 'taken', id: 7, samples: ms(60) });
    expect(kinds().filter((kind) => kind === 'end')).to.have.length(1);
    expect(droppedMs).to.equal(0);
  });

  it('loses the oldest that waits when 2 s were not listened to', () => {
    const audio = Int16Array.from({ length: ms(3000) }, (_, at) => at);
    utterance.write(audio);
    utterance.end();
    for (let piece = 0; piece < 60; piece += 1) listener?.take({ type: 'taken', id: 7, samples: ms(60) });
    expect(droppedMs).to.equal(1020);
    expect(sentSamples()).to.deep.equal([...audio.subarray(0, ms(480)), ...audio.subarray(ms(1500))]);
  });

  it('hands on what is heard, and is done with its final', () => {
    listener?.take({ type: 'partial', id: 7, text: 'yes' });
    utterance.end();
    listener?.take({ type: 'final', id: 7, text: 'yes please' });
    expect(heard).to.deep.equal(['partial yes', 'segment yes please', 'done']);
    expect(listener).to.equal(null);
    utterance.abort();
    expect(kinds()).to.deep.equal(['begin', 'end']);
  });

  it('tells the engine when nobody waits for it any more', () => {
    utterance.abort();
    utterance.abort();
    utterance.write(new Int16Array(ms(100)));
    utterance.end();
    expect(kinds()).to.deep.equal(['begin', 'abort']);
    expect(listener).to.equal(null);
  });
});
