import { z } from 'zod';
import type { RecordingAudio } from '../../../../application/application.js';
import { WAV_HEADER_BYTES } from '../../../../domain/audio/wav.js';
import type { Recording } from '../../../../domain/recording/recording.js';
import { callId } from '../../../../domain/shared/ids.js';
import { Problem } from '../../problem.js';
import { type Download, downloadOperation, emptyOperation, jsonOperation, type Operation } from '../operation.js';
import { refuseUnknownTenant } from './known-tenant.js';

const WAV = 'audio/wav';
const ID = '01J00000000000000000000001';
const recordingId = z.string().regex(/^[0-9A-Za-z]{1,64}$/u).meta({ description: 'ULID of the recording.' });
const NUMBER = z.string().regex(/^\+?[0-9 ()/.-]{3,40}$/u).meta({ description: 'Telephone number; compared by its digits.' });
const ONE = { params: z.object({ recordingId }), query: z.strictObject({}), body: null };
const time = (doc: string) => z.iso.datetime().meta({ description: doc });

const RECORDING_VIEW = z.object({
  recordingId, tenantId: z.string(), callId: z.string(), agentId: z.string(), callerNumber: z.string(), calleeNumber: z.string(),
  startedAt: time('When it began.'), expiresAt: time('When it will be erased.'), durationMs: z.int(),
  sampleRateHz: z.int(), lengthBytes: z.int().meta({ description: 'Of the WAV: PCM16, caller left, agent right.' }),
}).meta({ id: 'Recording' });

function recordingView({ audioBytes, ...recording }: Recording): z.input<typeof RECORDING_VIEW> {
  return { ...recording, lengthBytes: WAV_HEADER_BYTES + audioBytes };
}

function downloadOf(audio: RecordingAudio | null): Download {
  if (audio === null) throw new Problem('not-found');
  const { recordingId: subject, tenantId } = audio.recording;
  return { mediaType: WAV, fileName: `${subject}.wav`, of: { subject, tenantId }, lengthBytes: audio.lengthBytes, read: (first, last) => audio.read(first, last) };
}

const listRecordings = jsonOperation({
  id: 'listRecordings', method: 'get', path: '/recordings', tag: 'Recordings', summary: 'Recordings, newest first.',
  permission: 'recordings:read', scope: 'tenant', audited: false,
  params: z.object({}), body: null,
  query: z.strictObject({
    callId: z.string().max(64).optional().meta({ description: 'Of this call only: one per node that has led it.' }),
    number: NUMBER.optional(), from: time('Began then or later.').optional(), to: time('Began before.').optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'At most so many.' }),
    after: recordingId.optional().meta({ description: '`next` of the page before.' }),
  }),
  answer: { kind: 'json', status: 200, doc: 'A page of recordings.', schema: z.object({ recordings: z.array(RECORDING_VIEW), next: z.string().nullable().meta({ description: 'Where the next page begins; null: there is none.' }) }).meta({ id: 'RecordingPage' }) },
  problems: ['not-found'], example: { query: { limit: '20' } },
  handle: async (asked, application) => {
    const { tenantId, query: { callId: call, number, from, to, limit, after }, signal } = asked;
    const filter = { ...(call === undefined ? {} : { callId: callId(call) }), ...(number === undefined ? {} : { number }), ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    const page = await application.queries.recordings(tenantId, filter, { limit, after: after ?? null }, signal);
    if (page.recordings.length === 0 && page.next === null) await refuseUnknownTenant(asked, application);
    return { body: { recordings: page.recordings.map(recordingView), next: page.next } };
  },
});

const getRecording = jsonOperation({
  id: 'getRecording', method: 'get', path: '/recordings/{recordingId}', tag: 'Recordings', summary: 'One recording.',
  permission: 'recordings:read', scope: 'tenant', audited: false, ...ONE,
  answer: { kind: 'json', status: 200, doc: 'The recording, without its audio.', schema: RECORDING_VIEW },
  problems: ['not-found'], example: { params: { recordingId: ID } },
  handle: async ({ tenantId, params, signal }, { queries }) => {
    const audio = await queries.recording(tenantId, params.recordingId, signal);
    if (audio === null) throw new Problem('not-found');
    return { body: recordingView(audio.recording) };
  },
});

const getRecordingAudio = downloadOperation({
  id: 'getRecordingAudio', method: 'get', path: '/recordings/{recordingId}/audio', tag: 'Recordings', summary: 'The audio.',
  description: 'A WAV: caller left, agent right. Ranges may be asked for. Each time is in the audit trail.',
  permission: 'recordings:read', takesTicket: true, scope: 'tenant', audited: true, ...ONE,
  answer: { kind: 'download', status: 200, doc: 'The WAV.', mediaType: WAV },
  problems: ['not-found'], example: { params: { recordingId: ID } },
  handle: async ({ tenantId, params, signal }, { queries }) => downloadOf(await queries.recording(tenantId, params.recordingId, signal)),
});

