/**
 * The stock of a product, by its index in the sale, at a ticket's turn: how many units there were,
 * and how many of them were gone.
 */
export interface Fact {
  readonly index: number;
  /** Held or sold. */
  readonly gone: number;
  readonly total: number;
}

/** What a ticket found, as text: `0:500/500-2:3/10`. */
export function formatFacts(facts: readonly Fact[]): string {
  return facts.map(({ index, gone, total }) => `${index}:${Math.max(0, gone)}/${total}`).join('-');
}

/**
 * Reads what {@link formatFacts} wrote.
 *
 * @throws Error when the text is not of that form
 */
export function parseFacts(text: string): Fact[] {
  return text.split('-').map((part) => {
    const match = /^(\d+):(\d+)\/(\d+)$/.exec(part);
    if (match === null) throw new Error(`facts "${text}" are not of the form 0:500/500-2:3/10`);
    return { index: Number(match[1]), gone: Number(match[2]), total: Number(match[3]) };
  });
}
