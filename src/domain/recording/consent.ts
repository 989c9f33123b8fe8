import type { RecordingEnd, RefusedBy } from './recording-events.js';

/**
 * Where a call stands with its recording. `asking`: the notice is being said, nothing is stored; `none`: it will not be recorded;
 * `over`: it was, and what was recorded is kept, or it was stopped before it began; `refused` is final.
 */
export type Consent = 'asking' | 'recording' | 'paused' | 'none' | 'over' | 'refused';

export type ConsentAct =
  /** The caller has heard the whole notice. */
  | { readonly type: 'heard' }
  /** He has not, and will not. */
  | { readonly type: 'unheard' }
  | { readonly type: 'refuse'; readonly by: RefusedBy }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** For good; what was recorded is kept. The caller has not refused: he still may. */
  | { readonly type: 'stop' }
  | { readonly type: 'end'; readonly reason: RecordingEnd };

/** What is to be done, in order. */
export type ConsentEffect =
  | { readonly type: 'begin' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'keep'; readonly reason: RecordingEnd }
  /** Stop, erase what there is of this call, remember it for the next ones, tell the caller. */
  | { readonly type: 'forget'; readonly by: RefusedBy };

export interface ConsentDecision {
  readonly consent: Consent;
  readonly effects: readonly ConsentEffect[];
}

/** Pure. An act that does not go with where the call stands changes nothing and has no effects. */
export function decideConsent(consent: Consent, act: ConsentAct): ConsentDecision {
  switch (act.type) {
    case 'heard': case 'unheard': return afterNotice(consent, act.type === 'heard');
    case 'pause': return consent === 'recording' ? { consent: 'paused', effects: [{ type: 'pause' }] } : stay(consent);
    case 'resume': return consent === 'paused' ? { consent: 'recording', effects: [{ type: 'resume' }] } : stay(consent);
    case 'refuse': return mayRefuse(consent) ? { consent: 'refused', effects: [{ type: 'forget', by: act.by }] } : stay(consent);
    case 'stop': return stop(consent);
    case 'end': return end(consent, act.reason);
  }
}

/** Also when it is complete already: what was recorded of this call goes. */
export function mayRefuse(consent: Consent): boolean {
  return consent === 'asking' || consent === 'recording' || consent === 'paused' || consent === 'over';
}

function afterNotice(consent: Consent, heard: boolean): ConsentDecision {
  if (consent !== 'asking') return stay(consent);
  return heard ? { consent: 'recording', effects: [{ type: 'begin' }] } : { consent: 'none', effects: [] };
}

function stop(consent: Consent): ConsentDecision {
  return consent === 'asking' ? { consent: 'over', effects: [] } : end(consent, 'stopped');
}

function end(consent: Consent, reason: RecordingEnd): ConsentDecision {
  if (consent === 'asking') return { consent: 'none', effects: [] };
  return consent === 'recording' || consent === 'paused' ? { consent: 'over', effects: [{ type: 'keep', reason }] } : stay(consent);
}

function stay(consent: Consent): ConsentDecision {
  return { consent, effects: [] };
}
