import { WebSocket } from 'ws';
import { PortError, type PortErrorKind } from '../../../application/ports/port-error.js';

/** Unsent bytes past which the other side counts as gone: more than a minute of telephone audio. */
const UNSENT_BYTES_MAX = 1024 * 1024;
const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

export interface SpeechSocketOptions {
  /** `speech-to-text` or `text-to-speech`: the beginning of error codes. */
  readonly port: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  readonly connectTimeoutMs: number;
  readonly onText: (text: string) => void;
  readonly onBinary?: (bytes: Buffer) => void;
  /** Once, unless it was closed from here: why it is gone. Nothing is told after. */
  readonly onLost: (error: PortError) => void;
}

/**
 * A websocket to a speech provider. It may be written to at once: what is said before it is open waits, bounded. Refusals become
 * PortErrors by their HTTP status: 401 and 403 `rejected`, 429 `rate-limited`, others `unavailable`.
 */
export class SpeechSocket {
  private readonly socket: WebSocket;
  private readonly waiting: (string | Uint8Array)[] = [];
  private waitingBytes = 0;
  private over = false;

  constructor(private readonly options: SpeechSocketOptions) {
    this.socket = new WebSocket(options.url, [...options.protocols ?? []], {
      headers: { ...options.headers }, handshakeTimeout: options.connectTimeoutMs, perMessageDeflate: false, maxPayload: MESSAGE_BYTES_MAX,
    });
    this.socket.on('open', () => { this.flush(); });
    this.socket.on('message', (data, isBinary) => {
      if (this.over) return;
      const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(data as Buffer[]);
      if (isBinary) options.onBinary?.(bytes);
      else options.onText(bytes.toString('utf8'));
    });
    this.socket.on('unexpected-response', (request, response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      request.destroy();
      this.lose(refusal(options.port, status, response.headers['retry-after']));
    });
    this.socket.on('error', (error) => { this.lose(this.gone(`the connection failed: ${error.message}`, error)); });
    this.socket.on('close', (code, reason) => { this.lose(this.gone(`the provider closed the connection: ${code} ${reason.toString('utf8')}`.trim())); });
  }

  get open(): boolean {
    return !this.over && this.socket.readyState === WebSocket.OPEN;
  }

  send(data: string | Uint8Array): void {
    if (this.over) return;
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(data);
      if (this.socket.bufferedAmount > UNSENT_BYTES_MAX) this.lose(this.gone('the provider takes no more data'));
      return;
    }
    this.waiting.push(data);
    this.waitingBytes += data.length;
    if (this.waitingBytes > UNSENT_BYTES_MAX) this.lose(this.gone('the provider does not open the connection'));
  }

  sendJson(message: unknown): void {
    this.send(JSON.stringify(message));
  }

  /** The other side broke the protocol: the connection is over. */
  fail(message: string): void {
    this.lose(new PortError(message, { code: `${this.options.port}/protocol`, kind: 'protocol' }));
  }

  /** The provider said why it goes no further. */
  refuse(error: PortError): void {
    this.lose(error);
  }

  /** Closes without a word to the owner. `parting` is sent first when it is open. Idempotent. */
  close(parting?: unknown): void {
    if (this.over) return;
    if (parting !== undefined && this.open) this.sendJson(parting);
    this.end();
  }

  private flush(): void {
    for (const data of this.waiting.splice(0)) this.socket.send(data);
    this.waitingBytes = 0;
  }

  private lose(error: PortError): void {
    if (this.over) return;
    this.end();
    this.options.onLost(error);
  }

  private end(): void {
    this.over = true;
    this.waiting.length = 0;
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.close(1000);
      // One that does not answer the close must not stay for ever; ws itself waits 30 s.
      const patience = setTimeout(() => { this.socket.terminate(); }, 1000);
      this.socket.once('close', () => { clearTimeout(patience); });
    } else this.socket.terminate();
  }

  private gone(message: string, cause?: unknown): PortError {
    return new PortError(message, { code: `${this.options.port}/unavailable`, kind: 'unavailable', cause });
  }
}

/** What an HTTP status means for the port. */
export function refusal(port: string, status: number, retryAfter?: string): PortError {
  const [kind, what]: [PortErrorKind, string] = status === 401 || status === 403 ? ['rejected', 'unauthorised']
    : status === 429 ? ['rate-limited', 'rate-limited']
      : status >= 400 && status < 500 ? ['rejected', 'rejected'] : ['unavailable', 'unavailable'];
  const retryAfterS = Number(retryAfter);
  return new PortError(`the provider answered ${status}`, {
    code: `${port}/${what}`, kind, ...(Number.isFinite(retryAfterS) && retryAfterS > 0 ? { retryAfterMs: retryAfterS * 1000 } : {}),
  });
}
