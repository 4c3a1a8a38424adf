import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** Bytes of a mail at most. */
const MAX_BYTES = 1_000_000;

export interface CatcherOptions {
  /** Where mails are kept, a file each. Made where it is missing. */
  readonly dir: string;
  /** Tells the person in front of the terminal. */
  readonly print: (text: string) => void;
}

/** Catches mails on a free port of this machine: none leaves it. */
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
  server.on('error', () => {}); // a client that goes away in between
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/**
 * Keeps a mail under the name of the message that it tells: one that is sent again replaces itself.
 */
async function keep({ dir, print }: CatcherOptions, to: string, mail: Buffer): Promise<void> {
  const { subject = '', messageId = '' } = await PostalMime.parse(mail);
  const name = messageId.replace(/@.*/, '').replaceAll(/[^\w-]/g, '') || crypto.randomUUID();
  const file = join(dir, `${name}.eml`);
  writeFileSync(file, mail, { mode: 0o600 });
  // Whatever program sent it: nothing in it steers the terminal.
  print(`${`mail to ${to}: ${subject}`.replaceAll(/\p{Cc}+/gu, ' ')}\n`);
}
