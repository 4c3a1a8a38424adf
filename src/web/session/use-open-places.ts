import { useSyncExternalStore } from 'react';
import type { Place } from '../browser/places.ts';
import { useServices, useSession } from './services.ts';

/** The current user's open places in line and unpaid holds. */
export function useOpenPlaces(): readonly Place[] {
  const { places } = useServices();
  const session = useSession();
  const all = useSyncExternalStore(places.subscribe, places.get);
  return all.filter(({ buyer }) => buyer === session?.user.id);
}

/** The path of an open place. */
export function pathOf(place: Place): string {
  return place.orderId === undefined ? `/tickets/${place.ticketId}` : `/orders/${place.orderId}`;
}
