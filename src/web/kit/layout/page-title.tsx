import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';

/**
 * The heading of a page. It sets the document's title, and takes the focus after navigation from
 * another page, so that a screen reader starts reading there.
 *
 * @param title the document's title where the heading is not plain text
 */
export function PageTitle({ children, title }: { children: ReactNode; title?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { key } = useLocation();
  const said = title ?? (typeof children === 'string' ? children : undefined);
  useEffect(() => {
    if (said !== undefined) document.title = `${said} · Fairline`;
  }, [said]);
  useEffect(() => {
    // "default" marks the first page load: there the browser has set the focus already.
    if (key !== 'default') heading.current?.focus({ preventScroll: true });
  }, [key]);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}
