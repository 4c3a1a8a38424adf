import './sale-page.css';
import { Link, NavLink, Outlet, useOutletContext, useParams } from 'react-router';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { useLiveSale } from '../../client/sale/use-live-sale.ts';
import { PageSkeleton } from '../../kit/layout/page-skeleton.tsx';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { useServices } from '../../session/services.ts';
import { PhaseBadge } from '../parts/phase-badge.tsx';

const PARTS = [
  { to: '', name: 'Live' },
  { to: 'settings', name: 'Settings' },
  { to: 'orders', name: 'Orders' },
  { to: 'webhooks', name: 'Webhooks' },
  { to: 'trail', name: 'Trail' },
];

/** The frame of the pages of one sale. */
export function SalePage() {
  const { saleId = '' } = useParams();
  const { open } = useServices();
  const { data: sale, error, failureReason, isFetching } = useLiveSale(open, saleId);
  const problem = <ProblemNotice error={error ?? failureReason} retrying={isFetching} />;
  if (sale === undefined) return error === null ? <PageSkeleton /> : problem;
  return (
    <div className="stack admin-stack">
      <div className="stack-tight">
        <Link to="/admin" className="small soft">
          All sales
        </Link>
        <div className="row sale-head">
          <PageTitle>{sale.name}</PageTitle>
          <PhaseBadge phase={sale.phase} />
        </div>
        <nav aria-label={sale.name} className="sale-parts">
          {PARTS.map(({ to, name }) => (
            <NavLink key={to} to={to} end={to === ''} preventScrollReset>
              {name}
            </NavLink>
          ))}
        </nav>
      </div>
      {problem}
      <Outlet context={sale} />
    </div>
  );
}

/** The sale of a page inside {@link SalePage}. */
export function useThisSale(): SaleView {
  return useOutletContext<SaleView>();
}
