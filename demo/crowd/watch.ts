import type { SaleEventView } from '../../src/api/schemas/sale.ts';
import type { CrowdApi } from './api.ts';

/**
 * Reports each snapshot of a sale, as its page receives them. A broken stream is not reopened: the
 * picture merely shows less.
 */
export async function watchSale(
  api: CrowdApi,
  saleId: string,
  tell: (view: SaleEventView) => void,
): Promise<void> {
  const { signal } = api;
  const response = await fetch(`${api.url}/api/sales/${saleId}/events`, { signal });
  if (!response.ok || response.body === null) return;
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    rest += text;
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    const data = events.flatMap((event) => /^data: (.+)$/m.exec(event)?.[1] ?? []).at(-1);
    if (data !== undefined) tell(JSON.parse(data) as SaleEventView);
  }
}
