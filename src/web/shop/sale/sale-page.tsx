import './sale.css';
import { Link, useParams } from 'react-router';
import type { SaleView } from '../../../api/schemas/sale.ts';
import { ProblemNotice } from '../../client/problem-notice.tsx';
import { useLiveSale } from '../../client/sale/use-live-sale.ts';
import { Countdown } from '../../kit/clock/countdown.tsx';
import { useServerNow } from '../../kit/clock/use-server-now.ts';
import { counted, formatInZone } from '../../kit/format.ts';
import { PageSkeleton } from '../../kit/layout/page-skeleton.tsx';
import { PageTitle } from '../../kit/layout/page-title.tsx';
import { Badge } from '../../kit/ui/badge.tsx';
import { ButtonLink } from '../../kit/ui/button.tsx';
import { Notice } from '../../kit/ui/notice.tsx';
import { useServices } from '../../session/services.ts';
import { pathOf, useOpenPlaces } from '../../session/use-open-places.ts';
import { isOver, type SaleState, STATE_TONES, STATE_WORDS, stateAt } from '../buy/sale-state.ts';
import { BuyPanel } from './buy-panel.tsx';
import { SaleArt } from './sale-art.tsx';

/** A sale: its products, their stock, and the buy button. */
export function Component() {
  const { saleId = '' } = useParams();
  const { open } = useServices();
  const { data: sale, error, failureReason } = useLiveSale(open, saleId);
  if (sale !== undefined) return <Sale key={sale.id} sale={sale} />;
  if (error === null && failureReason === null) return <PageSkeleton />;
  return (
    <div className="stack narrow">
      <PageTitle>A sale</PageTitle>
      <ProblemNotice error={error ?? failureReason} retrying={error === null} />
      <div>
        <ButtonLink to="/" look="quiet">
          All sales
        </ButtonLink>
      </div>
    </div>
  );
}

function Sale({ sale }: { sale: SaleView }) {
  const state = stateAt(sale, useServerNow());
  return (
    <article className="sale">
      <div className="sale-picture">
        <SaleArt id={sale.id} muted={isOver(state)} />
      </div>
      <div className="sale-body">
        <div className="stack">
          <StateLine sale={sale} state={state} />
          <PageTitle>{sale.name}</PageTitle>
          {sale.description === '' ? null : <p className="lead">{sale.description}</p>}
          {state === 'upcoming' ? (
            <Countdown to={sale.startsAt} timeZone={sale.timeZone} label="Opens" />
          ) : null}
        </div>
        <YourPlace saleId={sale.id} />
        <BuyPanel sale={sale} state={state} />
        <p className="soft small">
          Was everybody served in order? <Link to={`/sales/${sale.id}/proof`}>Check this sale</Link>
        </p>
      </div>
    </article>
  );
}

function StateLine({ sale, state }: { sale: SaleView; state: SaleState }) {
  const { waiting } = sale.line;
  const isLive = state !== 'upcoming' && state !== 'closed';
  return (
    <div className="row">
      <Badge tone={STATE_TONES[state]}>{STATE_WORDS[state]}</Badge>
      {isLive && waiting > 0 ? (
        <span className="soft small digits">{counted(waiting, 'person', 'people')} in line</span>
      ) : null}
      {isLive ? (
        <span className="soft small">until {formatInZone(sale.endsAt, sale.timeZone)}</span>
      ) : null}
    </div>
  );
}

/** A link to the place or hold that the user already has here. */
function YourPlace({ saleId }: { saleId: string }) {
  const place = useOpenPlaces().find((one) => one.saleId === saleId);
  if (place === undefined) return null;
  const isHeld = place.orderId !== undefined;
  return (
    <Notice
      tone="good"
      title={isHeld ? 'Something is held for you here.' : 'You have a place in this line.'}
    >
      <ButtonLink to={pathOf(place)} look="quiet">
        {isHeld ? 'Continue to payment' : 'View your place'}
      </ButtonLink>
    </Notice>
  );
}
