import './orders.css';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { ORDER_STATUSES } from '../../../domain/order.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { MoreButton } from '../../kit/ui/more-button.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import { useServices } from '../../session/services.ts';
import { KEYS } from '../queries/keys.ts';
import { useThisSale } from '../sale/sale-page.tsx';
import { ExportButton } from './export-button.tsx';
import { OrderRow } from './order-row.tsx';
import { type OrderFilter, OrderSearch } from './order-search.tsx';

/** The orders of a sale: search, details, refund, download. */
export function OrdersPage() {
  const sale = useThisSale();
  const [params, setParams] = useSearchParams();
  const filter: OrderFilter = {
    status: ORDER_STATUSES.filter((state) => params.getAll('status').includes(state)),
    q: params.get('q') ?? '',
  };
  const applyFilter = ({ status, q }: OrderFilter) => {
    setParams([...status.map((state) => ['status', state]), ...(q === '' ? [] : [['q', q]])] as [
      string,
      string,
    ][]);
  };
  const { orders, query } = useOrders(sale.id, filter);
  const [opened, setOpened] = useState<string>();
  const only = filter.q !== '' && orders?.length === 1 ? orders[0]?.id : undefined;
  return (
    <section aria-label="Orders" className="stack">
      <h2 className="hidden-visually">Orders</h2>
      <div className="admin-orders-head">
        <OrderSearch key={filter.q} filter={filter} onFilter={applyFilter} />
        <ExportButton sale={sale} filter={filter} as="csv" />
        <ExportButton sale={sale} filter={filter} as="jsonl" />
      </div>
      <ProblemNotice error={query.error ?? query.failureReason} retrying={query.isFetching} />
      {orders === undefined && query.error === null ? <Skeleton height="14rem" /> : null}
      {orders?.length === 0 ? (
        <NoOrders isSearch={filter.q !== '' || filter.status.length > 0} />
      ) : null}
      <ul className="admin-orders">
        {orders?.map((order) => (
          <OrderRow
            key={order.id}
            order={order}
            isOpen={order.id === (opened ?? only)}
            onToggle={(isOpen) => setOpened(isOpen ? order.id : '')}
          />
        ))}
      </ul>
      <MoreButton query={query}>Older orders</MoreButton>
    </section>
  );
}

function NoOrders({ isSearch }: { isSearch: boolean }) {
  return (
    <p className="lead">
      {isSearch
        ? 'No orders match. Ids have to be complete; of an address, the beginning is enough.'
        : 'No orders yet.'}
    </p>
  );
}

function useOrders(saleId: string, { status, q }: OrderFilter) {
  const { own } = useServices();
  const search = {
    ...(status.length === 0 ? {} : { status: [...status] }),
    ...(q === '' ? {} : { q }),
  };
  const query = useInfiniteQuery({
    queryKey: [...KEYS.orders(saleId), search],
    queryFn: ({ pageParam: cursor }) =>
      answered(
        own.admin.sales[':saleId'].orders.$get({
          param: { saleId },
          query: { ...search, limit: '30', ...(cursor === undefined ? {} : { cursor }) },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    // Only the first page is polled: rows further down must not move while they are being read.
    refetchInterval: (known) => ((known.state.data?.pages.length ?? 0) > 1 ? false : 4_000),
  });
  return { query, orders: query.data?.pages.flatMap(({ items }) => items) };
}
