import type { CallReport, ReportedTurn } from './call-report.js';

/** What a simulation tells while it runs. `name` is the call's. */
export type SimulationProgress =
  | { readonly type: 'call-placed'; readonly name: string; readonly did: string; readonly callerNumber: string }
  | { readonly type: 'call-answered'; readonly name: string; readonly setupMs: number }
  /** A turn of either side, as soon as it is known; later knowledge (what was recognised in the audio) is in the report. */
  | { readonly type: 'turn'; readonly name: string; readonly turn: ReportedTurn }
  | { readonly type: 'fault'; readonly name: string; readonly message: string }
  | { readonly type: 'call-over'; readonly name: string; readonly report: CallReport };
