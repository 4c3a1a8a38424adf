import type { SaleView } from '../../../api/schemas/sale.ts';
import { Badge, type Tone } from '../../kit/ui/badge.tsx';

const PHASES: Record<SaleView['phase'], { tone: Tone; word: string }> = {
  upcoming: { tone: 'plain', word: 'Upcoming' },
  open: { tone: 'good', word: 'Open' },
  sold_out: { tone: 'caution', word: 'Sold out' },
  closed: { tone: 'plain', word: 'Over' },
};

/** The phase of a sale. */
export function PhaseBadge({ phase }: { phase: SaleView['phase'] }) {
  const { tone, word } = PHASES[phase];
  return <Badge tone={tone}>{word}</Badge>;
}
