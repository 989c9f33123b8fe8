import type { CallRecord } from '../../domain/call/call.js';
import { isCalling } from '../../domain/call/leg-end.js';
import type { StimulusBody } from '../../domain/conversation/stimulus.js';
import type { Cancel, Clock } from '../ports/clock.js';
import { WIND_UP_GRACE_MS } from './call-beginning.js';

/** From the agent's limit on. A call that nobody hung up would hold its channels for ever. */
const TRANSFERRED_MS_MAX = 4 * 3_600_000;

export type LimitReason = 'time_limit' | 'drained';

/** The call whose time is limited. */
export interface LimitedCall {
  readonly clock: Clock;
  record(): CallRecord;
  /** Kept until the end of the call. */
  own(name: string, cancel: Cancel): void;
  tell(stimulus: StimulusBody): void;
  end(reason: LimitReason): void;
  /** A caller who waits in a queue of the PBX goes on waiting without us. False: he does not. */
  leaveToQueue(): boolean;
}

/** How long one call may last, and how it ends when it must. */
export class CallLimits {
  constructor(private readonly call: LimitedCall) {}

  begin(): void {
    const { clock } = this.call;
    const leftMs = Date.parse(this.call.record().callDeadlineAt) - Date.parse(clock.wallTime());
    this.call.own('call time limit', clock.after(Math.max(0, leftMs), () => { this.reach(); }));
  }

  /** Says goodbye and ends; at once while nobody has answered. */
  windUp(reason: LimitReason): void {
    if (this.call.leaveToQueue()) return;
    if (isCalling(this.call.record())) { this.call.end(reason); return; }
    this.call.tell({ type: 'wind-up', reason });
    this.call.own('wind-up grace', this.call.clock.after(WIND_UP_GRACE_MS, () => { this.call.end(reason); }));
  }

  /** The limit is on the agent: a caller who talks with a person by now may go on, but not for ever. A line that we pay for ends. */
  private reach(): void {
    const { state, direction } = this.call.record();
    if (state !== 'transferred') this.windUp('time_limit');
    else if (direction === 'outbound') this.call.end('time_limit');
    else this.call.own('transferred call limit', this.call.clock.after(TRANSFERRED_MS_MAX, () => { this.call.end('time_limit'); }));
  }
}
