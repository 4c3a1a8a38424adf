import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Challenge, solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { PlaceView, TicketView } from '../../src/api/schemas/ticket.ts';
import { noteBusy } from './calls.ts';
import type { Scene } from './scene.ts';

/** A buyer told to wait longer than this between two tries leaves. */
const LONGEST_WAIT_MS = 10_000;
const LONG_POLL_SECONDS = 20;

/** What a buyer asks for. */
export interface Wish {
  readonly token: string;
  readonly productId: string;
}

/**
 * Takes a ticket; retries with the same key where that helps.
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
      tally.fail(`taking a ticket: ${answer.status} ${answer.code}`);
      return undefined;
    }
    if (answer.retryAfterMs > LONGEST_WAIT_MS) return undefined;
    await sleep(answer.retryAfterMs, undefined, { signal: api.signal });
  }
}

/** Polls a ticket until it is decided, on the waitlist or otherwise; undefined after an error. */
export async function awaitDecision(
  scene: Scene,
  ticketId: string,
  token: string,
): Promise<TicketView | undefined> {
  const { api, tally } = scene;
  for (;;) {
    const path = `/api/tickets/${ticketId}?wait=${LONG_POLL_SECONDS}`;
    const answer = await api.call<TicketView>('GET', path, { token });
    if (answer.status === 200 && answer.body.status !== 'queued') return answer.body;
    noteBusy(scene, answer);
    if (![200, 429, 503].includes(answer.status)) {
      tally.fail(`polling a ticket: ${answer.status} ${answer.code}`);
      return undefined;
    }
    const waitMs = answer.status === 200 ? (answer.body.retryAfterMs ?? 100) : answer.retryAfterMs;
    await sleep(Math.min(waitMs, LONGEST_WAIT_MS), undefined, { signal: api.signal });
  }
}

/** The header with the solution of a challenge: docs/limits.md. */
async function solve({ api, sale }: Scene, token: string): Promise<Record<string, string>> {
  const path = `/api/sales/${sale.id}/challenge`;
  const { body: challenge } = await api.call<Challenge>('POST', path, { token });
  const solution = await solveChallenge({ challenge, deriveKey });
  const solved = JSON.stringify({ challenge, solution });
  return { 'Challenge-Solution': Buffer.from(solved).toString('base64url') };
}
