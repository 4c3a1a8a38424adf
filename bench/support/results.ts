import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from './report.ts';

const FILE = fileURLToPath(new URL('../results/latest.json', import.meta.url));

/** A figure and what it may be at most, or must be at least. */
export interface Budget {
  readonly title: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

interface PartResults {
  readonly figures: Record<string, unknown>;
  readonly budgets: (Budget & { readonly met: boolean })[];
}

/** What a run measured, by part. */
export class Results {
  readonly #machine: string;
  readonly #parts: Record<string, PartResults> = {};
  #part: PartResults = { figures: {}, budgets: [] };

  /** @param machine its date, cores and versions, in a line */
  constructor(machine: string) {
    this.#machine = machine;
  }

  /** What follows belongs to the part `name`. */
  begin(name: string): void {
    this.#part = { figures: {}, budgets: [] };
    this.#parts[name] = this.#part;
  }

  /** Keeps figures of the current part. */
  record(figures: Readonly<Record<string, unknown>>): void {
    Object.assign(this.#part.figures, figures);
  }

  /** Keeps a figure that has a budget; returns the line that says whether it is met. */
  judge(budget: Budget): string {
    const { title, value, unit, atMost, atLeast } = budget;
    const met =
      (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast);
    this.#part.budgets.push({ ...budget, met });
    const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
    const digits = value < 100 ? 2 : 0;
    return `${met ? 'met   ' : 'MISSED'}  ${title}: ${format(value, digits)} ${unit} (${bound})`;
  }

  /** The budgets that were missed, as titles. */
  missed(): string[] {
    return Object.entries(this.#parts).flatMap(([name, { budgets }]) =>
      budgets.filter(({ met }) => !met).map(({ title }) => `${name}: ${title}`),
    );
  }

  /** Writes bench/results/latest.json. */
  write(): void {
    mkdirSync(dirname(FILE), { recursive: true });
    const text = JSON.stringify({ machine: this.#machine, parts: this.#parts }, undefined, 2);
    writeFileSync(FILE, `${text}\n`);
  }
}
