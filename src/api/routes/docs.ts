import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe } from '../description/describe.ts';
import type { AnswerHeaders } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import { type Fixed, fix, fixOnce, sendFixed } from '../http/fixed.ts';
import { DOCS_POLICY } from '../http/policies.ts';

const ASSETS: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
};

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true });`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Fairline API</title>
  <link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
  <div id="docs"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;

/** Revalidated each time: a newer version describes another API. */
const ASK_FIRST = { 'cache-control': 'no-cache' };

/**
 * The API description, and a page that shows it; all its assets are served from here. Each is made
 * when it is first asked for, once.
 */
export function docsRoutes() {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const app = createApp();
  const serve = (path: string, make: () => Promise<Fixed>, headers: AnswerHeaders) => {
    const made = fixOnce(make);
    app.get(path, async (c) => sendFixed(c, await made(), headers));
  };
  serve('/openapi.json', () => fix(JSON.stringify(describe()), 'application/json'), ASK_FIRST);
  serve('/docs', () => fix(PAGE, 'text/html; charset=UTF-8'), {
    ...ASK_FIRST,
    'content-security-policy': DOCS_POLICY,
  });
  serve('/docs/start.js', () => fix(START, 'text/javascript; charset=utf-8'), ASK_FIRST);
  for (const [name, type] of Object.entries(ASSETS)) {
    serve(`/docs/${name}`, async () => fix(await readFile(join(folder, name)), type), {
      'cache-control': 'public, max-age=86400',
    });
  }
  return app;
}
