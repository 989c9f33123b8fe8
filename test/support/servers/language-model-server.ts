import { type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, type ServerWritableStream, status } from '@grpc/grpc-js';
import {
  type EndRequest, type EndResponse, LanguageModelService, type OpenRequest, type OpenResponse, type ReportTransferRequest, type ReportTransferResponse, type TurnRequest, type TurnResponse,
} from '../../../src/adapters/grpc/generated/voicegateway/speech/v1/language_model.js';
import { BreakableRelay } from './speech/breakable-relay.js';
import { refusalOf } from './speech/grpc-refusal.js';

type Turn = ServerWritableStream<TurnRequest, TurnResponse>;
type Response = NonNullable<TurnResponse['response']>;
/** Answers a turn. The call may be left open: it ends when the client goes or the server stops. */
export type TurnAnswer = (call: Turn) => void;

export const LANGUAGE_MODEL_TOKEN = 'loopback-token';

/** A whole reply. */
export const replies = (...responses: readonly Response[]): TurnAnswer => (call) => {
  for (const response of responses) call.write({ response });
  call.write({ response: { $case: 'done', value: {} } });
  call.end();
};
/** The beginning of one, and nothing more. */
export const stalls = (...responses: readonly Response[]): TurnAnswer => (call) => { for (const response of responses) call.write({ response }); };
/** The beginning of one, and an end as if it were whole. */
export const cuts = (...responses: readonly Response[]): TurnAnswer => (call) => {
  for (const response of responses) call.write({ response });
  call.end();
};
export const refuses = (http: number, retryAfterS?: number): TurnAnswer => (call) => {
  call.emit('error', refusalOf({ kind: 'status', status: http, ...(retryAfterS === undefined ? {} : { retryAfterS }) }));
};
export const delta = (text: string): Response => ({ $case: 'text', value: { delta: text } });

/** LanguageModel of proto/voicegateway/speech/v1 on the loopback, which answers what the test says. It has no health service. */
export class LanguageModelServer {
  readonly opened: OpenRequest[] = [];
  readonly turns: TurnRequest[] = [];
  readonly transfers: ReportTransferRequest[] = [];
  readonly ended: string[] = [];
  greeting = '';
  /** Answers that have begun and not ended. */
  liveAnswers = 0;
  private answers: TurnAnswer[] = [replies(delta('Hello '), delta('caller.'))];
  private relay: BreakableRelay | null = null;

  private constructor(private readonly server: Server) {
    server.addService(LanguageModelService, {
      open: (call: ServerUnaryCall<OpenRequest, OpenResponse>, answer: sendUnaryData<OpenResponse>) => {
        if (call.metadata.get('authorization')[0] !== `Bearer ${LANGUAGE_MODEL_TOKEN}`) { answer({ code: status.UNAUTHENTICATED, details: 'wrong token' }); return; }
        this.opened.push(call.request);
        answer(null, { conversationId: `conversation-${call.request.callId}`, greeting: this.greeting });
      },
      turn: (call: Turn) => { this.turn(call); },
      reportTransfer: ({ request }: ServerUnaryCall<ReportTransferRequest, ReportTransferResponse>, answer: sendUnaryData<ReportTransferResponse>) => {
        this.transfers.push(request);
        answer(null, {});
      },
      end: ({ request }: ServerUnaryCall<EndRequest, EndResponse>, answer: sendUnaryData<EndResponse>) => {
        this.ended.push(request.conversation?.conversationId ?? '');
        answer(null, {});
      },
    });
  }

  static async start(): Promise<LanguageModelServer> {
    const model = new LanguageModelServer(new Server());
    const port = await new Promise<number>((resolve, reject) => {
      model.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => { if (error === null) resolve(bound); else reject(error); });
    });
    model.relay = await BreakableRelay.start(port, () => false);
    return model;
  }

  get url(): string {
    return `grpc://127.0.0.1:${this.relay?.port ?? 0}`;
  }

  /** The next turns are answered like this, in order; the last answer stays. */
  answer(...answers: readonly TurnAnswer[]): void {
    this.answers = [...answers];
  }

  breakAll(): void {
    this.relay?.breakAll();
  }

  async stop(): Promise<void> {
    await this.relay?.stop();
    this.server.forceShutdown();
  }

  private turn(call: Turn): void {
    this.turns.push(call.request);
    this.liveAnswers += 1;
    let counted = true;
    const gone = (): void => {
      if (counted) this.liveAnswers -= 1;
      counted = false;
    };
    for (const event of ['close', 'cancelled', 'finish'] as const) call.on(event, gone);
    const { conversationId, callId } = call.request.conversation ?? { conversationId: '', callId: '' };
    if (conversationId !== `conversation-${callId}`) { refuses(404)(call); return; }
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    answer?.(call);
  }
}
