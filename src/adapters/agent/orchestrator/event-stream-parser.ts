import { WIRE_LIMITS, garbage } from './wire.js';

export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/**
 * Server-sent events (WHATWG HTML, section 9.2.6) out of chunks cut anywhere. Comments, `id` and `retry` are passed over.
 * Throws `agent/protocol` for bytes that are not UTF-8 and for an event or line beyond the limit, however slowly it grows.
 */
export class EventStreamParser {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private line = '';
  private returnHeld = false;
  private name = '';
  private data: string[] = [];
  private dataCharacters = 0;

  push(chunk: Uint8Array): readonly ServerEvent[] {
    const events: ServerEvent[] = [];
    const text = this.decode(chunk);
    if (!this.returnHeld && !/[\r\n]/u.test(text)) { // a line that comes byte by byte is not read again at each
      this.line += text;
      this.guard();
      return events;
    }
    // A CR at the end may be the first half of a CRLF: it waits.
    const lines = (this.line + text).split(/\r\n|\n|\r(?!$)/u);
    this.line = lines.pop() ?? '';
    this.returnHeld = this.line.endsWith('\r');
    for (const line of lines) this.takeLine(line, events);
    this.guard();
    return events;
  }

  private decode(chunk: Uint8Array): string {
    try {
      return this.decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw garbage('not UTF-8', cause);
    }
  }

  private takeLine(line: string, events: ServerEvent[]): void {
    if (line === '') { this.dispatch(events); return; }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line.startsWith(' ', colon + 1) ? colon + 2 : colon + 1);
    if (field === 'event') this.name = value;
    if (field === 'data') {
      this.data.push(value);
      this.dataCharacters += value.length + 1;
      this.guard();
    }
  }

  private dispatch(events: ServerEvent[]): void {
    if (this.name !== '' || this.data.length > 0) events.push({ name: this.name === '' ? 'message' : this.name, data: this.data.join('\n') });
    this.name = '';
    this.data = [];
    this.dataCharacters = 0;
  }

  private guard(): void {
    if (this.line.length + this.dataCharacters > WIRE_LIMITS.eventBytesMax) throw garbage('an event without end');
  }
}
