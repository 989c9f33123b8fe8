import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { verifyAuditDirectory } from '../composition/audit.js';
import type { Terminal } from './api/terminal.js';

const DIRECTORY_VARIABLE = 'VG_AUDIT_DIRECTORY';

type Report = Awaited<ReturnType<typeof verifyAuditDirectory>>[number];

/** `voice-gateway audit …`. */
export function auditCommand(terminal: Terminal): Command {
  const audit = new Command('audit').description('The audit trail.');
  audit.addCommand(new Command('verify')
    .description('Follow the audit trail on this machine, line by line. Exit code 1 when anything was changed, left out or added.')
    .option('--directory <directory>', `where it is: audit.directory (${DIRECTORY_VARIABLE})`, terminal.env[DIRECTORY_VARIABLE] ?? 'var/audit')
    .option('--key-file <file>', 'file with audit.key, when the gateway has one (VG_AUDIT_KEY_FILE, VG_AUDIT_KEY)')
    .action(async ({ directory, keyFile }: { readonly directory: string; readonly keyFile?: string }) => {
      terminal.setExitCode(await verify(terminal, directory, keyFile ?? terminal.env['VG_AUDIT_KEY_FILE'] ?? null));
    }));
  return audit;
}

async function verify(terminal: Terminal, directory: string, keyFile: string | null): Promise<number> {
  let reports: readonly Report[];
  try {
    const key = keyFile === null ? terminal.env['VG_AUDIT_KEY'] ?? null : readFileSync(keyFile, 'utf8').replace(/\r?\n$/u, '');
    reports = await verifyAuditDirectory(directory, key === '' ? null : key);
  } catch (error) {
    terminal.complain(`The audit trail cannot be read: ${error instanceof Error ? error.message : String(error)}\n  fix: name it with --directory, and the file of its key with --key-file\n`);
    return 1;
  }
  if (reports.length === 0) {
    terminal.complain(`There is no audit trail in ${directory}.\n  fix: name it with --directory; if it was there, it has been taken away\n`);
    return 1;
  }
  for (const report of reports) terminal.write(`${told(report)}\n`);
  return reports.some(({ fault }) => fault !== null) ? 1 : 0;
}

function told({ node, entries, first, last, fault, remarks }: Report): string {
  const counted = first === null || last === null ? '0 entries' : `${entries} entries, ${first.sequence} of ${first.at} to ${last.sequence} of ${last.at}`;
  if (fault === null) return [`${node}: intact: ${counted}${last === null ? '' : `\n  digest of the last: ${last.digest}`}`, ...remarks.map((remark) => `  ${remark}`)].join('\n');
  const place = fault.line === 0 ? fault.file : `${fault.file} line ${fault.line}`;
  return `${node}: BROKEN: ${place} ${fault.what}\n  whole before it: ${counted}`;
}
