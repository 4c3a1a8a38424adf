import type { SaleEventView } from '../../../api/schemas/sale.ts';

/** The delay before reconnecting after the browser has given up on a stream. */
const RECONNECT_MS = 10_000;
/** The server sends an event every 15 s: after this silence the connection is dead. */
const SILENCE_MS = 40_000;

/**
 * Watches the events of a sale while the tab is visible. A background tab keeps no connection: over
 * HTTP/1.1 a browser allows six per origin, and a seventh tab would hang.
 *
 * @param tell receives the last event; undefined while none arrive
 * @returns stops watching
 */
export function watchEvents(
  url: string,
  tell: (snapshot: SaleEventView | undefined) => void,
): () => void {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const disconnect = () => {
    clearTimeout(again);
    source?.close();
    source = undefined;
    tell(undefined);
  };
  const connectIn = (ms: number) => {
    clearTimeout(again);
    again = setTimeout(connect, ms);
  };
  const connect = () => {
    disconnect();
    if (document.hidden) return;
    const opened = new EventSource(url);
    source = opened;
    opened.onmessage = ({ data }) => {
      tell(JSON.parse(String(data)) as SaleEventView);
      connectIn(SILENCE_MS);
    };
    opened.onerror = () => {
      tell(undefined);
      // The browser reconnects after a lost connection, but not after an error response.
      if (opened.readyState === EventSource.CLOSED) connectIn(RECONNECT_MS);
    };
    connectIn(SILENCE_MS);
  };
  connect();
  document.addEventListener('visibilitychange', connect);
  window.addEventListener('online', connect);
  return () => {
    document.removeEventListener('visibilitychange', connect);
    window.removeEventListener('online', connect);
    disconnect();
  };
}
