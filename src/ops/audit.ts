import { parseArgs } from 'node:util';
import { auditSale, isSound } from '../audit/audit.ts';
import { storyOf } from '../audit/ticket-story.ts';
import { formatReport, toJson } from '../audit/verdict.ts';
import { TicketSealer } from '../line/ticket-id.ts';
import { readConfig } from '../process/config.ts';
import { withLine } from './with-line.ts';

const USAGE = `Usage: npm run audit -- SALE [--json]
       npm run audit -- SALE --ticket TICKET
SALE is the id of a sale. TICKET is a ticketId, or a ticket's name in receipts and in the log.`;

/** Something is not as it should be; the audit could not be made. */
const [DIFFERENT, FAILED] = [1, 2];

// npm run audit: checks a whole sale from inside, or explains one of its tickets.
const args = argsOf(process.argv.slice(2));
if (args === undefined) {
  console.error(USAGE);
  process.exit(FAILED);
}
const { sale, ticket, isJson } = args;
await withLine(
  'audit',
  async ({ redis, db }) => {
    if (ticket !== undefined) return explain(ticket);
    const report = await auditSale({ redis, db }, sale);
    if (report === undefined) return fail(`There is no sale ${sale}.`);
    const now = new Date();
    console.log(isJson ? toJson(report, now) : formatReport(report, now));
    if (!isSound(report)) process.exitCode = DIFFERENT;

    async function explain(text: string): Promise<void> {
      const identity = identityOf(text);
      if (identity === undefined) {
        return fail(`${text} is no ticket, or AUTH_JWT_SECRET is not that of its shop.`);
      }
      const story = await storyOf(db, sale, identity);
      if (story === undefined) {
        return fail(`Sale ${sale} has not decided ticket ${identity}, if there is such a ticket.`);
      }
      console.log(story.text);
      if (!story.isSound) process.exitCode = DIFFERENT;
    }
  },
  { failure: FAILED, isAnswering: true },
);

function argsOf(argv: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, ticket: { type: 'string' } },
    });
    const [sale, ...others] = positionals;
    if (sale === undefined || others.length > 0) return undefined;
    return { sale, ticket: values.ticket, isJson: values.json };
  } catch (error) {
    if (error instanceof TypeError) return undefined; // an option that there is not
    throw error;
  }
}

/** The name of a ticket in the log, of that or of its id. */
function identityOf(text: string): string | undefined {
  if (/^[\w-]+\.\d+$/.test(text)) return text;
  const { AUTH_JWT_SECRET: secret, AUTH_JWT_SECRET_PREVIOUS: previous } = readConfig(
    'audit',
    FAILED,
  );
  if (secret === undefined) return undefined;
  const secrets = previous === undefined ? ([secret] as const) : ([secret, previous] as const);
  return new TicketSealer(secrets).unverifiedIdentity(text);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = FAILED;
}
