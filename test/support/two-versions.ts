import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type Part, runCommand, saysOf, startApiPart, startPart } from './parts.ts';

/** A version that serves: where its files are, and its processes. */
export class Version {
  readonly folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #door: Door;
  #api: (Part & { readonly url: string }) | undefined;
  #worker: Part | undefined;

  /**
   * @param env the settings of its processes, as the role of API and workers
   * @param door through which people reach its API
   */
  constructor(folder: string, env: Readonly<Record<string, string>>, door: Door) {
    this.folder = folder;
    this.#env = env;
    this.#door = door;
  }

  /** Runs its migrations, as the owner of the database. @throws Error with their output */
  async migrate(ownerUrl: string): Promise<void> {
    const env = {
      ...this.#env,
      DATABASE_URL: ownerUrl,
      DATABASE_APP_URL: this.#env['DATABASE_URL'] ?? '',
    };
    const { code, output } = await runCommand('src/ops/migrate.ts', [], env, this.folder);
    if (code !== 0) throw new Error(output);
  }

  async startApi(): Promise<void> {
    this.#api = await startApiPart(this.#env, { folder: this.folder });
    this.#door.open(this.#api.url);
  }

  async startWorker(): Promise<void> {
    this.#worker = startPart('worker', { ...this.#env, LOG_LEVEL: 'info' }, this);
    await saysOf(this.#worker, 'worker started');
  }

  /** Ends its worker as an operator does. Returns the exit code. */
  async endWorker(): Promise<number | null | undefined> {
    return this.#worker?.end('SIGTERM');
  }

  /** Sends nobody to its API any more, as a balancer does before it ends. */
  leaveDoor(): void {
    if (this.#api !== undefined) this.#door.close(this.#api.url);
  }

  /** Ends its API as an operator does. Returns the exit code. */
  async endApi(): Promise<number | null | undefined> {
    this.leaveDoor();
    return this.#api?.end('SIGTERM');
  }

  /** Ends what still runs. */
  async end(): Promise<void> {
    await Promise.all([this.endWorker(), this.endApi()]);
  }
}

/** Where people come in: the APIs in turn, as with a balancer. Stripe's webhooks come in too. */
export class Door {
  readonly url: string;
  readonly stop: () => Promise<void>;
  #urls: readonly string[] = [];
  #turns = 0;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.stop = stop;
  }

  /** Opens a door that leads nowhere yet. */
  static async start(): Promise<Door> {
    const server = createServer(async (request, response) => {
      const signature = String(request.headers['stripe-signature']);
      const body = await buffer(request);
      const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
      const asked = fetch(`${door.next()}${request.url}`, { method: 'POST', headers, body });
      // An API that ends meanwhile: Stripe delivers it again.
      response
        .writeHead(
          await asked.then(
            ({ status }) => status,
            () => 502,
          ),
        )
        .end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const door = new Door(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    return door;
  }

  open(url: string): void {
    this.#urls = [...this.#urls, url];
  }

  close(url: string): void {
    this.#urls = this.#urls.filter((one) => one !== url);
  }

  /** The API that is next. */
  next(): string {
    const url = this.#urls[this.#turns++ % this.#urls.length];
    if (url === undefined) throw new Error('the door leads nowhere');
    return url;
  }

  /** An API other than this one, where there is one. */
  other(url: string): string {
    return this.#urls.find((one) => one !== url) ?? this.next();
  }
}
