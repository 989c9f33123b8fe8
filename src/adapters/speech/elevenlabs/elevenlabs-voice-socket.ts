import type { Cancel, Clock } from '../../../application/ports/clock.js';
import type { PortError } from '../../../application/ports/port-error.js';
import { isObject, readJsonObject } from '../wire/json-message.js';
import { SpeechSocket } from '../wire/speech-socket.js';
import { type Alignment, readAlignment } from './aligned-speech.js';
import { elevenLabsFailure } from './elevenlabs-failure.js';

/** Contexts at one time on one socket (their documentation). */
const CONTEXTS_MAX = 5;

export interface VoiceSocketOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly connectTimeoutMs: number;
  /** So long nobody speaks: it is closed. */
  readonly idleMs: number;
  readonly clock: Clock;
  /** Once: it takes no more contexts. */
  readonly onGone: () => void;
}

/** What one context tells. Nothing comes after `complete` or `failed`. */
export interface ContextEar {
  audio(bytes: Uint8Array, alignment: Alignment | null): void;
  complete(): void;
  failed(error: PortError): void;
}

interface Context { readonly ear: ContextEar; answered: boolean }

/** A multi-context socket of one voice: several syntheses share it, each in a context of its own. */
export class ElevenLabsVoiceSocket {
  private readonly socket: SpeechSocket;
  private readonly contexts = new Map<string, Context>();
  private begun = 0;
  private gone = false;
  private stopIdle: Cancel = () => undefined;

  constructor(private readonly options: VoiceSocketOptions) {
    this.socket = new SpeechSocket({
      port: 'text-to-speech', url: options.url, headers: { 'xi-api-key': options.apiKey }, connectTimeoutMs: options.connectTimeoutMs,
      onText: (text) => { this.read(text); },
      onLost: (error) => { this.lost(error); },
    });
  }

  get hasRoom(): boolean {
    return !this.gone && this.contexts.size < CONTEXTS_MAX;
  }

  /** Returns what gives the synthesis up, at any time. */
  say(text: string, ear: ContextEar): Cancel {
    this.stopIdle();
    this.begun += 1;
    const id = `synthesis-${this.begun}`;
    this.contexts.set(id, { ear, answered: false });
    this.socket.sendJson({ text: ' ', context_id: id });
    this.socket.sendJson({ text: `${text.trim()} `, context_id: id, flush: true });
    this.socket.sendJson({ context_id: id, close_context: true });
    return () => { this.giveUp(id); };
  }

  private giveUp(id: string): void {
    const context = this.contexts.get(id);
    if (context === undefined) return;
    this.socket.sendJson({ context_id: id, close_context: true });
    // One that was given up without a word from the provider may have been given up because of that: the next begins on a fresh socket.
    if (!context.answered) this.retire();
    this.leave(id);
  }

  private leave(id: string): void {
    this.contexts.delete(id);
    if (this.contexts.size > 0) return;
    this.stopIdle();
    if (this.gone || this.options.idleMs <= 0) this.close();
    else this.stopIdle = this.options.clock.after(this.options.idleMs, () => { this.close(); });
  }

  private retire(): void {
    if (this.gone) return;
    this.gone = true;
    this.options.onGone();
  }

  private close(): void {
    this.retire();
    this.socket.close({ close_socket: true });
  }

  private lost(error: PortError): void {
    this.stopIdle();
    this.retire();
    const contexts = [...this.contexts.values()];
    this.contexts.clear();
    for (const { ear } of contexts) ear.failed(error);
  }

  private read(text: string): void {
    const message = readJsonObject(text);
    if (message === null) { this.socket.fail('elevenlabs sent something that is no message of multi-stream-input'); return; }
    const id = message['contextId'] ?? message['context_id'];
    const context = typeof id === 'string' ? this.contexts.get(id) : undefined;
    const error = message['error'];
    if (typeof error === 'string' || isObject(error)) { this.fail(typeof error === 'string' ? error : 'error', id); return; }
    if (typeof id !== 'string' || context === undefined) return; // of one that was given up
    context.answered = true;
    if (typeof message['audio'] === 'string' && message['audio'] !== '') context.ear.audio(Buffer.from(message['audio'], 'base64'), readAlignment(message['alignment']));
    if (message['isFinal'] !== true) return;
    this.leave(id);
    context.ear.complete();
  }

  /** Of one context, or of all when it names none. */
  private fail(error: string, id: unknown): void {
    const failure = elevenLabsFailure('text-to-speech', error);
    const context = typeof id === 'string' ? this.contexts.get(id) : undefined;
    if (context === undefined || typeof id !== 'string') { this.socket.refuse(failure); return; }
    this.leave(id);
    context.ear.failed(failure);
  }
}
