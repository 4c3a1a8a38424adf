import { createBrowserRouter } from 'react-router';
import { ErrorPage } from './layout/error-page.tsx';
import { Layout } from './layout/layout.tsx';
import { NotFound } from './layout/not-found.tsx';
import { PageSkeleton } from './layout/page-skeleton.tsx';

/** The pages, each loaded when it is first looked at. */
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
            { index: true, lazy: () => import('./sales/sales-page.tsx') },
            { path: 'sales/:saleId', lazy: () => import('./sale/sale-page.tsx') },
            { path: 'sales/:saleId/cart', lazy: () => import('./cart/cart-page.tsx') },
            { path: 'account', lazy: () => import('./account/account-page.tsx') },
            { path: 'tickets/:ticketId', lazy: () => import('./ticket/ticket-page.tsx') },
            { path: 'orders/:orderId', lazy: () => import('./order/order-page.tsx') },
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
