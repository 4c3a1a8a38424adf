import { toolFile } from './deploy-tools.ts';

/** An object of Kubernetes, as far as every one is alike. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** A schema, compiled: whether it fits, and where it does not. */
type Validate = ((data: unknown) => boolean) & { readonly errors?: readonly object[] | null };

const OPERATOR =
  '@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1';
const SCHEMAS: Readonly<Record<string, string>> = {
  'v1 Service': 'kubernetes-models/_schemas/IoK8sApiCoreV1Service.js',
  'apps/v1 Deployment': 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment.js',
  'batch/v1 Job': 'kubernetes-models/_schemas/IoK8sApiBatchV1Job.js',
  'networking.k8s.io/v1 Ingress': 'kubernetes-models/_schemas/IoK8sApiNetworkingV1Ingress.js',
  'networking.k8s.io/v1 NetworkPolicy':
    'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy.js',
  'policy/v1 PodDisruptionBudget':
    'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget.js',
  'monitoring.coreos.com/v1 ServiceMonitor': `${OPERATOR}ServiceMonitor.js`,
  'monitoring.coreos.com/v1 PrometheusRule': `${OPERATOR}PrometheusRule.js`,
  'keda.sh/v1alpha1 ScaledObject':
    '@kubernetes-models/keda/_schemas/ComGithubKedacoreKedaV2ApisKedaV1alpha1ScaledObject.js',
};

/**
 * What is wrong with an object by the schemas of Kubernetes, of the Prometheus Operator and of
 * KEDA: values that do not fit, and fields that are not in the schema. Those schemas allow unknown
 * fields; a schema reads each field that it knows, so one that it does not read is unknown.
 */
export async function problemsOf(manifest: Manifest): Promise<string[]> {
  const name = `${manifest.apiVersion} ${manifest.kind}`;
  const file = SCHEMAS[name];
  if (file === undefined) return [`there is no schema for ${name}`];
  const { validate } = (await import(toolFile(file))) as { validate: Validate };
  const read = new Set<string>();
  const fits = validate(recorded(manifest, '', read));
  const wrong = fits ? [] : (validate.errors ?? []).map((error) => JSON.stringify(error));
  return [...wrong, ...unknownFields(manifest, '', read)];
}

/** A view of a value that notes the paths of what is read of it. */
function recorded(value: object, path: string, read: Set<string>): object {
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      if (typeof key !== 'string' || !Object.hasOwn(target, key)) return found;
      read.add(`${path}/${key}`);
      return isObject(found) ? recorded(found, `${path}/${key}`, read) : found;
    },
  });
}

function unknownFields(value: object, path: string, read: ReadonlySet<string>): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const here = `${path}/${key}`;
    if (!read.has(here)) return [`${here} is not in the schema`];
    return isObject(inner) ? unknownFields(inner, here, read) : [];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
