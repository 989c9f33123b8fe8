import { EventStreamCodec } from '@smithy/core/event-streams';

const codec = new EventStreamCodec((bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'), (text) => Buffer.from(text, 'utf8'));

const text = (value: string): { type: 'string'; value: string } => ({ type: 'string', value });

/** Message of application/vnd.amazon.eventstream with a JSON body. */
export function eventFrame(event: string, body: object): Buffer {
  return Buffer.from(codec.encode({ headers: { ':message-type': text('event'), ':event-type': text(event), ':content-type': text('application/json') }, body: Buffer.from(JSON.stringify(body)) }));
}

/** An error in the middle of a stream. */
export function exceptionFrame(exception: string, message: string): Buffer {
  return Buffer.from(codec.encode({
    headers: { ':message-type': text('exception'), ':exception-type': text(exception), ':content-type': text('application/json') }, body: Buffer.from(JSON.stringify({ Message: message })),
  }));
}

/** The audio in a signed request message; null: the message that ends the request. */
export function audioOf(frame: Uint8Array): Buffer | null {
  const signed = codec.decode(frame);
  if (!(':chunk-signature' in signed.headers)) throw new Error('an event was not signed');
  if (signed.body.length === 0) return null;
  const event = codec.decode(signed.body);
  if (event.headers[':event-type']?.value !== 'AudioEvent') throw new Error('an event was no AudioEvent');
  return Buffer.from(event.body);
}

/** Bytes as they come, to whole messages: the first four say how long one is. */
export class FrameSplitter {
  private rest = Buffer.alloc(0);

  take(bytes: Buffer): Buffer[] {
    this.rest = Buffer.concat([this.rest, bytes]);
    const frames: Buffer[] = [];
    while (this.rest.length >= 4 && this.rest.length >= this.rest.readUInt32BE(0)) {
      const length = this.rest.readUInt32BE(0);
      frames.push(this.rest.subarray(0, length));
      this.rest = this.rest.subarray(length);
    }
    return frames;
  }
}
