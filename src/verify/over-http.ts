import { type PublishedSale, parseProof, parseVkeys } from './published-sale.ts';

/** The shop refused, or gave no answer that makes sense. */
export class ShopError extends Error {
  override readonly name = 'ShopError';
  /** The code of its problem (docs/errors.md); undefined where it named none. */
  readonly code: string | undefined;
  readonly status: number;

  constructor(message: string, status: number, code: string | undefined) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** How often something is asked for, and the pauses between where the shop names none, in ms. */
const TRIES = 4;
const PAUSE_MS = 500;
const PAUSE_MAX_MS = 10_000;

/**
 * A sale of a shop that answers now.
 *
 * @param shop the address that its paths begin with, without a slash at the end
 * @param pauseMs what is waited before the second try; twice as long before the next
 * @throws ShopError when the shop refuses, TypeError when it cannot be reached
 */
export async function openOverHttp(
  shop: string,
  sale: string,
  pauseMs = PAUSE_MS,
): Promise<PublishedSale> {
  const path = `${shop}/api/sales/${encodeURIComponent(sale)}`;
  const read = async (url: string) => {
    const bytes = await get(url, pauseMs);
    return bytes && new TextDecoder().decode(bytes);
  };
  const keys = parseVkeys((await read(`${shop}/.well-known/fairline-log-key`)) ?? '');
  const { checkpoint, counts } = parseProof((await read(`${path}/proof`)) ?? '');
  return {
    source: {
      // The one that the counts belong to: by now there may be a larger one.
      read: async (name) =>
        name === 'checkpoint'
          ? new TextEncoder().encode(checkpoint)
          : get(`${path}/log/${name}`, pauseMs),
    },
    ...{ keys, sale, counts, checkpoint },
  };
}

/** What is there; undefined where there is nothing. */
async function get(url: string, pauseMs: number): Promise<Uint8Array | undefined> {
  for (let tries = 1; ; tries++) {
    const response = await fetchOnce(url, tries < TRIES);
    if (response?.ok) return new Uint8Array(await response.arrayBuffer());
    const isBusy = response === undefined || [429, 502, 503, 504].includes(response.status);
    if (!isBusy || tries === TRIES) {
      const error = await errorOf(url, response);
      if (error.status === 404 && (error.code ?? 'not_found') === 'not_found') return undefined;
      throw error;
    }
    const askedMs = Number(response?.headers.get('retry-after') ?? 0) * 1_000;
    const waitedMs = Math.min(PAUSE_MAX_MS, Math.max(askedMs, pauseMs * 2 ** (tries - 1)));
    await new Promise((resolve) => setTimeout(resolve, waitedMs));
  }
}

/** @returns undefined when there was no answer, and another try can help */
async function fetchOnce(url: string, canTryAgain: boolean): Promise<Response | undefined> {
  try {
    return await fetch(url);
  } catch (error) {
    if (canTryAgain && error instanceof TypeError) return undefined;
    throw error;
  }
}

async function errorOf(url: string, response: Response | undefined): Promise<ShopError> {
  const status = response?.status ?? 0;
  const text = (await response?.text()) ?? '';
  try {
    const { code, title } = JSON.parse(text) as { code?: string; title?: string };
    return new ShopError(title ?? `${url} answers ${status}`, status, code);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new ShopError(`${url} answers ${status}`, status, undefined);
  }
}
