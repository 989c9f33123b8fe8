import type { AgentOutput } from '../../../application/ports/agent.js';
import { ReplyBounds } from '../wire/reply-limits.js';
import { EventStreamParser } from './event-stream-parser.js';
import type { ClientResponse, ResponseBody } from './orchestrator-client.js';
import { garbage, readEvent, readReply, WIRE_LIMITS } from './wire.js';

/** The answer to a turn, read piece by piece whichever way it comes. Throws PortErrors. */
export class ReplyStream {
  private readonly ready: AgentOutput[] = [];
  private readonly parser = new EventStreamParser();
  private complete = false;
  private bytes = 0;
  private readonly bounds = new ReplyBounds();

  private constructor(private readonly body: ResponseBody) {}

  static async open({ contentType, body }: ClientResponse): Promise<ReplyStream> {
    const stream = new ReplyStream(body);
    if (contentType === 'other') throw garbage('content type is neither JSON nor an event stream');
    if (contentType === 'json') {
      for (const output of readReply(await body.text())) stream.accept(output);
      stream.complete = true;
    }
    return stream;
  }

  /** The next output, or null when the reply is complete. `onSign` is called at each sign of life on the way. */
  async next(onSign: () => void): Promise<AgentOutput | null> {
    while (this.ready.length === 0 && !this.complete) {
      await this.readOn();
      onSign();
    }
    return this.ready.shift() ?? null;
  }

  /** Gives the connection back after a complete reply, closes it otherwise. */
  release(): void {
    if (this.complete) this.body.discard();
    else this.body.destroy();
  }

  private async readOn(): Promise<void> {
    const chunk = await this.body.read();
    if (chunk === null) throw garbage('the stream ended before its done event');
    this.bytes += chunk.byteLength;
    if (this.bytes > WIRE_LIMITS.streamBytesMax) throw garbage('a stream without end');
    for (const event of this.parser.push(chunk)) {
      const output = readEvent(event.name, event.data);
      if (output === 'done') { this.complete = true; return; }
      if (output !== null) this.accept(output);
    }
  }

  private accept(output: AgentOutput): void {
    const fault = this.bounds.count(output);
    if (fault !== null) throw garbage(fault);
    if (output.type !== 'text' || output.delta !== '') this.ready.push(output);
  }
}
