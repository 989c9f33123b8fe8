import type { ChildProcess } from 'node:child_process';
import { PortError } from '../../../application/ports/port-error.js';
import { spawnProcess } from '../../native/spawn-process.js';
import type { LoadAnswer } from './engine-protocol.js';

/** Longer than the largest model takes from a slow disk. */
const LOAD_MS_MAX = 60_000;
/** Then it is ended by force. */
const STOP_MS_MAX = 1000;
/** Of what it says while it loads: why a model is not usable. */
const SAID_CHARACTERS_MAX = 600;

export interface EngineProcessOptions {
  /** Where the process begins. */
  readonly module: URL;
  /** Its first message. */
  readonly load: object;
  /** The beginning of error codes. */
  readonly port: 'speech-to-text' | 'text-to-speech';
  /** Called once when it ends without being closed. */
  readonly onDeath: (reason: string) => void;
}

/** Takes what an engine says about one utterance or one text. */
export interface EngineListener<Answer> {
  take(answer: Answer): void;
  fail(error: PortError): void;
}

/**
 * sherpa-onnx in a process of its own. Its library ends the process it is in, by `exit` or by a memory fault, for a model or a text that
 * it does not like (docs/adr/0010-sherpa-onnx-in-processes.md): here that costs a few utterances, which go on elsewhere.
 */
export class EngineProcess<Command extends object, Answer extends { readonly id: number }> {
  private readonly child: ChildProcess;
  private readonly listeners = new Map<number, EngineListener<Answer>>();
  private readonly exited: Promise<void>;
  private readonly ready: Promise<void>;
  private settle: (error: PortError | null) => void = () => undefined;
  private said = '';
  private loaded = false;
  private dead = false;
  private closing: Promise<void> | null = null;

  private constructor(private readonly options: EngineProcessOptions) {
    this.child = spawnProcess(options.module);
    // Not 'close': it does not come when the channel was closed from here.
    this.exited = new Promise((resolve) => { this.child.once('exit', () => { resolve(); }); });
    this.ready = new Promise((resolve, reject) => {
      this.settle = (error) => { if (error === null) resolve(); else reject(error); };
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // Once it has loaded it may print what callers and agents say: nobody keeps that.
      if (!this.loaded) this.said = `${this.said}${text}`.slice(-SAID_CHARACTERS_MAX);
    });
    this.child.on('message', (answer: LoadAnswer | Answer) => { this.take(answer); });
    this.child.on('error', (error) => { this.died(error.message); });
    this.child.on('exit', (code, signal) => {
      const reason = signal ?? `code ${String(code)}`;
      const { stderr } = this.child;
      // Why a model is not usable may still be on its way.
      if (this.loaded || stderr === null || stderr.readableEnded) this.died(reason);
      else stderr.once('end', () => { this.died(reason); });
    });
    this.send(options.load);
  }

  /** Resolves when the model is loaded. @throws PortError `<port>/model-unusable`, with what the engine said, or `/unavailable`. */
  static async open<Command extends object, Answer extends { readonly id: number }>(options: EngineProcessOptions): Promise<EngineProcess<Command, Answer>> {
    const opened = new EngineProcess<Command, Answer>(options);
    const limit = setTimeout(() => { opened.settle(opened.error('unavailable', `the model was not loaded within ${LOAD_MS_MAX / 1000} s`)); }, LOAD_MS_MAX);
    try {
      await opened.ready;
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  get alive(): boolean {
    return !this.dead && this.closing === null;
  }

  /** Utterances or texts under way. */
  get load(): number {
    return this.listeners.size;
  }

  add(id: number, listener: EngineListener<Answer>): void {
    this.listeners.set(id, listener);
  }

  remove(id: number): void {
    this.listeners.delete(id);
  }

  /** Lost when the process is gone; then listeners are told. */
  send(command: Command | object): void {
    if (this.alive && this.child.connected) this.child.send(command, () => undefined); // a failure shows as the end of the process
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.stop();
    return this.closing;
  }

  private take(answer: LoadAnswer | Answer): void {
    if ('id' in answer) { this.listeners.get(answer.id)?.take(answer); return; }
    if (answer.type === 'unusable') { this.settle(this.error('model-unusable', answer.message)); return; }
    this.loaded = true;
    this.settle(null);
  }

  private async stop(): Promise<void> {
    this.failAll(this.error('closed', 'the engine is closed'));
    if (this.child.connected) this.child.disconnect();
    const force = setTimeout(() => { this.child.kill('SIGKILL'); }, STOP_MS_MAX);
    await this.exited;
    clearTimeout(force);
  }

  private died(reason: string): void {
    if (this.dead) return;
    this.dead = true;
    const why = `the process of sherpa-onnx ended: ${reason}`;
    this.settle(this.error('model-unusable', `${why}; it said: ${this.said.trim()}`));
    this.failAll(this.error('unavailable', why));
    if (this.loaded && this.closing === null) this.options.onDeath(reason);
  }

  private failAll(error: PortError): void {
    const listeners = [...this.listeners.values()];
    this.listeners.clear();
    for (const listener of listeners) listener.fail(error);
  }

  private error(what: 'unavailable' | 'model-unusable' | 'closed', message: string): PortError {
    return new PortError(message, { code: `${this.options.port}/${what}`, kind: what === 'model-unusable' ? 'rejected' : 'unavailable' });
  }
}
