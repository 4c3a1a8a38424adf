import { dequal } from 'dequal/lite';
import type { Part } from './part.ts';
import type { RowReader } from './row-reader.ts';

/** How rows of a table are compared. */
interface TableForm<R> {
  /** What rows and expected rows are ordered by, both ascending. */
  readonly keyOf: (row: R) => number;
  /** The name of a row, by its key. */
  readonly nameOf: (key: number) => string;
  /** A column that is null in rows from before it was recorded. */
  readonly mayLack?: string;
}

/** Compares a table, row by row, with what the log says that it has. */
export class TableCheck<R extends object> {
  readonly #part: Part;
  readonly #rows: RowReader<R>;
  readonly #form: TableForm<R>;
  rows = 0;

  constructor(part: Part, rows: RowReader<R>, form: TableForm<R>) {
    this.#part = part;
    this.#rows = rows;
    this.#form = form;
  }

  /**
   * Takes the next row that there must be.
   *
   * @param expected the columns that the log determines
   */
  async expect(key: number, expected: object): Promise<void> {
    const { keyOf, nameOf, mayLack } = this.#form;
    for (;;) {
      const row = await this.#rows.peek();
      const at = row === undefined ? Number.POSITIVE_INFINITY : keyOf(row);
      if (row === undefined || at > key) {
        this.#part.differ(`${nameOf(key)} is missing`);
        return;
      }
      this.#rows.pass();
      this.rows++;
      if (at === key) {
        const difference = differenceOf(row, expected, mayLack);
        if (difference !== undefined) this.#part.differ(`${nameOf(key)}: ${difference}`);
        return;
      }
      this.#part.differ(`${nameOf(at)} is of nothing in the log`);
    }
  }

  /** There must be no more rows. */
  async end(): Promise<void> {
    const { keyOf, nameOf } = this.#form;
    for (;;) {
      const row = await this.#rows.peek();
      if (row === undefined) return;
      this.#rows.pass();
      this.rows++;
      this.#part.differ(`${nameOf(keyOf(row))} is of nothing in the log`);
    }
  }
}

/** The first column that is not as the log says, in words; undefined when all are. */
export function differenceOf(kept: object, expected: object, mayLack = ''): string | undefined {
  for (const [name, value] of Object.entries(expected)) {
    const own: unknown = Reflect.get(kept, name);
    if (dequal(own, value) || (name === mayLack && own === null)) continue;
    return `${name} is ${JSON.stringify(own)}, by the log ${JSON.stringify(value)}`;
  }
  return undefined;
}
