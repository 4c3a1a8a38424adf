import '../kit/layout/layout.css';
import { Suspense } from 'react';
import { Link, NavLink, Outlet, ScrollRestoration } from 'react-router';
import { Logo } from '../kit/layout/logo.tsx';
import { OfflineBanner } from '../kit/layout/offline-banner.tsx';
import { PageSkeleton } from '../kit/layout/page-skeleton.tsx';
import { SkipLink } from '../kit/layout/skip-link.tsx';
import { useServices } from '../session/services.ts';
import { useAdmin } from './gate/use-admin.ts';
import { QueuesLink } from './queues-link.tsx';

/** The frame of every control room page. */
export function AdminLayout() {
  return (
    <>
      <SkipLink />
      <AdminHeader />
      <OfflineBanner />
      <main id="main" className="page admin" tabIndex={-1}>
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      <ScrollRestoration />
    </>
  );
}

function AdminHeader() {
  const { session } = useServices();
  const admin = useAdmin();
  return (
    <header className="header admin-header">
      <div className="header-inner">
        <Logo to="/admin" label="Fairline, control room">
          <span className="admin-logo-text">Control room</span>
        </Logo>
        {admin === undefined ? (
          <Link to="/" className="header-link">
            To the shop
          </Link>
        ) : (
          <nav aria-label="Control room" className="header-nav admin-nav">
            <NavLink to="/admin" end className="header-link">
              Sales
            </NavLink>
            <NavLink to="/admin/trail" className="header-link">
              Trail
            </NavLink>
            <QueuesLink />
            <Link to="/" className="header-link">
              Shop
            </Link>
            <button type="button" className="header-link" onClick={() => void session.signOut()}>
              Sign out
            </button>
          </nav>
        )}
      </div>
    </header>
  );
}
