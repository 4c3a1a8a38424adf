import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Handles a request of a connection. */
type Handle = (request: IncomingMessage, response: ServerResponse) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The exchanges of a connection that are not over. */
interface Connection {
  /** That which arrived last. */
  last: Exchange;
  /** Those that have arrived while another one is in work. */
  readonly waiting: Exchange[];
  /** A request could not be read: nothing behind it can. */
  isBroken: boolean;
  /** Whether it is kept from being read on while something waits. */
  isHeld: boolean;
}

/**
 * Requests that may wait on one connection. Node has read them by then, so that they cost memory;
 * no browser and no proxy sends more than one before it has its answer.
 */
const WAITING_MAX = 200;

/**
 * Lets the requests of a connection be handled one after another. Node hands over all that a packet
 * contains at once: a hundred in 4 KB would be worked on together, and their answers kept in memory
 * until it is their turn to be sent.
 *
 * A connection whose last request was answered costs a look into a map; only one that sends more
 * before it has its answer has a queue, and is not read while that waits.
 */
export class Turns {
  readonly #handle: Handle;
  readonly #connections = new WeakMap<Duplex, Connection>();

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  /** Handles a request, after those of its connection that came before. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const exchange = { request, response };
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (connection === undefined || isOver(connection.last)) {
      if (connection !== undefined) connection.last = exchange;
      else this.#connections.set(socket, begin(exchange));
      this.#handle(request, response);
      return;
    }
    const { last, waiting } = connection;
    if (waiting.length >= WAITING_MAX) {
      socket.destroy(); // nobody waits for so many answers
      return;
    }
    hold(socket, connection);
    waiting.push(exchange);
    connection.last = exchange;
    last.response.once('close', () => this.#next(connection));
  }

  /**
   * What a request that Node could not read is to be told, and when: after the answers to those
   * before it.
   *
   * @param tell is called at once where it is the turn of that request
   * @param drop is called where an answer would be taken for that to another request
   */
  refuse(socket: Duplex, tell: () => void, drop: () => void): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined || isOver(connection.last)) {
      tell();
      return;
    }
    const { last, waiting, isBroken } = connection;
    if (isBroken) return;
    connection.isBroken = true;
    hold(socket, connection);
    // Those before it were read to their ends, so it is a further one.
    if (last.request.complete) last.response.once('close', tell);
    else if (waiting.length > 0 || last.response.headersSent) drop();
    else tell();
  }

  #next({ waiting }: Connection): void {
    const next = waiting.shift();
    if (next === undefined) return;
    const { request, response } = next;
    // A connection that has ended needs no answers.
    if (request.socket.destroyed) return;
    if (waiting.length === 0) request.socket.resume();
    this.#handle(request, response);
  }
}

/** Whether an exchange is over: its answer is sent, or nobody will get it. */
function isOver({ response }: Exchange): boolean {
  return response.writableFinished || response.destroyed;
}

function begin(last: Exchange): Connection {
  return { last, waiting: [], isBroken: false, isHeld: false };
}

/** Stops reading, also where Node goes on by itself: when a request is over or its body read. */
function hold(socket: Duplex, connection: Connection): void {
  socket.pause();
  if (connection.isHeld) return;
  connection.isHeld = true;
  socket.on('resume', () => {
    if (connection.waiting.length > 0 || connection.isBroken) socket.pause();
  });
}
