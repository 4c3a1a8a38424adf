import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { keepLogKey, listLogKeys } from '../db/log-keys.ts';
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
  /** Stops it after the current step. */
  readonly stopping: AbortSignal;
}

/** Keeps the public logs of all sales up to date. */
export class PublicLogs {
  readonly #deps: Omit<PublicLogDeps, 'witnesses'> & { readonly witnesses: Witnesses };
  #quietUntilMs = 0;
  #roundAtMs = 0;
  #mayPublish: boolean | undefined;

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
    const { db } = this.#deps;
    this.#mayPublish ??= await this.#takeKey();
    if (!this.#mayPublish) return;
    const isRound = nowMs >= this.#roundAtMs;
    if (isRound) this.#roundAtMs = nowMs + ROUND_MS;
    for (let isLeft = true; isLeft && !this.#deps.stopping.aborted; ) {
      isLeft = await followLogs(db, isRound);
      await publishLogs(this.#deps);
    }
    this.#quietUntilMs = performance.now() + QUIET_MS;
  }

  /** Keeps the key, unless its name would give the logs other origins than they have. */
  async #takeKey(): Promise<boolean> {
    const { db, log, signer } = this.#deps;
    const [known] = await listLogKeys(db);
    const name = known?.split('+')[0] ?? signer.name;
    if (name !== signer.name) {
      const names = `its name is ${signer.name}, that of the keys before it is ${name}`;
      log.error(`LOG_SIGNING_KEY: ${names}. Nothing is published: npm run log-key -- ${name}`);
      return false;
    }
    await keepLogKey(db, signer.vkey);
    return true;
  }
}
