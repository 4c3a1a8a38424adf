import { createContext, use, useSyncExternalStore } from 'react';
import { Attempts, readAttempts } from '../browser/attempts.ts';
import { inTurns } from '../browser/exclusively.ts';
import { Places, readPlaces } from '../browser/places.ts';
import { type KeyValues, StoredValue } from '../browser/stored-value.ts';
import { type ApiClient, openClient, ownClient } from '../client/api-client.ts';
import { type KeptSession, readKeptSession, Session } from './session.ts';

/** What the pages work with. */
export interface Services {
  /** For what everybody may call. */
  readonly open: ApiClient;
  /** For calls of whoever is signed in. */
  readonly own: ApiClient;
  /** For calls that are one buyer's: they fail when somebody else is signed in by then. */
  readonly ownOf: (buyer: string) => ApiClient;
  readonly session: Session;
  readonly places: Places;
  readonly attempts: Attempts;
}

/** Makes the services of a page, wired to this browser. */
export function createServices(): Services {
  const storage = storageOf(window);
  const send: typeof fetch = (input, init) => fetch(input, init);
  const open = openClient(location.origin, send);
  const kept = new StoredValue('fairline.session', readKeptSession, storage);
  const session = new Session({ kept, open, exclusively: inTurns });
  const own = ownClient(location.origin, send, (refused) => session.token(refused));
  const ownOf = (buyer: string) =>
    ownClient(location.origin, send, (refused) => session.tokenOf(buyer, refused));
  const places = new StoredValue('fairline.places', readPlaces, storage);
  const attempts = new StoredValue('fairline.attempts', readAttempts, storage);
  window.addEventListener('storage', ({ key }) => {
    for (const value of [kept, places, attempts]) value.onStorage(key);
  });
  return {
    open,
    own,
    ownOf,
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

/** Who is signed in, guests too; undefined for nobody. */
export function useSession(): KeptSession | undefined {
  const { session } = useServices();
  return useSyncExternalStore(session.subscribe, session.get);
}

/** A browser may forbid it altogether. */
function storageOf(page: Window): KeyValues | undefined {
  try {
    return page.localStorage;
  } catch {
    return undefined;
  }
}
