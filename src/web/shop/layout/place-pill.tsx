import { Link, useLocation } from 'react-router';
import { pathOf, useOpenPlaces } from '../../session/use-open-places.ts';

/** A link to the open place in line, on every page. */
export function PlacePill() {
  const { pathname } = useLocation();
  const [first, ...others] = useOpenPlaces();
  if (first === undefined || pathname === pathOf(first)) return null;
  const label = first.orderId === undefined ? 'Your place in line' : 'Held for you';
  return (
    <Link to={others.length === 0 ? pathOf(first) : '/account'} className="place-pill">
      <span className="place-pill-dot" aria-hidden="true" />
      {others.length === 0 ? label : `${others.length + 1} open places`}
    </Link>
  );
}
