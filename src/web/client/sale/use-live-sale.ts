import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { SaleEventView } from '../../../api/schemas/sale.ts';
import { useServerClock } from '../../kit/clock/use-server-clock.ts';
import type { ApiClient } from '../api-client.ts';
import { isTransient } from '../problem.ts';
import { saleQuery } from './sale-query.ts';
import { withSnapshot } from './snapshot.ts';
import { watchEvents } from './watch-events.ts';

/** The poll interval while no events arrive. */
const POLL_MS = 3_000;
/** The poll interval while they do: events carry stock and phase, not a changed name. */
const POLL_WITH_EVENTS_MS = 60_000;

/** A live sale: by events, and by polling while there are none. */
export function useLiveSale(open: ApiClient, saleId: string) {
  const clock = useServerClock();
  const snapshot = useSaleEvents(saleId);
  const query = useQuery({
    ...saleQuery(open, clock, saleId),
    refetchInterval: snapshot === undefined ? POLL_MS : POLL_WITH_EVENTS_MS,
    retry: (_failures, error) => isTransient(error),
  });
  const { data: sale, refetch } = query;
  // A new phase may come from a changed window, and products may be added: events carry neither.
  const { phase, products } = snapshot ?? {};
  const count = products?.length;
  useEffect(() => {
    if (phase !== undefined && count !== undefined) void refetch();
  }, [phase, count, refetch]);
  const data = useMemo(() => sale && withSnapshot(sale, snapshot), [sale, snapshot]);
  return { ...query, data };
}

/** The last event of a sale; undefined while none arrive. */
function useSaleEvents(saleId: string): SaleEventView | undefined {
  const [snapshot, setSnapshot] = useState<SaleEventView>();
  useEffect(() => {
    if (typeof EventSource === 'undefined') return;
    return watchEvents(`/api/sales/${encodeURIComponent(saleId)}/events`, setSnapshot);
  }, [saleId]);
  return snapshot;
}
