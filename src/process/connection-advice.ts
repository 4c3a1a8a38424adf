/** The setting with the URL of an engine. */
export type EngineSetting = 'DATABASE_URL' | 'REDIS_URL';

const UNTRUSTED =
  'the certificate of the server is not signed by an authority that this process trusts. ' +
  'Put the certificate of its authority into a file and name that in NODE_EXTRA_CA_CERTS ' +
  '(docs/operating.md, "TLS to the engines").';

const REFUSED = 'the server refuses the user or the password in the URL.';

/** Advice by error code of Node, TLS or Postgres, or of src/db/versions.ts. */
const BY_CODE: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_HAS_EXPIRED: 'the certificate of the server has expired.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate of the server is for another name: use the name that is in it.',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'the server does not speak TLS at this port: use a URL without TLS, or the TLS port.',
  '28P01': REFUSED,
  '28000': REFUSED,
  '3D000': 'there is no database of the name in the URL.',
  '42501':
    'the user in the URL has too few rights: run npm run migrate with its URL in DATABASE_APP_URL ' +
    '(docs/operating.md, "Two roles in Postgres").',
  too_old:
    'this version is older than the database allows: start the one that ran the migrations, or a ' +
    'later one (docs/operating.md, "Upgrading without stopping").',
  '42P01': 'the database has not been migrated: run npm run migrate.',
};

/** Advice by the beginning of the message, for errors without a code. */
const BY_MESSAGE: readonly (readonly [string, string])[] = [
  [
    'The server does not support SSL connections',
    'the server does not speak TLS: remove sslmode from the URL, or enable TLS on the server.',
  ],
  ['WRONGPASS', REFUSED],
  ['NOAUTH', 'the server wants a password: redis://:PASSWORD@HOST:PORT.'],
  ['NOPERM', 'the user in the URL may not use the commands that are needed.'],
];

/**
 * Explains a connection error that a wrong setting causes, and says what to change.
 *
 * @returns undefined for any other error: the engine may just be unavailable
 */
export function adviseOnConnection(setting: EngineSetting, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const advice =
    BY_CODE[code] ?? BY_MESSAGE.find(([beginning]) => error.message.startsWith(beginning))?.[1];
  return advice === undefined ? undefined : `${setting}: ${advice} (${error.message})`;
}
