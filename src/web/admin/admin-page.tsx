import './admin.css';
import { Route, Routes } from 'react-router';
import { NotFound } from '../layout/not-found.tsx';
import { AdminLayout } from './admin-layout.tsx';
import { Gate } from './gate/gate.tsx';
import { OverviewPage } from './overview/overview-page.tsx';

/** The control room, for whoever runs the sales. */
export function Component() {
  return (
    <Routes>
      <Route element={<AdminLayout />}>
        <Route element={<Gate />}>
          <Route index element={<OverviewPage />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Route>
    </Routes>
  );
}
