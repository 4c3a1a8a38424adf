import './trail.css';
import { useSearchParams } from 'react-router';
import { ADMIN_ACTIONS } from '../../../domain/admin-action.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { SelectField } from '../parts/select-field.tsx';
import { useSales } from '../queries/use-sales.ts';
import { useThisSale } from '../sale/sale-page.tsx';
import { ACTION_WORDS } from './action-words.ts';
import { TrailList } from './trail-list.tsx';

/** The admin actions of all sales. */
export function TrailPage() {
  const [params, setParams] = useSearchParams();
  const saleId = params.get('saleId') ?? '';
  const sales = useSales().data?.pages.flatMap(({ items }) => items) ?? [];
  const isListed = saleId === '' || sales.some(({ id }) => id === saleId);
  return (
    <div className="stack admin-stack">
      <div className="stack">
        <PageTitle>Trail</PageTitle>
        <p className="lead">
          What was done in the control room, and by whom. Nothing is ever removed.
        </p>
        <div className="trail-filters">
          <SelectField
            label="Sale"
            value={saleId}
            onChange={(event) => setParams(withParam(params, 'saleId', event.target.value))}
          >
            <option value="">All sales</option>
            {isListed ? null : <option value={saleId}>{saleId}</option>}
            {sales.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
          <ActionFilter />
        </div>
      </div>
      <TrailList saleId={saleId} action={params.get('action') ?? ''} />
    </div>
  );
}

/** The admin actions of one sale. */
export function SaleTrailPage() {
  const { id } = useThisSale();
  const [params] = useSearchParams();
  return (
    <section aria-label="Trail" className="stack">
      <div className="trail-filters">
        <ActionFilter />
      </div>
      <TrailList saleId={id} action={params.get('action') ?? ''} />
    </section>
  );
}

function ActionFilter() {
  const [params, setParams] = useSearchParams();
  return (
    <SelectField
      label="What was done"
      value={params.get('action') ?? ''}
      onChange={(event) => setParams(withParam(params, 'action', event.target.value))}
    >
      <option value="">Anything</option>
      {ADMIN_ACTIONS.map((action) => (
        <option key={action} value={action}>
          {ACTION_WORDS[action]}
        </option>
      ))}
    </SelectField>
  );
}

function withParam(params: URLSearchParams, name: string, value: string): URLSearchParams {
  const changed = new URLSearchParams(params);
  if (value === '') changed.delete(name);
  else changed.set(name, value);
  return changed;
}
