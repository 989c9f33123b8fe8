export type MetricLabels = Readonly<Record<string, string>>;

/** Names, kinds, help texts and labels of every metric; the adapter registers exactly these, docs/metrics.md is generated from it. */
export const METRICS = {
  calls_total: { kind: 'counter', help: 'Calls ended, by how they ended.', labels: ['tenant', 'direction', 'result', 'reason'] },
  calls_active: { kind: 'gauge', help: 'Calls in progress on this node.', labels: [] },
  calls_rejected_total: { kind: 'counter', help: 'Calls refused before answering.', labels: ['reason'] },
  calls_not_placed_total: { kind: 'counter', help: 'Outbound calls asked for and not placed.', labels: ['reason'] },
  call_refusal_seconds: { kind: 'histogram', help: 'Offer of a call to its refusal: the caller hears busy or congestion.', labels: [] },
  call_setup_seconds: { kind: 'histogram', help: 'Offer of the call to answered with media open.', labels: [] },
  greeting_latency_seconds: { kind: 'histogram', help: 'Answer to first audio of the greeting handed to the network.', labels: [] },
  turn_latency_seconds: { kind: 'histogram', help: 'Latency of a turn, by stage: endpoint, stt_final, agent_first_text, tts_first_audio, playout, total (end of caller speech to first agent audio).', labels: ['stage'] },
  barge_in_stop_seconds: { kind: 'histogram', help: 'Onset of caller speech to the last agent frame when the caller interrupts.', labels: [] },
  barge_ins_total: { kind: 'counter', help: 'Replies cut by the caller.', labels: ['tenant'] },
  fallback_prompts_total: { kind: 'counter', help: 'Prompts spoken because a stage failed or was late.', labels: ['prompt'] },
  speech_recognised_seconds_total: { kind: 'counter', help: 'Audio given to recognisers by calls that have ended: what providers charge for.', labels: ['tenant', 'provider'] },
  speech_synthesised_characters_total: { kind: 'counter', help: 'Characters given to synthesisers by calls that have ended.', labels: ['tenant', 'provider'] },
  provider_fallbacks_total: { kind: 'counter', help: 'Streams and syntheses that went on with another provider, by the one they went to.', labels: ['port', 'provider'] },
  provider_busy_total: { kind: 'counter', help: 'Streams and syntheses that passed a provider over because its account, or the tenant there, had reached its limit.', labels: ['port', 'provider', 'tenant'] },
  provider_well: { kind: 'gauge', help: '1 while a speech provider is used, 0 while it is left alone or on trial.', labels: ['port', 'provider'] },
  provider_errors_total: { kind: 'counter', help: 'Failures at the edge of a port.', labels: ['port', 'code'] },
  provider_request_seconds: { kind: 'histogram', help: 'Time of a request to the outside (first result for streams).', labels: ['port'] },
  breaker_open: { kind: 'gauge', help: '1 while requests of a port (telephony, agent) are kept back because the other side failed again and again; until one succeeds. Alarm when it lasts.', labels: ['port'] },
  rtp_packets_total: { kind: 'counter', help: 'RTP packets, by direction.', labels: ['direction'] },
  rtp_dropped_total: { kind: 'counter', help: 'RTP packets dropped, by reason.', labels: ['reason'] },
  media_legs: { kind: 'gauge', help: 'Open media legs.', labels: [] },
  media_late_ticks_total: { kind: 'counter', help: 'Media ticks that began more than 5 ms late.', labels: [] },
  media_io: { kind: 'gauge', help: '1 for the packet I/O in use (batched or dgram).', labels: ['io'] },
  playout_underruns_total: { kind: 'counter', help: 'Times agent audio was due but not there.', labels: [] },
  ari_connected: { kind: 'gauge', help: '1 while the ARI event socket is up.', labels: [] },
  ari_reconnects_total: { kind: 'counter', help: 'Reconnections of the ARI event socket.', labels: [] },
  ari_application_replaced_total: { kind: 'counter', help: 'Times another process took our Stasis application over. Alarm.', labels: [] },
  ari_claims_total: { kind: 'counter', help: 'Calls that Asterisk told to several gateways: claimed by this one (won), by another (lost), or left to others (declined).', labels: ['outcome'] },
  ari_unknown_events_total: { kind: 'counter', help: 'Events of a type or shape we do not know.', labels: [] },
  orphans_reaped_total: { kind: 'counter', help: 'Channels and bridges of ours without a call, removed.', labels: ['kind'] },
  api_request_seconds: { kind: 'histogram', help: 'Requests to the management API, from arrival to answer (streams: to their beginning).', labels: ['operation', 'status'] },
  audit_entries_total: { kind: 'counter', help: 'Entries kept in the audit trail, by outcome of the act.', labels: ['outcome'] },
  audit_ready: { kind: 'gauge', help: '1 while the audit trail can be written; without it acts are refused. Alarm at 0.', labels: [] },
  plain_text_links: { kind: 'gauge', help: '1 for a connection that is not encrypted and leaves the machine for a network that nobody has called trusted, by the setting that names it.', labels: ['setting'] },
  api_tokens_refused_total: { kind: 'counter', help: 'Tokens that were not believed, by what was wrong with them.', labels: ['reason'] },
  api_limited_total: { kind: 'counter', help: 'Requests refused because there were too many, by the limit.', labels: ['limit'] },
  jwks_fetches_total: { kind: 'counter', help: 'Times the keys of the token issuer were asked for, by outcome.', labels: ['outcome'] },
  overloaded: { kind: 'gauge', help: '1 while this node takes no more calls because it is too busy.', labels: [] },
  calls_adopted_total: { kind: 'counter', help: 'Calls of nodes that have died: adopted, lost (the caller had gone, or was begun anew), failed (tried again).', labels: ['outcome'] },
  calls_let_go_total: { kind: 'counter', help: 'Calls let go because another node has them: this one was taken for dead. Alarm.', labels: [] },
  recordings_total: { kind: 'counter', help: 'Recordings of calls: started, kept, refused by the caller, failed (not written to their end). Alarm on failed.', labels: ['outcome'] },
  recordings_erased_total: { kind: 'counter', help: 'Recordings erased, by why.', labels: ['cause'] },
  recordings_not_forgotten_total: { kind: 'counter', help: 'Refused recordings that could not be erased or remembered within a minute. Alarm.', labels: ['act'] },
  recordings_waiting: { kind: 'gauge', help: 'Recordings on the disk that wait to be put into the bucket (recordings.s3). Alarm when it grows.', labels: [] },
  recordings_not_put_total: { kind: 'counter', help: 'Times a recording could not be put into the bucket, by why; it is tried again.', labels: ['code'] },
  events_lost_total: { kind: 'counter', help: 'Events that could not be stored and will reach nobody, by reason. Alarm.', labels: ['reason'] },
  events_published_total: { kind: 'counter', help: 'Domain events handed to the publisher.', labels: ['type'] },
  events_pending: { kind: 'gauge', help: 'Events waiting to be delivered.', labels: [] },
  events_spool_bytes: { kind: 'gauge', help: 'Disk in use by events that wait for Kafka. Alarm when near the bound.', labels: [] },
  history_pending: { kind: 'gauge', help: 'Events and states of calls that wait to be written to the history of calls.', labels: [] },
  history_lag_seconds: { kind: 'gauge', help: 'How long the oldest of them has waited. Alarm when it lasts: the history cannot be written.', labels: [] },
  history_lost_total: { kind: 'counter', help: 'Events and states that the history of calls will never have, by reason. State and published events are not concerned.', labels: ['reason'] },
  feed_followers: { kind: 'gauge', help: 'Those who follow events of calls live.', labels: [] },
  feed_lost_total: { kind: 'counter', help: 'Events that followers were not told, by reason; a gap was told instead.', labels: ['reason'] },
  orders_total: { kind: 'counter', help: 'Orders to live calls that this node was given to carry out, by order and outcome.', labels: ['order', 'outcome'] },
  state_refuge_active: { kind: 'gauge', help: '1 while state of calls is kept in memory because shared state is away or not up to date. Alarm when it lasts.', labels: [] },
  state_refuge_events: { kind: 'gauge', help: 'Events that wait for shared state to come back.', labels: [] },
  state_resynced_total: { kind: 'counter', help: 'Events and states of calls brought to shared state after it was away.', labels: ['what'] },
  outbox_depth: { kind: 'gauge', help: 'Events in the shared outbox, as the relay sees it. Alarm when it grows.', labels: [] },
  outbox_leader: { kind: 'gauge', help: '1 while this node relays the outbox.', labels: [] },
  outbox_relayed_total: { kind: 'counter', help: 'Events brought from the outbox to the publisher and removed.', labels: [] },
} as const satisfies Record<string, { kind: 'counter' | 'gauge' | 'histogram'; help: string; labels: readonly string[] }>;

export type MetricName = keyof typeof METRICS;

/** Measurements for operators. Cheap, synchronous, never throws. Exported with the prefix `voicegw_`. */
export interface Metrics {
  count(name: MetricName, labels?: MetricLabels, by?: number): void;
  gauge(name: MetricName, value: number, labels?: MetricLabels): void;
  /** Seconds. */
  observe(name: MetricName, seconds: number, labels?: MetricLabels): void;
}
