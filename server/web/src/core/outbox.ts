// What was typed and is not known to be stored. Kept over reloads; sent again under the same client
// id until the server has answered, so that nothing is lost and nothing is there twice.
import { number, passes, text, type Payload, type Refusal } from './wire';

export interface Pending {
  clientId: string;
  to: string; // a conversation's key: u<user id> or g<group id>
  content: string;
  at: number;
  failed: string; // why the server will not have it; empty: it is still tried
}

export interface OutboxPorts {
  send(one: Pending): Promise<Payload>;
  stored(one: Pending, answer: Payload): void; // it is in the log now
  changed(): void;
  after(ms: number, call: () => void): () => void;
  load(): string | null;
  save(all: string): void;
}

const kRetryMs = 2_000;

export class Outbox {
  private all: Pending[] = [];
  private under_way = new Set<string>(); // recipients; one message each, so that order is kept
  private open = false;

  constructor(private readonly ports: OutboxPorts) {
    this.all = read(ports.load());
  }

  of(to: string): Pending[] {
    return this.all.filter((one) => one.to === to);
  }

  recipients(): string[] {
    return [...new Set(this.all.map((one) => one.to))];
  }

  add(one: Pending): void {
    this.all.push(one);
    this.keep();
    this.flush();
  }

  // After a refusal that was meant for good.
  again(client_id: string): void {
    for (const one of this.all) if (one.clientId === client_id) one.failed = '';
    this.keep();
    this.flush();
  }

  discard(client_id: string): void {
    this.all = this.all.filter((one) => one.clientId !== client_id);
    this.keep();
  }

  set_online(online: boolean): void {
    this.open = online;
    if (online) this.flush();
  }

  private keep(): void {
    this.ports.save(JSON.stringify(this.all));
    this.ports.changed();
  }

  private flush(): void {
    if (!this.open) return;
    for (const to of this.recipients()) {
      const next = this.all.find((one) => one.to === to && one.failed === '');
      if (next === undefined || this.under_way.has(to)) continue;
      this.under_way.add(to);
      this.ports.send(next).then(
        (answer) => this.answered(next, answer),
        (refusal: Refusal) => this.refused(next, refusal),
      );
    }
  }

  private answered(one: Pending, answer: Payload): void {
    this.under_way.delete(one.to);
    this.ports.stored(one, answer);
    this.discard(one.clientId);
    this.flush();
  }

  private refused(one: Pending, refusal: Refusal): void {
    if (!passes(refusal.code)) {
      one.failed = refusal.message;
      this.under_way.delete(one.to);
      this.keep();
      return this.flush();
    }
    const wait = refusal.code === 'LOST' || refusal.code === 'OFFLINE' ? 0 : refusal.retryMs || kRetryMs;
    const release = () => {
      this.under_way.delete(one.to);
      this.flush();
    };
    if (wait > 0) this.ports.after(wait, release);
    // The connection has gone: set_online() goes on.
    else this.under_way.delete(one.to);
  }
}

function read(kept: string | null): Pending[] {
  try {
    const all: unknown = JSON.parse(kept ?? '[]');
    if (!Array.isArray(all)) return [];
    return all
      .map((one: Payload) => ({
        clientId: text(one.clientId),
        to: text(one.to),
        content: text(one.content),
        at: number(one.at),
        failed: text(one.failed),
      }))
      .filter((one) => one.clientId !== '' && /^[ug]\d+$/.test(one.to));
  } catch {
    return [];
  }
}