const createRecordingLink = jsonOperation({
  id: 'createRecordingLink', method: 'post', path: '/recordings/{recordingId}/links', tag: 'Recordings', summary: 'A link to the audio that needs no token.',
  description: 'Good for 5 minutes, for whoever has it. The audit trail has who made it, and each time that it was followed.',
  permission: 'recordings:read', scope: 'tenant', audited: true, ...ONE,
  answer: { kind: 'json', status: 201, doc: 'Where the audio can be had.', schema: z.object({ path: z.string().meta({ description: 'On this server.' }), expiresAt: time('Until then.') }).meta({ id: 'RecordingLink' }) },
  problems: ['not-found'], example: { params: { recordingId: ID } },
  handle: async ({ tenantId, params, signal }, { commands }) => {
    const made = await commands.linkRecording(tenantId, params.recordingId, signal);
    if (made === null) throw new Problem('not-found');
    return { body: { path: `/api/v1/recording-links/${made.link}`, expiresAt: made.expiresAt }, subject: params.recordingId };
  },
});

const followRecordingLink = downloadOperation({
  id: 'followRecordingLink', method: 'get', path: '/recording-links/{link}', tag: 'Recordings', summary: 'The audio that a link opens.',
  permission: 'public', scope: 'none', audited: true,
  params: z.object({ link: z.string().regex(/^[\w-]+\.[\w-]+$/u).max(512) }), query: z.strictObject({}), body: null,
  answer: { kind: 'download', status: 200, doc: 'The WAV.', mediaType: WAV },
  problems: ['not-found'], example: { params: { link: 'WyJub3J0aC1iYW5rIl0.c2lnbmVk' } },
  handle: async ({ params, signal }, { queries }) => downloadOf(await queries.linkedRecording(params.link, signal)),
});

const deleteRecording = emptyOperation({
  id: 'deleteRecording', method: 'delete', path: '/recordings/{recordingId}', tag: 'Recordings', summary: 'Erases a recording.',
  description: 'Nothing brings it back. `recording.erased` is the proof.',
  permission: 'recordings:erase', scope: 'tenant', audited: true, ...ONE,
  answer: { kind: 'empty', status: 204, doc: 'It is gone.' },
  problems: ['not-found'], example: { params: { recordingId: ID } },
  handle: async ({ tenantId, params, signal }, { commands }) => {
    if (!await commands.eraseRecording(tenantId, params.recordingId, signal)) throw new Problem('not-found');
    return {};
  },
});

const ERASED = z.object({
  recordings: z.int().meta({ description: 'By the node that answers.' }),
  calls: z.int().meta({ description: 'By the node that answers.' }),
  events: z.int().meta({ description: 'Taken out of the event log by the node that answers; 0 where events go to Kafka.' }),
  nodes: z.array(z.string()).meta({ description: 'Other nodes that have erased what they had.' }),
  notReached: z.array(z.object({
    what: z.enum(['node', 'nodes', 'live-call', 'live-calls', 'call-state', 'event-log', 'event-spool', 'kafka']),
    where: z.string().meta({ description: 'Name of the node, id of the call, topics, directory; empty: there is but one.' }),
    why: z.string().meta({ description: 'For people.' }),
  })).meta({ description: 'Where something of the person may be left.' }),
}).meta({ id: 'Erased' });

const eraseSubject = jsonOperation({
  id: 'eraseSubject', method: 'post', path: '/subjects/erase', tag: 'Privacy', summary: 'Forgets a person.',
  description: 'Erases the recordings, also those being made, the calls from and to a number, and the events of those calls in the event log (but not `recording.erased`, the proof), at all nodes that are alive. `notReached` names what may be left and where: nodes that did not confirm, an event log that this node is still going through (after five seconds the answer no longer waits for it, and it goes on for half a minute at most: ask again), calls that go on, and events that others have got.',
  permission: 'subjects:erase', scope: 'tenant', audited: true,
  params: z.object({}), query: z.strictObject({}), body: z.strictObject({ number: NUMBER }),
  answer: { kind: 'json', status: 200, doc: 'How much was erased.', schema: ERASED },
  problems: [], example: { body: { number: '+4930777001' } },
  handle: async ({ tenantId, body, signal }, { commands }) => {
    // The trail of acts must not keep what is to be forgotten.
    const { recordings, calls, events, nodes, notReached } = await commands.eraseSubject(tenantId, body.number, signal);
    const subject = `number: recordings ${recordings}, calls ${calls}, events ${events}`;
    return { body: { recordings, calls, events, nodes: [...nodes], notReached: [...notReached] }, subject };
  },
});

export const RECORDING_OPERATIONS: readonly Operation[] = [listRecordings, getRecording, getRecordingAudio, createRecordingLink, followRecordingLink, deleteRecording, eraseSubject];
