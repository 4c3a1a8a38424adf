import { createContext, use, useSyncExternalStore } from 'react';
import { Attempts, readAttempts } from '../browser/attempts.ts';
import { Places, readPlaces } from '../browser/places.ts';
import { runExclusively } from '../browser/run-exclusively.ts';
import { type KeyValues, StoredValue } from '../browser/stored-value.ts';
import { type ApiClient, openClient, ownClient } from '../client/api-client.ts';
import { OrderLinks, readOrderKeys } from './order-links.ts';
import { type KeptSession, readKeptSession, Session } from './session.ts';

/** The services that the pages share. */
export interface Services {
  /** For calls without authentication. */
  readonly open: ApiClient;
  /** For calls by the user who is signed in when the call is made. */
  readonly own: ApiClient;
  /** For calls on behalf of one buyer: they fail once a different user is signed in. */
  readonly ownOf: (buyer: string) => ApiClient;
  /** For calls about one order: with the access of the link that opened it, else `own`. */
  readonly ofOrder: (orderId: string) => ApiClient;
  readonly orderLinks: OrderLinks;
  readonly session: Session;
  readonly places: Places;
  readonly attempts: Attempts;
}

/** Creates the services for this browser. */
export function createServices(): Services {
  const storage = storageOf(() => window.localStorage);
  const tabStorage = storageOf(() => window.sessionStorage);
  const send: typeof fetch = (input, init) => fetch(input, init);
  const open = openClient(location.origin, send);
  const kept = new StoredValue('fairline.session', readKeptSession, storage);
  const session = new Session({ kept, open, exclusively: runExclusively });
  const own = ownClient(location.origin, send, (refused) => session.token(refused));
  const ownOf = (buyer: string) =>
    ownClient(location.origin, send, (refused) => session.tokenOf(buyer, refused));
  const keys = new StoredValue('fairline.orders', readOrderKeys, tabStorage);
  const orderLinks = new OrderLinks(keys, open);
  const takeLink = () => {
    const path = orderLinks.take(location);
    if (path !== undefined) history.replaceState(null, '', path);
    return path !== undefined;
  };
  takeLink();
  // A link that is pasted into a tab which shows its order loads nothing: only the key changes.
  window.addEventListener('hashchange', () => {
    if (takeLink()) location.reload();
  });
  const ofOrder = (orderId: string) =>
    orderLinks.get()[orderId] === undefined
      ? own
      : ownClient(location.origin, send, (refused) => orderLinks.token(orderId, refused));
  const places = new StoredValue('fairline.places', readPlaces, storage);
  const attempts = new StoredValue('fairline.attempts', readAttempts, storage);
  window.addEventListener('storage', ({ key }) => {
    for (const value of [kept, places, attempts]) value.onStorage(key);
  });
  return {
    open,
    own,
    ownOf,
    ofOrder,
    orderLinks,
    session,
    places: new Places(places),
    attempts: new Attempts(attempts),
  };
}

export const ServicesContext = createContext<Services | undefined>(undefined);

export function useServices(): Services {
  const services = use(ServicesContext);
  if (services === undefined) throw new Error('there are no services around this component');
  return services;
}

/** The current session, guests included; undefined when signed out. */
export function useSession(): KeptSession | undefined {
  const { session } = useServices();
  return useSyncExternalStore(session.subscribe, session.get);
}

/** Whether a link in a mail has opened the order here. */
export function useIsLinked(orderId: string): boolean {
  const { orderLinks } = useServices();
  return useSyncExternalStore(orderLinks.subscribe, orderLinks.get)[orderId] !== undefined;
}

/** Accessing the storage throws where the browser forbids it. */
function storageOf(open: () => KeyValues): KeyValues | undefined {
  try {
    return open();
  } catch {
    return undefined;
  }
}
