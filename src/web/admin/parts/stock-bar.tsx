import './stock-bar.css';
import type { Stock } from '../../../domain/sale.ts';
import { formatNumber } from '../../kit/format.ts';

/** Sold, held and available units side by side, with a text alternative. */
export function StockBar({ stock }: { stock: Stock }) {
  const { total, held, sold } = stock;
  const share = (units: number) => (total === 0 ? 0 : (100 * units) / total);
  return (
    <div className="stock-bar" role="img" aria-label={inWords(stock)}>
      <div className="stock-bar-sold" style={{ inlineSize: `${share(sold)}%` }} />
      <div className="stock-bar-held" style={{ inlineSize: `${share(held)}%` }} />
    </div>
  );
}

function inWords({ sold, held, available }: Stock): string {
  const free = `${formatNumber(available)} available`;
  return `${formatNumber(sold)} sold, ${formatNumber(held)} held, ${free}`;
}
