import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ADMIN_ACTIONS } from '../../../domain/admin-action.ts';
import { answered } from '../../client/api-client.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { Badge } from '../../kit/ui/badge.tsx';
import { MoreButton } from '../../kit/ui/more-button.tsx';
import { Skeleton } from '../../kit/ui/skeleton.tsx';
import { useServices } from '../../session/services.ts';
import { When } from '../parts/when.tsx';
import { KEYS } from '../queries/keys.ts';
import { type Difference, differencesOf, valueInWords } from '../rules/differences.ts';
import { ACTION_WORDS, OUTCOME_WORDS } from './action-words.ts';

/** Longer lists of facts are collapsed: a new sale has dozens. */
const MANY = 8;

/** Actions, newest first. */
export function TrailList({ saleId, action }: { saleId: string; action: string }) {
  const query = useTrail(saleId, action);
  const actions = query.data?.pages.flatMap(({ items }) => items);
  return (
    <div className="stack">
      <ProblemNotice error={query.error ?? query.failureReason} retrying={query.isFetching} />
      {actions === undefined && query.error === null ? <Skeleton height="14rem" /> : null}
      {actions?.length === 0 ? <p className="lead">No such actions.</p> : null}
      <ol className="trail">
        {actions?.map((one) => (
          <ActionRow key={one.id} action={one} />
        ))}
      </ol>
      <MoreButton query={query}>Older actions</MoreButton>
    </div>
  );
}

type Action = NonNullable<ReturnType<typeof useTrail>['data']>['pages'][number]['items'][number];

function ActionRow({ action: one }: { action: Action }) {
  const { word, tone, help } = OUTCOME_WORDS[one.outcome];
  const differences = differencesOf(one.before, one.after);
  return (
    <li className="card trail-action">
      <div className="row-apart">
        <h2>{ACTION_WORDS[one.action]}</h2>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <p className="small soft">
        <When at={one.at} /> by {one.actor.email ?? one.actor.id}
        <Subject action={one} />
      </p>
      {help === undefined ? null : <p className="small">{help}</p>}
      {differences.length > MANY ? (
        <details className="small">
          <summary>{differences.length} details</summary>
          <Changes differences={differences} />
        </details>
      ) : (
        <Changes differences={differences} />
      )}
    </li>
  );
}

/** Each change from old to new, one line per fact. */
function Changes({ differences }: { differences: readonly Difference[] }) {
  if (differences.length === 0) return null;
  return (
    <dl className="trail-changes small">
      {differences.map(({ name, before, after }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {before === undefined ? null : (
              <>
                <del>{valueInWords(before)}</del> <span aria-hidden="true">→</span>
                <span className="hidden-visually">became</span>{' '}
              </>
            )}
            <ins>{valueInWords(after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A link to the subject of the action. */
function Subject({ action: { action, saleId, subjectId } }: { action: Action }) {
  if (saleId === undefined) return null;
  const isOrder = action === 'order.refund' && subjectId !== undefined;
  const sale = `/admin/sales/${saleId}`;
  return (
    <>
      {', '}
      <Link to={isOrder ? `${sale}/orders?q=${subjectId}` : sale}>
        {isOrder ? 'see the order' : 'see the sale'}
      </Link>
    </>
  );
}

function useTrail(saleId: string, wanted: string) {
  const { own } = useServices();
  const action = ADMIN_ACTIONS.find((known) => known === wanted);
  const search = {
    ...(saleId === '' ? {} : { saleId }),
    ...(action === undefined ? {} : { action }),
  };
  return useInfiniteQuery({
    queryKey: [...KEYS.trail, search],
    queryFn: ({ pageParam: cursor }) =>
      answered(
        own.admin.actions.$get({
          query: { ...search, limit: '30', ...(cursor === undefined ? {} : { cursor }) },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: (known) => ((known.state.data?.pages.length ?? 0) > 1 ? false : 5_000),
  });
}
