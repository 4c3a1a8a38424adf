import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A map that tracks its changes. */
export class TrackedMap<T> extends Map<string, T> {
  readonly #changed = new Set<string>();

  override set(key: string, value: T): this {
    this.#changed.add(key);
    return super.set(key, value);
  }

  override delete(key: string): boolean {
    this.#changed.add(key);
    return super.delete(key);
  }

  /** The keys changed since the last call. */
  takeChanged(): readonly string[] {
    const keys = [...this.#changed];
    this.#changed.clear();
    return keys;
  }
}

type Maps = Readonly<Record<string, TrackedMap<unknown>>>;

/** A line of the file; without a value the key was deleted. */
interface Change {
  readonly map: string;
  readonly key: string;
  readonly value?: unknown;
}

/**
 * Persists maps in a file of JSON lines. Changes are appended, so that saving costs the same after
 * a day of sales as at first. The file is rewritten, without replaced values, when it is opened.
 */
export class Journal {
  readonly #file: string;
  readonly #maps: Maps;

  /** Fills the maps from the file, if it exists. */
  constructor(file: string, maps: Maps) {
    this.#file = file;
    this.#maps = maps;
    mkdirSync(dirname(file), { recursive: true });
    for (const line of readLines(file)) this.#apply(line);
    const aside = `${file}.new`;
    writeFileSync(aside, this.#everything());
    renameSync(aside, file);
  }

  /** Appends the changes since the last time. */
  save(): void {
    appendFileSync(this.#file, this.#takeChanges());
  }

  #apply({ map: name, key, value }: Change): void {
    const map = this.#maps[name];
    if (map === undefined) throw new Error(`${this.#file}: there is no ${name}`);
    if (value === undefined) map.delete(key);
    else map.set(key, value);
  }

  #everything(): string {
    this.#takeChanges();
    return this.#write((values) => values.keys());
  }

  #takeChanges(): string {
    return this.#write((values) => values.takeChanged());
  }

  #write(keysOf: (values: TrackedMap<unknown>) => Iterable<string>): string {
    let text = '';
    for (const [map, values] of Object.entries(this.#maps)) {
      for (const key of keysOf(values)) {
        const change: Change = { map, key, value: values.get(key) };
        text += `${JSON.stringify(change)}\n`;
      }
    }
    return text;
  }
}

/** The complete lines: the last one is not, where a process died while writing it. */
function readLines(file: string): readonly Change[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Change);
}
