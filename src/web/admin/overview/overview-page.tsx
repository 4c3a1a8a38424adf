import { ProblemNotice } from '../../client/problem-notice.tsx';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { ButtonLink } from '../../kit/ui/button.tsx';
import { MoreButton } from '../../kit/ui/more-button.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import { count, NumberTile, NumberTiles } from '../parts/number-tile.tsx';
import { useMetrics } from '../queries/use-metrics.ts';
import { useSales } from '../queries/use-sales.ts';
import { SaleCard } from './sale-card.tsx';

/** All sales at a glance. */
export function OverviewPage() {
  const sales = useSales();
  const shown = sales.data?.pages.flatMap(({ items }) => items);
  return (
    <div className="stack admin-stack">
      <div className="row-apart admin-head">
        <PageTitle>Sales</PageTitle>
        <ButtonLink to="/admin/sales/new">New sale</ButtonLink>
      </div>
      <AllNumbers />
      <ProblemNotice error={sales.error ?? sales.failureReason} retrying={sales.isFetching} />
      {shown === undefined ? <Skeleton height="12rem" /> : null}
      {shown?.length === 0 ? (
        <p className="lead">There are no sales yet. Create the first one.</p>
      ) : null}
      <ul className="admin-sales">
        {shown?.map((sale) => (
          <li key={sale.id}>
            <SaleCard sale={sale} />
          </li>
        ))}
      </ul>
      <MoreButton query={sales}>Older sales</MoreButton>
    </div>
  );
}

function AllNumbers() {
  const { data, error, failureReason, isFetching } = useMetrics();
  return (
    <section aria-label="All sales in numbers" className="stack-tight">
      <NumberTiles>
        <NumberTile label="Paid orders" value={count(data?.ordersPaid)} tone="good" />
        <NumberTile label="Refunded" value={count(data?.ordersRefunded)} />
        <NumberTile label="Holds created" value={count(data?.holdsCreated)} />
        <NumberTile label="Holds expired" value={count(data?.holdsExpired)} />
        <NumberTile label="On waitlists" value={count(data?.waitlist.waiting)} />
        <NumberTile label="Oversell blocked" value={count(data?.oversellAttemptsBlocked)} />
      </NumberTiles>
      <ProblemNotice error={error ?? failureReason} retrying={isFetching} />
    </section>
  );
}
