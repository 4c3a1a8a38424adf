import { type LineDeps, Shard } from './shard.ts';

/** The shards of a process, each made once. */
export class Shards {
  readonly #deps: LineDeps;
  readonly #shards = new Map<number, Shard>();

  constructor(deps: LineDeps) {
    this.#deps = deps;
  }

  at(id: number): Shard {
    const known = this.#shards.get(id);
    if (known !== undefined) return known;
    const shard = new Shard(this.#deps, id);
    this.#shards.set(id, shard);
    return shard;
  }

  /** Looks again at every shard before its next script, see {@link Shard.distrust}. */
  distrust(): void {
    for (const shard of this.#shards.values()) shard.distrust();
  }
}
