import type { ReactNode } from 'react';
import { Link } from 'react-router';

/** The logo with a name beside it; links home. */
export function Logo({ to, label, children }: { to: string; label: string; children: ReactNode }) {
  return (
    <Link to={to} className="logo" aria-label={label}>
      <svg viewBox="0 0 34 14" width="34" height="14" aria-hidden="true">
        <circle cx="27" cy="7" r="6" />
        <circle cx="13.5" cy="7" r="4.2" opacity=".6" />
        <circle cx="3.5" cy="7" r="2.8" opacity=".35" />
      </svg>
      {children}
    </Link>
  );
}
