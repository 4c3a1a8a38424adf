import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A request that a proxy is watching for. */
interface Watch {
  readonly marks: readonly string[];
  readonly then: 'hold' | 'lose-reply';
  readonly reached: PromiseWithResolvers<void>;
  readonly release: PromiseWithResolvers<void>;
}

/** What a proxy is watching for, on any of its connections. */
interface Expected {
  watch: Watch | undefined;
}

/** A request held back from the server. */
export interface Held {
  /** Resolves when it has arrived. */
  readonly reached: Promise<void>;
  /** Forwards it. */
  letGo(): void;
}

/**
 * A TCP proxy in front of a server. It forwards everything until its sockets are cut, it is taken
 * down, or a request arrives that a test watches for.
 */
export async function proxyTo(target: URL) {
  const sockets = new Set<Socket>();
  let leadsTo = target;
  let isDown = false;
  const expected: Expected = { watch: undefined };

  const server = net.createServer((near) => {
    if (isDown) {
      near.destroy();
      return;
    }
    const far = net.connect(Number(leadsTo.port), leadsTo.hostname);
    sockets.add(near).add(far);
    passOn(near, far, expected);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const expectRequest = (then: Watch['then'], marks: readonly string[]): Watch => {
    const reached = Promise.withResolvers<void>();
    const watch = { marks, then, reached, release: Promise.withResolvers<void>() };
    expected.watch = watch;
    return watch;
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut,
    /** Sends new connections to another server, as a changed name does; existing ones stay. */
    leadTo: (other: URL) => {
      leadsTo = other;
    },
    /** Cuts all connections and refuses new ones, or accepts them again. */
    setAway: (value: boolean) => {
      isDown = value;
      if (isDown) cut();
    },
    /**
     * Holds the next request in which a connection has sent all of the given texts, in order. Later
     * requests of the connection queue behind it.
     */
    hold: (...marks: string[]): Held => {
      const { reached, release } = expectRequest('hold', marks);
      return { reached: reached.promise, letGo: () => release.resolve() };
    },
    /**
     * Forwards the next request with the given text and cuts its connection instead of returning
     * the reply.
     */
    loseReplyTo: (mark: string): Promise<void> =>
      expectRequest('lose-reply', [mark]).reached.promise,
    close: () => {
      server.close();
      cut();
    },
  };
}

export type TcpProxy = Awaited<ReturnType<typeof proxyTo>>;

/** Forwards a connection to the server, until a watched request arrives on it. */
function passOn(near: Socket, far: Socket, expected: Expected): void {
  near.on('error', () => far.destroy()).on('close', () => far.destroy());
  far.on('error', () => near.destroy()).on('close', () => near.destroy());

  let watched: Watch | undefined;
  let search = new MarkSearch([]);
  let losesReply = false;
  near.on('data', (chunk) => {
    if (watched !== expected.watch) {
      watched = expected.watch;
      search = new MarkSearch(watched?.marks ?? []);
    }
    if (watched === undefined || !search.feed(chunk.toString('latin1'))) {
      far.write(chunk);
      return;
    }
    const { then, reached, release } = watched;
    expected.watch = undefined; // only the first
    watched = undefined;
    if (then === 'lose-reply') {
      losesReply = true;
      far.write(chunk);
    } else {
      near.pause();
      void release.promise.then(() => {
        far.write(chunk);
        near.resume();
      });
    }
    reached.resolve();
  });
  far.on('data', (chunk) => {
    if (losesReply) near.destroy();
    else near.write(chunk);
  });
}

/** Searches the data of a connection for texts, one after the other. */
class MarkSearch {
  readonly #marks: readonly string[];
  #met = 0;
  /** The data behind the last match, as far as the next text may start in it. */
  #seen = '';

  constructor(marks: readonly string[]) {
    this.#marks = marks;
  }

  /** Consumes a chunk; returns whether all texts have been seen. */
  feed(chunk: string): boolean {
    this.#seen += chunk;
    for (const mark of this.#marks.slice(this.#met)) {
      const at = this.#seen.indexOf(mark);
      if (at === -1) break;
      this.#seen = this.#seen.slice(at + mark.length);
      this.#met++;
    }
    this.#seen = this.#seen.slice(-100);
    return this.#met === this.#marks.length;
  }
}
