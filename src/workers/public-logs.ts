import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { keepLogKey } from '../db/public-logs.ts';
import { followLogs } from '../public-log/follow.ts';
import { publishLogs } from '../public-log/publish.ts';
import type { LogSigner } from '../public-log/signer.ts';
import { type Witness, Witnesses } from '../public-log/witnesses.ts';
import type { RedisClient } from '../redis/client.ts';

/** How often checkpoints to be cosigned are looked for while no log moves, in ms. */
const QUIET_MS = 5_000;

/** How often all shards are looked at, in ms. */
const ROUND_MS = 60_000;

/** What signs checkpoints, and who cosigns them. */
export interface PublicLogOptions {
  readonly signer: LogSigner;
  readonly witnesses: readonly Witness[];
}

interface PublicLogDeps extends PublicLogOptions {
  readonly db: Db;
  readonly redis: RedisClient;
  readonly log: Logger;
}

/** Keeps the public logs of all sales up to date. */
export class PublicLogs {
  readonly #deps: Omit<PublicLogDeps, 'witnesses'> & { readonly witnesses: Witnesses };
  #quietUntilMs = 0;
  #roundAtMs = 0;
  #isKeyKept = false;

  constructor(deps: PublicLogDeps) {
    this.#deps = { ...deps, witnesses: new Witnesses(deps.witnesses, deps.log) };
  }

  /**
   * Appends what was recorded, and publishes it.
   *
   * @param isBehind whether something may have been recorded that the public logs lack
   */
  async run(isBehind: boolean): Promise<void> {
    const nowMs = performance.now();
    if (!isBehind && nowMs < this.#quietUntilMs) return;
    const { db, signer } = this.#deps;
    if (!this.#isKeyKept) await keepLogKey(db, signer.vkey);
    this.#isKeyKept = true;
    const isRound = nowMs >= this.#roundAtMs;
    if (isRound) this.#roundAtMs = nowMs + ROUND_MS;
    for (let isLeft = true; isLeft; ) {
      isLeft = await followLogs(db, isRound);
      await publishLogs(this.#deps);
    }
    this.#quietUntilMs = performance.now() + QUIET_MS;
  }
}
