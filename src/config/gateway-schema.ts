import { z } from 'zod';
import { Secret } from './secret.js';
import { choice, flag, hostsAndNetworks, list, networks, optionalPath, optionalSecret, optionalText, optionalUrl, path, port, requiredSecret, section, setting, text, url, wholeNumber } from './setting.js';
import { vault } from './vault-schema.js';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const MIB_BYTES = 1024 * 1024;
const NODE_NAME = { pattern: /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/u, expects: 'at most 32 of a–z, 0–9 and -, not at the ends' };
const TOPIC_PREFIX = { pattern: /^[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?$/u, expects: 'at most 100 of a–z, 0–9, ".", "_" and "-", not at the ends' };
const CLAIM_NAME = { pattern: /^[\x21-\x7e]{1,200}$/u, expects: 'the name of a claim, at its top level' };
const BUCKET_NAME = { pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u, expects: '3 to 63 of a–z, 0–9, "." and "-", not at the ends' };
const REGION_NAME = { pattern: /^[a-z0-9-]{1,64}$/u, expects: 'at most 64 of a–z, 0–9 and -' };
const KEY_PREFIX = { pattern: /^[A-Za-z0-9][A-Za-z0-9/_.-]{0,199}$/u, expects: 'at most 200 of A–Z, a–z, 0–9, "/", "_", "." and "-", a letter or digit first' };
const DIAL_TEMPLATE = { pattern: /\{number\}/u, expects: 'text that contains {number}' };

const node = section({
  name: text('Name of this process in Asterisk object names, shared state and events. Unique among the nodes.', 'node-1', NODE_NAME),
});

/** Of each HTTP server; made anew for each, since a schema is one setting. */
const serverTls = () => section({
  cert: optionalPath('File with the certificate (PEM, with those between it and the authority). With it and the key the server speaks TLS 1.2 and above. Read again when it changes.', '/etc/voice-gateway/tls.crt'),
  key: optionalPath('File with its key (PEM).', '/etc/voice-gateway/tls.key'),
  clientAuthority: optionalPath('File with an authority (PEM): clients without a certificate of it are turned away.', '/etc/voice-gateway/clients-ca.pem'),
});

const http = section({
  host: text('Address the HTTP server listens on. Health and metrics have no login: open it to a trusted network only.', '127.0.0.1'),
  port: port('Port of the HTTP server; 0 takes any free one.', 8080),
  tls: serverTls(),
});

const apiLimits = section({
  tenantRequestsPerMinute: wholeNumber('Requests of one tenant; of each subject for the role platform.', { min: 1, max: 1_000_000 }, 300),
  tenantWritesPerMinute: wholeNumber('Those of them that change something.', { min: 1, max: 1_000_000 }, 60),
  addressRequestsPerMinute: wholeNumber('Requests of one address (IPv6: of its /56), before it is known who asks.', { min: 1, max: 1_000_000 }, 600),
  failedLoginsPerMinute: wholeNumber('Answers with 401 to one token (or to none) of one address; past them it is not looked at for the rest of the minute. Ten times as many for all of the address: then nothing of it is.', { min: 1, max: 1_000_000 }, 10),
});

/** Off unless jwksUrl or development says whose tokens are believed. */
const api = section({
  host: text('Address the management API listens on.', '127.0.0.1'),
  port: port('Port of the management API; 0 takes any free one.', 8081),
  tls: serverTls(),
  jwksUrl: optionalUrl('Where the issuer of tokens publishes its keys (JWKS). The management API is off unless this or api.development is given.', 'https://login.example.com/.well-known/jwks.json'),
  issuer: optionalText('Issuer (claim iss) of tokens, exactly as it writes itself.', 'https://login.example.com/'),
  audience: text('Audience (claim aud) that tokens must be for, and for no other.', 'voice-gateway'),
  tenantClaim: text('Claim that names the tenant. Tokens with the role platform must not have it, all others must.', 'tenant_id', CLAIM_NAME),
  roleClaim: text('Claim that holds the role: viewer, operator, admin or platform.', 'role', CLAIM_NAME),
  tokenLifetimeMsMax: wholeNumber('Tokens that live longer (exp less iat) are refused.', { min: 60 * SECOND_MS, max: HOUR_MS }, 900 * SECOND_MS),
  development: flag('Believe tokens that `voice-gateway token` makes on this machine. Never with NODE_ENV=production.', false),
  developmentDirectory: path('Directory of the key of those tokens. Made on first use; whoever reads it may do everything.', 'var/development'),
  trustedProxies: networks('Networks (CIDR) of proxies before the API: what they say in X-Forwarded-For is the address of the client. Others are not asked, and all of their clients count as one address: the log warns of it once.', '[10.20.0.0/16]'),
  limits: apiLimits,
});

const asterisk = section({
  ariUrl: url('Base URL of the Asterisk REST interface.', 'http://127.0.0.1:8088/ari'),
  username: text('ARI user.', 'voicegw'),
  password: requiredSecret('Password of the ARI user.'),
  tlsAuthority: optionalPath('File with the certificates (PEM) of the authority to trust with https://, instead of those that Node.js knows.', '/etc/voice-gateway/asterisk-ca.pem'),
  name: text('Name of this Asterisk. Gateways on the same one give it the same name: they go on with each other\'s calls.', 'asterisk'),
  app: text('Name of our Stasis application, as the dialplan calls it.', 'voice-gateway'),
  requestTimeoutMs: wholeNumber('Deadline of one ARI request.', { min: 100, max: 60_000 }, 2000),
  originateTimeoutMs: wholeNumber('Deadline of the ARI request that places a call (not of its ringing).', { min: 100, max: 60_000 }, 5000),
  pingIntervalMs: wholeNumber('Time between pings on the event socket.', { min: 500, max: 60_000 }, 5000),
  pongTimeoutMs: wholeNumber('No pong by then: the event socket is taken for dead and made anew.', { min: 100, max: 60_000 }, 3000),
  dialTemplate: text('Dial string of a number; {number} and {trunk} are filled in.', 'PJSIP/{number}@{trunk}', DIAL_TEMPLATE),
  trunk: text('Trunk (PJSIP endpoint) that numbers are dialled through unless the call names another.', 'outbound'),
  peerAddressOverride: optionalText('Address to send audio to instead of the one Asterisk names, when Asterisk is behind address translation.', '192.0.2.10'),
});

const media = section({
  bindHost: text('Local address of the audio (RTP) sockets.', '127.0.0.1'),
  advertiseHost: text('Where Asterisk is told to send audio to: an IPv4 address; a name, resolved once at the start; or auto, the address of ours that faces Asterisk.', '127.0.0.1'),
  trustedNetworks: networks('Networks (CIDR) that audio may cross, beside the loopback: it is not encrypted. Asterisk and we must be in them, or no audio is sent.', '[10.20.0.0/16]'),
  port: port('Local UDP port of all audio; 0 takes any free one.', 0),
  io: choice('Packet I/O: batched system calls, plain sockets, or whichever this machine can do.', ['auto', 'batched', 'dgram'], 'auto'),
  legsMax: wholeNumber('Audio legs at one time.', { min: 1, max: 20_000 }, 1100),
  mediaTimeoutMs: wholeNumber('No packet from the caller for so long: the audio counts as lost.', { min: SECOND_MS, max: HOUR_MS }, 15 * SECOND_MS),
});

const localSpeech = section({
  recogniserWorkers: wholeNumber('Threads that recognise speech.', { min: 1, max: 64 }, 1),
  decodersMax: wholeNumber('Recognisers open at one time, over all threads.', { min: 1, max: 1000 }, 32),
  synthesiserWorkers: wholeNumber('Threads that synthesise speech.', { min: 1, max: 64 }, 1),
  modelDirectory: optionalPath('Directory of the acoustic model; empty: where Debian puts it.', '/usr/share/pocketsphinx/model/en-us'),
  libraryDirectories: list('Directories searched for the speech libraries before those of the system.', [], '[/opt/speech/lib]'),
});

/** Values are not shown anywhere: which of them are secret is known to the provider alone. */
const accountSettings = z.record(z.string().regex(/^[a-z][A-Za-z0-9]{0,40}$/u), z.union([z.string().min(1), z.number(), z.boolean()]).transform((value) => new Secret(String(value))));

const speech = section({
  local: localSpeech,
  accounts: setting(z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/u), accountSettings).default({}), {
    kind: 'structure', secret: true, doc: 'Accounts at speech providers, by the name that agents use in `stt`, `tts` and `vad`. `provider` says whose it is (default: the name of the account), `tenants` who may use it (ids with commas between; default: all); the rest is in docs/speech-providers.md.',
    expects: 'a mapping of names to settings', example: '{deepgram: {apiKey: "${DEEPGRAM_API_KEY}"}}',
  }),
  ttsCacheBytesMax: wholeNumber('Memory for fixed prompts synthesised once; the least used are dropped.', { min: 0, max: 4096 * MIB_BYTES }, 64 * MIB_BYTES),
});

