import { once } from 'node:events';
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http';

export interface ReadEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** A client of server-sent events that reads them one by one, by the rules of WHATWG HTML 9.2.6. */
export class EventReader {
  text = '';
  /** When the server or the connection has ended the stream. */
  readonly ended: Promise<void>;
  private at = 0;
  private lastId = '';
  private over = false;
  private wake: () => void = () => undefined;

  private constructor(private readonly request: ClientRequest, private readonly response: IncomingMessage) {
    response.setEncoding('utf8').on('data', (piece: string) => { this.text += piece; this.wake(); });
    response.on('error', () => undefined); // cut: `ended` tells it
    this.ended = new Promise((resolve) => {
      response.on('close', () => { this.over = true; this.wake(); resolve(); });
    });
  }

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<EventReader> {
    const request = httpRequest(url, { agent: false, headers: { accept: 'text/event-stream', ...headers } });
    request.on('error', () => undefined);
    request.end();
    const [response] = await once(request, 'response') as [IncomingMessage];
    if (response.statusCode !== 200) {
      request.destroy();
      throw new Error(`no stream: ${response.statusCode ?? 0}`);
    }
    return new EventReader(request, response);
  }

  get headers(): IncomingHttpHeaders {
    return this.response.headers;
  }

  /** The next event; comments and bare ids are passed over. */
  async next(): Promise<ReadEvent> {
    for (;;) {
      const end = this.text.indexOf('\n\n', this.at);
      if (end === -1) { await this.more(); continue; }
      const fields = this.text.slice(this.at, end).split('\n').map((line) => /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? []);
      this.at = end + 2;
      let [type, data]: [string, string | null] = ['message', null];
      let id = '';
      for (const [, name, value = ''] of fields) {
        if (name === 'id') { this.lastId = value; id = value; }
        if (name === 'event') type = value;
        if (name === 'data') data = data === null ? value : `${data}\n${value}`;
      }
      if (data !== null) return { id, type, data: JSON.parse(data) as unknown };
    }
  }

  /** As a browser would send it after a break. */
  get lastEventId(): string {
    return this.lastId;
  }

  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) await this.more();
  }

  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  close(): void {
    this.request.destroy();
  }

  private async more(): Promise<void> {
    if (this.over) throw new Error(`the stream has ended:\n${this.text}`);
    await new Promise<void>((resolve) => { this.wake = resolve; });
  }
}
