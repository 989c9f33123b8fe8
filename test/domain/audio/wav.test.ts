import { expect } from 'chai';
import fc from 'fast-check';
import { channelOf, parseWav, stereoWavBytes, WAV_HEADER_BYTES, wavBytes, wavHeader, type WavShape } from '../../../src/domain/audio/wav.js';

function file(shape: WavShape, data: Uint8Array): Uint8Array {
  return Uint8Array.of(...wavHeader(shape), ...data);
}

function mono(samples: Int16Array, sampleRateHz = 8000): Uint8Array {
  return file({ sampleRateHz, channels: 1, samplesPerChannel: samples.length }, wavBytes(samples));
}

describe('WAV', () => {
  it('reads the mono file it wrote', () => {
    fc.assert(fc.property(fc.int16Array({ maxLength: 300 }), fc.constantFrom(8000, 16000, 24000), (samples, sampleRateHz) => {
      expect(parseWav(mono(samples, sampleRateHz))).to.deep.equal({ ok: true, sampleRateHz, channels: 1, samples });
    }));
  });

  it('reads the stereo file it wrote, channel by channel, the shorter one silent at its end', () => {
    const data = stereoWavBytes(Int16Array.of(1, 2, 3), Int16Array.of(-1));
    const audio = parseWav(file({ sampleRateHz: 8000, channels: 2, samplesPerChannel: 3 }, data));
    if (!audio.ok) throw new Error(audio.fault);
    expect([...channelOf(audio, 0)]).to.deep.equal([1, 2, 3]);
    expect([...channelOf(audio, 1)]).to.deep.equal([-1, 0, 0]);
  });

  it('writes the header as the specification lays it out', () => {
    const view = new DataView(wavHeader({ sampleRateHz: 16000, channels: 2, samplesPerChannel: 10 }).buffer);
    expect(view.byteLength).to.equal(WAV_HEADER_BYTES);
    expect([view.getUint32(4, true), view.getUint16(20, true), view.getUint16(22, true), view.getUint32(24, true)]).to.deep.equal([76, 1, 2, 16000]);
    expect([view.getUint32(28, true), view.getUint16(32, true), view.getUint16(34, true), view.getUint32(40, true)]).to.deep.equal([64000, 4, 16, 40]);
  });

  it('skips chunks it does not know, odd ones with their padding', () => {
    const plain = mono(Int16Array.of(5, 6));
    const list = [0x4c, 0x49, 0x53, 0x54];
    const withList = Uint8Array.of(...plain.subarray(0, 12), ...list, 3, 0, 0, 0, 1, 2, 3, 0, ...plain.subarray(12));
    const audio = parseWav(withList);
    expect(audio.ok && [...audio.samples]).to.deep.equal([5, 6]);
  });

  it('takes the samples that are there when the header promises more, or 0 as a streaming writer leaves it', () => {
    const long = mono(Int16Array.of(5, 6));
    new DataView(long.buffer).setUint32(40, 0xffffffff, true);
    const audio = parseWav(long);
    expect(audio.ok && [...audio.samples]).to.deep.equal([5, 6]);
    const empty = mono(Int16Array.of(5, 6));
    new DataView(empty.buffer).setUint32(40, 0, true);
    const none = parseWav(empty);
    expect(none.ok && none.samples.length).to.equal(0);
  });

  const refusals: readonly (readonly [string, string, (bytes: Uint8Array) => Uint8Array])[] = [
    ['not-riff', 'a file of another kind', (bytes) => Uint8Array.of(0, ...bytes.subarray(1))],
    ['not-riff', 'an empty file', () => new Uint8Array(0)],
    ['no-format', 'a file that ends before its format', (bytes) => bytes.slice(0, 12)],
    ['no-data', 'a file that ends before its data', (bytes) => bytes.slice(0, 36)],
    ['unsupported-format', 'A-law', (bytes) => { bytes[20] = 6; return bytes; }],
    ['unsupported-format', '8 bits', (bytes) => { bytes[34] = 8; return bytes; }],
    ['unsupported-format', 'no channels', (bytes) => { bytes[22] = 0; return bytes; }],
    ['unsupported-format', 'a rate of 0', (bytes) => bytes.fill(0, 24, 28)],
    ['unsupported-format', 'a format chunk that is cut', (bytes) => { bytes[16] = 8; return bytes; }],
  ];
  for (const [fault, what, spoil] of refusals) {
    it(`refuses ${what}`, () => {
      expect(parseWav(spoil(mono(Int16Array.of(1, 2))))).to.deep.equal({ ok: false, fault });
    });
  }

  it('refuses endless tiny chunks', () => {
    const bytes = new Uint8Array(12 + 8 * 2000);
    bytes.set(mono(new Int16Array(0)).subarray(0, 12));
    expect(parseWav(bytes)).to.deep.equal({ ok: false, fault: 'too-many-chunks' });
  });

  it('answers any bytes with audio or a refusal, never with a throw', () => {
    const valid = mono(Int16Array.from({ length: 20 }, (_, i) => i));
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }), fc.nat(valid.length), (changes, length) => {
      const bytes = valid.slice(0, length);
      for (const [at, value] of changes) if (at < length) bytes[at] = value;
      const audio = parseWav(bytes);
      if (audio.ok) expect(audio.samples.length).to.be.at.most(bytes.length / 2);
    }), { numRuns: 2000 });
  });
});
