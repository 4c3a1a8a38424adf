import { expect, it } from 'vitest';
import { FairTurns } from '../../src/accounts/fair-turns.ts';

/** Work that lasts until it is let go, in the order in which it began. */
function workshop(atOnce: number, room: number) {
  const turns = new FairTurns(atOnce, room);
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const ask = async (name: string): Promise<string> => {
    const work = async () => {
      began.push(name);
      await new Promise<void>((end) => ends.push(end));
      return 'done';
    };
    return turns.run(name[0] ?? '', work).catch((error: Error) => error.name);
  };
  const endAll = async (all: readonly Promise<string>[]) => {
    let isOver = false;
    const outcomes = Promise.all(all).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      for (const end of ends.splice(0, 1)) end();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return outcomes;
  };
  return { began, ask, endAll };
}

it('networks take turns, each in the order of its own', async () => {
  const { began, ask, endAll } = workshop(1, 10);
  const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'c1'].map(ask);
  expect(await endAll(all)).toEqual(Array.from(all, () => 'done'));
  expect(began).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4']);
});

it('when the room is full, the greediest gives up its last place', async () => {
  const { began, ask, endAll } = workshop(1, 3);
  const all = ['a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'c1', 'd1', 'b2'].map(ask);
  expect(await endAll(all)).toEqual([
    ...['done', 'done', 'NoTurn', 'NoTurn', 'NoTurn'],
    ...['done', 'done', 'NoTurn', 'NoTurn'],
  ]);
  expect(began).toEqual(['a1', 'a2', 'b1', 'c1']);
});

it('as much runs at once as may, also after work has failed', async () => {
  const turns = new FairTurns(2, 10);
  let running = 0;
  let most = 0;
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    throw new Error('failed');
  };
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => turns.run(`${i % 3}`, work)),
  );
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  expect(most).toBe(2);
  expect(await turns.run('a', async () => 'still')).toBe('still');
});
