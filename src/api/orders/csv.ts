/**
 * A row of a CSV file (RFC 4180). Hand-written instead of csv-stringify: the stream around it is
 * ours anyway, and this is all we would use of it.
 *
 * A text that a spreadsheet would evaluate as a formula is prefixed with an apostrophe.
 */
export function csvRow(cells: readonly (string | number)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
