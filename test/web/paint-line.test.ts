import { describe, expect, it } from 'vitest';
import { layoutOf, middleOf, paintLine, ticketAt } from '../../src/web/shop/proof/paint-line.ts';

describe('the picture of a line', () => {
  it.each([1, 2, 29, 30, 31, 1_000, 123_457, 1_000_000])('shows each of %i tickets', (count) => {
    const layout = layoutOf(count);
    const { cell, columns, width, height } = layout;
    expect(width).toBeLessThanOrEqual(1_200);
    expect(height).toBeLessThanOrEqual(1_600);
    expect(columns * Math.ceil(count / columns) * cell ** 2).toBe(width * height);
    const outcomes = 'HS'.repeat(Math.ceil(count / 2)).slice(0, count);
    const pixels = new Uint32Array(width * height);
    paintLine(pixels, outcomes, { layout, colorOf: (letter) => (letter === 'H' ? 1 : 2) });
    let wrong = 0;
    for (let number = 1; number <= count; number++) {
      const { x, y } = middleOf(layout, number);
      const pixel = pixels[Math.floor(y) * width + Math.floor(x)];
      if (pixel !== 2 - (number % 2) || ticketAt(layout, x, y) !== number) wrong++;
    }
    expect(wrong).toBe(0);
    // Nothing is painted where there is no ticket.
    const painted = pixels.filter((pixel) => pixel !== 0).length;
    const side = cell > 3 ? cell - Math.ceil(cell / 10) : cell;
    expect(painted).toBe(count * side ** 2);
  });

  it('has no ticket outside', () => {
    const layout = layoutOf(31);
    const { width, height } = layout;
    expect(ticketAt(layout, width + 1, 0)).toBeUndefined();
    expect(ticketAt(layout, -1, 0)).toBeUndefined();
    expect(ticketAt(layout, width - 1, height - 1)).toBeUndefined();
  });
});
