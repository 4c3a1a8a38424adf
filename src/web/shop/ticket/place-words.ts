import type { SaleView } from '../../../api/schemas/sale.ts';
import type { TicketView } from '../../../api/schemas/ticket.ts';
import { estimateInWords } from '../../kit/clock/durations.ts';
import { counted } from '../../kit/format.ts';

/** A position in words: "12 people are ahead of you". */
export function placeInWords(ahead: number | undefined): string {
  if (ahead === undefined) return 'You are in line';
  if (ahead === 0) return 'You are next';
  return ahead === 1
    ? '1 person is ahead of you'
    : `${counted(ahead, 'person', 'people')} are ahead of you`;
}

/** The estimated wait in words; undefined where it is unknown. */
export function waitInWords({ etaSeconds }: Pick<TicketView, 'etaSeconds'>): string | undefined {
  const estimate = estimateInWords(etaSeconds);
  if (estimate === undefined) return undefined;
  return estimate === 'any moment now'
    ? 'Your turn is any moment now.'
    : `Your turn is in ${estimate}.`;
}

/**
 * A position for screen readers, in steps that grow with the distance, so that a fast line is not
 * announced all the time.
 */
export function spokenPlace(ahead: number | undefined): string {
  if (ahead === undefined || ahead <= 5) return placeInWords(ahead);
  const step = 10 ** Math.floor(Math.log10(ahead));
  const bound = Math.ceil((ahead + 1) / step) * step;
  return `Fewer than ${counted(bound, 'person', 'people')} are ahead of you`;
}

/** How a ticket that won nothing is explained to its buyer. */
export interface Ending {
  readonly title: string;
  readonly help: string;
}

/**
 * What an outcome means, and what to do next.
 *
 * @param sale its sale, as far as it is known
 */
export function endingOf(
  ticket: Pick<TicketView, 'status' | 'reason'>,
  sale: Pick<SaleView, 'phase' | 'waitlist'> | undefined,
): Ending {
  if (ticket.status === 'sold_out' && sale?.phase === 'closed') {
    return { title: 'Nothing was left for you.', help: 'The sale is over. Nothing was charged.' };
  }
  if (ticket.status === 'sold_out') {
    return {
      title: 'It was gone before your turn.',
      help: sale?.waitlist
        ? 'Nothing was charged. What comes back goes to the waitlist, which you can join while ' +
          'it has room.'
        : 'Nothing was charged. If something comes back, the sale shows it at once.',
    };
  }
  if (ticket.status === 'cancelled') {
    return { title: 'You have left the line.', help: 'You can take a new place at any time.' };
  }
  return REASONS[ticket.reason ?? 'line_restarted'];
}

const REASONS: Record<NonNullable<TicketView['reason']>, Ending> = {
  sale_closed: {
    title: 'The sale ended before your turn.',
    help: 'Nothing was charged.',
  },
  unknown_product: {
    title: 'What you chose is not on sale.',
    help: 'See the sale for what is available.',
  },
  invalid_quantity: {
    title: 'You cannot buy that many.',
    help: 'Choose another quantity.',
  },
  duplicate: {
    title: 'You already have another place.',
    help: 'Each buyer has one at a time. The other one counts.',
  },
  limit_reached: {
    title: 'You have as many as one buyer can have.',
    help: 'What you bought or hold counts too. What is held for you can still be paid.',
  },
  line_restarted: {
    title: 'The line had to restart.',
    help: 'We are sorry: your place was lost. Please take a new one: it takes a second.',
  },
};
