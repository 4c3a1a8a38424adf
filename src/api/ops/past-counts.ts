import type { Db } from '../../db/client.ts';
import { countMessages } from '../../db/deliveries.ts';
import { countDisputes } from '../../db/disputes.ts';
import { countEndedTasks } from '../../db/payment-tasks.ts';
import { countRefunds } from '../../db/sale-metrics.ts';

/** What is counted row by row, over everything that ever was. */
export type PastCounts = Awaited<ReturnType<typeof countPast>>;

/** Reads what grows with every sale and is in no running count. */
export async function countPast(db: Db) {
  const [refunds, disputes, ended, messages] = await Promise.all([
    countRefunds(db),
    countDisputes(db),
    countEndedTasks(db),
    countMessages(db),
  ]);
  return { refunds, disputes, ended, messages };
}
