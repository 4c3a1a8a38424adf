import { Link } from 'react-router';

/** The promise of the shop, and links for operators and developers. */
export function Footer() {
  return (
    <footer className="footer">
      <div className="footer-inner">
        <p>Strictly first come, first served. Everyone waits in the same line.</p>
        <nav aria-label="More" className="footer-nav">
          <a href="/docs">API</a>
          <Link to="/admin">Control room</Link>
        </nav>
      </div>
    </footer>
  );
}
