import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import { keepLogKey } from '../db/public-logs.ts';
import { followLogs } from '../public-log/follow.ts';
import { type PublishDeps, publishLogs } from '../public-log/publish.ts';
import type { LogSigner } from '../public-log/signer.ts';
import { type Witness, Witnesses } from '../public-log/witnesses.ts';
import type { RedisClient } from '../redis/client.ts';

/** How often checkpoints are looked for while no log moves, in ms. */
const QUIET_MS = 5_000;

interface PublicLogDeps {
  readonly db: Db;
  readonly redis: RedisClient;
  readonly log: Logger;
  readonly publicLog?:
    | { readonly signer: LogSigner; readonly witnesses: readonly Witness[] }
    | undefined;
}

/** Keeps the public logs of all sales up to date. */
export class PublicLogs {
  readonly #db: Db;
  /** Undefined where nothing signs: the logs grow, and no checkpoint is published. */
  readonly #publishing: PublishDeps | undefined;
  #quietUntilMs = 0;
  #isKeyKept = false;

  constructor({ db, redis, log, publicLog }: PublicLogDeps) {
    this.#db = db;
    if (publicLog === undefined) return;
    const { signer } = publicLog;
    this.#publishing = {
      ...{ db, redis, log, signer },
      witnesses: new Witnesses(publicLog.witnesses, log),
    };
  }

  /**
   * Appends what was recorded, and publishes it.
   *
   * @param isBehind whether something was recorded that the public logs lack
   */
  async run(isBehind: boolean): Promise<void> {
    if (!isBehind && performance.now() < this.#quietUntilMs) return;
    for (let isLeft = true; isLeft; ) {
      isLeft = await followLogs(this.#db);
      await this.#publish();
    }
    this.#quietUntilMs = performance.now() + QUIET_MS;
  }

  async #publish(): Promise<void> {
    if (this.#publishing === undefined) return;
    if (!this.#isKeyKept) {
      await keepLogKey(this.#db, this.#publishing.signer.vkey);
      this.#isKeyKept = true;
    }
    await publishLogs(this.#publishing);
  }
}
