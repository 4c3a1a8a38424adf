import { createBrowserRouter } from 'react-router';
import { ErrorPage } from './error-page.tsx';
import { NotFound } from './kit/layout/not-found.tsx';
import { PageSkeleton } from './kit/layout/page-skeleton.tsx';
import { Layout } from './shop/layout/layout.tsx';

/** The pages, each loaded on first visit. */
export function createRouter() {
  return createBrowserRouter([
    {
      path: '/',
      Component: Layout,
      ErrorBoundary: ErrorPage,
      HydrateFallback: PageSkeleton,
      children: [
        {
          ErrorBoundary: ErrorPage,
          children: [
            { index: true, lazy: () => import('./shop/sales/sales-page.tsx') },
            { path: 'sales/:saleId', lazy: () => import('./shop/sale/sale-page.tsx') },
            { path: 'sales/:saleId/cart', lazy: () => import('./shop/cart/cart-page.tsx') },
            { path: 'sales/:saleId/proof', lazy: () => import('./shop/proof/proof-page.tsx') },
            { path: 'account', lazy: () => import('./shop/account/account-page.tsx') },
            { path: 'tickets/:ticketId', lazy: () => import('./shop/ticket/ticket-page.tsx') },
            { path: 'orders/:orderId', lazy: () => import('./shop/order/order-page.tsx') },
            { path: '*', Component: NotFound },
          ],
        },
      ],
    },
    {
      path: '/admin/*',
      ErrorBoundary: ErrorPage,
      HydrateFallback: PageSkeleton,
      lazy: () => import('./admin/admin-page.tsx'),
    },
  ]);
}
