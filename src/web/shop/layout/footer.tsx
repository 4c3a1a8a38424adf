import { Link } from 'react-router';

/** What the shop stands for, and doors for those who run or build it. */
export function Footer() {
  return (
    <footer className="footer">
      <div className="footer-inner">
        <p>Strictly first come, first served. Everybody waits in the same line.</p>
        <nav aria-label="More" className="footer-nav">
          <a href="/docs">API</a>
          <Link to="/admin">Control room</Link>
        </nav>
      </div>
    </footer>
  );
}
