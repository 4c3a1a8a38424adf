import '../kit/ui/card.css';
import './admin.css';
import { Route, Routes } from 'react-router';
import { NotFound } from '../kit/layout/not-found.tsx';
import { AdminLayout } from './admin-layout.tsx';
import { Gate } from './gate/gate.tsx';
import { LivePage } from './live/live-page.tsx';
import { OrdersPage } from './orders/orders-page.tsx';
import { OverviewPage } from './overview/overview-page.tsx';
import { SalePage } from './sale/sale-page.tsx';
import { NewSalePage } from './settings/new-sale-page.tsx';
import { SettingsPage } from './settings/settings-page.tsx';
import { SaleTrailPage, TrailPage } from './trail/trail-page.tsx';
import { WebhooksPage } from './webhooks/webhooks-page.tsx';

/** The control room, for the people who run the sales. */
export function Component() {
  return (
    <Routes>
      <Route element={<AdminLayout />}>
        <Route element={<Gate />}>
          <Route index element={<OverviewPage />} />
          <Route path="sales/new" element={<NewSalePage />} />
          <Route path="sales/:saleId" element={<SalePage />}>
            <Route index element={<LivePage />} />
            <Route path="settings" element={<SettingsPage />} />
            <Route path="orders" element={<OrdersPage />} />
            <Route path="webhooks" element={<WebhooksPage />} />
            <Route path="trail" element={<SaleTrailPage />} />
          </Route>
          <Route path="trail" element={<TrailPage />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Route>
    </Routes>
  );
}
