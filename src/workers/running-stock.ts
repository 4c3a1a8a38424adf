import type { Tx } from '../db/client.ts';
import { readHistoryStock, readMoves, writeHistoryStock } from '../db/history-stock.ts';
import { formatFacts } from '../domain/facts.ts';
import { parseItems } from '../domain/items.ts';

interface Units {
  total: number;
  gone: number;
}

/** The part of a log entry that concerns the stock. */
interface LogRow {
  readonly seq: number;
  readonly kind: string;
  readonly sale_id: string | null;
}

/**
 * How many units of each product are gone (held or sold) of how many, at the history's position in
 * the log: what a ticket found at its turn. It advances with the history, in its transactions and
 * in log order: a decided batch ticket by ticket, all other entries by what they wrote into the
 * ledger.
 */
export class RunningStock {
  readonly #places = new Map<string, string>();
  readonly #units = new Map<string, Units>();
  readonly #moves: ReadonlyMap<number, readonly Move[]>;
  readonly #changed = new Set<string>();
  /** What was found for items of a sale since the last change. */
  readonly #found = new Map<string, string>();

  private constructor(products: readonly ProductUnits[], moves: readonly Move[]) {
    for (const { id, sale_id: sale, index, total, gone } of products) {
      this.#places.set(`${sale} ${index}`, id);
      this.#units.set(id, { total: total ?? 0, gone: gone ?? 0 });
    }
    this.#moves = Map.groupBy(moves, (move) => move.seq);
  }

  /** The stock of the sales that the next entries of a log are about. */
  static async read(tx: Tx, shard: number, entries: readonly LogRow[]): Promise<RunningStock> {
    const sales = new Set(entries.flatMap(({ sale_id: sale }) => sale ?? []));
    const others = entries.flatMap(({ kind, seq }) =>
      kind === 'decide' || kind === 'skip' ? [] : seq,
    );
    const products = await readHistoryStock(tx, [...sales]);
    const moves = others.length === 0 ? [] : await readMoves(tx, shard, others);
    return new RunningStock(products, moves);
  }

  /** Takes the units that a ticket got at its turn. */
  hold(sale: string, items: string): void {
    for (const { index, quantity } of parseItems(items)) {
      this.#change(this.#at(sale, index), 0, quantity);
    }
  }

  /** Applies what an entry wrote into the ledger. */
  pass(seq: number): void {
    for (const { product_id: product, total, gone } of this.#moves.get(seq) ?? []) {
      this.#change(product, total, gone);
    }
  }

  /** What a ticket that wants these items finds now, see src/domain/facts.ts. */
  find(sale: string, items: string): string {
    const wish = `${sale} ${items}`;
    let found = this.#found.get(wish);
    if (found === undefined) {
      const products = parseItems(items).map(({ index }) => {
        const { gone, total } = this.#unitsOf(this.#at(sale, index));
        return { index, gone, total };
      });
      found = formatFacts(products);
      this.#found.set(wish, found);
    }
    return found;
  }

  /** Writes what has changed. */
  async save(tx: Tx): Promise<void> {
    if (this.#changed.size === 0) return;
    const rows = [...this.#changed].map((product) => ({ product, ...this.#unitsOf(product) }));
    await writeHistoryStock(tx, rows);
  }

  #change(product: string, total: number, gone: number): void {
    const units = this.#unitsOf(product);
    units.total += total;
    units.gone += gone;
    this.#changed.add(product);
    this.#found.clear();
  }

  #at(sale: string, index: number): string {
    const product = this.#places.get(`${sale} ${index}`);
    if (product === undefined) throw new Error(`sale ${sale} has no product ${index} on record`);
    return product;
  }

  #unitsOf(product: string): Units {
    const units = this.#units.get(product);
    if (units === undefined)
      throw new Error(`product ${product} is not of the sales that were read`);
    return units;
  }
}

/** How an entry changed the units of a product. */
interface Move extends Units {
  readonly seq: number;
  readonly product_id: string;
}

interface ProductUnits {
  readonly id: string;
  readonly sale_id: string;
  readonly index: number;
  readonly total: number | null;
  readonly gone: number | null;
}
