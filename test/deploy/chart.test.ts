import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { type Part, variablesOf } from '../../src/process/config.ts';
import { helmPath, runTool } from '../support/deploy-tools.ts';
import { type Manifest, problemsOf } from '../support/manifests.ts';

const ROOT = join(import.meta.dirname, '../..');
const CHART = join(ROOT, 'deploy/helm/fairline');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Container {
  readonly command: readonly string[];
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext: object;
  readonly resources: { readonly limits: object; readonly requests: object };
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}
interface Workload extends Manifest {
  readonly metadata: Manifest['metadata'] & { readonly annotations?: Record<string, string> };
  readonly spec: {
    readonly replicas?: number;
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: { readonly containers: readonly [Container] } & Record<string, unknown>;
    };
  };
}

/** All that can be switched on. */
const EVERYTHING = [
  'ingress.enabled=true',
  'ingress.host=shop.example',
  'ingress.tlsSecret=shop-tls',
  'monitoring.serviceMonitor.enabled=true',
  'monitoring.serviceMonitor.labels.release=prometheus',
  'monitoring.serviceMonitor.authorization.credentials.name=fairline',
  'monitoring.serviceMonitor.authorization.credentials.key=TOKEN',
  'monitoring.prometheusRule.enabled=true',
  'keda.enabled=true',
  'networkPolicy.from[0].namespaceSelector.matchLabels.role=ingress',
  'networkPolicy.engines.to[0].ipBlock.cidr=10.0.0.0/8',
  'image.pullSecrets[0].name=registry',
  'api.nodeSelector.pool=web',
  'worker.tolerations[0].key=spot',
];

const helm = (...args: string[]) => runTool(helmPath(), args, { cwd: ROOT });

async function render(...values: string[]): Promise<Manifest[]> {
  const sets = values.flatMap((value) => ['--set', value]);
  const { passed, stdout, stderr } = await helm('template', 'shop', CHART, ...sets);
  expect([passed, stderr]).toEqual([true, expect.any(String)]);
  return parseAllDocuments(stdout)
    .map((document): unknown => document.toJS())
    .filter((one): one is Manifest => one !== null);
}

function oneOf(manifests: readonly Manifest[], kind: string, name: string): Workload {
  const found = manifests.filter((one) => one.kind === kind && one.metadata.name === name);
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return found[0] as Workload;
}

