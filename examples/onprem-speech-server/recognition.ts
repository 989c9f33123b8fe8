import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { RecogniseRequest, RecogniseResponse, RecognitionConfig } from '../../src/adapters/grpc/generated/voicegateway/speech/v1/recognition.js';
import type { PcmAssembler } from '../../src/adapters/speech/wire/pcm-assembler.js';
import type { SpeechToText, TranscriptionStream } from '../../src/application/ports/speech-to-text.js';
import { assemblerOf, rateOf } from './audio.js';
import { BadRequest, statusOf } from './status.js';

type Call = ServerDuplexStream<RecogniseRequest, RecogniseResponse>;

/** Serves one stream of Recognition.Recognise with an engine. */
export async function recognise(call: Call, speechToText: SpeechToText): Promise<void> {
  const abort = new AbortController();
  call.on('cancelled', () => { abort.abort(); });
  let session: RecognitionSession | null = null;
  try {
    // Not destroyed: what it ends with must still be sent.
    for await (const { request } of call.iterator({ destroyOnReturn: false }) as AsyncIterable<RecogniseRequest>) {
      if (request?.$case === 'config') session = await RecognitionSession.open(call, speechToText, request.value, abort.signal);
      else if (session === null) throw new BadRequest('the first message must be the config');
      else session.take(request);
    }
    call.end();
  } catch (error) {
    if (!abort.signal.aborted) call.emit('error', statusOf(error));
  } finally {
    abort.abort();
    await session?.close();
  }
}

/** The engine's stream of one caller. It has one final for each utterance, in their order: so it is known whose each event is. */
class RecognitionSession {
  /** Utterances without a final, oldest first. */
  private readonly pending: number[] = [];

  private constructor(private readonly call: Call, private readonly stream: TranscriptionStream, private readonly audio: PcmAssembler) {}

  static async open(call: Call, speechToText: SpeechToText, { language, format, grammar, phrases }: RecognitionConfig, signal: AbortSignal): Promise<RecognitionSession> {
    const audio = assemblerOf(format);
    const stream = await speechToText.open({ language, sampleRateHz: rateOf(format), ...(grammar === '' ? {} : { grammar }), phrases }, signal);
    const session = new RecognitionSession(call, stream, audio);
    call.write({ response: { $case: 'ready', value: {} } });
    void session.answer();
    return session;
  }

  take(request: RecogniseRequest['request']): void {
    if (request?.$case === 'utteranceBegin') {
      this.pending.push(request.value.utteranceId);
      this.stream.beginUtterance(0); // what came before its onset is sent with it
    } else if (request?.$case === 'audio') this.stream.write(this.audio.take(request.value.content));
    else if (request?.$case === 'utteranceEnd') this.stream.endUtterance();
    // Else: something of a newer contract.
  }

  async close(): Promise<void> {
    await this.stream.close();
  }

  private async answer(): Promise<void> {
    try {
      for await (const event of this.stream) {
        const [utteranceId = 0] = this.pending;
        if (event.type === 'partial') this.call.write({ response: { $case: 'partial', value: { utteranceId, text: event.text, words: [] } } });
        else {
          this.pending.shift();
          this.call.write({ response: { $case: 'final', value: { utteranceId, text: event.text, confidence: event.confidence ?? undefined, words: [] } } });
        }
      }
    } catch (error) {
      this.call.emit('error', statusOf(error));
    }
  }
}
