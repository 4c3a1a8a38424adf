/** How the tickets of a line stand in its picture: row by row, each as a square. */
export interface LineLayout {
  /** Tickets. */
  readonly count: number;
  /** Side of a ticket's square, in pixels of the picture. */
  readonly cell: number;
  /** Tickets in a row. */
  readonly columns: number;
  /** Size of the picture, in its pixels. */
  readonly width: number;
  readonly height: number;
}

/** Pixels of a row, those of the picture where it is full, and the side of the largest square. */
const WIDTH = 1_200;
const PIXELS = 860_000;
const CELL_MAX = 40;

/** The layout for a number of tickets, so that the picture is never too large to look at. */
export function layoutOf(count: number): LineLayout {
  const fitting = Math.floor(Math.sqrt(PIXELS / Math.max(1, count)));
  const cell = Math.max(1, Math.min(CELL_MAX, fitting));
  const columns = Math.max(1, Math.min(count, Math.floor(WIDTH / cell)));
  const rows = Math.max(1, Math.ceil(count / columns));
  return { count, cell, columns, width: columns * cell, height: rows * cell };
}

/** The line number of the ticket at a point of the picture; undefined where there is none. */
export function ticketAt(layout: LineLayout, x: number, y: number): number | undefined {
  const { cell, columns, count } = layout;
  const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
  if (column < 0 || column >= columns || row < 0) return undefined;
  const number = row * columns + column + 1;
  return number <= count ? number : undefined;
}

/** The middle of a ticket in the picture. */
export function middleOf({ cell, columns }: LineLayout, number: number): { x: number; y: number } {
  const [row, column] = [Math.floor((number - 1) / columns), (number - 1) % columns];
  return { x: (column + 0.5) * cell, y: (row + 0.5) * cell };
}

/**
 * Paints every ticket of a line.
 *
 * @param pixels of the picture, row by row
 * @param outcomes the letters of the decisions, in order of the line
 * @param colorOf the pixel for a letter
 */
export function paintLine(
  pixels: Uint32Array,
  outcomes: string,
  { layout, colorOf }: { layout: LineLayout; colorOf: (letter: string) => number },
): void {
  const { cell, columns, width } = layout;
  // Large squares have an edge between them.
  const side = cell > 3 ? cell - Math.ceil(cell / 10) : cell;
  for (let i = 0; i < outcomes.length; i++) {
    const color = colorOf(outcomes.charAt(i));
    const top = Math.floor(i / columns) * cell;
    const left = (i % columns) * cell;
    for (let y = top; y < top + side; y++) {
      pixels.fill(color, y * width + left, y * width + left + side);
    }
  }
}
