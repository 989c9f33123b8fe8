import { z } from 'zod';
import type { ChatSettings } from '../options.js';
import { ReplyFailure } from '../wire.js';
import type { Message } from './history.js';
import { TOOL_DESCRIPTIONS, type ToolCall } from './tools.js';

const chunkSchema = z.object({
  choices: z.array(z.object({
    delta: z.object({
      content: z.string().nullish(),
      tool_calls: z.array(z.object({
        index: z.int().min(0).max(15).default(0),
        id: z.string().max(200).nullish(),
        function: z.object({ name: z.string().max(200).nullish(), arguments: z.string().nullish() }).nullish(),
      })).nullish(),
    }).nullish(),
  })).default([]),
});
type Chunk = z.infer<typeof chunkSchema>;

const LINE_CHARACTERS_MAX = 256 * 1024;
const REPLY_CHARACTERS_MAX = 32 * 1024;
/** A whole completion. */
const COMPLETION_MS = 60_000;

export type ChatPiece = { readonly type: 'text'; readonly delta: string } | { readonly type: 'tools'; readonly calls: readonly ToolCall[] };

/** Asks an OpenAI-compatible API: text as it is generated, then the tool calls, if any. Throws ReplyFailure. */
export async function* streamChat(settings: ChatSettings, messages: readonly Message[], signal: AbortSignal): AsyncGenerator<ChatPiece, void, undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(COMPLETION_MS)]);
  try {
    yield* readPieces(eventData(await ask(settings, messages, limit)));
  } catch (error) {
    throw error instanceof ReplyFailure ? error : new ReplyFailure(limit.aborted ? 'timeout' : 'model_unavailable', true);
  }
}

async function* readPieces(events: AsyncIterable<string>): AsyncGenerator<ChatPiece, void, undefined> {
  const calls = new Map<number, PartialCall>();
  let characters = 0;
  for await (const data of events) {
    const delta = parse(data).choices[0]?.delta ?? {};
    characters += sizeOf(delta);
    if (characters > REPLY_CHARACTERS_MAX) throw new ReplyFailure('reply_too_long', false);
    addCalls(calls, delta.tool_calls ?? []);
    const text = delta.content ?? '';
    if (text !== '') yield { type: 'text', delta: text };
  }
  if (calls.size > 0) yield { type: 'tools', calls: [...calls].map(([index, call]) => ({ ...call, id: call.id === '' ? `call-${index}` : call.id })) };
}

async function ask({ baseUrl, apiKey, model }: ChatSettings, messages: readonly Message[], signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST', signal, redirect: 'error',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) },
    body: JSON.stringify({ model, messages, tools: TOOL_DESCRIPTIONS, stream: true }),
  });
  const type = response.headers.get('content-type') ?? '';
  if (response.ok && response.body !== null && type.startsWith('text/event-stream')) return response.body;
  await response.body?.cancel();
  throw failureOf(response.status, response.headers.get('retry-after'));
}

function failureOf(status: number, retryAfter: string | null): ReplyFailure {
  if (status === 429) return new ReplyFailure('rate_limited', true, /^\d{1,4}$/u.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 1000);
  if (status === 401 || status === 403) return new ReplyFailure('model_key_refused', false);
  if (status >= 500) return new ReplyFailure('model_unavailable', true);
  return new ReplyFailure(status < 300 ? 'model_answer_strange' : 'model_request_refused', false);
}

/** The `data` of each event until `[DONE]`. A stream that ends without it was cut. */
async function* eventData(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/u);
    rest = lines.pop() ?? '';
    if (rest.length > LINE_CHARACTERS_MAX) throw new ReplyFailure('model_answer_strange', false);
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const data = line.slice('data:'.length).trim();
      if (data === '[DONE]') return;
      yield data;
    }
  }
  throw new ReplyFailure('model_unavailable', true);
}

function parse(data: string): Chunk {
  try {
    return chunkSchema.parse(JSON.parse(data));
  } catch {
    throw new ReplyFailure('model_answer_strange', false); // not repeated here: it may hold what was said
  }
}

type Delta = NonNullable<Chunk['choices'][number]['delta']>;
interface PartialCall {
  id: string;
  name: string;
  arguments: string;
}

function sizeOf({ content, tool_calls: calls }: Delta): number {
  return (content?.length ?? 0) + (calls ?? []).reduce((sum, call) => sum + (call.function?.arguments?.length ?? 0), 0);
}

/** Calls come in pieces, told apart by their index. */
function addCalls(calls: Map<number, PartialCall>, pieces: NonNullable<Delta['tool_calls']>): void {
  for (const piece of pieces) {
    const call = calls.get(piece.index) ?? { id: '', name: '', arguments: '' };
    call.id = piece.id ?? call.id;
    call.name += piece.function?.name ?? '';
    call.arguments += piece.function?.arguments ?? '';
    calls.set(piece.index, call);
  }
}
