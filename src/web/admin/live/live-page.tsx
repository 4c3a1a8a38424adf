import './live-page.css';
import { lazy, Suspense } from 'react';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import { useSaleMetrics } from '../queries/use-metrics.ts';
import { useThisSale } from '../sale/sale-page.tsx';
import { LiveNumbers } from './live-numbers.tsx';
import { ProductTable } from './product-table.tsx';
import { SaleControls } from './sale-controls.tsx';

// The chart code is larger than the rest of the page: the numbers do not wait for it.
const MinutesChart = lazy(() => import('./minutes-chart.tsx'));

/** A running sale, live. */
export function LivePage() {
  const sale = useThisSale();
  const { data: metrics, error, failureReason, isFetching } = useSaleMetrics(sale.id);
  return (
    <>
      <SaleControls sale={sale} />
      <LiveNumbers sale={sale} metrics={metrics} />
      <ProblemNotice error={error ?? failureReason} retrying={isFetching} />
      <div className="live-below">
        <ProductTable sale={sale} expired={metrics?.products} />
        <Card className="stack live-chart">
          <h2>The last hour</h2>
          <Suspense fallback={<Skeleton height="16rem" />}>
            {metrics === undefined ? (
              <Skeleton height="16rem" />
            ) : (
              <MinutesChart minutes={metrics.perMinute} />
            )}
          </Suspense>
        </Card>
      </div>
    </>
  );
}
