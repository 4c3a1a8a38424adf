import type { SaleView } from '../../../api/schemas/sale.ts';
import { allStock } from '../../client/sale/stock.ts';
import { count, NumberTile, NumberTiles } from '../parts/number-tile.tsx';
import type { useSaleMetrics } from '../queries/use-metrics.ts';
import { paceInWords, paceOf } from '../rules/pace.ts';
import { takingsInWords, takingsOf } from '../rules/takings.ts';
import { PaceCurve } from './pace-curve.tsx';
import { usePace } from './use-pace.ts';

type SaleMetrics = NonNullable<ReturnType<typeof useSaleMetrics>['data']>;

/** The current state of the line and its outcomes so far. */
export function LiveNumbers(props: { sale: SaleView; metrics: SaleMetrics | undefined }) {
  const { sale, metrics } = props;
  const marks = usePace(sale);
  const stock = allStock(sale.products);
  const { waitlist, payments, disputes } = metrics ?? {};
  return (
    <section aria-label="In numbers" className="live-numbers">
      <div className="card live-line">
        <dl className="live-line-numbers">
          <div>
            <dt>Waiting in line</dt>
            <dd className="digits">{count(sale.line.waiting)}</dd>
          </div>
          <div>
            <dt>Decisions per second</dt>
            <dd className="digits">{paceInWords(paceOf(marks))}</dd>
          </div>
        </dl>
        <PaceCurve marks={marks} />
        <p className="small soft digits">Decided up to number {count(sale.line.decided)}</p>
      </div>
      <NumberTiles>
        <NumberTile
          label="Revenue"
          tone="good"
          value={takingsInWords(takingsOf(sale.products), 'sold')}
          note={`of ${takingsInWords(takingsOf(sale.products), 'whole')}`}
        />
        <NumberTile
          label="Paid orders"
          value={count(metrics?.ordersPaid)}
          note={`${count(metrics?.ordersRefunded)} refunded`}
        />
        <NumberTile
          label="Held now"
          value={count(stock.held)}
          note={`${count(metrics?.holdsCreated)} holds created`}
        />
        <NumberTile
          label="Holds expired"
          value={count(metrics?.holdsExpired)}
          note={`${count(metrics?.holdsCancelled)} given back`}
        />
        {sale.waitlist ? (
          <NumberTile
            label="On the waitlist"
            value={count(waitlist?.waiting)}
            note={`${count(waitlist?.offersMade)} offered, ${count(waitlist?.offersTaken)} taken`}
          />
        ) : null}
        <NumberTile
          label="Oversell blocked"
          value={count(metrics?.oversellAttemptsBlocked)}
          note="found too little left"
        />
        <NumberTile
          label="Throttled"
          value={count(metrics?.throttled)}
          note="over the rate limit"
        />
        {payments !== undefined && payments.refundsOpen + payments.refundsFailed > 0 ? (
          <NumberTile
            label="Refunds in progress"
            tone="caution"
            value={count(payments.refundsOpen + payments.refundsFailed)}
            note={`${count(payments.refundsFailed)} failed, being retried`}
          />
        ) : null}
        {payments !== undefined && payments.refundsEnded > 0 ? (
          <NumberTile
            label="Refunds that cannot be made"
            tone="caution"
            value={count(payments.refundsEnded)}
            note="see the reason at the order"
          />
        ) : null}
        {disputes !== undefined && disputes.open + disputes.won + disputes.lost > 0 ? (
          <NumberTile
            label="Open disputes"
            tone="caution"
            value={count(disputes.open)}
            note={`${count(disputes.won)} won, ${count(disputes.lost)} lost`}
          />
        ) : null}
      </NumberTiles>
    </section>
  );
}
