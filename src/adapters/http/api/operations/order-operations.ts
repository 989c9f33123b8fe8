import { z } from 'zod';
import { isPortError } from '../../../../application/ports/port-error.js';
import { type CallOrder, isObstacle, kindOf, OBSTACLES, type OrderObstacle, type RefusalKind } from '../../../../domain/call/call-order.js';
import type { HandoverTarget } from '../../../../domain/conversation/stimulus.js';
import { callId } from '../../../../domain/shared/ids.js';
import { TARGET_FORMS } from '../../../../domain/tenant/transfer-policy.js';
import { Problem, type ProblemCode } from '../../problem.js';
import { jsonOperation, type Operation } from '../operation.js';
import { CALL_PARAMS, EXAMPLE_CALL } from './call-parameters.js';

const ACCEPTED = z.object({ status: z.literal('accepted') }).meta({ id: 'Accepted', description: 'Under way or done; what comes of it is told by the events of the call.' });

const REFUSALS: Readonly<Record<RefusalKind, readonly [ProblemCode, string]>> = {
  'not-live': ['not-found', 'There is no such live call.'],
  'wrong-state': ['conflict', 'The call is not in the state for it: not answered yet, or with a person already.'],
  'not-allowed': ['refused', 'The tenant does not allow it.'],
  'not-possible': ['refused', 'This call cannot do that.'],
  failed: ['unavailable', 'It was tried and failed.'],
};

/** How the call stands, and what is needed. */
const IN_THE_WAY: Readonly<Record<OrderObstacle, string>> = {
  'not-answered': 'The call rings. It has to be answered first; until then it can only be hung up.',
  'not-greeted': 'The call is answered, but its conversation has not begun: ask again when the caller is greeted.',
  'with-a-person': 'The call is transferred: a person has the caller, and no agent comes back to it. It can be hung up.',
  'transfer-under-way': 'A transfer is ordered or under way already. Wait until call.transferred or call.transfer_failed tells what came of it.',
  ending: 'The call is ending: the caller hears the goodbye.',
  'nothing-to-say': 'There is nothing in the text that can be said: a word is needed.',
  'too-much-to-say': 'As much as may wait is waiting to be said already: wait until some of it was said, or say less.',
  'attended-needs-number': 'Only somebody at a number can be asked first: leave out briefing and attended for an extension or a queue.',
  'digits-not-sendable': 'No telephone can send these digits.',
  'not-recorded': 'This call is not recorded: its agent has no recording.mode, the caller did not hear the notice, or has refused before.',
  'recording-not-begun': 'The caller hears the notice: the recording begins after it, unless he refuses.',
  'recording-not-paused': 'The recording is running: only one that was paused can be resumed.',
  'recording-paused': 'The recording is paused already.',
  'recording-over': 'The recording has ended, and no other one begins in this call. What was recorded can still be refused.',
  'recording-refused': 'The recording of this call was refused, and is erased.',
};
const REASONS_DOC = `\`reason\` of a refusal: ${Object.entries(REFUSALS).filter(([, [code]]) => code !== 'not-found').map(([reason, [, detail]]) => `${reason} (${detail.replace(/\.$/u, '')})`).join(', ')}, `
  + 'unreachable (the node of the call did not answer: nobody knows whether it was done). '
  + `\`obstacle\` says what stands in the way: ${(['wrong-state', 'not-possible'] as const).map((kind) => `of ${kind} ${obstaclesOf(kind).join(', ')}`).join('; ')}. \`detail\` says what is needed.`;

/** A text that is spoken: no control characters. */
const SPOKEN = z.string().trim().min(1).max(1000).regex(/^[^\p{Cc}]*$/u, 'no control characters');

const TARGET = z.union([
  z.strictObject({ number: z.string().regex(TARGET_FORMS.number, 'a telephone number') }),
  z.strictObject({ extension: z.string().regex(TARGET_FORMS.extension, 'letters, digits and _ * # + -, at most 64') }),
  z.strictObject({ queue: z.string().regex(TARGET_FORMS.queue, 'letters, digits, _ and -, at most 64') }),
]).meta({ id: 'TransferTarget', description: 'A number, an extension of the tenant\'s dialplan context, or a queue of the PBX.' });

