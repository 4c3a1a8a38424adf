/**
 * The promise in a receipt: this ticket was taken into the line at that place and time. A signed
 * note whose first line no checkpoint can have as its origin, so that a signature on one is never
 * one on the other.
 */
export interface TicketPromise {
  /** The origin of the sale's log, where the ticket will be found. */
  readonly origin: string;
  readonly sale: string;
  /** The ticket's name in the log: `BATCH.INDEX`. */
  readonly ticket: string;
  /** Its number in the sale's line, as known when it was accepted. */
  readonly position: number;
  /** When it was accepted, ISO 8601. */
  readonly acceptedAt: string;
}

const FIRST_LINE = 'Fairline: a promise';

/** The text of a promise. */
export function formatPromise({ origin, sale, ticket, position, acceptedAt }: TicketPromise) {
  const lines = [
    FIRST_LINE,
    `log ${origin}`,
    `sale ${sale}`,
    `ticket ${ticket}`,
    `position ${position}`,
    `accepted ${acceptedAt}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** Reads what {@link formatPromise} wrote; undefined when the text is not that. */
export function parsePromise(text: string): TicketPromise | undefined {
  const form = /^(.+)\nlog (\S+)\nsale (\S+)\nticket (\S+)\nposition (\d+)\naccepted (\S+)\n$/.exec(
    text,
  );
  const [, first, origin, sale, ticket, position, acceptedAt] = form ?? [];
  if (first !== FIRST_LINE || !origin || !sale || !ticket || !acceptedAt) return undefined;
  if (Number.isNaN(Date.parse(acceptedAt))) return undefined; // it would never be overdue
  return { origin, sale, ticket, position: Number(position), acceptedAt };
}
