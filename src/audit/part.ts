/** One part of an audit: what was compared, and the first difference that was found. */
export class Part {
  readonly name: string;
  /** What was compared, in words. */
  compared = '';
  /** What a reader should know about it; no differences. */
  readonly notes: string[] = [];
  /** The first difference. */
  difference: string | undefined;
  /** How many there are; a part that stops at the first has one. */
  differences = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Takes a difference, in the order in which they come. */
  differ(difference: string): void {
    this.difference ??= difference;
    this.differences++;
  }

  note(note: string): void {
    this.notes.push(note);
  }
}

/** `1 entry`, `1,000 entries`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
