import type { Logger } from 'pino';
import type { LineTracing } from '../process/tracing/tracing.ts';
import type { RedisClient } from '../redis/client.ts';
import { type AcceptOptions, Acceptor } from './accept.ts';
import type { ProgressWatch } from './progress.ts';
import { type LineQueue, openQueue } from './queue.ts';
import type { Shards } from './shards.ts';

export interface AcceptorsDeps {
  readonly redis: RedisClient;
  readonly shards: Shards;
  readonly progress: ProgressWatch;
  readonly log: Logger;
  /** Gets the size of every batch that was queued. */
  readonly observe: (tickets: number) => void;
  /** Undefined when tracing is off. */
  readonly tracing: LineTracing | undefined;
}

/** The acceptors of a process: one per shard, each created at its first ticket. */
export class Acceptors {
  readonly #deps: AcceptorsDeps;
  readonly #options: AcceptOptions;
  readonly #acceptors = new Map<number, Acceptor>();
  readonly #queues: LineQueue[] = [];

  constructor(deps: AcceptorsDeps, options: AcceptOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  at(shard: number): Acceptor {
    const known = this.#acceptors.get(shard);
    if (known !== undefined) return known;
    const acceptor = this.#open(shard);
    this.#acceptors.set(shard, acceptor);
    return acceptor;
  }

  /** Flushes what is pending; resolves when it is in the line or refused. */
  async settle(): Promise<void> {
    await Promise.all([...this.#acceptors.values()].map((acceptor) => acceptor.settle()));
  }

  /** Closes the queues, after `settle`. */
  async close(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.close()));
  }

  #open(id: number): Acceptor {
    const { redis, shards, log, tracing } = this.#deps;
    const shard = shards.at(id);
    const queue = openQueue(redis, shard.keys, tracing?.telemetry);
    queue.on('error', (error) => log.warn({ err: error, shard: id }, 'line queue error'));
    this.#queues.push(queue);
    return new Acceptor({ ...this.#deps, shard, queue }, this.#options);
  }
}