const agentGrpc = section({
  url: optionalText('Where the server of LanguageModel (proto/) is: grpcs://host:port, or grpc://address:port on the loopback and in trustedNetworks.', 'grpcs://mind.example.com:50051'),
  trustedNetworks: list('Networks (CIDR) whose servers are spoken to without encryption.', [], '[10.20.0.0/16]'),
  ca: optionalPath('File with the authority (PEM) to trust instead of those that Node.js knows.', '/etc/voice-gateway/mind-ca.pem'),
  cert: optionalPath('File with our certificate (PEM), for mTLS.', '/etc/voice-gateway/gateway.pem'),
  key: optionalPath('File with its key (PEM).', '/etc/voice-gateway/gateway.key'),
  serverName: optionalText('Name in the certificate of the server, when it is not the host of url.', 'mind.internal'),
  connectTimeoutMs: wholeNumber('Deadline of a connection and of the health check.', { min: 100, max: 60_000 }, 1000),
});

const agent = section({
  kind: choice('Who decides what is said: an agent-orchestrator by HTTP, or a language model by our gRPC contract.', ['orchestrator', 'grpc'], 'orchestrator'),
  orchestratorUrl: url('Base URL of the agent-orchestrator.', 'http://127.0.0.1:8090'),
  grpc: agentGrpc,
  token: optionalSecret('Bearer token sent to the agent-orchestrator, or to the language model.'),
  openDeadlineMs: wholeNumber('A conversation must be created by then.', { min: 100, max: 60_000 }, 3000),
  firstOutputDeadlineMs: wholeNumber('The first output of a turn must come by then.', { min: 100, max: 120_000 }, 10_000),
  replyDeadlineMs: wholeNumber('A reply must be complete by then.', { min: SECOND_MS, max: HOUR_MS }, 60 * SECOND_MS),
  connectionsMax: wholeNumber('Connections to the agent-orchestrator at one time.', { min: 1, max: 10_000 }, 512),
});

