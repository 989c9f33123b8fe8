/** Branded identifiers: a plain string cannot be passed where an id of another thing is due. */
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** ULID of one call, the same in state, events, logs and Asterisk object names. */
export type CallId = Id<'CallId'>;
/** One telephone leg; with Asterisk this is the channel id. */
export type LegId = Id<'LegId'>;
export type TenantId = Id<'TenantId'>;
export type AgentId = Id<'AgentId'>;
/** Given by the agent-orchestrator when the conversation is created. */
export type ConversationId = Id<'ConversationId'>;
/** One reply of the agent; stale results are recognised by it. */
export type ReplyId = Id<'ReplyId'>;
export type EventId = Id<'EventId'>;

/** The form of every tenant's id, in files, tokens and requests. */
export const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/u;
/** Ids of agents have the same form. */
export const AGENT_ID = TENANT_ID;

export const callId = (value: string): CallId => value as CallId;
export const legId = (value: string): LegId => value as LegId;
export const tenantId = (value: string): TenantId => value as TenantId;
export const agentId = (value: string): AgentId => value as AgentId;
export const conversationId = (value: string): ConversationId => value as ConversationId;
export const replyId = (value: string): ReplyId => value as ReplyId;
export const eventId = (value: string): EventId => value as EventId;
