import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** The largest mail, in bytes. */
const MAX_BYTES = 1_000_000;

export interface CatcherOptions {
  /** The folder for mails, one file each. Created if missing. */
  readonly dir: string;
  /** Prints to the person at the terminal. */
  readonly print: (text: string) => void;
}

/** Catches mails on a free local port: none leaves this machine. */
export async function startMailCatcher(options: CatcherOptions) {
  mkdirSync(options.dir, { recursive: true });
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    size: MAX_BYTES,
    disableReverseLookup: true,
    logger: false,
    onData: (stream, { envelope }, done) => {
      const to = envelope.rcptTo.map(({ address }) => address).join(', ');
      buffer(stream)
        .then((mail) => keep(options, to, mail))
        .then(
          () => done(),
          (error: Error) => done(error),
        );
    },
  });
  server.on('error', () => {}); // a client that disconnects meanwhile
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** Stores a mail under the name of its message: a resent mail replaces itself. */
async function keep({ dir, print }: CatcherOptions, to: string, mail: Buffer): Promise<void> {
  const { subject = '', messageId = '' } = await PostalMime.parse(mail);
  const name = messageId.replace(/@.*/, '').replaceAll(/[^\w-]/g, '') || crypto.randomUUID();
  const file = join(dir, `${name}.eml`);
  writeFileSync(file, mail, { mode: 0o600 });
  // Mails are untrusted: no control characters reach the terminal.
  print(`${`mail to ${to}: ${subject}`.replaceAll(/\p{Cc}+/gu, ' ')}\n`);
}
