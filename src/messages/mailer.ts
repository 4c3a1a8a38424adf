import { createTransport, type Transporter } from 'nodemailer';
import { scrub } from '../process/redaction.ts';
import type { MailText } from './mail.ts';
import { keepAnswer, type TryResult } from './try-result.ts';

export interface MailerOptions {
  /** SMTP_URL. */
  readonly url: string;
  /** SMTP_FROM: `tickets@shop.example` or `Shop <tickets@shop.example>`. */
  readonly from: string;
}

/** Timeouts for the connection, the greeting, one answer, and the whole delivery, in ms. */
const PATIENCE = { connectionTimeout: 5_000, greetingTimeout: 10_000, socketTimeout: 15_000 };
const PATIENCE_MS = 30_000;

/** Sends mails through an SMTP server, one connection per mail. */
export class Mailer {
  readonly #transport: Transporter;
  readonly #from: { readonly name: string; readonly address: string };

  constructor({ url, from }: MailerOptions) {
    // Nothing in a mail may make this process read files or fetch pages.
    const safe = { disableFileAccess: true, disableUrlAccess: true };
    this.#transport = createTransport({ url, ...PATIENCE, ...safe });
    this.#from = parseSender(from);
  }

  /**
   * Sends a mail. If the answer is lost the mail may have been accepted all the same; it is sent
   * again under the same Message-ID, by which mail programs recognise a duplicate.
   *
   * @param mail.id of the message: the Message-ID is derived from it
   * @param mail.to one address, as `isEmailAddress` knows them
   */
  async send(mail: MailText & { id: string; to: string; at: Date }): Promise<TryResult> {
    const { id, to, at, subject, text, html } = mail;
    const { address } = this.#from;
    try {
      const { response = '' } = await this.#transport.sendMail({
        messageId: `<${id}@${address.slice(address.lastIndexOf('@') + 1)}>`,
        date: at,
        from: this.#from,
        // Passed as one address, never parsed as a list.
        to: { name: '', address: to },
        envelope: { from: address, to: [to] },
        headers: { 'Auto-Submitted': 'auto-generated' },
        subject,
        text,
        html,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      return { result: 'sent', status: statusOf(response), answer: keepAnswer(scrub(response)) };
    } catch (error) {
      return failure(error);
    }
  }
}

/**
 * Permanent "no such mailbox" codes (RFC 3463). Any other refusal may be about us: servers answer
 * 5xx to RCPT TO for a block list or a misconfigured relay.
 */
const NO_MAILBOX = /\b5\.(1\.(1|2|3|6|10)|2\.1)\b/;

function failure(error: unknown): TryResult {
  const { message, response, command, responseCode } = Object(error) as SmtpError;
  const isUnknown = command === 'RCPT TO' && NO_MAILBOX.test(response ?? '');
  return {
    result: isUnknown ? 'hopeless' : 'failed',
    status: responseCode,
    answer: keepAnswer(scrub(message ?? 'no answer')),
  };
}

interface SmtpError {
  readonly message?: string;
  readonly response?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

function statusOf(response: string): number | undefined {
  return Number(/^\d{3}/.exec(response)?.[0]) || undefined;
}

/** The parts of SMTP_FROM, whose form src/process/config.ts has validated. */
function parseSender(from: string): { name: string; address: string } {
  const [, name = '', address = from.trim()] = /^([^<]*)<([^>]*)>\s*$/.exec(from) ?? [];
  return { name: name.trim().replaceAll('"', ''), address };
}
