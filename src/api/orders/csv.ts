/** A cell that is an identifier: other programs look it up, so no character of it may change. */
export interface Id {
  readonly id: string;
}

export type Cell = string | number | Id;

/** Marks an identifier, so that `csvRow` does not alter it. */
export function idCell(id: string): Id {
  return { id };
}

/** What a CSV file begins with, or Excel reads it in the legacy encoding of its language. */
export const BYTE_ORDER_MARK = '\uFEFF';

/**
 * A row of a CSV file (RFC 4180), ending with CRLF. Text that a spreadsheet would evaluate as a
 * formula is defused with an apostrophe.
 */
export function csvRow(cells: readonly Cell[]): string {
  return `${cells.map(render).join(',')}\r\n`;
}

function render(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  return quote(typeof cell === 'string' ? defuse(cell) : idText(cell.id));
}

/**
 * Puts an apostrophe before whatever may begin a formula: at the start of the text, and after
 * whatever some spreadsheet splits a line at. Excel takes the list separator of its language (`;`
 * in most of Europe) and then sees quotes only at the start of a cell as such, so that quoting does
 * not protect a text with a semicolon in it. Spaces and quotes before the character do not count;
 * CJK versions of Excel take its full-width form too.
 * See https://owasp.org/www-community/attacks/CSV_Injection
 */
function defuse(text: string): string {
  let end = 0;
  const defused = text.replace(/[^\s"',;|]+/g, (word, start: number) => {
    const isFirst = end === 0 || /[,;|\t\r\n]/.test(text.slice(end, start));
    end = start + word.length;
    return isFirst && /^[=+\-@＝＋－＠]/.test(word) ? `'${word}` : word;
  });
  return /^[\t\r]/.test(text) ? `'${defused}` : defused;
}

/**
 * Signs, dots and letters calculate at most with themselves; anything that calls a function, a
 * program or another sheet needs one of the characters that are missing here.
 */
const HARMLESS_ID = /^[\w.:@+/=~|-]*$/;

/** An identifier stays as it is, unless an identity provider let somebody choose a formula. */
function idText(id: string): string {
  return HARMLESS_ID.test(id) ? id : defuse(id);
}

function quote(text: string): string {
  return /[",;|\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
