import type { Orchestrator } from '../../../examples/reference-orchestrator/server.js';

export interface SentEvent {
  readonly name: string;
  readonly data: unknown;
}

/** Speaks HTTP with an orchestrator as the contract says, by hand: nothing here is shared with either side. */
export class Client {
  readonly headers: Record<string, string> = { 'x-call-id': 'call-1', 'x-tenant-id': 'bank', 'content-type': 'application/json' };

  constructor(private readonly orchestrator: Orchestrator) {}

  request(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.orchestrator.baseUrl}${path}`, { ...init, headers: { ...this.headers, ...(init.headers as Record<string, string> | undefined) } });
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.request(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'idempotency-key': 'key', ...headers } });
  }

  openBody(over: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      call_id: this.headers['x-call-id'], tenant_id: this.headers['x-tenant-id'], agent_id: 'card-delivery', language: 'en-US',
      direction: 'inbound', caller_number: '+4930777001', callee_number: '+4930555001', ...over,
    };
  }

  async open(over: Record<string, unknown> = {}): Promise<string> {
    const response = await this.post('/api/v1/conversations', this.openBody(over));
    return ((await response.json()) as { conversation_id: string }).conversation_id;
  }

  turn(id: string, text: string, key: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.post(`/api/v1/conversations/${id}/turns`, { turn_index: 1, input: { type: 'speech', text }, heard: null }, { accept: 'text/event-stream', 'idempotency-key': key, ...headers });
  }

  /** The events of a turn's reply. */
  async events(id: string, text: string, key: string): Promise<readonly SentEvent[]> {
    return eventsOf(await (await this.turn(id, text, key)).text());
  }

  async said(id: string, text: string, key: string): Promise<string> {
    return textOf(await this.events(id, text, key));
  }
}

export function eventsOf(stream: string): readonly SentEvent[] {
  return [...stream.matchAll(/event: (.*)\ndata: (.*)\n\n/gu)].map(([, name = '', data = '']) => ({ name, data: JSON.parse(data) as unknown }));
}

export function textOf(events: readonly SentEvent[]): string {
  return events.map(({ name, data }) => (name === 'delta' ? (data as { text: string }).text : '')).join('');
}

export async function errorOf(response: Response): Promise<readonly [status: number, code: string]> {
  return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
}