const tenants = section({
  directory: optionalPath('Directory of tenant files (*.yaml). Give this or managerUrl.', 'tenants'),
  managerUrl: optionalUrl('Base URL of the tenant-manager. Give this or directory.', 'https://tenants.example.com'),
  token: optionalSecret('Bearer token sent to the tenant-manager.'),
  served: list('With managerUrl: ids of the tenants whose numbers this node answers.', [], '[north-bank, harbour-grill]'),
  requestTimeoutMs: wholeNumber('Deadline of one request to the tenant-manager.', { min: 100, max: 60_000 }, 1500),
  cacheTtlMs: wholeNumber('A tenant read from the tenant-manager is used for so long before it is asked for again.', { min: 0, max: HOUR_MS }, 60 * SECOND_MS),
  negativeCacheTtlMs: wholeNumber('The same for "there is no such tenant or number".', { min: 0, max: HOUR_MS }, 5 * SECOND_MS),
  staleMaxMs: wholeNumber('While the tenant-manager fails, what was read is used for so long.', { min: 0, max: 24 * HOUR_MS }, HOUR_MS),
  reloadIntervalMs: wholeNumber('Time between looks at the tenant files for changes.', { min: 100, max: HOUR_MS }, 2000),
});

const kafka = section({
  brokers: list('Brokers to begin with, host:port; the others are learnt from them.', [], '[kafka-1.example.com:9093, kafka-2.example.com:9093]'),
  topicPrefix: text('Topics are called <prefix>.call, .speech, .conversation and .error.', 'voicegw', TOPIC_PREFIX),
  createTopics: flag('Make the topics when they are missing, with partitions and replicas as the brokers are set. Where that is not allowed they must exist.', true),
  tls: flag('Encrypt the connections. Needed wherever they leave the host.', false),
  tlsAuthority: optionalPath('File with the certificates (PEM) of the authority to trust instead of those that Node.js knows.', '/etc/voice-gateway/kafka-ca.pem'),
  saslMechanism: choice('How to log in.', ['none', 'plain', 'scram-sha-256', 'scram-sha-512'], 'none'),
  saslUsername: optionalText('User to log in as.', 'voice-gateway'),
  saslPassword: optionalSecret('Password of that user.'),
  spoolDirectory: path('Directory where events wait while Kafka does not take them.', 'var/spool'),
  spoolBytesMax: wholeNumber('Disk for waiting events; an alarm is logged at four fifths of it.', { min: MIB_BYTES, max: 16_384 * MIB_BYTES }, 1024 * MIB_BYTES),
  memoryEventsMax: wholeNumber('More events than these waiting in memory go to the spool.', { min: 100, max: 1_000_000 }, 2000),
});

