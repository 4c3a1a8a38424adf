import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { findProduct, insertSale } from '../../db/sales.ts';
import type { EditEntry } from '../../domain/entry.ts';
import { DomainError } from '../../domain/errors.ts';
import { priceProblem } from '../../domain/price.ts';
import { isFrozenByOpening, toEdited } from '../../domain/sale-settings.ts';
import { addProduct } from '../../redis/scripts/add-product.ts';
import { close } from '../../redis/scripts/close.ts';
import { edit } from '../../redis/scripts/edit.ts';
import { restock } from '../../redis/scripts/restock.ts';
import type { AdminDeps } from '../deps.ts';
import { answer } from '../http/answer.ts';
import { createApp } from '../http/create-app.ts';
import type { Guards } from '../http/middleware/guards.ts';
import { settingsIn, settingsOf } from '../sales/sale-settings.ts';
import { type CachedSale, showProduct } from '../sales/sale-views.ts';
import { bearer, body, id, idempotencyKey, json } from '../schemas/common.ts';
import { ADMIN_READ, ADMIN_WRITE, problems } from '../schemas/problem.ts';
import {
  newProductSchema,
  newSaleSchema,
  productSchema,
  restockSchema,
  type SaleChange,
  saleChangeSchema,
  saleSchema,
  toSettings,
  toSettingsChange,
} from '../schemas/sale.ts';

const common = { tags: ['Admin'], security: bearer };
const params = z.object({ saleId: id });

const createSale = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/sales',
  operationId: 'createSale',
  summary: 'Create a sale',
  request: { body: body(newSaleSchema) },
  responses: {
    201: json('The sale', saleSchema),
    ...problems(...ADMIN_WRITE, 'invalid_window'),
  },
});

const changeSale = createRoute({
  ...common,
  method: 'patch',
  path: '/api/admin/sales/{saleId}',
  operationId: 'changeSale',
  summary: 'Change a sale',
  description: 'Applies to tickets decided after it.',
  request: { params, body: body(saleChangeSchema) },
  responses: {
    200: json('The sale', saleSchema),
    ...problems(
      ...ADMIN_WRITE,
      'sale_not_found',
      'sale_closed',
      'sale_opened',
      'unknown_product',
      'invalid_window',
    ),
  },
});

const closeSale = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/sales/{saleId}/close',
  operationId: 'closeSale',
  summary: 'Close a sale for good',
  description: 'Rejects queued tickets; holds may still be paid.',
  request: { params },
  responses: {
    200: json('The sale', saleSchema),
    ...problems(...ADMIN_READ, 'sale_not_found'),
  },
});

const createProduct = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/sales/{saleId}/products',
  operationId: 'addProduct',
  summary: 'Add a product to a sale',
  request: { params, body: body(newProductSchema) },
  responses: {
    201: json('The product', productSchema),
    ...problems(...ADMIN_WRITE, 'sale_not_found', 'sale_closed', 'too_many_products'),
  },
});

const restockProduct = createRoute({
  ...common,
  method: 'post',
  path: '/api/admin/products/{productId}/restock',
  operationId: 'restockProduct',
  summary: 'Add units to a product, or remove available ones',
  request: {
    params: z.object({ productId: id }),
    headers: z.object({ 'idempotency-key': idempotencyKey }),
    body: body(restockSchema),
  },
  responses: {
    200: json('The product', productSchema),
    ...problems(
      ...ADMIN_WRITE,
      'product_not_found',
      'insufficient_stock',
      'too_many_units',
      'idempotency_key_reused',
      'invalid_idempotency_key',
    ),
  },
});

/** The route definitions. */
export const ADMIN_SALE_ROUTES = [createSale, changeSale, closeSale, createProduct, restockProduct];

/**
 * Routes by which a seller creates and changes sales. Every change goes through the line's journal.
 */
