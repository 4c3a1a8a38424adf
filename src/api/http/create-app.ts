import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnv } from './env.ts';
import { readInput } from './read-input.ts';
import { type Answer, type Guard, goOn, inARow } from './steps.ts';

type Routes = OpenAPIHono<ApiEnv>;

/**
 * A Hono app whose routes come from schemas; input that does not match a schema gets a 422. Each
 * route is one handler for Hono: its guards, its input and what it does, in a row. A middleware
 * each, as the framework would make of them, costs several promises a step (decision 0067).
 */
class SchemaApp extends OpenAPIHono<ApiEnv> {
  readonly #add = (route: RouteConfig, handler: (c: Context<ApiEnv>) => Answer) => {
    const { middleware = [], ...described } = route;
    this.openAPIRegistry.registerPath(described);
    const read = readInput(route.request);
    // Hono types the variables of middlewares that it does not know.
    const guards = [middleware].flat() as Guard[];
    const handle = inARow(guards, (c) => goOn(read(c), () => handler(c)));
    this.on([route.method], [pathPattern(route.path)], handle);
    return this;
  };

  // The framework's type derives what a handler gets and returns from the schemas of its route.
  override openapi = this.#add as unknown as Routes['openapi'];
}

/** A path of the description as Hono has it. A parameter named `path` may contain slashes. */
function pathPattern(path: string): string {
  return path.replaceAll(/\/{(.+?)}/g, '/:$1').replace(/:path$/, ':path{.+}');
}

/** An app for routes with schemas. */
export function createApp(): Routes {
  return new SchemaApp();
}
