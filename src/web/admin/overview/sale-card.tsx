import './sale-card.css';
import { Link } from 'react-router';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { allStock } from '../../client/sale/stock.ts';
import { count } from '../parts/number-tile.tsx';
import { PhaseBadge } from '../parts/phase-badge.tsx';
import { StockBar } from '../parts/stock-bar.tsx';
import { When } from '../parts/when.tsx';
import { takingsInWords, takingsOf } from '../rules/takings.ts';

/** One sale in the overview. */
export function SaleCard({ sale }: { sale: SaleView }) {
  const stock = allStock(sale.products);
  const takings = takingsOf(sale.products);
  return (
    <article className="card admin-sale">
      <div className="admin-sale-head">
        <h2>
          <Link to={`/admin/sales/${sale.id}`}>{sale.name}</Link>
        </h2>
        <PhaseBadge phase={sale.phase} />
      </div>
      <p className="small soft">
        {sale.phase === 'upcoming' ? 'Opens ' : sale.phase === 'closed' ? 'Ended by ' : 'Until '}
        <When
          at={sale.phase === 'upcoming' ? sale.startsAt : sale.endsAt}
          timeZone={sale.timeZone}
        />
      </p>
      <StockBar stock={stock} />
      <dl className="admin-sale-numbers digits">
        <div>
          <dt>Sold</dt>
          <dd>
            {count(stock.sold)} <span className="soft">of {count(stock.total)}</span>
          </dd>
        </div>
        <div>
          <dt>In line</dt>
          <dd>{count(sale.line.waiting)}</dd>
        </div>
        <div>
          <dt>Revenue</dt>
          <dd>{takingsInWords(takings, 'sold')}</dd>
        </div>
      </dl>
    </article>
  );
}
