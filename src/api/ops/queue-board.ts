import { serveStatic } from '@hono/node-server/serve-static';
import type { Queue } from 'bullmq';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import type { Db } from '../../db/client.ts';
import { listShards } from '../../db/shards.ts';
import { openQueue } from '../../line/queue.ts';
import { openMessageQueues } from '../../messages/queue.ts';
import { openPaymentQueues } from '../../payments/queue.ts';
import type { RedisClient } from '../../redis/client.ts';
import { ShardKeys } from '../../redis/keys.ts';
import { BOARD_PATH } from '../pages/api-paths.ts';

export interface QueueBoardDeps {
  readonly redis: RedisClient;
  readonly db: Db;
  readonly log: Logger;
}

type ServerAdapter = Parameters<
  typeof import('@bull-board/api')['createBullBoard']
>[0]['serverAdapter'];

interface Board {
  readonly app: Hono;
  readonly queues: readonly Queue[];
}

/**
 * A view of every BullMQ queue, by Bull Board. Nothing of it is loaded or opened until it is first
 * used. It is read-only: order, retries and due tasks are decided elsewhere.
 */
export class QueueBoard {
  readonly #deps: QueueBoardDeps;
  #board: Promise<Board> | undefined;

  constructor(deps: QueueBoardDeps) {
    this.#deps = deps;
  }

  /** Answers a request under {@link BOARD_PATH}. */
  async fetch(request: Request): Promise<Response> {
    this.#board ??= openBoard(this.#deps);
    // Postgres may have been unavailable: the next request retries.
    this.#board.catch(() => {
      this.#board = undefined;
    });
    return (await this.#board).app.fetch(request);
  }

  async stop(): Promise<void> {
    const board = await this.#board?.catch(() => undefined);
    await Promise.all((board?.queues ?? []).map((queue) => queue.close()));
  }
}

async function openBoard(deps: QueueBoardDeps): Promise<Board> {
  const named = await openQueues(deps);
  const [{ createBullBoard }, { BullMQAdapter }, { HonoAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/hono'),
  ]);
  const serverAdapter = new HonoAdapter(serveStatic).setBasePath(BOARD_PATH);
  createBullBoard({
    queues: named.map(
      ({ queue, prefix }) =>
        new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false, prefix }),
    ),
    // It depends on another patch version of the same API: the types differ only in their origin.
    serverAdapter: serverAdapter as unknown as ServerAdapter,
    options: { uiConfig: { boardTitle: 'Fairline queues' } },
  });
  const app = new Hono().route(BOARD_PATH, serverAdapter.registerPlugin());
  return { app, queues: named.map(({ queue }) => queue) };
}

/** The line of each shard, and the task queues; the prefix distinguishes those of the same name. */
async function openQueues({ redis, db, log }: QueueBoardDeps) {
  const shards = await listShards(db);
  const onError = (error: Error) => log.warn({ err: error }, 'queue board error');
  const lines = shards.map((shard) => {
    const queue = openQueue(redis, new ShardKeys(shard));
    queue.on('error', onError);
    return { queue, prefix: `shard-${shard}-` };
  });
  const payments = [...openPaymentQueues(redis, onError).values()];
  const messages = [...openMessageQueues(redis, onError).values()];
  return [
    ...lines,
    ...payments.map((queue) => ({ queue, prefix: 'payments-' })),
    ...messages.map((queue) => ({ queue, prefix: 'messages-' })),
  ] as readonly { readonly queue: Queue; readonly prefix: string }[];
}
