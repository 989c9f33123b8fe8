import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'yaml';
import { findPrometheus } from '#tools/platform/prometheus.mjs';
import { METRICS } from '../../src/application/ports/metrics.js';

const run = promisify(execFile);
const DIRECTORY = path.resolve(import.meta.dirname, '../../deploy/prometheus');

interface Rule { readonly alert: string; readonly expr: string; readonly labels: Readonly<Record<string, string>>; readonly annotations: Readonly<Record<string, string>> }
const read = (file: string): string => readFileSync(path.join(DIRECTORY, file), 'utf8');
const rules = (parse(read('alerts.yml')) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] }).groups.flatMap((group) => group.rules);

describe('the alerts of Prometheus', () => {
  it('are made of metrics and labels that the gateway has', () => {
    for (const { alert, expr } of rules) {
      for (const [, name = ''] of expr.matchAll(/\bvoicegw_(\w+)/gu)) {
        const known = METRICS as Readonly<Record<string, { readonly kind: string }>>;
        const metric = known[name] ?? known[name.replace(/_(?:bucket|count|sum)$/u, '')];
        expect(metric, `${alert}: voicegw_${name}`).not.to.equal(undefined);
      }
    }
  });

  it('say what is the matter and what to do', () => {
    for (const { alert, labels, annotations } of rules) {
      expect(labels['severity'], alert).to.be.oneOf(['critical', 'warning']);
      expect(annotations, alert).to.have.keys('summary', 'action');
    }
  });

  it('are each played by alerts.test.yml', () => {
    for (const { alert } of rules) expect(read('alerts.test.yml')).to.include(`alertname="${alert}"`);
  });

  for (const [what, args, says] of [
    ['are rules that Prometheus takes', ['check', 'rules', 'alerts.yml'], `${rules.length} rules found`],
    ['fire when they should, and not otherwise', ['test', 'rules', 'alerts.test.yml'], 'SUCCESS'],
  ] as const) {
    it(`${what}, by promtool`, async function () {
      const found = await findPrometheus();
      if (found === undefined) {
        this.test!.title += ' (no Prometheus here: run "make setup")';
        this.skip();
      }
      expect((await run(found.promtool, args, { cwd: DIRECTORY })).stdout).to.include(says);
    });
  }
});
