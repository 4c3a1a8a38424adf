import { describe } from '../api/description/describe.ts';

// npm run openapi: prints the description of the API. It needs no engines.
process.stdout.write(`${JSON.stringify(describe(), undefined, 2)}\n`);
