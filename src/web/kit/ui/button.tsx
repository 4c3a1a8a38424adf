import './button.css';
import type { ComponentProps, ReactNode } from 'react';
import { Link } from 'react-router';

/** `primary`: the main action; `quiet`: any other; `danger`: irreversible. */
export type ButtonLook = 'primary' | 'quiet' | 'danger';

interface Looks {
  look?: ButtonLook;
  size?: 'm' | 'l';
  wide?: boolean;
}

/**
 * A button.
 *
 * @param busy shows that its action is in progress: it keeps its place and ignores clicks
 */
export function Button(
  props: ComponentProps<'button'> & Looks & { busy?: boolean; children: ReactNode },
) {
  const { look = 'primary', size = 'm', wide = false, busy = false, ...rest } = props;
  return (
    <button
      type="button"
      {...rest}
      className="button"
      data-look={look}
      data-size={size}
      data-wide={wide}
      aria-disabled={busy || rest['aria-disabled']}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
    >
      {busy ? <span className="button-spinner" aria-hidden="true" /> : null}
      <span>{rest.children}</span>
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink(props: ComponentProps<typeof Link> & Looks) {
  const { look = 'primary', size = 'm', wide = false, ...rest } = props;
  return (
    <Link {...rest} className="button" data-look={look} data-size={size} data-wide={wide}>
      <span>{rest.children}</span>
    </Link>
  );
}
