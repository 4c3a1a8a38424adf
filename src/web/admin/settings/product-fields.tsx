import { Field } from '../../kit/ui/field.tsx';
import { TextAreaField } from '../parts/text-area-field.tsx';
import type { ProductDraft } from '../rules/sale-draft.ts';
import { isProductLocked, type Locks, NO_LOCKS } from './locks.ts';

/** The fields of a product. An existing product is restocked elsewhere. */
export function ProductFields(props: {
  draft: ProductDraft;
  problem: (field: string) => string | undefined;
  locks?: Locks;
  onChange: (draft: ProductDraft) => void;
}) {
  const { draft, problem, locks = NO_LOCKS, onChange } = props;
  const set = (change: Partial<ProductDraft>) => onChange({ ...draft, ...change });
  return (
    <div className="form-grid form-grid-product">
      <div className="form-wide">
        <Field
          label="Product name"
          maxLength={200}
          disabled={isProductLocked(locks, 'name')}
          value={draft.name}
          error={problem('name')}
          onChange={(event) => set({ name: event.target.value })}
        />
      </div>
      <Field
        label="Price"
        inputMode="decimal"
        autoComplete="off"
        placeholder="149.00"
        disabled={isProductLocked(locks, 'amount')}
        value={draft.price}
        error={problem('amount')}
        onChange={(event) => set({ price: event.target.value })}
      />
      <Field
        label="Currency"
        autoComplete="off"
        autoCapitalize="characters"
        maxLength={3}
        disabled={isProductLocked(locks, 'currency')}
        value={draft.currency.toUpperCase()}
        error={problem('currency')}
        onChange={(event) => set({ currency: event.target.value.toLowerCase() })}
      />
      {draft.id === undefined ? (
        <Field
          label="Units"
          inputMode="numeric"
          autoComplete="off"
          placeholder="100"
          value={draft.stock}
          error={problem('stock')}
          onChange={(event) => set({ stock: event.target.value })}
        />
      ) : null}
      <div className="form-wide">
        <TextAreaField
          label="Product description (optional)"
          maxLength={5_000}
          disabled={isProductLocked(locks, 'description')}
          value={draft.description}
          error={problem('description')}
          onChange={(event) => set({ description: event.target.value })}
        />
      </div>
    </div>
  );
}
