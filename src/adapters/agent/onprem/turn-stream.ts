import type { ClientReadableStream } from '@grpc/grpc-js';
import type { AgentOutput } from '../../../application/ports/agent.js';
import type { TurnResponse } from '../../grpc/generated/voicegateway/speech/v1/language_model.js';
import { ReplyBounds } from '../wire/reply-limits.js';
import { garbage, readResponse } from './turn-messages.js';

/** The answer to a turn, read piece by piece. Throws PortErrors and what grpc-js throws. */
export class TurnStream {
  private readonly responses: AsyncIterator<TurnResponse>;
  private readonly bounds = new ReplyBounds();

  constructor(private readonly call: ClientReadableStream<TurnResponse>) {
    call.on('error', () => undefined); // the iterator throws it, if somebody still reads
    this.responses = (call as AsyncIterable<TurnResponse>)[Symbol.asyncIterator]();
  }

  /** The next output, or null when the reply is complete. */
  async next(): Promise<AgentOutput | null> {
    for (;;) {
      const { done, value } = await this.responses.next() as IteratorResult<TurnResponse, undefined>;
      if (done === true) throw garbage('the stream ended before its done');
      const output = readResponse(value);
      if (output === 'done') return null;
      if (output === null) continue;
      const fault = this.bounds.count(output);
      if (fault !== null) throw garbage(fault);
      return output;
    }
  }

  /** Idempotent. */
  release(): void {
    this.call.cancel();
  }
}
