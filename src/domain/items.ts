/** Products that one ticket may ask for. */
export const MAX_ITEMS = 20;

/** Quantity of one product, by the product's index in its sale. */
export interface Item {
  readonly index: number;
  readonly quantity: number;
}

/** Quantities by product id. */
export type CartItems = Readonly<Record<string, number>>;

/**
 * Items as text, ascending by index: `0x1-2x3`. Equal items always give the same text, so that it
 * can be compared, sealed in a ticket id and read by Lua.
 */
export function formatItems(items: readonly Item[]): string {
  return items
    .toSorted((a, b) => a.index - b.index)
    .map((item) => `${item.index}x${item.quantity}`)
    .join('-');
}

/**
 * Reads what {@link formatItems} wrote.
 *
 * @throws Error when the text is not of that form
 */
export function parseItems(text: string): Item[] {
  return text.split('-').map((part) => {
    const match = /^(\d+)x(\d+)$/.exec(part);
    if (match === null) throw new Error(`items "${text}" are not of the form 0x1-2x3`);
    return { index: Number(match[1]), quantity: Number(match[2]) };
  });
}

/** Items without others; undefined when they do not have that many. */
export function withoutItems(
  items: readonly Item[],
  others: readonly Item[],
): readonly Item[] | undefined {
  const left = new Map(items.map(({ index, quantity }) => [index, quantity]));
  for (const { index, quantity } of others) {
    const rest = (left.get(index) ?? 0) - quantity;
    if (rest < 0) return undefined;
    left.set(index, rest);
  }
  return [...left].flatMap(([index, quantity]) => (quantity > 0 ? { index, quantity } : []));
}

/** The units of all items together. */
export function unitsOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.quantity, 0);
}
