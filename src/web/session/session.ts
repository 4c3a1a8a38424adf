import type { SessionView, UserView } from '../../api/schemas/auth.ts';
import type { RunExclusively } from '../browser/run-exclusively.ts';
import type { StoredValue } from '../browser/stored-value.ts';
import { type ApiClient, answered } from '../client/api-client.ts';
import { AnotherBuyer, ApiProblem } from '../client/problem.ts';

/**
 * A session as all tabs of the browser share it. The access token is stored too: without it, each
 * page load would renew the session, and lose it where answers get lost. It is worth less than the
 * refresh token beside it.
 */
export interface KeptSession {
  readonly refreshToken: string;
  readonly user: UserView;
  /** Without an account: once signed out, a guest cannot sign in again. */
  readonly guest: boolean;
  /** Left out where the next call has to renew the session. */
  readonly access?: Access;
}

interface Access {
  readonly token: string;
  /** When it has to be renewed, by this browser's clock. */
  readonly validUntilMs: number;
}

/** Access tokens are renewed this long before they expire: a long poll takes 25 s. */
const RENEW_EARLY_MS = 60_000;

/** A renewal whose answer is lost holds up every tab: it is given up then, and can be repeated. */
const RENEWAL_LIMIT_MS = 10_000;

/** The session of this browser: signs in and out, and keeps an access token ready. */
export class Session {
  readonly #kept: StoredValue<KeptSession | undefined>;
  readonly #open: ApiClient;
  readonly #exclusively: RunExclusively;
  readonly #nowMs: () => number;
  #refreshing: Promise<string | undefined> | undefined;

  constructor(options: {
    kept: StoredValue<KeptSession | undefined>;
    open: ApiClient;
    exclusively: RunExclusively;
    nowMs?: () => number;
  }) {
    this.#kept = options.kept;
    this.#open = options.open;
    this.#exclusively = options.exclusively;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  readonly get = (): KeptSession | undefined => this.#kept.get();
  readonly subscribe = (listener: () => void) => this.#kept.subscribe(listener);

  /** Signs in as a guest: each call creates a new buyer. */
  async signInAsGuest(email: string): Promise<KeptSession> {
    const call = this.#open.auth.guest.$post({ json: { email } });
    return this.#keep(await answered(call), true);
  }

  async signIn(email: string, password: string): Promise<KeptSession> {
    const call = this.#open.auth.login.$post({ json: { email, password } });
    return this.#keep(await answered(call), false);
  }

  async register(email: string, password: string, name: string): Promise<KeptSession> {
    const json = { email, password, ...(name === '' ? {} : { name }) };
    return this.#keep(await answered(this.#open.auth.register.$post({ json })), false);
  }

  /** Ends the session locally at once, and on the server when it can be reached. */
  async signOut(): Promise<void> {
    const kept = this.#kept.get();
    this.#forget();
    if (kept === undefined) return;
    const { refreshToken } = kept;
    await this.#open.auth.logout.$post({ json: { refreshToken } }).catch(() => undefined);
  }

  /**
   * A valid access token; undefined when signed out.
   *
   * @param refused a token that the API refused, so that a new one is needed
   */
  async token(refused?: string): Promise<string | undefined> {
    const kept = this.#kept.get();
    if (kept === undefined) return undefined;
    const good = this.#goodToken(kept, refused);
    if (good !== undefined) return good;
    this.#refreshing ??= this.#refresh(refused).finally(() => {
      this.#refreshing = undefined;
    });
    const token = await this.#refreshing;
    if (token !== undefined) return token;
    // A different user may have signed in while the previous session was being renewed.
    const { refreshToken = kept.refreshToken } = this.#kept.get() ?? {};
    return refreshToken === kept.refreshToken ? undefined : this.token(refused);
  }

  /**
   * An access token of that buyer, never of a user who signed in after them.
   *
   * @throws AnotherBuyer when a different user is signed in, or none
   */
  async tokenOf(buyer: string, refused?: string): Promise<string | undefined> {
    this.#mustBe(buyer);
    const token = await this.token(refused);
    // The user may have changed while the token was being renewed.
    this.#mustBe(buyer);
    return token;
  }

  #goodToken({ access }: KeptSession, refused: string | undefined): string | undefined {
    if (access === undefined || access.token === refused) return undefined;
    return access.validUntilMs > this.#nowMs() ? access.token : undefined;
  }

  /** Serialized across tabs: one renews the session, the others find what it stored. */
  #refresh(refused: string | undefined): Promise<string | undefined> {
    return this.#exclusively(async () => {
      const kept = this.#kept.reload();
      if (kept === undefined) return undefined;
      const good = this.#goodToken(kept, refused);
      if (good !== undefined) return good;
      const { refreshToken } = kept;
      try {
        const init = { signal: AbortSignal.timeout(RENEWAL_LIMIT_MS) };
        const view = await answered(
          this.#open.auth.refresh.$post({ json: { refreshToken } }, { init }),
        );
        // The user may have signed out meanwhile, here or in another tab.
        if (this.#kept.reload()?.refreshToken !== refreshToken) return undefined;
        this.#keep(view, kept.guest);
        return view.accessToken;
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
        // It may have been replaced meanwhile, here or in another tab.
        if (this.#kept.reload()?.refreshToken === refreshToken) this.#forget();
        return undefined;
      }
    });
  }

  #keep(view: SessionView, guest: boolean): KeptSession {
    const { accessToken: token, refreshToken, expiresIn, user } = view;
    const validUntilMs = this.#nowMs() + expiresIn * 1_000 - RENEW_EARLY_MS;
    const kept = { refreshToken, user, guest, access: { token, validUntilMs } };
    this.#kept.set(kept);
    return kept;
  }

  #mustBe(buyer: string): void {
    if (this.#kept.get()?.user.id !== buyer) throw new AnotherBuyer('another buyer');
  }

  #forget(): void {
    this.#kept.set(undefined);
  }
}

/** Parses a stored session; undefined for anything else. */
export function readKeptSession(stored: unknown): KeptSession | undefined {
  const kept = stored as Partial<KeptSession> | null | undefined;
  if (typeof kept?.refreshToken !== 'string' || typeof kept.user?.id !== 'string') return undefined;
  const { refreshToken, user, guest, access } = kept;
  const isWhole = typeof access?.token === 'string' && typeof access.validUntilMs === 'number';
  return { refreshToken, user, guest: guest === true, ...(isWhole ? { access } : {}) };
}
