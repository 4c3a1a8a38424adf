import type { Hono } from 'hono';
import type Stripe from 'stripe';
import { z } from 'zod';
import type { StandInEnv } from './connection.ts';
import type { Deliveries } from './deliveries.ts';
import { NothingToDisputeError } from './disputes.ts';
import type { Faults } from './faults.ts';
import type { End } from './processing.ts';
import { NothingPendingError } from './processing.ts';

/** What this is in one line, and how to play with it. */
const ABOUT = `\
A local stand-in for Stripe: no card is charged, any sk_test_… or pk_test_… key is taken.
POST /_control with JSON: {"down":true|false} makes Stripe unavailable to the seller or not;
{"webhooks":"auto"|"held"} sends webhooks or holds them back;
{"endProcessing":"pi_…","how":"succeeded"|"failed"} ends a payment that is processing or waits for
its buyer, or a refund (re_…) that is on its way; {"dispute":"pi_…"} opens a dispute of a payment,
{"endDispute":"dp_…","won":true|false} decides it. It answers with the state.
`;

const command = z.strictObject({
  down: z.boolean().optional(),
  webhooks: z.enum(['auto', 'held']).optional(),
  endProcessing: z.string().optional(),
  how: z.enum(['succeeded', 'failed']).optional(),
  dispute: z.string().optional(),
  endDispute: z.string().optional(),
  won: z.boolean().optional(),
});

/** The part of a stand-in that can be switched and looked at. */
export interface StandIn {
  readonly faults: Pick<Faults, 'down'>;
  readonly deliveries: Pick<Deliveries, 'mode' | 'held'>;
  intents(): readonly Stripe.PaymentIntent[];
  balance(currency: string): number;
  endProcessing(id: string, how: End): void;
  disputes(): readonly Stripe.Dispute[];
  openDispute(intentId: string): Stripe.Dispute;
  endDispute(id: string, how: 'won' | 'lost'): void;
}

/** What people in front of the demo may switch. Not open to other sites: only JSON is taken. */
export function addControl(app: Hono<StandInEnv>, standIn: StandIn): void {
  app.get('/', (c) => c.text(ABOUT));
  app.post('/_control', async (c) => {
    if (!c.req.header('content-type')?.startsWith('application/json')) {
      return c.json({ error: 'Send JSON with Content-Type: application/json' }, 415);
    }
    const parsed = command.safeParse(await c.req.json().catch(() => undefined));
    if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 422);
    const { down, webhooks, endProcessing, how, dispute, endDispute, won } = parsed.data;
    if ((endProcessing === undefined) !== (how === undefined)) {
      return c.json({ error: 'endProcessing and how go together' }, 422);
    }
    if ((endDispute === undefined) !== (won === undefined)) {
      return c.json({ error: 'endDispute and won go together' }, 422);
    }
    try {
      if (endProcessing !== undefined && how !== undefined) {
        standIn.endProcessing(endProcessing, how);
      }
      if (dispute !== undefined) standIn.openDispute(dispute);
      if (endDispute !== undefined) standIn.endDispute(endDispute, won === true ? 'won' : 'lost');
    } catch (error) {
      const isWrong =
        error instanceof NothingPendingError || error instanceof NothingToDisputeError;
      if (isWrong) return c.json({ error: error.message }, 422);
      throw error;
    }
    if (down !== undefined) standIn.faults.down = down;
    if (webhooks !== undefined) standIn.deliveries.mode = webhooks;
    return c.json(stateOf(standIn));
  });
}

function stateOf(standIn: StandIn) {
  const processing = standIn.intents().filter(({ status }) => status === 'processing');
  const disputes = standIn.disputes().map(({ id, status }) => ({ id, status }));
  const currencies = new Set(standIn.intents().map(({ currency }) => currency));
  return {
    down: standIn.faults.down,
    webhooks: standIn.deliveries.mode,
    held: standIn.deliveries.held().map(({ id, type }) => ({ id, type })),
    processing: processing.map(({ id }) => id),
    ...(disputes.length === 0 ? {} : { disputes }),
    balance: Object.fromEntries([...currencies].map((each) => [each, standIn.balance(each)])),
  };
}
