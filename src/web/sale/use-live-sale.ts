import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { SaleView } from '../../api/schemas/sale.ts';
import { answered } from '../client/api-client.ts';
import { isPassing } from '../client/problem.ts';
import { type Services, useServices } from '../services.ts';

/** How often stock is asked for while no events come. */
const POLL_MS = 3_000;
/** How often all the same while they come: they tell stock and phase, not a changed name. */
const LOOK_AGAIN_MS = 60_000;
/** After the browser has given up on a stream, it is tried again so much later. */
const STREAM_AGAIN_MS = 10_000;

/** Where a sale is kept among the queries. */
export function saleKey(saleId: string) {
  return ['sale', saleId] as const;
}

/** Reads a sale, and the server's time with it. */
export async function readSale({ open, clock }: Services, saleId: string): Promise<SaleView> {
  const sentAtMs = clock.here();
  const sale = await answered(open.sales[':saleId'].$get({ param: { saleId } }));
  clock.note(sale.serverTime, sentAtMs);
  return sale;
}

/** A sale as it stands: by events, and by asking while there are none. */
export function useLiveSale(saleId: string, live = true) {
  const services = useServices();
  const isStreaming = useSaleEvents(saleId, live);
  return useQuery({
    queryKey: saleKey(saleId),
    queryFn: () => readSale(services, saleId),
    refetchInterval: live ? (isStreaming ? LOOK_AGAIN_MS : POLL_MS) : false,
    retry: (_failures, error) => isPassing(error),
  });
}

/** Takes the events of a sale into what is known of it. Returns whether they come. */
function useSaleEvents(saleId: string, live: boolean): boolean {
  const queries = useQueryClient();
  const [isStreaming, setStreaming] = useState(false);
  useEffect(() => {
    if (!live || typeof EventSource === 'undefined') return;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const connect = () => {
      source = new EventSource(`/api/sales/${encodeURIComponent(saleId)}/events`);
      source.onmessage = ({ data }) => {
        setStreaming(true);
        take(queries, saleId, String(data));
      };
      source.onerror = () => {
        setStreaming(false);
        // By itself the browser tries again after a lost connection, but not after a refusal.
        if (source?.readyState === EventSource.CLOSED) {
          timer = setTimeout(connect, STREAM_AGAIN_MS);
        }
      };
    };
    connect();
    return () => {
      clearTimeout(timer);
      source?.close();
      setStreaming(false);
    };
  }, [queries, saleId, live]);
  return isStreaming;
}

type Snapshot = Pick<SaleView, 'phase' | 'line'> & {
  readonly products: readonly Pick<SaleView['products'][number], 'id' | 'stock'>[];
};

function take(queries: QueryClient, saleId: string, data: string): void {
  const snapshot = JSON.parse(data) as Snapshot;
  const stockOf = new Map(snapshot.products.map(({ id, stock }) => [id, stock]));
  const known = queries.getQueryData<SaleView>(saleKey(saleId));
  // A new phase may come of a new window, or products may have come: events tell neither.
  const hasMore = known?.products.length !== snapshot.products.length;
  if (known?.phase !== snapshot.phase || hasMore) {
    void queries.invalidateQueries({ queryKey: saleKey(saleId) });
  }
  queries.setQueryData<SaleView>(saleKey(saleId), (sale) => {
    if (sale === undefined) return sale;
    const products = sale.products.map((product) => ({
      ...product,
      stock: stockOf.get(product.id) ?? product.stock,
    }));
    return { ...sale, phase: snapshot.phase, line: snapshot.line, products };
  });
}
