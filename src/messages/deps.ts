import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import type { Mailer } from './mailer.ts';
import type { WebhookPolicy } from './webhook-url.ts';

/** What messages are delivered with. */
export interface MessageDeps {
  readonly db: Db;
  readonly log: Logger;
  /** The process's clock, in ms since the epoch: by it deliveries are due and put off. */
  readonly nowMs: () => number;
  /** Undefined where no mails are sent. */
  readonly mailer?: Mailer | undefined;
  readonly webhooks: WebhookPolicy & {
    /** For a whole call; 10 s when left out. */
    readonly timeoutMs?: number;
  };
}
