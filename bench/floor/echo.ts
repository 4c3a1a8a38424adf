import { serve } from '@hono/node-server';
import { Hono } from 'hono';

// The floor: what Hono and its adapter cost alone. A GET answers a small JSON, a POST answers what
// it was sent.
const app = new Hono();
app.get('*', (c) => c.json({ status: 'queued', position: 1_234, ahead: 1_233 }));
app.post('*', async (c) => c.json(await c.req.json()));
serve({ fetch: app.fetch, port: Number(process.env['PORT']), hostname: '127.0.0.1' });