export function adminSaleRoutes(
  { adminWrite }: Guards,
  deps: Pick<AdminDeps, 'db' | 'shards' | 'views' | 'attemptKeys' | 'newSales' | 'secretId'>,
) {
  const { db, shards, views, attemptKeys } = deps;
  return createApp()
    .openapi({ ...createSale, middleware: adminWrite('sale.create') }, async (c) => {
      const wanted = c.req.valid('json');
      const settings = toSettings(wanted, deps.newSales.waitlistMax);
      if (settings.startsAtMs >= settings.endsAtMs) throw new DomainError('invalid_window');
      const saleId = randomUUID();
      const products = wanted.products.map((product) => ({ ...product, id: randomUUID() }));
      await c.get('trail').note({ sale: saleId, subject: saleId, wanted });
      const sale = { id: saleId, secretId: deps.secretId, ...settings, products };
      await insertSale(db, sale, deps.newSales.shardCount);
      views.forgetLists();
      const made = await views.requireFresh(saleId);
      c.get('trail').changed(settingsOf(made));
      return answer(c, views.show(made), 201);
    })
    .openapi({ ...changeSale, middleware: adminWrite('sale.change') }, async (c) => {
      const { saleId } = c.req.valid('param');
      const change = c.req.valid('json');
      const cached = await views.requireFresh(saleId);
      const { entry, frozen } = editOf(cached, change);
      await c.get('trail').note({ wanted: change, before: settingsIn(cached, change) });
      const reply = await shards.at(cached.sale.shard).change(edit, { ...entry, frozen });
      if (reply.status === 'CLOSED') throw new DomainError('sale_closed');
      if (reply.status === 'OPENED') throw new DomainError('sale_opened');
      if (reply.status === 'BAD_WINDOW') throw new DomainError('invalid_window');
      const changed = await views.requireFresh(saleId);
      c.get('trail').changed(change); // as the script changed it, atomically
      return answer(c, views.show(changed), 200);
    })
    .openapi({ ...closeSale, middleware: adminWrite('sale.close') }, async (c) => {
      const { saleId } = c.req.valid('param');
      const { sale } = await views.requireFresh(saleId);
      await c.get('trail').note({ before: { closed: sale.closed !== '' } });
      // Closing a closed sale again is not an error.
      await shards.at(sale.shard).change(close, { sale: saleId, cause: 'closed' });
      c.get('trail').changed({ closed: true });
      return answer(c, views.show(await views.requireFresh(saleId)), 200);
    })
    .openapi({ ...createProduct, middleware: adminWrite('product.add') }, async (c) => {
      const { saleId } = c.req.valid('param');
      const { sale } = await views.requireFresh(saleId);
      const wanted = c.req.valid('json');
      const product = { id: randomUUID(), ...wanted };
      await c.get('trail').note({ subject: product.id, wanted });
      const reply = await shards.at(sale.shard).change(addProduct, { sale: saleId, product });
      if (reply.status === 'CLOSED') throw new DomainError('sale_closed');
      if (reply.status === 'TOO_MANY') throw new DomainError('too_many_products');
      const added = shownProduct(await views.requireFresh(saleId), product.id);
      c.get('trail').changed(added);
      return answer(c, added, 201);
    })
    .openapi({ ...restockProduct, middleware: adminWrite('product.restock') }, async (c) => {
      const { productId } = c.req.valid('param');
      const { delta } = c.req.valid('json');
      const place = await findProduct(db, productId);
      if (place === undefined) throw new DomainError('product_not_found');
      const { saleId, index } = place;
      const cached = await views.requireFresh(saleId);
      const { stock: before } = shownProduct(cached, productId);
      await c.get('trail').note({ sale: saleId, wanted: { delta }, before });
      const given = c.req.valid('header')['idempotency-key'];
      const key = attemptKeys.hash(cached.sale, ['restock', saleId], given);
      const units = { sale: saleId, index, delta, key };
      const reply = await shards.at(place.shard).change(restock, units);
      if (reply.status === 'KEY_REUSED') throw new DomainError('idempotency_key_reused');
      if (reply.status === 'TOO_FEW') {
        throw new DomainError(
          'insufficient_stock',
          `Only ${reply.units} units are available; the rest is held or sold.`,
        );
      }
      if (reply.status === 'TOO_MANY') throw new DomainError('too_many_units');
      const restocked = shownProduct(await views.requireFresh(saleId), productId);
      const repeated = reply.status === 'REPEATED';
      c.get('trail').changed({ delta, repeated, ...restocked.stock });
      return answer(c, restocked, 200);
    });
}

function shownProduct(cached: CachedSale, productId: string) {
  const product = cached.products.find(({ id }) => id === productId);
  if (product === undefined) throw new DomainError('product_not_found');
  return showProduct(product);
}

/** @throws DomainError validation_failed if Stripe would refuse the price */
function requireChargeable(product: { amount: number; currency: string }, at: number): void {
  const message = priceProblem(product.amount, product.currency);
  if (message === undefined) return;
  const path = `products.${at}.amount`;
  throw new DomainError('validation_failed', `${path}: ${message}`, {
    fields: [{ path, message }],
  });
}

/**
 * The journal entry of a change, and whether it changes what is frozen once the sale has opened.
 */
function editOf(
  { sale, products }: CachedSale,
  change: SaleChange,
): { entry: EditEntry; frozen: boolean } {
  const settings = toSettingsChange(change);
  const changed = (change.products ?? []).map(({ id, ...words }, at) => {
    const product = products.find((known) => known.id === id);
    if (product === undefined) {
      throw new DomainError('unknown_product', `products.${at}.id: this sale has no such product`);
    }
    const { amount = product.amount, currency = product.currency } = words;
    const isPriced = words.amount !== undefined || words.currency !== undefined;
    if (isPriced) requireChargeable({ amount, currency }, at);
    return [String(product.index), words] as const;
  });
  return {
    entry: {
      k: 'edit',
      sale: sale.id,
      set: toEdited(settings),
      ...(changed.length > 0 ? { products: Object.fromEntries(changed) } : {}),
    },
    frozen: isFrozenByOpening(
      settings,
      changed.map(([, words]) => words),
    ),
  };
}
