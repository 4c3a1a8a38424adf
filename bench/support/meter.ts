import type { RedisClient } from '../../src/redis/client.ts';
import { readCpu } from './cpu.ts';

/** The processes of a pipeline. */
export type Part = 'redis' | 'postgres' | 'worker';

/** The measurements of a pipeline. */
export interface Figures {
  readonly tickets: number;
  /** Tickets decided and recorded per second. */
  readonly perSecond: number;
  /** Redis memory per waiting ticket, in bytes. */
  readonly waitingBytes: number;
  /** CPU time per decided ticket, in µs; undefined where it cannot be read. */
  readonly cpuMicros: Readonly<Record<Part, number>> | undefined;
}

/**
 * Measures a drain between two moments: the first group marks the start and does not count as work
 * done.
 */
export class Meter {
  readonly #pids: Readonly<Record<Part, number>>;
  #begun: { atMs: number; tickets: number; cpu: ReturnType<typeof readCpu<Part>> } | undefined;

  /** @param pids of the pipeline's processes; their descendants are included */
  constructor(pids: Readonly<Record<Part, number>>) {
    this.#pids = pids;
  }

  get hasBegun(): boolean {
    return this.#begun !== undefined;
  }

  /** The first tickets are decided: the measurement starts. */
  begin(tickets: number): void {
    this.#begun = { atMs: performance.now(), tickets, cpu: readCpu(this.#pids) };
  }

  /** The last of `tickets` tickets is decided. */
  end(tickets: number): Pick<Figures, 'tickets' | 'perSecond' | 'cpuMicros'> {
    const atMs = performance.now();
    const begun = this.#begun;
    if (begun === undefined) throw new Error('the meter was never started');
    const cpu = readCpu(this.#pids);
    const decided = tickets - begun.tickets;
    const perTicket = (part: Part) => ((cpu?.[part] ?? 0) - (begun.cpu?.[part] ?? 0)) / decided;
    return {
      tickets,
      perSecond: (decided / (atMs - begun.atMs)) * 1_000,
      cpuMicros: cpu && {
        redis: perTicket('redis'),
        postgres: perTicket('postgres'),
        worker: perTicket('worker'),
      },
    };
  }
}

/** Memory used by Redis, in bytes. */
export async function readMemory(redis: RedisClient): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}
