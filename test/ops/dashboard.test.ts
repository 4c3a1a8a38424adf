import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { workerMetrics } from '../../src/process/metrics.ts';
import { Client } from '../support/client.ts';
import { startSystem, type TestSystem } from '../support/system.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const dashboardSchema = z.looseObject({
  uid: z.literal('fairline'),
  panels: z.array(
    z.looseObject({
      id: z.int(),
      title: z.string().min(1),
      type: z.enum(['row', 'stat', 'timeseries']),
      targets: z.array(z.looseObject({ expr: z.string().min(1) })).default([]),
    }),
  ),
});
const dashboard = dashboardSchema.parse(JSON.parse(read('ops/grafana/fairline.json')));
const rulesSchema = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })) })),
});
const alerts = rulesSchema
  .parse(parse(read('ops/prometheus/alerts.yml')))
  .groups.flatMap(({ rules }) => rules.map(({ expr }) => expr))
  .filter((expr) => expr.includes('fairline_'));
const shown = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** Names of metrics in PromQL or in a text; those of a histogram's series by the histogram. */
function namesIn(text: string): Set<string> {
  const found = [...text.matchAll(/\bfairline_[a-z_]+[a-z]\b/g)].map(([name]) => name);
  return new Set(found.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
}

/** Names of labels in PromQL. */
function labelsIn(expr: string): string[] {
  const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(','));
  const matched = [...expr.matchAll(/[{,]\s*(\w+)\s*=/g)].map(([, name = '']) => name);
  return [...grouped, ...matched].map((label) => label.trim());
}

describe('what Grafana and the operating manual look at', () => {
  let system: TestSystem;
  let existing: Set<string>;
  let text: string;
  beforeAll(async () => {
    system = await startSystem();
    const client = new Client(system.url);
    // A worker of a test says nothing of itself; what a real one would say is this.
    const ofWorker = await workerMetrics().registry.metrics();
    text = `${(await client.call<string>('GET', '/metrics')).body}\n${ofWorker}`;
    existing = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name));
  });
  afterAll(() => system.stop());

  it('the dashboard asks for metrics that are there, and leaves none out', () => {
    const asked = namesIn(shown.join('\n'));
    expect([...asked].filter((name) => !existing.has(name))).toEqual([]);
    expect([...existing].filter((name) => !asked.has(name))).toEqual([]);
  });

  it('the alert rules ask for metrics that are there', () => {
    expect([...namesIn(alerts.join('\n'))].filter((name) => !existing.has(name))).toEqual([]);
  });

  it('by labels that they have', () => {
    const sources = ['src/process/metrics.ts', 'src/api/ops/system-metrics.ts']
      .map(read)
      .join('\n');
    const labels = new Set(['le', 'shard']);
    for (const [, list = ''] of sources.matchAll(/labelNames: \[([^\]]*)\]/g)) {
      for (const [, name = ''] of list.matchAll(/'(\w+)'/g)) labels.add(name);
    }
    for (const expr of [...shown, ...alerts]) {
      for (const label of labelsIn(expr)) expect([expr, labels.has(label)]).toEqual([expr, true]);
    }
  });

  it('no two panels have one id', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('docs/operating.md names metrics, codes and commands that are there', () => {
    const manual = read('docs/operating.md');
    expect([...namesIn(manual)].filter((name) => !existing.has(name))).toEqual([]);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const commands = [...manual.matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name);
    expect(commands.length).toBeGreaterThan(3);
    expect(commands.filter((name) => scripts[name] === undefined)).toEqual([]);
    const settings = [...manual.matchAll(/`([A-Z]+_[A-Z_]+)[`=]/g)].map(([, name = '']) => name);
    const table = read('docs/settings.md');
    expect(settings.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
    const paths = [...manual.matchAll(/`((?:src|ops|docs|lua)\/[\w./-]+)`/g)].map(
      ([, p = '']) => p,
    );
    for (const path of paths) expect(() => read(path), path).not.toThrow();
  });
});
