import type { Logger } from '../../../application/ports/logger.js';
import { PortError } from '../../../application/ports/port-error.js';
import type { SpeechChunk, SynthesisRequest, TextToSpeech, TextToSpeechCapabilities } from '../../../application/ports/text-to-speech.js';
import { ChunkQueue } from '../wire/chunk-queue.js';
import { EngineFleet } from './engine-fleet.js';
import { EngineProcess } from './engine-process.js';
import type { SynthesiserAnswer, SynthesiserCommand, SynthesiserLoad } from './engine-protocol.js';

const TEXT_CHARACTERS_MAX = 2000;
/** Texts at one time for one process; more would wait longer than any caller does. */
const TEXTS_MAX = 64;

export interface SherpaVoice {
  readonly name: string;
  /** BCP 47. */
  readonly language: string;
  /** Number of the speaker in the model. */
  readonly speaker: number;
}

export interface SherpaTextToSpeechOptions {
  readonly load: SynthesiserLoad;
  readonly voices: readonly SherpaVoice[];
  /** 1: as the model speaks; more is faster. */
  readonly speed: number;
  readonly processes: number;
  readonly logger: Logger;
  /** Between two starts of a process. */
  readonly respawnMsMin?: number;
}

/** A voice of sherpa-onnx (Piper, Kokoro, VITS), in processes of its own. Audio comes sentence by sentence. */
export class SherpaTextToSpeech implements TextToSpeech {
  readonly capabilities: TextToSpeechCapabilities;
  private readonly fleet: EngineFleet<SynthesiserCommand, SynthesiserAnswer>;
  private nextId = 1;

  constructor(private readonly options: SherpaTextToSpeechOptions) {
    const { load, logger, processes, respawnMsMin } = options;
    this.capabilities = { streaming: true, wordTimes: false, voices: options.voices.map(({ name, language }) => ({ name, language })) };
    this.fleet = new EngineFleet({
      port: 'text-to-speech', processes, ...(respawnMsMin === undefined ? {} : { respawnMsMin }),
      open: () => EngineProcess.open<SynthesiserCommand, SynthesiserAnswer>({
        module: new URL('./synthesiser-process.js', import.meta.url), load, port: 'text-to-speech',
        onDeath: (reason) => { logger.error('a synthesis process died', { reason }); },
      }),
    });
  }

  /** @throws PortError text-to-speech/unknown-voice, /text-too-long, /no-audio, /model-unusable, /unavailable. */
  async *synthesise({ text, voice, sampleRateHz }: SynthesisRequest, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
    if (isOver(signal)) return;
    const speaker = this.speakerOf(voice);
    if (text.length > TEXT_CHARACTERS_MAX) throw new PortError(`a text of ${text.length} characters is too long to speak, at most ${TEXT_CHARACTERS_MAX}`, { code: 'text-to-speech/text-too-long', kind: 'rejected' });
    const engine = await this.fleet.leastLoaded();
    if (isOver(signal)) return;
    if (engine.load >= TEXTS_MAX) throw new PortError('too many texts wait for the synthesiser', { code: 'text-to-speech/unavailable', kind: 'unavailable' });
    const id = this.nextId;
    this.nextId += 1;
    const queue = new ChunkQueue(signal);
    let heard = false;
    const silent = (): void => { queue.fail(new PortError('sherpa-onnx made no audio of a text', { code: 'text-to-speech/no-audio', kind: 'protocol' })); };
    engine.add(id, {
      take: (answer) => {
        if (answer.type === 'audio') { heard = true; queue.push({ samples: answer.samples }); }
        else if (answer.type === 'done' && heard) queue.end();
        else silent();
      },
      fail: (error) => { queue.fail(error); },
    });
    try {
      engine.send({ type: 'render', id, text, speaker, speed: this.options.speed, sampleRateHz });
      yield* queue.read();
    } finally {
      engine.remove(id);
      engine.send({ type: 'cancel', id });
    }
  }

  /** Idempotent. Ends every synthesis. */
  close(): Promise<void> {
    return this.fleet.close();
  }

  private speakerOf(name: string): number {
    const voice = this.options.voices.find((each) => each.name === name);
    if (voice === undefined) throw new PortError(`no voice of this account is named ${name}`, { code: 'text-to-speech/unknown-voice', kind: 'rejected' });
    return voice.speaker;
  }
}

/** A function, because it may change between two statements. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}
