import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { listLogKeys } from '../../db/log-keys.ts';
import { DomainError } from '../../domain/errors.ts';
import { toBase64 } from '../../proof/base64.ts';
import { parseTilePath } from '../../proof/tile.ts';
import type { ProofDeps } from '../deps.ts';
import { type AnswerHeaders, answer, noStore, send } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { ApiEnv } from '../http/env.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { isFull, readPublicLog, readTile, requireSigner } from '../proof/public-log.ts';
import { makeReceipt } from '../proof/receipt.ts';
import { bearer, id, json } from '../schemas/common.ts';
import { problems } from '../schemas/problem.ts';
import { CHECKPOINT_EXAMPLE, KEY_EXAMPLE, proofSchema, receiptSchema } from '../schemas/proof.ts';

/** Not literal types, or the framework would demand that the handler answers with `c.text`. */
const TEXT: string = 'text/plain';
const BINARY: string = 'application/octet-stream';

/** Pages of any origin may read what is for everybody to check. */
const FOR_ALL = {
  'access-control-allow-origin': '*',
  'cross-origin-resource-policy': 'cross-origin',
};

const plainText = (description: string, example: string) => ({
  description,
  content: { [TEXT]: { schema: z.string(), example } },
});

const common = { tags: ['Proof'] };
const refused = [
  'sale_not_found',
  'log_not_published',
  'too_many_requests',
  'unavailable',
] as const;

const getProof = createRoute({
  ...common,
  method: 'get',
  path: '/api/sales/{saleId}/proof',
  operationId: 'getProof',
  summary: 'Size, root and counts of the public log of a sale, signed',
  request: { params: z.object({ saleId: id }) },
  responses: { 200: json('The proof', proofSchema), ...problems(...refused) },
});

const getCheckpoint = createRoute({
  ...common,
  method: 'get',
  path: '/api/sales/{saleId}/log/checkpoint',
  operationId: 'getCheckpoint',
  summary: 'The last checkpoint of the log: C2SP tlog-checkpoint',
  request: { params: z.object({ saleId: id }) },
  responses: {
    200: plainText('A signed note', CHECKPOINT_EXAMPLE),
    ...problems(...refused),
  },
});

const getTile = createRoute({
  ...common,
  method: 'get',
  path: '/api/sales/{saleId}/log/tile/{path}',
  operationId: 'getTile',
  summary: 'A tile of hashes or a bundle of entries of the log: C2SP tlog-tiles',
  description:
    'The path is `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`, with its slashes. A full tile never ' +
    'changes.',
  request: { params: z.object({ saleId: id, path: z.string().max(64) }) },
  responses: {
    200: {
      description: 'The tile',
      content: { [BINARY]: { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...problems(...refused, 'not_found'),
  },
});

const getLogKey = createRoute({
  ...common,
  method: 'get',
  path: '/.well-known/fairline-log-key',
  operationId: 'getLogKey',
  summary: 'The keys that verify checkpoints and promises, a line each, the current one first',
  responses: {
    200: plainText('name+id+key', `${KEY_EXAMPLE}\n`),
    ...problems('log_not_published', 'too_many_requests', 'unavailable'),
  },
});

const getReceipt = createRoute({
  ...common,
  method: 'get',
  security: bearer,
  path: '/api/tickets/{ticketId}/receipt',
  operationId: 'getReceipt',
  summary: 'The receipt of a ticket: a signed promise and, once decided, its place in the log',
  description:
    'Keep it: with it anybody can check that the ticket is in the log, at the place it was promised.',
  request: { params: z.object({ ticketId: z.string().min(1).max(1_024) }) },
  responses: {
    200: json('The receipt', receiptSchema),
    ...problems('unauthenticated', 'ticket_not_found', 'log_not_published'),
    ...problems('too_many_requests', 'unavailable'),
  },
});

/** The route definitions. */
export const PROOF_ROUTES = [getProof, getCheckpoint, getTile, getLogKey, getReceipt];

/** Routes by which a sale can be checked. */
export function proofRoutes({ authenticated, limitPolls }: Guards, deps: ProofDeps) {
  const read = async (sale: string) => {
    await deps.views.require(sale);
    return readPublicLog(deps, sale);
  };
  return createApp()
    .openapi({ ...getProof, middleware: limitPolls }, async (c) => {
      const { saleId } = c.req.valid('param');
      const { origin, size, root, checkpoint, counts, lineNumber } = await read(saleId);
      const key = requireSigner(deps).vkey;
      const rootHash = toBase64(root);
      noStore(c);
      return answer(
        c,
        { saleId, origin, size, rootHash, checkpoint, key, counts, lineNumber },
        200,
        FOR_ALL,
      );
    })
    .openapi({ ...getCheckpoint, middleware: limitPolls }, async (c) => {
      const { checkpoint } = await read(c.req.valid('param').saleId);
      return plain(c, checkpoint, { 'cache-control': 'no-store' });
    })
    .openapi({ ...getTile, middleware: limitPolls }, async (c) => {
      const { saleId, path } = c.req.valid('param');
      const address = parseTilePath(`tile/${path}`);
      const tile = address && (await readTile(deps, await read(saleId), address));
      if (address === undefined || tile === undefined) throw new DomainError('not_found');
      return send(c, tile, 200, {
        ...FOR_ALL,
        'content-type': BINARY,
        'cache-control': isFull(address) ? 'public, max-age=31536000, immutable' : 'no-store',
      });
    })
    .openapi({ ...getLogKey, middleware: limitPolls }, async (c) => {
      const { vkey } = requireSigner(deps);
      const others = (await listLogKeys(deps.db)).filter((one) => one !== vkey);
      return plain(c, [vkey, ...others].map((one) => `${one}\n`).join(''));
    })
    .openapi({ ...getReceipt, middleware: [authenticated, limitPolls] }, async (c) => {
      const { ticketId } = c.req.valid('param');
      noStore(c);
      return answer(c, await makeReceipt(deps, c.get('identity').buyer, ticketId), 200);
    });
}

function plain(c: Context<ApiEnv>, text: string, headers: AnswerHeaders = {}) {
  const type = { 'content-type': 'text/plain; charset=utf-8' };
  return send(c, text, 200, { ...FOR_ALL, ...type, ...headers });
}
