import { join } from 'node:path';
import { WAV_HEADER_BYTES, wavBytes, wavHeader } from '../../domain/audio/wav.js';
import type { CallLog, SimulationOutput, StereoRecording } from '../../application/ports/simulation-output.js';
import { SerialFile } from './serial-file.js';

const STEREO_BYTES = 4;

/** Recordings (`NAME.wav`, stereo) and logs (`NAME.ndjson`) in a directory, made when it is first needed. */
export class DiskOutput implements SimulationOutput {
  constructor(private readonly directory: string) {}

  async openRecording(name: string, sampleRateHz: number, signal: AbortSignal): Promise<StereoRecording> {
    const file = await SerialFile.open(this.pathOf(name, 'wav'), signal);
    const header = (samplesPerChannel: number): Uint8Array => wavHeader({ sampleRateHz, channels: 2, samplesPerChannel });
    file.append(header(0)); // a recording that is cut off still opens in players that go by the size of the file
    return {
      location: file.path,
      append: (interleaved) => { file.append(wavBytes(interleaved)); },
      close: () => file.close(header((file.length - WAV_HEADER_BYTES) / STEREO_BYTES)),
    };
  }

  async openLog(name: string, signal: AbortSignal): Promise<CallLog> {
    const file = await SerialFile.open(this.pathOf(name, 'ndjson'), signal);
    return {
      location: file.path,
      write: (atMs, type, fields) => { file.append(Buffer.from(`${JSON.stringify({ at_ms: Math.round(atMs * 10) / 10, ...fields, type })}\n`, 'utf8')); },
      close: () => file.close(),
    };
  }

  /** Names come from scripts, whose alphabet has no separators. */
  private pathOf(name: string, extension: string): string {
    return join(this.directory, `${name.replace(/[^A-Za-z0-9._-]/gu, '_')}.${extension}`);
  }
}
