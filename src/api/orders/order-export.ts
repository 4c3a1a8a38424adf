import type { AdminOrderView } from '../schemas/order.ts';
import type { OrderFormat } from './order-formats.ts';

/**
 * How an export ended: the client disconnected (`left off`), or a page could not be read
 * (`broken`).
 */
export interface ExportEnd {
  readonly kind: 'whole' | 'left off' | 'broken';
  /** Orders that were written. */
  readonly orders: number;
  readonly error?: unknown;
}

/**
 * Orders as a file in UTF-8. Pages are fetched on demand: a slow client slows the reading down, and
 * a disconnect ends it.
 *
 * @param onEnd reports how it ended. The connection of a `broken` file has to be closed, or it
 *   would look complete
 * @throws what reading the first page throws: then no file is started
 */
export async function exportOrders(
  pages: AsyncGenerator<readonly AdminOrderView[]>,
  format: OrderFormat,
  onEnd: (end: ExportEnd) => void,
): Promise<ReadableStream<Uint8Array>> {
  const first = await pages.next();
  async function* chunks() {
    let orders = 0;
    let kind: ExportEnd['kind'] = 'left off';
    let error: unknown;
    try {
      if (format.head !== '') yield format.head;
      for (let page = first; !page.done; page = await pages.next()) {
        orders += page.value.length;
        yield page.value.map(format.row).join('');
      }
      kind = 'whole';
    } catch (caught) {
      kind = 'broken';
      error = caught;
    } finally {
      onEnd({ kind, orders, error });
    }
  }
  return streamOf(chunks()).pipeThrough(new TextEncoderStream());
}

/**
 * As `ReadableStream.from`, which is missing from the browser types that the pages compile this
 * file with.
 */
function streamOf(chunks: AsyncGenerator<string, void>): ReadableStream<string> {
  return new ReadableStream<string>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
}
