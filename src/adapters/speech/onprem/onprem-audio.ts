import { PortError } from '../../../application/ports/port-error.js';
import type { AudioFormat } from '../../grpc/generated/voicegateway/speech/v1/audio.js';
import type { WireEncoding } from '../wire/pcm-assembler.js';

/*
 * Numbers of AudioEncoding (audio.proto) without its code: importing a value of the stubs would load grpc-js before it is used.
 */
const LINEAR16 = 1;
const MULAW = 2;

const RATES_HZ = { min: 8000, max: 48_000 };

/** PCM16 at our rate. */
export function linear16(sampleRateHz: number): AudioFormat {
  return { encoding: LINEAR16, sampleRateHz };
}

/** @throws PortError `<port>/protocol` when that is no format of the contract. */
export function readFormat(format: AudioFormat | undefined, port: string): { readonly encoding: WireEncoding; readonly sampleRateHz: number } {
  const { encoding, sampleRateHz } = format ?? { encoding: 0, sampleRateHz: 0 };
  const known = encoding === LINEAR16 ? 'pcm16le' : encoding === MULAW ? 'ulaw' : null;
  if (known === null || sampleRateHz < RATES_HZ.min || sampleRateHz > RATES_HZ.max) {
    throw new PortError(`audio of the encoding ${encoding} at ${sampleRateHz} Hz`, { code: `${port}/protocol`, kind: 'protocol' });
  }
  return { encoding: known, sampleRateHz };
}
