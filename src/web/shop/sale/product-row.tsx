import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatPrice } from '../../../domain/price.ts';
import { Meter } from '../../kit/ui/meter.tsx';
import { Stepper } from '../../kit/ui/stepper.tsx';
import { stockInWords } from './stock-words.ts';

/** A product with its stock, and a quantity to choose. */
export function ProductRow(props: {
  product: SaleView['products'][number];
  quantity: number;
  most: number;
  disabled: boolean;
  onChange: (quantity: number) => void;
}) {
  const { product, quantity, most, disabled, onChange } = props;
  const { name, description, amount, currency, stock } = product;
  const words = stockInWords(stock);
  return (
    <li className="product-row">
      <div className="product-head">
        <div>
          <h3>{name}</h3>
          {description === '' ? null : <p className="soft small">{description}</p>}
        </div>
        <p className="product-price digits">{formatPrice(amount, currency)}</p>
      </div>
      <div className="product-foot">
        <div className="product-stock">
          <p className="small digits" data-gone={stock.available === 0}>
            {words}
          </p>
          <Meter
            value={stock.available}
            max={stock.total}
            label={`Stock of ${name}`}
            text={words}
          />
        </div>
        <Stepper
          label={name}
          value={quantity}
          max={most}
          disabled={disabled || (most === 0 && quantity === 0)}
          onChange={onChange}
        />
      </div>
    </li>
  );
}
