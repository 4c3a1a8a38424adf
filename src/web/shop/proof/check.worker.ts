import { verifyLog } from '../../../proof/verify.ts';
import { openOverHttp, ShopError } from '../../../verify/over-http.ts';
import type { CheckAsked, CheckSaid } from './check-sale.ts';

// In a worker thread: the page stays responsive while a million tickets are played again.
addEventListener('message', async ({ data }: MessageEvent<CheckAsked>) => {
  try {
    say(await check(data));
  } catch (error) {
    say({ kind: 'failed', ...failureOf(error) });
  }
});

async function check({ sale, receipts, kept }: CheckAsked): Promise<CheckSaid> {
  const { source, keys, counts, checkpoint = '' } = await openOverHttp(location.origin, sale);
  const verdict = await verifyLog(source, {
    ...{ keys, receipts, sale },
    kept,
    ...(counts === undefined ? {} : { counts }),
    nowMs: Date.now(),
    onProgress: (leaves, of) => say({ kind: 'progress', leaves, of }),
  });
  return { kind: 'checked', verdict, keys, checkpoint };
}

function failureOf(error: unknown) {
  if (error instanceof ShopError) {
    return { why: 'refused', ...pick(error) } as const;
  }
  // What fetch throws; a browser that has no Ed25519, or a page that is not secure, throws others.
  const isUnreachable = error instanceof TypeError && globalThis.crypto.subtle !== undefined;
  if (isUnreachable) return { why: 'unreachable', detail: String(error) } as const;
  return { why: 'unable', detail: String(error) } as const;
}

function pick({ code, status, message }: ShopError) {
  return { code, status, detail: message };
}

function say(message: CheckSaid): void {
  postMessage(message);
}
