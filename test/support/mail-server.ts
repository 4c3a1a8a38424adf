import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

interface CaughtMail {
  readonly to: readonly string[];
  readonly raw: string;
  readonly parsed: Email;
}

/** An SMTP server for one test. */
export interface MailServer {
  readonly url: string;
  /** The mails it has accepted. */
  readonly mails: CaughtMail[];
  /**
   * Decides about a mailbox or a mail: an error with a `responseCode` refuses it; undefined accepts
   * it.
   */
  refuse: { mailbox?: number | undefined; mail?: number | undefined; words?: string };
  stop(): Promise<void>;
}

/** Starts one on a free port, or on a port used before. */
export async function startMailServer(port = 0): Promise<MailServer> {
  const refusal = (responseCode: number | undefined) => {
    if (responseCode === undefined) return undefined;
    const { words = 'no <someone@example.org> here' } = caught.refuse;
    return Object.assign(new Error(words), { responseCode });
  };
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    onRcptTo: (_, __, done) => done(refusal(caught.refuse.mailbox)),
    onData: (stream, { envelope }, done) => {
      buffer(stream).then(async (raw) => {
        const error = refusal(caught.refuse.mail);
        if (error !== undefined) return done(error);
        const to = envelope.rcptTo.map(({ address }) => address);
        caught.mails.push({ to, raw: raw.toString(), parsed: await PostalMime.parse(raw) });
        return done();
      }, done);
    },
  });
  server.on('error', () => {});
  const listening = server.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  const caught: MailServer = {
    url: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    mails: [],
    refuse: {},
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return caught;
}
