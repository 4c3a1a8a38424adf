import './sales.css';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { useServerNow } from '../../kit/clock/use-server-now.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { ButtonLink } from '../../kit/ui/button.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import { pathOf, useOpenPlaces } from '../../session/use-open-places.ts';
import { groupSales } from './group-sales.ts';
import { SaleCard } from './sale-card.tsx';
import { useSales } from './use-sales.ts';

/** The front page: all sales, live, upcoming and over. */
export function Component() {
  const { data: sales, failureReason } = useSales();
  return (
    <div className="sales">
      <div className="sales-head">
        <PageTitle title="Sales">First come, first served. Really.</PageTitle>
        <p className="lead">
          Everyone waits in one line, in order of arrival. Take your place and watch it move.
        </p>
      </div>
      <OpenPlaces />
      {failureReason === null ? null : <ProblemNotice error={failureReason} retrying />}
      {sales === undefined ? <Waiting /> : <Groups sales={sales} />}
    </div>
  );
}

function Groups({ sales }: { sales: readonly SaleView[] }) {
  const nowMs = useServerNow();
  const { live, upcoming, over } = groupSales(sales, nowMs);
  if (sales.length === 0) {
    return <Notice title="There is nothing on sale yet.">Come back soon.</Notice>;
  }
  return (
    <>
      <Group title="On now" sales={live} nowMs={nowMs} />
      <Group title="Opening soon" sales={upcoming} nowMs={nowMs} />
      <Group title="Over" sales={over} nowMs={nowMs} />
    </>
  );
}

function Group(props: { title: string; sales: readonly SaleView[]; nowMs: number }) {
  const { title, sales, nowMs } = props;
  if (sales.length === 0) return null;
  return (
    <section className="stack">
      <h2>{title}</h2>
      <ul className="sales-grid">
        {sales.map((sale) => (
          <SaleCard key={sale.id} sale={sale} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

/** The open places and holds of this browser. */
function OpenPlaces() {
  const places = useOpenPlaces();
  if (places.length === 0) return null;
  return (
    <ul className="stack-tight">
      {places.map((place) => (
        <li key={place.ticketId} className="open-place">
          <p>
            <strong>{place.saleName}</strong>
            <br />
            {place.orderId === undefined ? 'You are in line.' : 'Something is held for you.'}
          </p>
          <ButtonLink to={pathOf(place)}>
            {place.orderId === undefined ? 'Your place' : 'Pay now'}
          </ButtonLink>
        </li>
      ))}
    </ul>
  );
}

function Waiting() {
  return (
    <div className="sales-grid" aria-busy="true">
      <span className="hidden-visually">Loading the sales</span>
      <Skeleton height="24rem" />
      <Skeleton height="24rem" />
      <Skeleton height="24rem" />
    </div>
  );
}
