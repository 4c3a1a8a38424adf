import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRow, idCell } from '../../../src/api/orders/csv.ts';

const FORMULA_STARTS = '=+-@＝＋－＠';

/** Texts of what separates, quotes and calculates. */
const nasty = fc.string({
  unit: fc.constantFrom(...`${FORMULA_STARTS},;|\t\r\n"' aé😀1(!`),
  maxLength: 12,
});

/** The cells of the most careless reader: one that splits at a separator whatever is quoted. */
function splitCarelessly(row: string): string[] {
  return row.split(/[,;|\t\r\n]/).map((cell) => cell.replace(/^[\s"]+/, ''));
}

/** The one cell of a row, as RFC 4180 reads it. */
function readCell(row: string): string {
  const cell = row.slice(0, -2);
  return cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell;
}

describe('a row of CSV', () => {
  it('has no formula, wherever a spreadsheet splits it', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const starts = splitCarelessly(csvRow([text])).map((cell) => cell.slice(0, 1));
        expect(starts.filter((start) => start !== '' && FORMULA_STARTS.includes(start))).toEqual(
          [],
        );
      }),
    );
  });

  it('keeps every letter, and adds apostrophes only', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        const read = readCell(csvRow([text]));
        expect(read.replaceAll("'", '')).toBe(text.replaceAll("'", ''));
      }),
    );
  });

  it('leaves what is no formula as it is', () => {
    expect(csvRow([-1, 'a-b', '', 'x = 1', 'a@b.de'])).toBe('-1,a-b,,x = 1,a@b.de\r\n');
  });

  it('quotes what any spreadsheet splits at', () => {
    expect(csvRow(['a;b', 'a,b', 'a"b', 'a\tb'])).toBe('"a;b","a,b","a""b","a\tb"\r\n');
  });

  it.each([
    ['=1', "'=1"],
    ['\tx', `"'\tx"`],
    ['2 x A; =B1', `"2 x A; '=B1"`],
    ['a\n"@SUM(1)', `"a\n""'@SUM(1)"`],
  ])('defuses %j', (text, cell) => {
    expect(csvRow([text])).toBe(`${cell}\r\n`);
  });

  it.each(['-abc_1', '=', '+49123', '@cmd', 'auth0|-x', 'https://id.example/|7'])(
    'does not alter the id %j',
    (id) => {
      expect(readCell(csvRow([idCell(id)]))).toBe(id);
    },
  );

  it('defuses an id that could call a function or a program', () => {
    expect(csvRow([idCell('=HYPERLINK(1)')])).toBe("'=HYPERLINK(1)\r\n");
    expect(csvRow([idCell('=cmd|x!A0')])).toBe(`"'=cmd|x!A0"\r\n`);
  });

  it('is made in linear time', () => {
    const text = '\t"; '.repeat(250_000);
    expect(csvRow([text]).length).toBeGreaterThan(text.length);
  });
});
