/** A piece of work that waits for its turn. */
interface Waiting {
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
}

/** There is no room for a piece of work. */
export class NoTurn extends Error {
  override readonly name = 'NoTurn';

  constructor() {
    super('too much work is waiting');
  }
}

/**
 * Gives turns to work that many ask for: so much at once, so much waiting, and the rest is refused.
 * Networks take turns, however much each of them asks for; and when the room to wait is full, one
 * that asks for less than the greediest gets the place of its last piece. So whoever asks for a
 * hundred at once waits for itself, and not everybody else.
 */
export class FairTurns {
  readonly #atOnce: number;
  readonly #room: number;
  /** By network, in the order of their turns. */
  readonly #waiting = new Map<string, Waiting[]>();
  #running = 0;
  #total = 0;

  /**
   * @param atOnce pieces of work that run at the same time
   * @param room pieces that wait at most
   */
  constructor(atOnce: number, room: number) {
    this.#atOnce = atOnce;
    this.#room = room;
  }

  /**
   * Runs a piece of work at its turn.
   *
   * @param network who asks
   * @throws NoTurn when it is refused; what the work throws
   */
  async run<T>(network: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) await this.#wait(network);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #wait(network: string): Promise<void> {
    if (this.#total >= this.#room) this.#makeRoom(network);
    const own = this.#waiting.get(network) ?? [];
    this.#waiting.set(network, own);
    this.#total += 1;
    return new Promise((start, refuse) => own.push({ start, refuse }));
  }

  /** Refuses the last piece of the greediest network, or throws where that is who asks. */
  #makeRoom(network: string): void {
    let most: Waiting[] = [];
    for (const list of this.#waiting.values()) if (list.length > most.length) most = list;
    const own = this.#waiting.get(network)?.length ?? 0;
    if (most.length <= own + 1) throw new NoTurn();
    this.#total -= 1;
    most.pop()?.refuse(new NoTurn());
  }

  /** Hands the turn that is over to the network that has waited longest for one. */
  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#running -= 1;
      return;
    }
    const [network, list] = first;
    this.#waiting.delete(network);
    const next = list.shift();
    if (list.length > 0) this.#waiting.set(network, list);
    this.#total -= 1;
    next?.start();
  }
}
