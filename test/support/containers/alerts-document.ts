import { parse } from 'yaml';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string };
}

/** docs/alerts.md: what the rules of Prometheus wake somebody for, and what to do then. */
export function alertsDocument(text: string): string {
  const { groups } = parse(text) as { readonly groups: readonly { readonly rules: readonly Alert[] }[] };
  const rows = groups.flatMap(({ rules }) => rules).map(({ alert, expr, for: held, labels, annotations }) =>
    `| \`${alert}\` | ${labels.severity} | \`${cell(expr)}\` | ${held ?? 'at once'} | ${cell(annotations.action)} |`);
  return `# Alerts

<!-- Generated from deploy/prometheus/alerts.yml by \`npm run docs\`. Do not edit. -->

The rules lie in \`deploy/prometheus/alerts.yml\`; \`docker compose up\` starts a Prometheus with them (\`/alerts\`). For another Prometheus put that file under its \`rule_files\`; \`GatewayDown\` wants the
job of the gateways to be called \`gateway\`. \`promtool test rules deploy/prometheus/alerts.test.yml\` plays each of them. The metrics: [metrics.md](metrics.md).

| alert | severity | when | for | what to do |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim();
}
