/** A host and a port. */
interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The address of Redis, parsed from REDIS_URL. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | { readonly kind: 'cluster'; readonly nodes: readonly URL[] }
  | {
      readonly kind: 'sentinels';
      readonly sentinels: readonly HostPort[];
      /** The name under which the sentinels know the primary. */
      readonly name: string;
      readonly isTls: boolean;
      /** Of the servers. */
      readonly username?: string;
      readonly password?: string;
      readonly sentinelUsername?: string;
      readonly sentinelPassword?: string;
    };

const SENTINEL_PORT = 26_379;

const SENTINELS = new RegExp(
  [
    /^redis(?<tls>s?)\+sentinel:\/\//,
    /(?:(?<user>[^:@/]*):(?<password>[^@/]*)@)?(?<hosts>[^@/?]+)/,
    /\/(?<name>[\w.-]+)(?:\?(?<query>.*))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

/**
 * Reads REDIS_URL: `redis://` or `rediss://` for one server, several of them separated by commas
 * for some nodes of a cluster, or `redis+sentinel://[user:password@]host:port,host:port/NAME`
 * (`rediss+sentinel` for TLS) for the primary that sentinels know as NAME. Sentinels with a
 * password of their own: `?sentinelPassword=…` and `sentinelUsername`.
 *
 * @returns undefined for anything else
 */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  const groups = SENTINELS.exec(text.trim())?.groups;
  if (groups !== undefined) return sentinelsOf(groups);
  const nodes = text.split(',').map((one) => URL.parse(one.trim()));
  const isEach = nodes.every((node) => node?.protocol === 'redis:' || node?.protocol === 'rediss:');
  if (!isEach) return undefined;
  if (nodes.length === 1) return { kind: 'server', url: text.trim() };
  return { kind: 'cluster', nodes: nodes.filter((node) => node !== null) };
}

function sentinelsOf(groups: Record<string, string | undefined>): RedisAddress | undefined {
  const { tls, user, password, hosts = '', name = '', query } = groups;
  const sentinels = hosts.split(',').map((one) => {
    const url = URL.parse(`redis://${one.trim()}`);
    return url === null || url.hostname === ''
      ? undefined
      : { host: url.hostname, port: Number(url.port || SENTINEL_PORT) };
  });
  const known = sentinels.filter((one) => one !== undefined);
  if (known.length < sentinels.length) return undefined;
  const options = new URLSearchParams(query);
  return {
    kind: 'sentinels',
    sentinels: known,
    name,
    isTls: tls === 's',
    ...present({
      username: user && decodeURIComponent(user),
      password: password && decodeURIComponent(password),
      sentinelUsername: options.get('sentinelUsername'),
      sentinelPassword: options.get('sentinelPassword'),
    }),
  };
}

/** Drops empty and missing values. */
function present<K extends string>(values: Record<K, string | null | undefined>) {
  const entries = Object.entries<string | null | undefined>(values).filter(([, value]) => value);
  return Object.fromEntries(entries) as Partial<Record<K, string>>;
}
