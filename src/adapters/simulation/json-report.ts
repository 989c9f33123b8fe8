import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CallReport, ReportedTurn } from '../../domain/simulation/call-report.js';

/** The report as `--json` writes it: see docs/guides/simulated-caller.md. Additive only. */
export function jsonReport(reports: readonly CallReport[], planned: number): Readonly<Record<string, unknown>> {
  return { ok: reports.length === planned && reports.every(({ ok }) => ok), calls: reports.map(callOf) };
}

/** `planned`: calls that should have been placed; with fewer the simulation is not ok. */
export async function writeJsonReport(file: string, reports: readonly CallReport[], planned: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(jsonReport(reports, planned), null, 2)}\n`);
}

function callOf(report: CallReport): Readonly<Record<string, unknown>> {
  return {
    name: report.name, script: report.script, did: report.did, ok: report.ok, answered: report.answered, end_reason: report.endReason, cause_code: report.causeCode,
    duration_ms: report.durationMs, recording: report.recording, event_log: report.eventLog, greeting_ms: report.greetingMs, response_ms: report.responseMs,
    digit_response_ms: report.digitResponseMs, stop_ms: report.stopMs, max_gap_ms: report.maxGapMs,
    media: report.media === null ? null : { packets_received: report.media.packetsReceived, packets_lost: report.media.packetsLost, packets_late: report.media.packetsLate, frames_adjusted: report.media.framesAdjusted },
    turns: report.turns.map(turnOf), failures: report.failures,
  };
}

function turnOf({ speaker, text, heard, atMs, interrupted, latency }: ReportedTurn): Readonly<Record<string, unknown>> {
  return { speaker, text, heard, at_ms: Math.round(atMs), interrupted, latency_ms: latency };
}
