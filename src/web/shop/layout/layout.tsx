import '../../kit/layout/layout.css';
import { Suspense } from 'react';
import { Outlet, ScrollRestoration, useNavigation } from 'react-router';
import { OfflineBanner } from '../../kit/layout/offline-banner.tsx';
import { PageSkeleton } from '../../kit/layout/page-skeleton.tsx';
import { SkipLink } from '../../kit/layout/skip-link.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { usePlaceWatch } from './use-place-watch.ts';

/** The frame of every shop page. */
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
