import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { answered } from '../../client/api-client.ts';
import { isTransient } from '../../client/problem.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { useServerClock } from '../../kit/clock/use-server-clock.ts';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { useIsMounted } from '../../kit/layout/use-is-mounted.ts';
import { Button } from '../../kit/ui/button.tsx';
import { useServices } from '../../session/services.ts';
import { useFieldProblems } from '../parts/use-field-problems.ts';
import { KEYS } from '../queries/keys.ts';
import { type NewSale, readSale } from '../rules/read-sale.ts';
import { freshSale } from '../rules/sale-draft.ts';
import { NO_LOCKS } from './locks.ts';
import { SaleFields } from './sale-fields.tsx';

/** Creates a sale. */
export function NewSalePage() {
  const clock = useServerClock();
  const [draft, setDraft] = useState(() => freshSale(new Date(clock.now())));
  const create = useCreate();
  const { form, problem, refuse, accept } = useFieldProblems(create.error);
  const submit = () => {
    const read = readSale(draft);
    if ('problems' in read) return refuse(read.problems);
    accept();
    if (!create.isPending) create.mutate(read.value);
  };
  return (
    <div className="stack admin-stack">
      <div className="stack-tight">
        <Link to="/admin" className="small soft">
          All sales
        </Link>
        <PageTitle>New sale</PageTitle>
      </div>
      <form
        ref={form}
        noValidate
        className="stack sale-form"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <SaleFields
          draft={draft}
          locks={NO_LOCKS}
          problem={problem}
          set={(change) => setDraft((known) => ({ ...known, ...change }))}
        />
        <ProblemNotice error={create.error}>
          {isTransient(create.error) ? (
            <p>It may have been created anyway: look at all sales before you try again.</p>
          ) : null}
        </ProblemNotice>
        <div>
          <Button type="submit" size="l" busy={create.isPending}>
            Create the sale
          </Button>
        </div>
      </form>
    </div>
  );
}

function useCreate() {
  const { own } = useServices();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const isMounted = useIsMounted();
  return useMutation({
    // Never retried automatically: that could create two sales.
    retry: false,
    mutationFn: (json: NewSale) => answered(own.admin.sales.$post({ json })),
    onSuccess: async ({ id }) => {
      if (isMounted.current) await navigate(`/admin/sales/${id}`);
      await queries.invalidateQueries({ queryKey: KEYS.sales });
    },
  });
}
