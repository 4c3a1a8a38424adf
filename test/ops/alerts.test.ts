import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { makeTempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'ops/prometheus');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const rulesSchema = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Fairline[A-Z]\w+$/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['warning', 'critical']) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const scenariosSchema = z.object({
  tests: z.array(
    z.looseObject({
      alert_rule_test: z.array(
        z.looseObject({ alertname: z.string(), exp_alerts: z.array(z.unknown()).default([]) }),
      ),
    }),
  ),
});

const text = read('ops/prometheus/alerts.yml');
const rules = rulesSchema.parse(parse(text)).groups.flatMap((group) => group.rules);
const scenarios = scenariosSchema
  .parse(parse(read('ops/prometheus/alerts.test.yml')))
  .tests.flatMap((one) => one.alert_rule_test);
const names = rules.map(({ alert }) => alert);

const promtool = (cwd: string, ...args: string[]) =>
  promisify(execFile)('promtool', args, { cwd }).then(
    ({ stdout }) => ({ passed: true, output: stdout }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({
      passed: false,
      output: stdout + stderr,
    }),
  );

describe('the alert rules', () => {
  it('are rules of Prometheus', async () => {
    const { passed, output } = await promtool(FOLDER, 'check', 'rules', 'alerts.yml');
    expect(output).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(passed).toBe(true);
  });

  it('fire in the scenarios in which they should, and in no other', async () => {
    const result = await promtool(FOLDER, 'test', 'rules', 'alerts.test.yml');
    expect(result).toMatchObject({ passed: true, output: expect.stringContaining('SUCCESS') });
  });

  it('have a scenario each in which they fire, and one in which they do not', () => {
    const fires = (is: boolean) =>
      scenarios
        .filter(({ exp_alerts }) => exp_alerts.length > 0 === is)
        .map(({ alertname }) => alertname);
    expect([...new Set(fires(true))].sort()).toEqual([...names].sort());
    expect([...new Set(fires(false))].sort()).toEqual([...names].sort());
  });

  it.each([
    ['a threshold is moved', '< 2', '< 1'],
    ['a wait is left out', '        for: 30s\n', ''],
    ['a condition is left out', '          unless on () sum', '          or on () sum'],
  ])('fail their scenarios where %s', async (_, from, to) => {
    const folder = makeTempDir();
    copyFileSync(join(FOLDER, 'alerts.test.yml'), join(folder, 'alerts.test.yml'));
    expect(text).toContain(from);
    writeFileSync(join(folder, 'alerts.yml'), text.replace(from, to));
    const { passed, output } = await promtool(folder, 'test', 'rules', 'alerts.test.yml');
    expect(output).toContain('FAILED');
    expect(passed).toBe(false);
  });

  it('are those of docs/operating.md, in its order, with the section that says what to do', () => {
    const manual = read('docs/operating.md');
    const told = [...manual.matchAll(/^\| `(Fairline\w+)`/gm)].map(([, name]) => name);
    expect(told).toEqual(names);
    const headings = [...manual.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    );
    const runbooks = rules.map(({ annotations }) => annotations.runbook);
    expect(runbooks.filter((anchor) => !headings.includes(anchor))).toEqual([]);
  });

  it('read what /metrics has, or what exporters of the engines are known for', () => {
    // test/ops/dashboard.test.ts compares those of Fairline with a running system.
    const foreign = rules.flatMap(({ expr }) => [
      ...new Set([...expr.matchAll(/\b(?:redis|node)_\w+/g)].map(([name]) => name)),
    ]);
    expect(foreign).toEqual([
      'redis_memory_used_bytes',
      'redis_memory_max_bytes',
      'node_filesystem_avail_bytes',
      'node_filesystem_size_bytes',
    ]);
  });
});
