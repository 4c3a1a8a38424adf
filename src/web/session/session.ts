import type { SessionView, UserView } from '../../api/schemas/auth.ts';
import type { Exclusively } from '../browser/exclusively.ts';
import type { StoredValue } from '../browser/stored-value.ts';
import { type ApiClient, answered } from '../client/api-client.ts';
import { AnotherBuyer, ApiProblem } from '../client/problem.ts';

/** What is kept of a session between visits. The access token never is. */
export interface KeptSession {
  readonly refreshToken: string;
  readonly user: UserView;
  /** Somebody without an account: nobody can sign in as them again. */
  readonly guest: boolean;
}

interface Access {
  readonly token: string;
  readonly refreshToken: string;
  readonly goodUntilMs: number;
}

/** An access token is renewed so long before its end: a long poll takes 25 s. */
const SPARE_MS = 60_000;

/** Who is using this browser: signs in and out, and has an access token ready. */
export class Session {
  readonly #kept: StoredValue<KeptSession | undefined>;
  readonly #open: ApiClient;
  readonly #exclusively: Exclusively;
  readonly #nowMs: () => number;
  #access: Access | undefined;
  #refreshing: Promise<string | undefined> | undefined;

  constructor(options: {
    kept: StoredValue<KeptSession | undefined>;
    open: ApiClient;
    exclusively: Exclusively;
    nowMs?: () => number;
  }) {
    this.#kept = options.kept;
    this.#open = options.open;
    this.#exclusively = options.exclusively;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  readonly get = (): KeptSession | undefined => this.#kept.get();
  readonly subscribe = (listener: () => void) => this.#kept.subscribe(listener);

  /** Buys without an account: each call makes a buyer of its own. */
  async beGuest(email: string): Promise<KeptSession> {
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

  /** Ends the session here at once, and at the server when it can be reached. */
  async signOut(): Promise<void> {
    const kept = this.#kept.get();
    this.#forget();
    if (kept === undefined) return;
    const { refreshToken } = kept;
    await this.#open.auth.logout.$post({ json: { refreshToken } }).catch(() => undefined);
  }

  /**
   * An access token that is good for a while; undefined for nobody.
   *
   * @param refused one that the API did not take, so that another is needed
   */
  async token(refused?: string): Promise<string | undefined> {
    const kept = this.#kept.get();
    if (kept === undefined) return undefined;
    const access = this.#access;
    const isGood =
      access !== undefined &&
      access.token !== refused &&
      access.refreshToken === kept.refreshToken &&
      access.goodUntilMs > this.#nowMs();
    if (isGood) return access.token;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    const token = await this.#refreshing;
    if (token !== undefined) return token;
    // Somebody else may have signed in while the session before theirs was renewed.
    const { refreshToken = kept.refreshToken } = this.#kept.get() ?? {};
    return refreshToken === kept.refreshToken ? undefined : this.token(refused);
  }

  /**
   * An access token of that buyer, never of whoever came after them.
   *
   * @throws AnotherBuyer where somebody else is here now, or nobody
   */
  async tokenOf(buyer: string, refused?: string): Promise<string | undefined> {
    this.#mustBe(buyer);
    const token = await this.token(refused);
    // Renewing takes a while, in which people come and go.
    this.#mustBe(buyer);
    return token;
  }

  /** Tabs take turns: a refresh token is good once, and each reads what the one before has left. */
  #refresh(): Promise<string | undefined> {
    return this.#exclusively(async () => {
      const kept = this.#kept.reload();
      if (kept === undefined) return undefined;
      const { refreshToken } = kept;
      try {
        const view = await answered(this.#open.auth.refresh.$post({ json: { refreshToken } }));
        // Somebody may have signed out meanwhile.
        if (this.#kept.get()?.refreshToken !== refreshToken) return undefined;
        this.#keep(view, kept.guest);
        return view.accessToken;
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
        // Another one may have taken its place meanwhile, here or in another tab.
        if (this.#kept.reload()?.refreshToken === refreshToken) this.#forget();
        return undefined;
      }
    });
  }

  #keep(view: SessionView, guest: boolean): KeptSession {
    const { accessToken: token, refreshToken, expiresIn, user } = view;
    const goodUntilMs = this.#nowMs() + expiresIn * 1_000 - SPARE_MS;
    this.#access = { token, refreshToken, goodUntilMs };
    const kept = { refreshToken, user, guest };
    this.#kept.set(kept);
    return kept;
  }

  #mustBe(buyer: string): void {
    if (this.#kept.get()?.user.id !== buyer) throw new AnotherBuyer('another buyer');
  }

  #forget(): void {
    this.#access = undefined;
    this.#kept.set(undefined);
  }
}

/** Reads what was kept of a session; undefined for whatever is none. */
export function readKeptSession(stored: unknown): KeptSession | undefined {
  const kept = stored as Partial<KeptSession> | null | undefined;
  if (typeof kept?.refreshToken !== 'string' || typeof kept.user?.id !== 'string') return undefined;
  return { refreshToken: kept.refreshToken, user: kept.user, guest: kept.guest === true };
}