const events = section({
  kind: choice('Where events go: files on disk, or Kafka.', ['file', 'kafka'], 'file'),
  kafka,
  directory: path('Directory of the event log.', 'var/events'),
  rotateBytes: wholeNumber('A log file larger than this is followed by the next one; a new day begins a new one too.', { min: 4096, max: 16_384 * MIB_BYTES }, 64 * MIB_BYTES),
  queueEventsMax: wholeNumber('Events waiting in memory while the disk does not take them; past it the newest is dropped and counted.', { min: 100, max: 10_000_000 }, 100_000),
});

const redis = section({
  url: optionalSecret('Where Redis is, with user and password: redis://user:password@host:6379/0, rediss:// with TLS. Needed when state.kind is redis.'),
  keyPrefix: text('Every key begins with it and a colon; gateways with another prefix share nothing.', 'vg'),
  tlsAuthority: optionalPath('File with the certificates (PEM) of the authority to trust with rediss://, instead of those that Node.js knows.', '/etc/voice-gateway/redis-ca.pem'),
  commandTimeoutMs: wholeNumber('Deadline of one command.', { min: 20, max: 10_000 }, 250),
  connectTimeoutMs: wholeNumber('Deadline of a connection.', { min: 100, max: 60_000 }, 1000),
});

/** What the gateway does while Redis is away. */
const refuge = section({
  directory: path('Directory where events wait when there are too many for memory, also over a restart.', 'var/state'),
  memoryEventsMax: wholeNumber('More events than these waiting for Redis go to that directory.', { min: 100, max: 1_000_000 }, 10_000),
  spoolBytesMax: wholeNumber('Disk for waiting events.', { min: MIB_BYTES, max: 16_384 * MIB_BYTES }, 1024 * MIB_BYTES),
  patienceMs: wholeNumber('After Redis has been away for so long, events go out past it.', { min: 10 * SECOND_MS, max: 24 * HOUR_MS }, 300 * SECOND_MS),
});

const state = section({
  kind: choice('Where the state of calls is: in this process, or in a Redis that several gateways share and that outlives them.', ['memory', 'redis'], 'memory'),
  callTtlMs: wholeNumber('The record of a call lives for so long past its last refresh.', { min: 60 * SECOND_MS, max: HOUR_MS }, HOUR_MS),
  transcriptTtlMs: wholeNumber('The same for the transcript in it.', { min: 60 * SECOND_MS, max: HOUR_MS }, HOUR_MS / 2),
  redis, refuge,
});

