import { NavLink } from 'react-router';
import { Logo } from '../../kit/layout/logo.tsx';
import { useSession } from '../../session/services.ts';
import { PlacePill } from './place-pill.tsx';

/** The logo, the open places in line, and the account. */
export function Header() {
  const session = useSession();
  return (
    <header className="header">
      <div className="header-inner">
        <Logo to="/" label="Fairline, all sales">
          <span>Fairline</span>
        </Logo>
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
