import { Link, NavLink } from 'react-router';
import { useSession } from '../services.ts';
import { PlacePill } from './place-pill.tsx';

/** The name of the shop, the open places in line, and who is here. */
export function Header() {
  const session = useSession();
  return (
    <header className="header">
      <div className="header-inner">
        <Link to="/" className="logo" aria-label="Fairline, all sales">
          <svg viewBox="0 0 34 14" width="34" height="14" aria-hidden="true">
            <circle cx="27" cy="7" r="6" />
            <circle cx="13.5" cy="7" r="4.2" opacity=".6" />
            <circle cx="3.5" cy="7" r="2.8" opacity=".35" />
          </svg>
          <span>Fairline</span>
        </Link>
        <nav aria-label="Yours" className="header-nav">
          <PlacePill />
          <NavLink to="/account" className="header-link">
            {session === undefined ? 'Sign in' : 'Your orders'}
          </NavLink>
        </nav>
      </div>
    </header>
  );
}
