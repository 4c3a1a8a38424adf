import './layout.css';
import { Suspense } from 'react';
import { Outlet, ScrollRestoration, useNavigation } from 'react-router';
import { usePlaceWatch } from '../../shop/ticket/use-place-watch.ts';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { OfflineBanner } from './offline-banner.tsx';
import { PageSkeleton } from './page-skeleton.tsx';
import { SkipLink } from './skip-link.tsx';

/** What is around every page of the shop. */
export function Layout() {
  const { state } = useNavigation();
  usePlaceWatch();
  return (
    <>
      <SkipLink />
      <div className="page-progress" data-busy={state !== 'idle'} aria-hidden="true" />
      <Header />
      <OfflineBanner />
      <main id="main" className="page" tabIndex={-1}>
        <Suspense fallback={<PageSkeleton />}>
          <Outlet />
        </Suspense>
      </main>
      <Footer />
      <ScrollRestoration />
    </>
  );
}
