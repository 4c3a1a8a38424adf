import { useState } from 'react';
import { ORDER_STATUSES, type OrderStatus } from '../../../domain/order.ts';
import { Button } from '../../kit/ui/button.tsx';
import { Field } from '../../kit/ui/field.tsx';
import { ORDER_WORDS } from './order-words.ts';

/** The search as it stands in the URL, so that it can be bookmarked and shared. */
export interface OrderFilter {
  readonly status: readonly OrderStatus[];
  readonly q: string;
}

/** Search by address, id and status. A status applies as soon as it is toggled. */
export function OrderSearch({
  filter,
  onFilter,
}: {
  filter: OrderFilter;
  onFilter: (filter: OrderFilter) => void;
}) {
  const [q, setQ] = useState(filter.q);
  const [chosen, choose] = useChosen(filter.status);
  const toggle = (state: OrderStatus, isOn: boolean) => {
    const others = chosen.filter((one) => one !== state);
    const status = isOn ? [...others, state] : others;
    choose(status);
    onFilter({ ...filter, status });
  };
  return (
    <search className="admin-order-search">
      <form
        className="admin-order-search-text"
        onSubmit={(event) => {
          event.preventDefault();
          onFilter({ ...filter, q: q.trim() });
        }}
      >
        <Field
          label="Find an order"
          type="search"
          placeholder="E-mail, or order, ticket, payment or buyer id"
          autoComplete="off"
          spellCheck={false}
          maxLength={1_000}
          value={q}
          onChange={(event) => {
            setQ(event.target.value);
            if (event.target.value === '') onFilter({ ...filter, q: '' });
          }}
        />
        <Button type="submit" look="quiet">
          Find
        </Button>
      </form>
      <fieldset className="chips">
        <legend className="hidden-visually">Only orders that are</legend>
        {ORDER_STATUSES.map((state) => (
          <label key={state} className="chip">
            <input
              type="checkbox"
              checked={chosen.includes(state)}
              onChange={(event) => toggle(state, event.target.checked)}
            />
            {ORDER_WORDS[state].word}
          </label>
        ))}
      </fieldset>
    </search>
  );
}

/**
 * The checked statuses, updated at once: the URL follows a moment later, and may change on its own
 * (back).
 */
function useChosen(status: readonly OrderStatus[]) {
  const [chosen, choose] = useState(status);
  const [known, setKnown] = useState(status.join());
  if (status.join() !== known) {
    setKnown(status.join());
    choose(status);
  }
  return [chosen, choose] as const;
}
