import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { FileRecordingRefusals } from '../adapters/recordings/file/file-recording-refusals.js';
import { FileRecordingStore } from '../adapters/recordings/file/file-recording-store.js';
import { SignedRecordingLinks } from '../adapters/recordings/links/signed-recording-links.js';
import { RecordingKeys } from '../adapters/recordings/sealed/recording-keys.js';
import type { RecordingPorts } from '../application/calls/call-recording.js';
import { CloseStack } from '../application/lifecycle/close-stack.js';
import type { EventPublisher } from '../application/ports/event-publisher.js';
import type { RecordingRefusals } from '../application/ports/recording-refusals.js';
import type { RecordingStore } from '../application/ports/recording-store.js';
import { ErasureProofs } from '../application/recordings/erasure-proofs.js';
import { JointRefusals } from '../application/recordings/joint-refusals.js';
import { RecordingDesk } from '../application/recordings/recording-desk.js';
import { RetentionSweep } from '../application/recordings/retention-sweep.js';
import type { Config } from '../config/gateway-schema.js';
import type { Recording } from '../domain/recording/recording.js';
import type { Runtime } from './runtime.js';
import type { State } from './state.js';

const LINK_KEY_BYTES = 32;

export interface Recordings {
  readonly ports: RecordingPorts;
  readonly store: RecordingStore;
  readonly desk: RecordingDesk;
  close(): Promise<void>;
}

export interface RecordingsWorld {
  readonly publisher: EventPublisher;
  /** Null: this node is alone, or shares its directory. */
  readonly redis: State['redis'];
}

/** Where calls are recorded to. Touches the disk when there is something to find or to record, no sooner. @throws Error when the keys are none. */
export async function openRecordings(config: Config, runtime: Runtime, { publisher, redis }: RecordingsWorld, signal: AbortSignal): Promise<Recordings> {
  const { clock, ids, log, metrics } = runtime;
  const { directory, keys: keyText } = config.recordings;
  const keys = keyText === null ? null : new RecordingKeys(keyText.reveal());
  const owned = new CloseStack();
  const { store: local, recovered } = await FileRecordingStore.open({ directory, nodeName: config.node.name, keys, logger: log }, signal);
  const here = new FileRecordingRefusals(join(directory, 'refusals'));
  const refusals = redis === null ? here : new JointRefusals([here, await inRedis(redis)]);
  owned.defer('refusals of recordings', () => refusals.close());
  const proofs = new ErasureProofs({ clock, ids, publisher, nodeName: config.node.name });
  await owned.orClose(forgetRefused(recovered, { store: local, refusals, proofs }, signal)); // before they can go anywhere
  if (recovered.length > 0) log.info('recordings that a crash had torn are complete', { recordings: recovered.length });
  const store = await owned.orClose(inBucket(config, runtime, { local, keys })) ?? local;
  owned.defer('recordings', () => store.close());
  const ports = { store, refusals, proofs };
  const sweep = new RetentionSweep({ clock, log, metrics, store, proofs });
  sweep.start();
  owned.defer('retention of recordings', () => sweep.close());
  // Without a key every node opens its own links only.
  const links = new SignedRecordingLinks(keys?.derive('voice-gateway recording links') ?? randomBytes(LINK_KEY_BYTES));
  return { ports, store, desk: new RecordingDesk({ store, links, proofs, clock, metrics }), close: () => owned.close() };
}

/** Null: recordings stay on the disk. */
async function inBucket({ recordings: { s3 } }: Config, { clock, log, metrics }: Runtime, { local, keys }: { readonly local: FileRecordingStore; readonly keys: RecordingKeys | null }): Promise<RecordingStore | null> {
  const { bucket, accessKeyId, secretAccessKey, endpoint, region, pathStyle } = s3;
  if (bucket === null || accessKeyId === null || secretAccessKey === null) return null; // half of it was refused with the configuration
  if (keys === null) log.warn('recordings go to the bucket unsealed: recordings.keys is not given');
  const { S3RecordingStore } = await import('../adapters/recordings/s3/s3-recording-store.js');
  const account = { endpoint, region, bucket, pathStyle, accessKeyId: accessKeyId.reveal(), secretAccessKey: secretAccessKey.reveal() };
  return S3RecordingStore.open({ local, account, prefix: s3.prefix ?? '', keys, clock, logger: log, metrics });
}

async function inRedis({ connection, keys }: NonNullable<State['redis']>): Promise<RecordingRefusals> {
  const { RedisRecordingRefusals } = await import('../adapters/state/redis/redis-recording-refusals.js');
  return new RedisRecordingRefusals(connection, keys);
}

/** The process died between a caller's no and the end of the file. */
async function forgetRefused(recovered: readonly Recording[], { store, refusals, proofs }: RecordingPorts, signal: AbortSignal): Promise<void> {
  for (const recording of recovered) {
    const { tenantId, recordingId, callerNumber, calleeNumber } = recording;
    const refused = await refusals.has(tenantId, callerNumber, signal) || await refusals.has(tenantId, calleeNumber, signal);
    if (refused && await store.erase(tenantId, recordingId, signal)) proofs.tell(recording, 'refused');
  }
}
