import { Link } from 'react-router';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatPrice } from '../../../domain/price.ts';
import { allStock } from '../../client/sale/stock.ts';
import { inWords } from '../../kit/clock/durations.ts';
import { Badge } from '../../kit/ui/badge.tsx';
import { Meter } from '../../kit/ui/meter.tsx';
import { isOver, type SaleState, STATE_TONES, STATE_WORDS, stateAt } from '../buy/sale-state.ts';
import { SaleArt } from '../sale/sale-art.tsx';
import { stockInWords } from '../sale/stock-words.ts';

/** A sale on the front page. */
export function SaleCard({ sale, nowMs }: { sale: SaleView; nowMs: number }) {
  const state = stateAt(sale, nowMs);
  return (
    <li className="sale-card">
      <div className="sale-card-picture">
        <SaleArt id={sale.id} muted={isOver(state)} />
      </div>
      <div className="sale-card-body">
        <div className="row">
          <Badge tone={STATE_TONES[state]}>{STATE_WORDS[state]}</Badge>
          <span className="soft small">{priceOf(sale)}</span>
        </div>
        <h3>
          <Link to={`/sales/${sale.id}`} className="sale-card-link">
            {sale.name}
          </Link>
        </h3>
        <p className="soft">{sale.description}</p>
        <Foot sale={sale} state={state} nowMs={nowMs} />
      </div>
    </li>
  );
}

function Foot({ sale, state, nowMs }: { sale: SaleView; state: SaleState; nowMs: number }) {
  if (state === 'upcoming') {
    return (
      <p className="sale-card-foot digits">
        Opens in <strong>{inWords(Date.parse(sale.startsAt) - nowMs)}</strong>
      </p>
    );
  }
  const stock = allStock(sale.products);
  const words = stockInWords(stock);
  return (
    <div className="sale-card-foot stack-tight">
      <p className="small digits">{state === 'closed' ? `${stock.sold} sold` : words}</p>
      {state === 'closed' ? null : (
        <Meter
          value={stock.available}
          max={stock.total}
          label={`Stock, ${sale.name}`}
          text={words}
        />
      )}
    </div>
  );
}

/** The price, or the lowest of several. */
function priceOf({ products }: SaleView): string {
  const [cheapest] = products.toSorted((one, other) => one.amount - other.amount);
  if (cheapest === undefined) return '';
  const price = formatPrice(cheapest.amount, cheapest.currency);
  const isAlone = products.every(({ amount }) => amount === cheapest.amount);
  if (isAlone) return price;
  return cheapest.amount === 0 ? 'some of it free' : `from ${price}`;
}
