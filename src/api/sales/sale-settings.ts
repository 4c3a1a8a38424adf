import { fromRow } from '../../db/sale-row.ts';
import type { SaleRecord } from '../../db/sales.ts';
import { fromSettings, type SaleChange } from '../schemas/sale.ts';

/** The settings of a sale that the trail records. */
export function settingsOf({ sale, products }: SaleRecord) {
  return {
    ...fromSettings(fromRow(sale)),
    products: products.map(({ id, name, description, amount, currency, total }) => {
      return { id, name, description, amount, currency, stock: total };
    }),
  };
}

/** The same, restricted to the fields of a change and the products it names. */
export function settingsIn(record: SaleRecord, change: SaleChange): object {
  const { products, ...settings } = settingsOf(record);
  const changed = (change.products ?? []).map((named) => {
    const product = products.find(({ id }) => id === named.id) ?? {};
    return pick(product, named);
  });
  return {
    ...pick(settings, change),
    ...(changed.length === 0 ? {} : { products: changed }),
  };
}

function pick(from: object, names: object): object {
  return Object.fromEntries(Object.entries(from).filter(([name]) => name in names));
}
