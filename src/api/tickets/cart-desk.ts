import { type CartOwner, putIntoCart, readCart, takeFromCart } from '../../db/carts.ts';
import type { Db } from '../../db/client.ts';
import { DomainError } from '../../domain/errors.ts';
import type { CartItems } from '../../domain/items.ts';
import type { CachedSale, SaleViews } from '../sales/sale-views.ts';
import type { CartView } from '../schemas/cart.ts';
import { tooDear } from './wish.ts';

/** The carts of buyers. A cart reserves nothing. */
export class CartDesk {
  readonly #db: Db;
  readonly #views: SaleViews;

  constructor({ db, views }: { readonly db: Db; readonly views: SaleViews }) {
    this.#db = db;
    this.#views = views;
  }

  /**
   * The cart of a buyer, with what is available of its products.
   *
   * @throws DomainError sale_not_found, like all methods below
   */
  async show(owner: CartOwner): Promise<CartView> {
    const sale = await this.#views.require(owner.sale);
    return this.#show(sale, await readCart(this.#db, owner));
  }

  /**
   * Sets the number of units of a product in a cart.
   *
   * @throws DomainError sale_closed, product_not_found, invalid_quantity, mixed_currencies
   */
  async put(owner: CartOwner, productId: string, quantity: number): Promise<CartView> {
    const known = await this.#views.require(owner.sale);
    const { cached: sale } = await this.#views.judge(owner.sale, known, (cached) =>
      this.#refusal(cached, productId, quantity),
    );
    const items = await putIntoCart(this.#db, owner, productId, quantity);
    if (items === undefined) {
      const detail = 'What is in the cart has another currency: check it out or take it out first.';
      throw new DomainError('mixed_currencies', detail);
    }
    return this.#show(sale, items);
  }

  /** Removes a product from a cart, or everything; removing what is not in it does nothing. */
  async take(owner: CartOwner, productId?: string): Promise<CartView> {
    const sale = await this.#views.require(owner.sale);
    return this.#show(sale, await takeFromCart(this.#db, owner, productId));
  }

  #refusal(cached: CachedSale, productId: string, quantity: number): DomainError | undefined {
    const { phase, products, perBuyerLimit } = this.#views.show(cached);
    if (phase === 'closed') return new DomainError('sale_closed');
    const product = products.find(({ id }) => id === productId);
    if (product === undefined) return new DomainError('product_not_found');
    if (quantity <= perBuyerLimit) return tooDear([{ ...product, quantity }]);
    const detail = `quantity: this sale gives each buyer at most ${perBuyerLimit} in all`;
    return new DomainError('invalid_quantity', detail);
  }

  /** A cart as the API shows it, its products in the order of the sale. */
  async #show(known: CachedSale, cart: CartItems): Promise<CartView> {
    const knows = (productId: string) => known.products.some(({ id }) => id === productId);
    const isKnown = Object.keys(cart).every(knows);
    const { sale, products } = isKnown ? known : await this.#views.requireFresh(known.sale.id);
    const items = products.flatMap((product) => {
      const quantity = cart[product.id];
      if (quantity === undefined) return [];
      const { id: productId, name, amount, available, currency } = product;
      return { line: { productId, name, quantity, amount, available }, currency };
    });
    return {
      saleId: sale.id,
      items: items.map(({ line }) => line),
      amount: items.reduce((sum, { line }) => sum + line.amount * line.quantity, 0),
      currency: items[0]?.currency ?? products[0]?.currency ?? '',
    };
  }
}
