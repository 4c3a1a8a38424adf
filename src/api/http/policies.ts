/** Content security policies, by directive. */
type Policy = Readonly<Record<string, readonly string[]>>;

const NOTHING = ["'none'"];
const OWN = ["'self'"];

/** Any page may load from its own origin and call the API. It has nothing inline. */
const PAGE: Policy = {
  'default-src': NOTHING,
  'script-src': OWN,
  'style-src': OWN,
  'img-src': [...OWN, 'data:'],
  'connect-src': OWN,
  'base-uri': NOTHING,
  'form-action': NOTHING,
  'frame-ancestors': NOTHING,
};

/** JSON rendered as a page by a browser may do nothing. */
export const API_POLICY = write({
  'default-src': NOTHING,
  'base-uri': NOTHING,
  'frame-ancestors': NOTHING,
});

/** Policy of the page with the API's description. */
export const DOCS_POLICY = write(PAGE);

/**
 * Policy of Bull Board: it may load from its own origin and call what is under its path. Its page
 * requests Google fonts and has an inline style while loading; both are blocked.
 */
export const BOARD_POLICY = write({ ...PAGE, 'font-src': OWN, 'base-uri': OWN });

/** Other origins that the pages may use, by directive. */
export interface PageOrigins {
  readonly scripts: readonly string[];
  readonly frames: readonly string[];
  readonly calls: readonly string[];
}

/**
 * Policy of the storefront and the admin pages. Nothing is inline, not even styles: those that
 * React sets through the DOM are not restricted.
 */
export function pagePolicy({ scripts, frames, calls }: PageOrigins): string {
  return write({
    ...PAGE,
    'script-src': [...OWN, ...scripts],
    'connect-src': [...OWN, ...calls],
    'frame-src': frames.length > 0 ? frames : NOTHING,
    'font-src': OWN,
    'worker-src': OWN,
    'manifest-src': OWN,
  });
}

function write(policy: Policy): string {
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources.join(' ')}`)
    .join('; ');
}
