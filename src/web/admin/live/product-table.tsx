import { useState } from 'react';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { formatPrice } from '../../../domain/price.ts';
import { Button } from '../../kit/ui/button.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { count } from '../parts/number-tile.tsx';
import { StockBar } from '../parts/stock-bar.tsx';
import { AddProductDialog } from './add-product-dialog.tsx';
import { RestockDialog } from './restock-dialog.tsx';

type Product = SaleView['products'][number];

/** The products of a sale with the state of their units. */
export function ProductTable(props: {
  sale: SaleView;
  expired: readonly { readonly id: string; readonly expired: number }[] | undefined;
}) {
  const { sale, expired } = props;
  const [restocked, setRestocked] = useState<string>();
  const [isAdding, setIsAdding] = useState(false);
  return (
    <Card className="stack live-products">
      <div className="row-apart">
        <h2>Products</h2>
        {sale.phase === 'closed' ? null : (
          <Button look="quiet" onClick={() => setIsAdding(true)}>
            Add a product
          </Button>
        )}
      </div>
      <table className="product-table">
        <thead>
          <tr>
            <th scope="col">Free</th>
            <th scope="col">
              <span className="swatch stock-bar-held" aria-hidden="true" />
              Held
            </th>
            <th scope="col">
              <span className="swatch stock-bar-sold" aria-hidden="true" />
              Sold
            </th>
            <th scope="col">Expired</th>
            <th scope="col">Total</th>
          </tr>
        </thead>
        {sale.products.map((product) => (
          <ProductRows
            key={product.id}
            product={product}
            expired={expired?.find(({ id }) => id === product.id)?.expired}
            onRestock={() => setRestocked(product.id)}
          />
        ))}
      </table>
      {sale.products.map((product) => (
        <RestockDialog
          key={product.id}
          saleId={sale.id}
          product={product}
          open={product.id === restocked}
          // A request that finishes late closes only its own dialog.
          onClose={() => setRestocked((open) => (open === product.id ? undefined : open))}
        />
      ))}
      <AddProductDialog sale={sale} open={isAdding} onClose={() => setIsAdding(false)} />
    </Card>
  );
}

function ProductRows(props: {
  product: Product;
  expired: number | undefined;
  onRestock: () => void;
}) {
  const { product, expired, onRestock } = props;
  const { name, amount, currency, stock } = product;
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={5}>
          <div className="live-product">
            <div className="row-apart">
              <span>
                <span className="live-product-name">{name}</span>{' '}
                <span className="soft">{formatPrice(amount, currency)}</span>
              </span>
              <Button look="quiet" onClick={onRestock} aria-label={`Restock ${name}`}>
                Restock
              </Button>
            </div>
            <StockBar stock={stock} />
          </div>
        </th>
      </tr>
      <tr>
        <td>{count(stock.available)}</td>
        <td>{count(stock.held)}</td>
        <td>{count(stock.sold)}</td>
        <td>{count(expired)}</td>
        <td>{count(stock.total)}</td>
      </tr>
    </tbody>
  );
}
