import { type Part, startPart } from './parts.ts';
import { type Held, proxyTo, type TcpProxy } from './proxy.ts';

/**
 * A worker process with a proxy in front of each server that it uses. A test kills it at a request
 * that a proxy holds back: everything before it has happened, nothing behind it has. Another
 * process, which takes over, is there for the next test.
 */
export class KilledWorker<Name extends string> {
  readonly proxies: Readonly<Record<Name, TcpProxy>>;
  readonly #env: Readonly<Record<string, string>>;
  #processes: Part[] = [];

  private constructor(
    proxies: Readonly<Record<Name, TcpProxy>>,
    env: Readonly<Record<string, string>>,
  ) {
    this.proxies = proxies;
    this.#env = env;
    this.startAnother();
  }

  /**
   * @param servers the variables that hold the URL of a server, which a proxy replaces
   * @param env its other variables
   */
  static async start<Name extends string>(
    servers: Readonly<Record<Name, string>>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<KilledWorker<Name>> {
    const names = Object.keys(servers) as Name[]; // the keys of a record are its names
    const proxies = await Promise.all(names.map((name) => proxyTo(new URL(servers[name]))));
    const byName = Object.fromEntries(names.map((name, i) => [name, proxies[i]]));
    // Every name has its proxy, which fromEntries does not say.
    return new KilledWorker(byName as Record<Name, TcpProxy>, env);
  }

  /** Starts one more process, with the same proxies. */
  startAnother(env: Readonly<Record<string, string>> = {}): void {
    const urls = Object.entries<TcpProxy>(this.proxies).map(([name, { url }]) => [name, url]);
    this.#processes.push(
      startPart('worker', { ...this.#env, ...Object.fromEntries(urls), ...env }),
    );
  }

  /** Kills what runs. */
  async kill(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.end('SIGKILL')));
    this.#processes = [];
  }

  /** Kills it when it has come to a point, and starts another. */
  async killAt(point: Held): Promise<void> {
    await point.reached;
    await this.kill();
    this.startAnother();
  }

  async stop(): Promise<void> {
    await this.kill();
    for (const proxy of Object.values<TcpProxy>(this.proxies)) proxy.close();
  }
}
