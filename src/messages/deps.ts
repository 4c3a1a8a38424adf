import type { Logger } from 'pino';
import type { Db } from '../db/client.ts';
import type { Mailer } from './mailer.ts';
import type { WebhookPolicy } from './webhook-url.ts';

/** The dependencies of sending mails. */
interface MailDeps {
  readonly mailer: Mailer;
  /** PUBLIC_URL: links begin with it. */
  readonly publicUrl: string;
  /** RATE_LIMIT_MAILS_PER_ADDRESS: mails per address and day; 0: any number. */
  readonly perAddress: number;
}

/** The dependencies of delivering messages. */
export interface MessageDeps {
  readonly db: Db;
  readonly log: Logger;
  /** The process's clock, in ms since the epoch: decides which deliveries are due. */
  readonly nowMs: () => number;
  /** Undefined where no mails are sent. */
  readonly mails?: MailDeps | undefined;
  readonly webhooks: WebhookPolicy & {
    /** For a whole call; 10 s when left out. */
    readonly timeoutMs?: number;
  };
}