describe('the chart', () => {
  let plain: readonly Manifest[];
  let whole: readonly Manifest[];
  let parts: readonly (readonly [Part, Workload])[];
  beforeAll(async () => {
    plain = await render();
    whole = await render(...EVERYTHING);
    parts = [
      ['api', oneOf(plain, 'Deployment', 'shop-fairline-api')],
      ['worker', oneOf(plain, 'Deployment', 'shop-fairline-worker')],
      ['migrate', oneOf(plain, 'Job', 'shop-fairline-migrate')],
    ];
  });

  it.each([
    ['as it is', []],
    ['with everything', EVERYTHING],
  ])('is without a fault, %s', async (_, values) => {
    const { passed, stdout } = await helm(
      ...['lint', '--strict', CHART],
      ...values.flatMap((value) => ['--set', value]),
    );
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
    expect(passed).toBe(true);
  });

  it('makes objects that fit the schemas of their kinds, with no field more', async () => {
    for (const manifest of [...plain, ...whole]) {
      expect([manifest.metadata.name, await problemsOf(manifest)]).toEqual([
        manifest.metadata.name,
        [],
      ]);
    }
  });

  it('would show a field that is misspelt and a value of another type', async () => {
    const api = structuredClone(oneOf(plain, 'Deployment', 'shop-fairline-api'));
    Object.assign(api.spec.template.spec, { terminationGracePeriod: 30 });
    Object.assign(api.spec, { replicas: 'two' });
    const problems = await problemsOf(api);
    expect(problems).toContain('/spec/template/spec/terminationGracePeriod is not in the schema');
    expect(problems.join()).toContain('"/spec/replicas"');
  });

  it('has what it says, and the operators only where they are wanted', () => {
    const kinds = (manifests: readonly Manifest[]) =>
      [...new Set(manifests.map(({ kind }) => kind))].sort();
    const always = ['Deployment', 'Job', 'NetworkPolicy', 'PodDisruptionBudget', 'Service'];
    const operators = ['Ingress', 'PrometheusRule', 'ScaledObject', 'ServiceMonitor'];
    expect(kinds(plain)).toEqual(always);
    expect(kinds(whole)).toEqual([...always, ...operators].sort());
  });

  it('runs the built programs, the migrations before everything else', () => {
    for (const [part, { spec }] of parts) {
      const [container] = spec.template.spec.containers;
      expect(container.command).toEqual(['node', `dist/server/${part}.js`]);
    }
    const migrate = parts.find(([part]) => part === 'migrate')?.[1];
    expect(migrate?.metadata.annotations?.['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    expect(migrate?.spec.template.spec['restartPolicy']).toBe('Never');
    const built = read('vite.server.config.ts');
    for (const name of ['api', 'worker', 'migrate', 'healthcheck']) {
      expect(built).toContain(`  ${name}: 'src/`);
    }
    const text = JSON.stringify(oneOf(plain, 'Deployment', 'shop-fairline-worker'));
    expect(text).toContain('dist/server/healthcheck.js');
  });

  it('lets no process become more than it is, or write but in /tmp', () => {
    for (const [, { spec }] of parts) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      });
      const [container, ...more] = pod.containers;
      expect(more).toEqual([]);
      expect(container.securityContext).toEqual({
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        privileged: false,
        capabilities: { drop: ['ALL'] },
      });
      expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(['/tmp']);
      expect(container.resources).toMatchObject({
        limits: { cpu: expect.anything(), memory: expect.anything() },
        requests: { cpu: expect.anything(), memory: expect.anything() },
      });
    }
    expect(read('Dockerfile')).toMatch(/^USER 1000:1000$/m);
  });

  it('gives each part the settings that it reads, and secrets from the Secret', async () => {
    const names = new Set((['api', 'worker', 'migrate'] as const).flatMap(variablesOf));
    const isSecret = /^(DATABASE_(APP_)?URL|REDIS_URL|SMTP_URL|ADMIN_\w+)$|SECRET|(KEY|TOKEN)$/;
    const settings = [...names].filter((name) => !isSecret.test(name) && name !== 'PORT');
    const rendered = await render(...settings.map((name) => `settings.${name}=7`));
    for (const [part, { kind, metadata }] of parts) {
      const [{ env }] = oneOf(rendered, kind, metadata.name).spec.template.spec.containers;
      expect(env.map(({ name }) => name).sort()).toEqual(variablesOf(part).sort());
      for (const { name, value } of env) {
        const given = isSecret.test(name) ? undefined : name === 'PORT' ? '3000' : '7';
        expect([name, value]).toEqual([name, given]);
      }
    }
  });

  it.each([
    ['a setting that nobody reads', 'settings.LINE_SHARD=4', 'settings.LINE_SHARD'],
    ['a secret among the settings', 'settings.AUTH_JWT_SECRET=x', 'belongs into the Secret'],
    ['a value that does not exist', 'api.replica=3', 'replica'],
    ['no replica', 'worker.replicas=0', 'replicas'],
    ['a digest that is none', 'image.digest=latest', 'digest'],
    ['an ingress without a host', 'ingress.enabled=true', 'ingress.host is required'],
  ])('refuses %s', async (_, value, message) => {
    const { passed, stderr } = await helm('template', 'shop', CHART, '--set', value);
    expect(stderr).toContain(message);
    expect(passed).toBe(false);
  });

  it('trusts the one proxy that it brings, and no other', () => {
    const proxies = (manifests: readonly Manifest[]) => {
      const { env } = oneOf(manifests, 'Deployment', 'shop-fairline-api').spec.template.spec
        .containers[0];
      return env.filter(({ name }) => name === 'TRUST_PROXY').map(({ value }) => value);
    };
    expect(proxies(plain)).toEqual([]);
    expect(proxies(whole)).toEqual(['1']);
  });

  it('is reached where its ingress with TLS is, unless PUBLIC_URL says otherwise', async () => {
    const publicUrls = (manifests: readonly Manifest[]) =>
      ['api', 'worker'].flatMap((part) => {
        const { spec } = oneOf(manifests, 'Deployment', `shop-fairline-${part}`);
        const [{ env }] = spec.template.spec.containers;
        return env.filter(({ name }) => name === 'PUBLIC_URL').map(({ value }) => value);
      });
    expect(publicUrls(whole)).toEqual(['https://shop.example', 'https://shop.example']);
    const withoutTls = ['ingress.enabled=true', 'ingress.host=shop.example'];
    expect(publicUrls(await render(...withoutTls))).toEqual([]);
    const other = 'settings.PUBLIC_URL=https://www.shop.example';
    expect(publicUrls(await render(...EVERYTHING, other))).toEqual(
      Array(2).fill('https://www.shop.example'),
    );
  });

  it('names the image by its digest where there is one', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const rendered = await render(`image.digest=${digest}`);
    const images = [plain, rendered].map((manifests) => {
      const api = oneOf(manifests, 'Deployment', 'shop-fairline-api');
      return api.spec.template.spec.containers[0].image;
    });
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(images).toEqual([
      `ghcr.io/fairline/fairline:${version}`,
      `ghcr.io/fairline/fairline@${digest}`,
    ]);
  });

  it('lets each part be reached, and reach, only what it needs', () => {
    const policies = plain.filter(({ kind }) => kind === 'NetworkPolicy');
    const of = (part: string) =>
      // The test of the schemas has seen the form.
      policies.find(({ metadata }) => metadata.name.endsWith(part)) as unknown as {
        spec: { ingress?: object[]; egress: { ports: { port: number | string }[] }[] };
      };
    expect(of('api').spec.ingress).toEqual([{ ports: [{ protocol: 'TCP', port: 'http' }] }]);
    expect(of('worker').spec.ingress).toBeUndefined();
    expect(of('migrate').spec.ingress).toBeUndefined();
    const ports = (part: string) =>
      of(part).spec.egress.flatMap((rule) => rule.ports.map(({ port }) => port));
    const engines = [53, 53, 5432, 6379, 26379];
    expect(ports('migrate')).toEqual(engines);
    expect(ports('api')).toEqual([...engines, 443, 4318]);
    expect(ports('worker')).toEqual([...engines, 443, 465, 587, 4318]);
  });

  it('has the alert rules of ops/prometheus/alerts.yml, by its own LINE_MAX_WAITING', async () => {
    const rulesOf = (manifests: readonly Manifest[]) =>
      manifests.find(({ kind }) => kind === 'PrometheusRule');
    const text = read('ops/prometheus/alerts.yml');
    expect(rulesOf(whole)).toMatchObject({ spec: parse(text) });
    const smaller = await render(...EVERYTHING, 'settings.LINE_MAX_WAITING=50000');
    expect(rulesOf(smaller)).toMatchObject({ spec: parse(text.replace('> 800000', '> 40000')) });
  });

  it('scales workers by the deep lines, and leaves their number to KEDA', () => {
    expect(oneOf(plain, 'Deployment', 'shop-fairline-worker').spec.replicas).toBe(2);
    expect(oneOf(whole, 'Deployment', 'shop-fairline-worker').spec.replicas).toBeUndefined();
    expect(whole.find(({ kind }) => kind === 'ScaledObject')).toMatchObject({
      spec: {
        scaleTargetRef: { name: 'shop-fairline-worker' },
        minReplicaCount: 2,
        triggers: [
          {
            type: 'prometheus',
            metadata: { query: expect.stringContaining('fairline_line_depth_tickets) > 1000') },
          },
        ],
      },
    });
  });
});
