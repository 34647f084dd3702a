// Who is logged in on this browser: tokens, and how to get fresh ones. HTTP only.
import { id, number, object, Refusal, refusal_of, text, type Payload } from './wire';

export interface Kept {
  userId: string;
  name: string;
  device: string;
  accessToken: string;
  accessUntil: number; // ms
  refreshToken: string;
  resumeToken: string; // of the last log-in over the WebSocket
}

// The browser's fetch and localStorage; tests give their own.
export interface AccountPorts {
  post(path: string, body: Payload, token: string): Promise<{ status: number; body: Payload }>;
  get(path: string): Promise<{ status: number; body: Payload }>;
  load(key: string): string | null;
  save(key: string, value: string | null): void;
  now(): number;
  random_name(): string;
}

const kKey = 'mpim.account';
const kDeviceKey = 'mpim.device';
const kMarginMs = 30_000; // a token that ends sooner is not worth sending

export class Account {
  kept: Kept | null;

  constructor(private readonly ports: AccountPorts) {
    this.kept = read(ports.load(kKey));
  }

  // Throws a Refusal.
  async enter(how: 'login' | 'register', name: string, password: string): Promise<void> {
    const device = this.device();
    const answer = await this.call(`/api/${how}`, { name, password, device });
    this.keep(answer, { name, device, resumeToken: '', userId: '', refreshToken: '' });
  }

  // A token that is good as far as we can know; null: somebody must log in again. Throws a Refusal
  // when the server cannot be asked.
  async token(): Promise<string | null> {
    this.look_again();
    const kept = this.kept;
    if (kept === null) return null;
    if (kept.accessToken !== '' && this.ports.now() < kept.accessUntil - kMarginMs) return kept.accessToken;
    if (kept.refreshToken !== '') {
      try {
        this.keep(await this.call('/api/refresh', { refreshToken: kept.refreshToken }), kept);
        return this.kept!.accessToken;
      } catch (error) {
        if (!(error instanceof Refusal) || !for_good(error)) throw error;
        this.change({ accessToken: '', refreshToken: '' });
      }
    }
    return kept.resumeToken === '' ? null : kept.resumeToken;
  }

  // The last token was refused: whether there is another one to try.
  spoil(): boolean {
    if (this.kept === null) return false;
    const { accessToken, refreshToken } = this.kept;
    if (accessToken !== '') this.change({ accessToken: '', accessUntil: 0 });
    else this.change({ resumeToken: '' });
    return accessToken !== '' && (refreshToken !== '' || this.kept.resumeToken !== '');
  }

  logged_in(user_id: string, resume_token: string): void {
    if (this.kept === null) return;
    this.change({ userId: user_id, resumeToken: resume_token || this.kept.resumeToken });
  }

  // The device's tokens hold no more afterwards, if the server can be asked.
  async leave(): Promise<void> {
    const kept = this.kept;
    this.forget();
    if (kept === null) return;
    const fresh = this.ports.now() < kept.accessUntil ? kept.accessToken : '';
    await this.ports.post('/api/logout', {}, fresh || kept.resumeToken).catch(() => {});
  }

  forget(): void {
    this.kept = null;
    this.ports.save(kKey, null);
  }

  // Another tab may have refreshed the tokens, which spoils the old ones.
  private look_again(): void {
    const stored = read(this.ports.load(kKey));
    if (stored !== null && stored.name === this.kept?.name) this.kept = stored;
  }

  private device(): string {
    const known = this.ports.load(kDeviceKey);
    if (known !== null && /^[\w.-]{1,32}$/.test(known)) return known;
    const made = `web-${this.ports.random_name()}`;
    this.ports.save(kDeviceKey, made);
    return made;
  }

  private async call(path: string, body: Payload): Promise<Payload> {
    const answer = await this.ports.post(path, body, '').catch(() => {
      throw new Refusal('OFFLINE', 'the server cannot be reached');
    });
    if (answer.status !== 200 && answer.status !== 201) throw refusal_of(answer.body);
    return answer.body;
  }

  private keep(answer: Payload, before: Omit<Kept, 'accessToken' | 'accessUntil'>): void {
    this.kept = {
      ...before,
      userId: id(answer.userId) || before.userId,
      accessToken: text(answer.accessToken),
      accessUntil: this.ports.now() + number(answer.expiresIn) * 1_000,
      refreshToken: text(answer.refreshToken) || before.refreshToken,
    };
    this.ports.save(kKey, JSON.stringify(this.kept));
  }

  private change(what: Partial<Kept>): void {
    if (this.kept === null) return;
    this.kept = { ...this.kept, ...what };
    this.ports.save(kKey, JSON.stringify(this.kept));
  }
}

const for_good = (refusal: Refusal): boolean =>
  ['BAD_TOKEN', 'BAD_CREDENTIALS', 'NOT_LOGGED_IN', 'DISABLED', 'NOT_FOUND', 'BAD_REQUEST'].includes(refusal.code);

function read(kept: string | null): Kept | null {
  try {
    const got = object(JSON.parse(kept ?? 'null'));
    const known: Kept = {
      userId: text(got.userId),
      name: text(got.name),
      device: text(got.device),
      accessToken: text(got.accessToken),
      accessUntil: number(got.accessUntil),
      refreshToken: text(got.refreshToken),
      resumeToken: text(got.resumeToken),
    };
    return known.name === '' || known.device === '' ? null : known;
  } catch {
    return null;
  }
}

// Where the WebSocket is, as /api/server says it: a port, a path, or a whole address.
export function socket_url(told: string, page: { protocol: string; hostname: string; host: string }): string {
  const scheme = page.protocol === 'https:' ? 'wss:' : 'ws:';
  if (/^wss?:\/\//.test(told)) return told;
  if (/^\d+$/.test(told)) return `${scheme}//${page.hostname}:${told}/ws`;
  return `${scheme}//${page.host}${told.startsWith('/') ? told : '/ws'}`;
}
