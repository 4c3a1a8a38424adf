import './settings.css';
import { Button } from '../../kit/ui/button.tsx';
import { Card } from '../../kit/ui/card.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { Choice } from '../parts/choice.tsx';
import { SpanField } from '../parts/span-field.tsx';
import { TextAreaField } from '../parts/text-area-field.tsx';
import { freshProduct, type ProductDraft, type SaleDraft } from '../rules/sale-draft.ts';
import { isLocked, type Locks } from './locks.ts';
import { ProductFields } from './product-fields.tsx';
import { TimeFields } from './time-fields.tsx';

interface Props {
  readonly draft: SaleDraft;
  readonly locks: Locks;
  readonly problem: (path: string) => string | undefined;
  readonly set: (change: Partial<SaleDraft>) => void;
}

/** The fields of a sale, from what buyers read to how it sells. */
export function SaleFields(props: Props) {
  return (
    <>
      <Words {...props} />
      <Products {...props} />
      <TimeFields {...props} />
      <Rules {...props} />
    </>
  );
}

function Words({ draft, locks, problem, set }: Props) {
  return (
    <Card className="stack">
      <Field
        label="Name"
        maxLength={200}
        disabled={isLocked(locks, 'name')}
        value={draft.name}
        error={problem('name')}
        onChange={(event) => set({ name: event.target.value })}
      />
      <TextAreaField
        label="Description (optional)"
        maxLength={5_000}
        disabled={isLocked(locks, 'description')}
        value={draft.description}
        error={problem('description')}
        onChange={(event) => set({ description: event.target.value })}
      />
    </Card>
  );
}

function Products({ draft, locks, problem, set }: Props) {
  const { products } = draft;
  const change = (at: number, product: ProductDraft) =>
    set({ products: products.with(at, product) });
  const isNew = products.every(({ id }) => id === undefined);
  const currency = products.at(-1)?.currency ?? 'eur';
  return (
    <Card className="stack">
      <h2>{products.length === 1 ? 'Product' : 'Products'}</h2>
      {locks.opened && !locks.all ? (
        <p className="small soft">
          Prices and currencies can no longer change: the sale has opened.
        </p>
      ) : null}
      {products.map((product, at) => (
        <fieldset key={product.key} className="form-product">
          <legend className="hidden-visually">Product {at + 1}</legend>
          <ProductFields
            draft={product}
            locks={locks}
            problem={(field) => problem(`products.${at}.${field}`)}
            onChange={(changed) => change(at, changed)}
          />
          {isNew && products.length > 1 ? (
            <div>
              <button
                type="button"
                className="admin-link small"
                onClick={() => set({ products: products.toSpliced(at, 1) })}
              >
                Remove {product.name === '' ? `product ${at + 1}` : product.name}
              </button>
            </div>
          ) : null}
        </fieldset>
      ))}
      {isNew ? (
        <div>
          <Button
            look="quiet"
            onClick={() => set({ products: [...products, freshProduct(currency)] })}
          >
            Add another product
          </Button>
        </div>
      ) : null}
    </Card>
  );
}

function Rules({ draft, locks, problem, set }: Props) {
  return (
    <Card className="stack">
      <h2>Rules</h2>
      <div className="form-grid">
        <Field
          label="Units per buyer"
          inputMode="numeric"
          autoComplete="off"
          disabled={isLocked(locks, 'perBuyerLimit')}
          value={draft.perBuyerLimit}
          error={problem('perBuyerLimit')}
          hint="Over all products together."
          onChange={(event) => set({ perBuyerLimit: event.target.value })}
        />
        <SpanField
          label="Time to pay"
          value={draft.hold}
          disabled={isLocked(locks, 'holdMs')}
          error={problem('holdSeconds')}
          hint="How long units are held for a buyer."
          onChange={(hold) => set({ hold })}
        />
      </div>
      <Choice
        type="checkbox"
        label="Limit holds per person"
        hint="Stops buyers from keeping units by repeated holds. Counted per e-mail and per IP."
        disabled={isLocked(locks, 'holdLimit')}
        checked={draft.limitsHolds}
        onChange={(event) => set({ limitsHolds: event.target.checked })}
      />
      {draft.limitsHolds ? (
        <div className="form-grid">
          <Field
            label="Maximum holds"
            inputMode="numeric"
            autoComplete="off"
            disabled={isLocked(locks, 'holdLimit')}
            value={draft.holdCount}
            error={problem('holdLimit.count')}
            onChange={(event) => set({ holdCount: event.target.value })}
          />
          <SpanField
            label="Within"
            value={draft.holdWindow}
            disabled={isLocked(locks, 'holdLimit')}
            error={problem('holdLimit.windowSeconds')}
            onChange={(holdWindow) => set({ holdWindow })}
          />
        </div>
      ) : null}
      {locks.made ? (
        <p className="small soft">
          The waitlist and the robot check are fixed once the sale is created.
        </p>
      ) : null}
      <Choice
        type="checkbox"
        label="Waitlist"
        hint="Units that come back are offered to those who missed out, in line order."
        disabled={isLocked(locks, 'waitlistMax')}
        checked={draft.waitlist}
        onChange={(event) => set({ waitlist: event.target.checked })}
      />
      {draft.waitlist ? (
        <OfferTime draft={draft} locks={locks} problem={problem} set={set} />
      ) : null}
      <Choice
        type="checkbox"
        label="Check for robots"
        hint="Each browser solves a short puzzle before it gets a place in line."
        disabled={isLocked(locks, 'challenge')}
        checked={draft.challenge}
        onChange={(event) => set({ challenge: event.target.checked })}
      />
    </Card>
  );
}

/** How long an offer of the waitlist is held. */
function OfferTime({ draft, locks, problem, set }: Props) {
  return (
    <>
      <Choice
        type="checkbox"
        label="Another time to pay for offers of the waitlist"
        hint="A shorter one brings units that are not taken to the next in line sooner."
        disabled={isLocked(locks, 'offerMs')}
        checked={draft.timesOffers}
        onChange={(event) => set({ timesOffers: event.target.checked })}
      />
      {draft.timesOffers ? (
        <SpanField
          label="Time to pay for offers"
          value={draft.offer}
          disabled={isLocked(locks, 'offerMs')}
          error={problem('offerSeconds')}
          onChange={(offer) => set({ offer })}
        />
      ) : null}
    </>
  );
}