const audit = section({
  directory: path('Directory of the audit trail. Nodes may share one; each keeps a chain of its own in it.', 'var/audit'),
  key: optionalSecret('Key of the chain. Without one whoever may write the files can make a chain that looks whole. A chain keeps its key: a new one needs a new directory.'),
  retentionDays: wholeNumber('Entries are kept for so many days.', { min: 1, max: 3650 }, 365),
});

const security = section({
  trustedNetworks: hostsAndNetworks('Networks (CIDR) and names of hosts that connections may go to without encryption, beside the loopback. Others are told of with a warning at the start and a metric.', '[10.20.0.0/16, redis]'),
});

/** In use when a bucket is given. */
const s3 = section({
  bucket: optionalText('Bucket (Amazon S3, or a server that speaks its protocol) that recordings are moved to when they are complete. Without it they stay on the disk.', 'recordings', BUCKET_NAME),
  endpoint: optionalUrl('Where the server is; none: Amazon\'s own of the region.', 'https://minio.example.com:9000'),
  region: text('Region that requests are signed for.', 'us-east-1', REGION_NAME),
  prefix: optionalText('What all keys begin with. Other objects are left alone.', 'voice-gateway/', KEY_PREFIX),
  accessKeyId: optionalSecret('Access key. It needs GetObject, PutObject and DeleteObject on what is under the prefix, and ListBucket.'),
  secretAccessKey: optionalSecret('Secret of the access key.'),
  pathStyle: flag('Name the bucket in the path (https://host/bucket/key), not in the host name. Most servers that are not Amazon\'s need it.', false),
});

const recordings = section({
  directory: path('Directory of recordings, and of who refused to be recorded. Nodes may share it, but not with recordings.s3. Made when it is needed.', 'var/recordings'),
  keys: optionalSecret('Keys that recordings are sealed with: 32 bytes in base64, several with commas between; the first seals new ones, all of them open old ones. Without keys recordings lie open on the disk.'),
  s3,
});

const history = section({
  kind: choice('Where past calls are kept for the management API: auto is redis where state.kind is redis, and file otherwise. With file, the calls of this node alone; redis keeps them in its memory.', ['auto', 'file', 'redis', 'none'], 'auto'),
  directory: path('Directory of past calls when they are kept as files.', 'var/history'),
  retentionDays: wholeNumber('A call is forgotten so many days after it began. The sums of what was used (calls, minutes, speech by provider; no numbers, no words) stay for 400 days, also of calls that are erased: they are charged for.', { min: 1, max: 3650 }, 30),
  transcriptDays: wholeNumber('What was said in it is forgotten after so many days, if that is sooner.', { min: 1, max: 3650 }, 30),
});

const limits = section({
  callsMax: wholeNumber('Calls at one time on this node; more are refused with congestion.', { min: 1, max: 20_000 }, 100),
  loopDelayMsMax: wholeNumber('Delay of the event loop (99th percentile of some seconds) past which new calls are refused.', { min: 5, max: 60_000 }, 250),
  memoryPercentMax: wholeNumber('Share of the memory the process may have past which new calls are refused.', { min: 10, max: 100 }, 85),
  drainDeadlineMs: wholeNumber('After SIGTERM calls may go on for so long; then they are ended politely.', { min: 0, max: 24 * HOUR_MS }, HOUR_MS),
});

const log = section({
  level: choice('Least important lines to be written.', ['debug', 'info', 'warn', 'error', 'silent'], 'info'),
});

/** Every setting of the gateway. Units end the names; documents, environment names and faults are made from this. */
export const GATEWAY_SCHEMA = z.strictObject({ node, http, api, asterisk, media, speech, agent, tenants, events, state, history, recordings, vault, audit, security, limits, log });

type Frozen<Value> = Value extends readonly (infer Item)[] ? readonly Item[]
  : Value extends Record<string, unknown> ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
  : Value;

/** The settings of one process, checked, complete and frozen. */
export type Config = Frozen<z.output<typeof GATEWAY_SCHEMA>>;
