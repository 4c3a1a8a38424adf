import './stock-bar.css';
import type { Stock } from '../../sale/stock-words.ts';

/** Sold, held and free units side by side. What it shows is read out in words. */
export function StockBar({ stock }: { stock: Stock }) {
  const { total, available, held, sold } = stock;
  const share = (units: number) => (total === 0 ? 0 : (100 * units) / total);
  const count = (units: number) => units.toLocaleString('en');
  return (
    <div
      className="stock-bar"
      role="img"
      aria-label={`${count(sold)} sold, ${count(held)} held, ${count(available)} available`}
    >
      <div className="stock-bar-sold" style={{ inlineSize: `${share(sold)}%` }} />
      <div className="stock-bar-held" style={{ inlineSize: `${share(held)}%` }} />
    </div>
  );
}
