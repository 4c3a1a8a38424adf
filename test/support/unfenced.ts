import {
  AndNode as And,
  type AndNode,
  type KyselyPlugin,
  type OperationNode,
  OperationNodeTransformer,
} from 'kysely';
import type { Db } from '../../src/db/client.ts';

/** Removes a condition on one column from the statements it transforms. */
class WithoutCondition extends OperationNodeTransformer {
  readonly #column: string;
  taken = 0;

  constructor(column: string) {
    super();
    this.#column = column;
  }

  protected override transformAnd(node: AndNode): AndNode {
    const { left, right } = super.transformAnd(node);
    if (!this.#isOn(right)) return And.create(left, right);
    this.taken++;
    return And.create(left, left);
  }

  #isOn(node: OperationNode): boolean {
    return JSON.stringify(node).includes(`"name":"${this.#column}"`);
  }
}

/**
 * The database without one of the conditions of the recorder's fence (src/line/record.ts).
 *
 * @returns the database, and how often the condition was removed
 */
export function unfenced(db: Db, column: 'log_seq' | 'epoch'): { db: Db; taken: () => number } {
  const transformer = new WithoutCondition(column);
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) =>
      node.kind === 'UpdateQueryNode' ? transformer.transformNode(node) : node,
    transformResult: async ({ result }) => result,
  };
  return { db: db.withPlugin(plugin), taken: () => transformer.taken };
}
