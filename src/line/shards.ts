import { FORMAT } from '../domain/format.ts';
import { type LineDeps, Shard } from './shard.ts';

/** The shards of a process, each created once. */
export class Shards {
  /** The newest format that this process knows. */
  readonly format: number;
  readonly #deps: LineDeps;
  readonly #shards = new Map<number, Shard>();

  constructor(deps: LineDeps) {
    this.#deps = deps;
    this.format = deps.format ?? FORMAT;
  }

  at(id: number): Shard {
    const known = this.#shards.get(id);
    if (known !== undefined) return known;
    const shard = new Shard(this.#deps, id);
    this.#shards.set(id, shard);
    return shard;
  }

  /** Makes every shard check Redis before its next script, see {@link Shard.invalidate}. */
  invalidate(): void {
    for (const shard of this.#shards.values()) shard.invalidate();
  }
}
