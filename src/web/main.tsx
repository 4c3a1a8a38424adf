import './kit/styles/tokens.css';
import './kit/styles/base.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { createQueryClient } from './client/query-client.ts';
import { ServerClock } from './kit/clock/server-clock.ts';
import { ServerClockContext } from './kit/clock/use-server-clock.ts';
import { ToastProvider } from './kit/ui/toast.tsx';
import { createRouter } from './routes.tsx';
import { forgetWithBuyer } from './session/forget-with-buyer.ts';
import { createServices, ServicesContext } from './session/services.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

const services = createServices();
const clock = new ServerClock();
const queries = createQueryClient();
forgetWithBuyer(services, queries);

createRoot(root).render(
  <StrictMode>
    <ServicesContext value={services}>
      <ServerClockContext value={clock}>
        <QueryClientProvider client={queries}>
          <ToastProvider>
            <RouterProvider router={createRouter()} />
          </ToastProvider>
        </QueryClientProvider>
      </ServerClockContext>
    </ServicesContext>
  </StrictMode>,
);
