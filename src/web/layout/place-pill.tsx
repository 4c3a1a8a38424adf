import { useSyncExternalStore } from 'react';
import { Link, useLocation } from 'react-router';
import { useServices, useSession } from '../services.ts';
import type { Place } from '../store/places.ts';

/** The places in line and open holds of whoever is here. */
export function useOpenPlaces(): readonly Place[] {
  const { places } = useServices();
  const session = useSession();
  const all = useSyncExternalStore(places.subscribe, places.get);
  return all.filter(({ buyer }) => buyer === session?.user.id);
}

/** Where the page of an open place is. */
export function pathOf(place: Place): string {
  return place.orderId === undefined ? `/tickets/${place.ticketId}` : `/orders/${place.orderId}`;
}

/** The way back to a place in line, from everywhere. */
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
