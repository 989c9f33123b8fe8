import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { normaliseNumber } from '../../../src/domain/tenant/routing.js';
import type { AgentProfile } from '../../../src/domain/tenant/agent-profile.js';
import type { OutboundSettings } from '../../../src/domain/outbound/outbound-settings.js';
import type { Tenant } from '../../../src/domain/tenant/tenant.js';

/** How the server behaves: as it should, or one of the ways the world fails. */
export type ServerMood =
  | { readonly kind: 'well' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

const PATH = /^\/api\/v1\/tenants\/([^/]+)\/telephony\/(settings|dids|trunks)(?:\/([^/]+))?$/u;

/** The tenant-manager of product.md, section 5, on the loopback address: the three telephony endpoints over tenants in memory. */
export class TenantManagerServer {
  mood: ServerMood = { kind: 'well' };
  /** When set, requests must bring it. */
  token: string | null = null;
  /** Trunks by tenant id. */
  trunks: Readonly<Record<string, readonly string[]>> = {};
  /** Paths asked for, in order. */
  readonly requests: string[] = [];

  private constructor(private readonly server: Server, public tenants: readonly Tenant[]) {}

  static async start(tenants: readonly Tenant[]): Promise<TenantManagerServer> {
    const server = createServer();
    const manager = new TenantManagerServer(server, tenants);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => { manager.answer(request, response); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return manager;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request.url ?? '');
    if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`) { send(response, 401, {}); return; }
    switch (this.mood.kind) {
      case 'well': case 'foreign': this.answerWell(request.url ?? '', response); return;
      case 'status':
        if (this.mood.retryAfter !== undefined) response.setHeader('retry-after', this.mood.retryAfter);
        send(response, this.mood.status, { error: 'as you wished' });
        return;
      case 'garbage': response.setHeader('content-type', 'application/json'); response.end('<html>'); return;
      case 'hang': return;
      case 'reset': request.socket.destroy(); return;
      default: this.mood satisfies never;
    }
  }

  private answerWell(path: string, response: ServerResponse): void {
    const [, id, what, name] = PATH.exec(path) ?? [];
    const tenant = this.tenants.find((candidate) => candidate.id === decodeURIComponent(id ?? ''));
    const named = decodeURIComponent(name ?? '');
    const body = tenant === undefined ? null : this.body(tenant, what ?? '', named);
    send(response, body === null ? 404 : 200, body ?? { error: 'not found' });
  }

  private body(tenant: Tenant, what: string, name: string): unknown {
    if (what === 'settings') return { ...settingsOf(tenant), ...(this.mood.kind === 'foreign' ? { tenant_id: 'somebody-else' } : null) };
    if (what === 'trunks') return this.trunks[tenant.id]?.includes(name) === true ? { trunk_id: name, added_later: true } : null;
    const did = tenant.dids.find(({ number }) => normaliseNumber(number) === name);
    return did === undefined ? null : { did: did.number, agent_id: did.agentId };
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function settingsOf(tenant: Tenant): Readonly<Record<string, unknown>> {
  return {
    tenant_id: tenant.id, name: tenant.name, active: tenant.active, concurrent_calls_max: tenant.concurrentCallsMax,
    call_duration_max_ms: tenant.callDurationMaxMs, dids: tenant.dids.map(({ number, agentId }) => ({ did: number, agent_id: agentId })),
    speech_limits: Object.fromEntries(Object.entries(tenant.speechLimits).map(([account, { sttStreamsMax, ttsRequestsMax }]) => [account, { stt_streams_max: sttStreamsMax, tts_requests_max: ttsRequestsMax }])),
    agents: tenant.agents.map(agentOf), billing_plan: 'not our business', ...(tenant.outbound === undefined ? {} : { outbound: outboundOf(tenant.outbound) }),
  };
}

function outboundOf({ countries, kinds, allowedPrefixes, deniedPrefixes, homeCountry, limits }: OutboundSettings): unknown {
  return {
    countries, kinds, allowed_prefixes: allowedPrefixes, denied_prefixes: deniedPrefixes, home_country: homeCountry,
    concurrent_max: limits.concurrentMax, calls_per_second_max: limits.callsPerSecondMax, call_duration_max_ms: limits.callDurationMaxMs,
    minutes_per_day_max: limits.minutesPerDayMax, calls_per_number_per_day_max: limits.callsPerNumberPerDayMax,
  };
}

function agentOf(agent: AgentProfile): unknown {
  const { speech, prompts, fallback } = agent;
  return {
    agent_id: agent.id, name: agent.name, language: agent.language, stt_providers: speech.sttProviders, tts_providers: speech.ttsProviders, vad_provider: speech.vadProvider,
    voice: speech.voice, backup_voices: speech.backupVoices, grammar: speech.grammar, phrases: speech.phrases,
    prompts: {
      greeting: prompts.greeting, silence: prompts.silence, not_understood: prompts.notUnderstood, one_moment: prompts.oneMoment, still_working: prompts.stillWorking, resumed: prompts.resumed,
      agent_failed: prompts.agentFailed, handing_over: prompts.handingOver, transfer_failed: prompts.transferFailed,
      connected: prompts.connected, consultation: prompts.consultation, consultation_choice: prompts.consultationChoice, goodbye: prompts.goodbye,
    },
    fallback: fallback === null ? null : fallback.kind === 'extension' ? { extension: fallback.extension } : fallback.kind === 'queue' ? { queue: fallback.queue } : { number: fallback.number },
    transfer_context: agent.transferContext, transfer_numbers: agent.transferNumbers,
    pci: { agent_sees_card: agent.pci.agentSeesCard, vault_url: agent.pci.vaultUrl },
    turn_policy: Object.fromEntries(Object.entries(agent.turnPolicy).map(([name, value]) => [name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`), value as number])),
  };
}
