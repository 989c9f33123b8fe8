import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { OutageReport } from '../../bench/events/outage.js';

const EVENTS = 30_000;

/** In a process of its own, so that its memory is the publisher's. The goals have room on any machine; the figures are the bench's to judge. */
describe('Ten minutes without Kafka at 50 events a second', function () {
  this.timeout(120_000);

  it('lose no event, break no order, and cost little memory', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'vg-outage-'));
    try {
      const file = path.join(folder, 'outage.json');
      const args = ['dist/bench/main.js', 'events', '--events', String(EVENTS), '--compression', '120', '--json', file];
      const output = await promisify(execFile)(process.execPath, args).then(({ stdout }) => stdout, (error: unknown) => String((error as { stdout?: string }).stdout) + String(error));
      const report = JSON.parse(await readFile(file, 'utf8').catch(() => { throw new Error(output); })) as OutageReport;
      process.stdout.write(output.replace(/^/gmu, '    '));
      expect(report.awayS).to.be.greaterThan(590);
      expect(report.consumer, output).to.include({ events: report.events, outOfOrder: 0, missing: 0, foreign: 0 });
      expect(report.consumer.records - report.consumer.duplicates).to.equal(report.events);
      expect(report.events).to.be.greaterThan(EVENTS);
      expect(report.spoolMb, 'the events were on the disk').to.be.greaterThan(1);
      expect(report.rssGrowthMb, output).to.be.below(64);
      expect(report.catchUpPerS, output).to.be.greaterThan(1000);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
