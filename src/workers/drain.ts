import { readJournal } from '../line/journal.ts';
import type { Shard } from '../line/shard.ts';
import type { RedisClient } from '../redis/client.ts';

/** A journal whose head has waited this long was left behind by whoever ran its script. */
const LEFT_BEHIND_MS = 1_000;

/** Records journals that nobody else records: their process died or lost its connection. */
export class DrainWatch {
  readonly #deps: { readonly redis: RedisClient; readonly nowMs: () => number };
  readonly #heads = new Map<number, { seq: number; sinceMs: number }>();

  constructor(deps: { readonly redis: RedisClient; readonly nowMs: () => number }) {
    this.#deps = deps;
  }

  /** Looks at a shard's journal and drains it when its head has waited too long. */
  async look(shard: Shard): Promise<void> {
    const { redis, nowMs } = this.#deps;
    const epoch = await shard.epoch();
    const [head] = await readJournal(redis, shard.keys.at(epoch).journal, 0, 1);
    if (head === undefined) {
      this.#heads.delete(shard.id);
      return;
    }
    const known = this.#heads.get(shard.id);
    if (known?.seq !== head.seq) {
      this.#heads.set(shard.id, { seq: head.seq, sinceMs: nowMs() });
    } else if (nowMs() - known.sinceMs >= LEFT_BEHIND_MS) {
      await shard.drain();
    }
  }
}
