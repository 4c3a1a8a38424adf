import { toBase64 } from '../../../proof/base64.ts';
import { type ApiClient, answered } from '../../client/api-client.ts';

/** Solves a challenge of a sale, for the `Challenge-Solution` header: docs/limits.md. */
export async function solveFor(own: ApiClient, saleId: string): Promise<string> {
  const challenge = await answered(own.sales[':saleId'].challenge.$post({ param: { saleId } }));
  const solution = await compute(challenge);
  return asBase64Url(JSON.stringify({ challenge, solution }));
}

function compute(challenge: unknown): Promise<unknown> {
  const worker = new Worker(new URL('./solve.worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || 'the check could not be solved'));
    worker.postMessage(challenge);
  }).finally(() => worker.terminate());
}

function asBase64Url(text: string): string {
  const base64 = toBase64(new TextEncoder().encode(text));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