/** An order to a live call, the same for all of them but for what is ordered. */
function order(id: string, act: string, { summary, description, body, example, make }: {
  readonly summary: string; readonly description?: string; readonly body: z.ZodType; readonly example: unknown; readonly make: (body: unknown) => CallOrder;
}): Operation {
  return jsonOperation({
    id, method: 'post', path: `/calls/{callId}/${act}`, tag: 'Calls', summary, description: description === undefined ? REASONS_DOC : `${description} ${REASONS_DOC}`,
    permission: 'calls:control', scope: 'tenant', audited: true,
    params: CALL_PARAMS, query: z.strictObject({}), body,
    answer: { kind: 'json', status: 202, doc: 'The call does it.', schema: ACCEPTED },
    problems: ['not-found', 'conflict', 'refused', 'invalid-body', 'body-too-large', 'unsupported-media-type'],
    example: { params: { callId: EXAMPLE_CALL }, body: example },
    handle: async ({ tenantId, params, body: given, signal }, application) => {
      const outcome = await application.commands.order(tenantId, callId(params.callId), make(given), signal).catch(unanswered);
      if (outcome === 'accepted') return { body: { status: 'accepted' as const } };
      const reason = kindOf(outcome);
      const [code, general] = REFUSALS[reason];
      // What is not there has to look the same everywhere: no reason, no detail.
      throw code === 'not-found' ? new Problem('not-found') : new Problem(code, { reason, ...(isObstacle(outcome) ? { obstacle: outcome, detail: IN_THE_WAY[outcome] } : { detail: general }) });
    },
  });
}

function obstaclesOf(kind: RefusalKind): readonly string[] {
  return Object.entries(OBSTACLES).filter(([, of]) => of === kind).map(([obstacle]) => obstacle);
}

/** Not repeated by us, and not to be repeated blindly: who was told something twice notices. */
function unanswered(error: unknown): never {
  if (!isPortError(error) || error.code !== 'call-orders/unreachable') throw error;
  throw new Problem('unavailable', { reason: 'unreachable', detail: 'The node that has the call did not answer. It may have been done all the same: look at the call before you ask again.' });
}

/** Holds what is ordered to the schema of its body. */
function ordered<Body extends z.ZodType>(body: Body, example: z.input<Body>, make: (body: z.output<Body>) => CallOrder): { readonly body: z.ZodType; readonly example: unknown; readonly make: (body: unknown) => CallOrder } {
  return { body, example, make: (given) => make(given as z.output<Body>) };
}

export const ORDER_OPERATIONS: readonly Operation[] = [
  order('hangUpCall', 'hangup', { summary: 'End a live call.', description: 'At once: the caller hears no goodbye.', ...ordered(z.strictObject({}), {}, () => ({ type: 'hang-up' })) }),
  order('transferCall', 'transfer', {
    summary: 'Send the caller to a person.',
    description: 'With a briefing the person is told first and takes the call or not; if not, the agent goes on: numbers only, extensions and queues are sent to at once. Only where the tenant allows transfers to.',
    ...ordered(z.strictObject({ to: TARGET, attended: z.boolean().optional(), briefing: SPOKEN.optional() }), { to: { number: '+4930111' }, briefing: 'A caller about a lost card.' },
      ({ to, attended, briefing }) => ({ type: 'transfer', attended: attended ?? briefing !== undefined, briefing: briefing ?? '', target: targetOf(to) })),
  }),
  order('sendDtmf', 'dtmf', {
    summary: 'Send digits towards the far end.',
    ...ordered(z.strictObject({ digits: z.string().regex(/^[0-9*#A-D]{1,64}$/u, '1 to 64 of 0–9, *, #, A–D') }), { digits: '1' }, ({ digits }) => ({ type: 'send-dtmf', digits })),
  }),
  order('sayToCaller', 'say', {
    summary: 'Say something to the caller, after what is being said.',
    ...ordered(z.strictObject({ text: SPOKEN }), { text: 'One more minute, please.' }, ({ text }) => ({ type: 'say', text })),
  }),
  order('controlRecording', 'recording', {
    summary: 'Pause, resume, stop or refuse the recording of a live call.',
    description: '`pause` leaves a silent gap until `resume`. `stop` is for good and keeps what was recorded so far. `refuse` is the caller\'s no, when he tells a person: what was recorded of this call is erased, and the next calls of his number are not recorded. The caller himself refuses by key or words.',
    ...ordered(z.strictObject({ act: z.enum(['pause', 'resume', 'stop', 'refuse']) }), { act: 'pause' as const }, ({ act }) => ({ type: 'recording', act })),
  }),
];

function targetOf(to: z.output<typeof TARGET>): HandoverTarget {
  if ('number' in to) return { kind: 'number', number: to.number };
  return 'queue' in to ? { kind: 'queue', queue: to.queue } : { kind: 'extension', extension: to.extension };
}
