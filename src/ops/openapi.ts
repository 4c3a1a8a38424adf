import { bareApp } from '../api/description/bare-app.ts';
import { describe } from '../api/description/describe.ts';

// npm run openapi: prints the description of the API. It needs no engines.
process.stdout.write(`${JSON.stringify(describe(bareApp()), undefined, 2)}\n`);
