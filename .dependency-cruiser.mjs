/**
 * Which folder of `src/` may import which, as data; every folder may import itself. The picture of
 * it is in docs/architecture.md. test/tidy.test.ts runs it, `npm run lint:imports` by hand.
 */
const SRC = {
  domain: [],
  // What anybody can check of a sale, in any browser: no I/O either.
  proof: ['domain'],
  // What verify.mjs and the pages do with it: they read a log, and tell what was found.
  verify: ['proof', 'domain'],
  // `process` reads the settings: their bounds are constants of `domain`, their forms of `proof`.
  process: ['proof', 'domain'],
  witness: ['proof', 'domain', 'process'],
  redis: ['domain', 'process'],
  db: ['domain', 'process'],
  tasks: ['redis', 'domain', 'process'],
  limits: ['redis', 'domain', 'process'],
  accounts: ['limits', 'db', 'redis', 'domain', 'process'],
  'public-log': ['proof', 'db', 'redis', 'domain', 'process'],
  line: ['db', 'redis', 'domain', 'process'],
  // Reads what the others write, and changes nothing.
  audit: ['public-log', 'line', 'proof', 'db', 'redis', 'domain', 'process'],
  payments: ['line', 'tasks', 'db', 'redis', 'domain', 'process'],
  messages: ['payments', 'line', 'tasks', 'db', 'redis', 'domain', 'process'],
  workers: [
    ...['messages', 'payments', 'line', 'public-log', 'tasks', 'proof'],
    ...['db', 'redis', 'domain', 'process'],
  ],
  api: [
    ...['messages', 'payments', 'line', 'accounts', 'limits', 'public-log', 'proof'],
    ...['tasks', 'db', 'redis', 'domain', 'process'],
  ],
  // `ops` prints the API's description and runs by hand what the workers do by themselves.
  ops: [
    ...['api', 'workers', 'audit', 'messages', 'payments', 'line', 'accounts', 'public-log'],
    ...['proof', 'tasks', 'db', 'redis', 'domain', 'process'],
  ],
  // What `web` takes from `domain` and `api` has rules of its own, below.
  web: ['domain', 'proof', 'verify', 'api'],
};

/** The rooms of `src/web`; `main.tsx` and `routes.tsx` are above them and wire them. */
const WEB = {
  browser: [],
  kit: [],
  client: ['browser', 'kit'],
  session: ['client', 'browser', 'kit'],
  shop: ['session', 'client', 'browser', 'kit'],
  admin: ['session', 'client', 'browser', 'kit'],
};

export default {
  forbidden: [
    ...layers('src', SRC),
    ...layers('src/web', WEB),
    {
      name: 'web-takes-only-types-of-the-api',
      comment: 'The pages are typed by the routes and must not ship them.',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: '^src/api/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-imports-web',
      severity: 'error',
      from: { path: '^(src|demo|stand-in|bench|scripts)/', pathNot: '^src/web/' },
      to: { path: '^src/web/' },
    },
    {
      name: 'src-is-what-ships',
      comment: 'What does not ship may use what ships, never the other way round.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(demo|stand-in|test|bench|scripts)/' },
    },
    {
      name: 'the-stand-in-knows-nothing-of-us',
      comment: 'It stands for Stripe: what it knew of the product, a test with it would not show.',
      severity: 'error',
      from: { path: '^stand-in/' },
      to: { path: '^(src/(?!process/)|test/|bench/)' },
    },
    {
      name: 'no-circles',
      comment: 'Types count: two files that need each other to be read are one file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'domain-has-no-io',
      comment: 'Rules and schemas only: replay and property tests run them without any engine.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'core'],
        pathNot: '^(util$|node_modules/(zod|dequal)/)',
      },
    },
  ],
  options: {
    // The JavaScript API of the TypeScript 7 compiler is not one that this tool can parse with. It
    // does not know `using` in swc's tree either, so bench/, which nothing imports, is left out.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
    },
  },
};

function layers(root, rooms) {
  return Object.entries(rooms).map(([room, allowed]) => ({
    name: `${root}/${room}-imports-only-what-is-below-it`,
    severity: 'error',
    from: { path: `^${root}/${room}/` },
    to: { path: `^${root}/`, pathNot: `^${root}/(${[room, ...allowed].join('|')})/` },
  }));
}
