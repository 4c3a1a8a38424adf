import type { SaleEventView } from '../../../api/schemas/sale.ts';

/** After the browser has given up on a stream, it is tried again so much later. */
const STREAM_AGAIN_MS = 10_000;
/** There is an event every 15 s: after such a silence the connection is dead, whatever it looks like. */
const SILENCE_MS = 40_000;

/**
 * Watches the events of a sale while somebody looks: a tab in the background keeps no connection,
 * because a browser has six for a shop over HTTP/1.1, and the seventh tab would stand still.
 *
 * @param tell the last event; undefined while none come
 * @returns ends it
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
      // By itself the browser tries again after a lost connection, but not after a refusal.
      if (opened.readyState === EventSource.CLOSED) connectIn(STREAM_AGAIN_MS);
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
