import type { NewProduct } from '../../domain/entry.ts';
import { MAX_PRODUCTS } from '../../domain/sale.ts';
import { change } from '../operation.ts';

interface AddProduct {
  readonly sale: string;
  readonly product: NewProduct;
}

/** Adds a product to a sale, see lua/add-product.lua. */
export const addProduct = change('add-product', {
  needs: 'open',
  keys: (at, { sale }) => [at.state, at.journal, at.sale(sale).sale],
  args: ({ sale, product }: AddProduct) => [
    sale,
    JSON.stringify(product),
    product.stock,
    MAX_PRODUCTS,
  ],
  replies: {
    STALE_EPOCH: {},
    NOT_LOADED: {},
    CLOSED: {},
    TOO_MANY: {},
    ADDED: { seq: Number, index: Number },
  },
  earlier: [],
  isEntry: (entry, { product }) => entry.k === 'product' && entry.product.id === product.id,
});
