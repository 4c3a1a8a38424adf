import { useSyncExternalStore } from 'react';
import type { Place } from '../browser/places.ts';
import { useServices, useSession } from './services.ts';

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
