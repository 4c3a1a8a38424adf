import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Challenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { SaleView } from '../../api/schemas/sale.ts';
import type { PlaceView, TicketView } from '../../api/schemas/ticket.ts';
import type { Answer } from './api.ts';
import type { Scene } from './scene.ts';

/** Whoever waits for longer between two tries has gone. */
const LONGEST_WAIT_MS = 10_000;
const LONG_POLL_SECONDS = 20;
/** How long somebody tries the same again. */
const PATIENCE_MS = 60_000;

/** What a buyer asks for. */
export interface Wish {
  readonly token: string;
  readonly productId: string;
}

/**
 * Takes a ticket; comes again, under the same key, where that helps.
 *
 * @returns undefined where the buyer gives up: the sale is over, or it would take too long
 */
export async function takeTicket(scene: Scene, wish: Wish): Promise<string | undefined> {
  const { api, tally, sale } = scene;
  const key = { 'Idempotency-Key': randomUUID() };
  const items = [{ productId: wish.productId, quantity: 1 }];
  for (;;) {
    const solved = sale.challenge ? await solve(scene, wish.token) : {};
    const startedAt = performance.now();
    const answer = await api.call<PlaceView>('POST', `/api/sales/${sale.id}/tickets`, {
      token: wish.token,
      headers: { ...key, ...solved },
      body: { items },
    });
    if (answer.status === 202) {
      tally.accepted(performance.now() - startedAt);
      return answer.body.ticketId;
    }
    noteBusy(scene, answer);
    if (answer.code === 'sale_closed') return undefined;
    const comesAgain = [429, 503].includes(answer.status) || answer.code === 'sale_not_open';
    if (!comesAgain) {
      tally.complain(`a ticket: ${answer.status} ${answer.code}`);
      return undefined;
    }
    if (answer.retryAfterMs > LONGEST_WAIT_MS) return undefined;
    await sleep(answer.retryAfterMs, undefined, { signal: api.signal });
  }
}

/** Polls a ticket until it has one of the statuses, or none is to come; undefined after an error. */
export async function pollTicket(
  scene: Scene,
  ticketId: string,
  token: string,
  holds: (ticket: TicketView) => boolean,
): Promise<TicketView | undefined> {
  const { api, tally } = scene;
  for (;;) {
    const path = `/api/tickets/${ticketId}?wait=${LONG_POLL_SECONDS}`;
    const answer = await api.call<TicketView>('GET', path, { token });
    if (answer.status === 200 && holds(answer.body)) return answer.body;
    noteBusy(scene, answer);
    if (![200, 429, 503].includes(answer.status)) {
      tally.complain(`a poll: ${answer.status} ${answer.code}`);
      return undefined;
    }
    const waitMs = answer.status === 200 ? (answer.body.retryAfterMs ?? 100) : answer.retryAfterMs;
    await sleep(Math.min(waitMs, LONGEST_WAIT_MS), undefined, { signal: api.signal });
  }
}

/**
 * Calls, and calls again as a patient browser does, while the answer is to come later: 429, 503.
 * For what can be repeated.
 */
export async function persist<T>(
  scene: Scene,
  method: string,
  path: string,
  token?: string,
): Promise<Answer<T>> {
  const givesUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await scene.api.call<T>(method, path, token === undefined ? {} : { token });
    noteBusy(scene, answer);
    const comesAgain = answer.status === 429 || answer.status === 503;
    if (!comesAgain || performance.now() + answer.retryAfterMs > givesUpAt) return answer;
    await sleep(answer.retryAfterMs, undefined, { signal: scene.api.signal });
  }
}

/** Counts an answer that says to come again. */
export function noteBusy({ tally }: Scene, { status }: Answer<unknown>): void {
  if (status === 429) tally.add('refused');
  if (status === 503) tally.add('away');
}

/** The header with the solution of a challenge, as docs/limits.md has it. */
async function solve({ api, sale }: Scene, token: string): Promise<Record<string, string>> {
  const path = `/api/sales/${sale.id}/challenge`;
  const { body: challenge } = await api.call<Challenge>('POST', path, { token });
  const solution = await solveChallenge({ challenge, deriveKey });
  const solved = JSON.stringify({ challenge, solution });
  return { 'Challenge-Solution': Buffer.from(solved).toString('base64url') };
}

/** Something that a sale has, more often what it has more of. */
export function chooseProduct({ products }: SaleView, random: number): string {
  const total = products.reduce((sum, { stock }) => sum + stock.total, 0);
  let at = random * total;
  for (const { id, stock } of products) {
    at -= stock.total;
    if (at < 0) return id;
  }
  return products.at(-1)?.id ?? '';
}
