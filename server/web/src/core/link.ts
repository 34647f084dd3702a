// The connection to the server's WebSocket: requests with one answer each, pushes, and coming back
// by itself after a break.
import { envelope_of, passes, Refusal, refusal_of, type Payload } from './wire';

export type LinkState = 'connecting' | 'online' | 'waiting' | 'stopped';

// What a browser's WebSocket is to us; tests give their own.
export interface Socket {
  send(frame: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

export interface LinkPorts {
  // Where to connect to, and what to log in with; asked before each attempt. Null: nobody is logged in.
  prepare(): Promise<{ url: string; login: Payload } | null>;
  open(url: string): Socket;
  after(ms: number, call: () => void): () => void; // answers how to call it off
  random(): number;
  on_state(state: LinkState, retryMs: number): void;
  on_login(payload: Payload): void;
  on_push(type: string, payload: Payload): void;
  // The log-in was refused: whether trying again with what prepare() says next makes sense.
  on_refused(refusal: Refusal): boolean;
}

const kFirstPauseMs = 500;
const kLongestPauseMs = 30_000;
const kAnswerMs = 15_000;
const kSilenceMs = 25_000;

// A pause before the attempt number `tries`: doubling, and half of it left to chance, so that not
// everybody comes back at once.
export function pause_before(tries: number, random: number): number {
  const whole = Math.min(kLongestPauseMs, kFirstPauseMs * 2 ** Math.min(tries, 10));
  return Math.round(whole * (0.5 + random / 2));
}

interface Asked {
  resolve(payload: Payload): void;
  reject(refusal: Refusal): void;
  called_off(): void;
}

export class Link {
  state: LinkState = 'stopped';
  private socket: Socket | null = null;
  private asked = new Map<string, Asked>();
  private next_id = 1;
  private tries = 0;
  private attempt = 0; // which one is the present: answers of earlier ones do not count
  private stop_timer: () => void = () => {};
  private stop_silence: () => void = () => {};

  constructor(private readonly ports: LinkPorts) {}

  start(): void {
    if (this.state === 'stopped') this.connect();
  }

  // Now, instead of when the pause is over.
  hurry(): void {
    if (this.state !== 'waiting') return;
    this.tries = 0;
    this.connect();
  }

  stop(): void {
    this.drop();
    this.enter('stopped');
  }

  // Rejects with a Refusal: the server's, OFFLINE, or LOST.
  ask(type: string, payload: Payload = {}): Promise<Payload> {
    if (this.state !== 'online') return Promise.reject(new Refusal('OFFLINE', 'not connected'));
    return this.request(type, payload);
  }

  private enter(state: LinkState, retry_ms = 0): void {
    this.state = state;
    this.ports.on_state(state, retry_ms);
  }

  private connect(): void {
    this.drop();
    const attempt = this.attempt;
    this.enter('connecting');
    this.ports.prepare().then(
      (prepared) => {
        if (attempt !== this.attempt) return;
        if (prepared === null) return this.stop();
        this.open(prepared.url, prepared.login);
      },
      () => attempt === this.attempt && this.wait(),
    );
  }

  private open(url: string, login: Payload): void {
    const socket = this.ports.open(url);
    const attempt = this.attempt;
    this.socket = socket;
    this.stop_timer = this.ports.after(kAnswerMs, () => this.wait());
    socket.onopen = () => {
      this.stop_timer();
      this.request('login', login).then(
        (payload) => {
          if (attempt !== this.attempt) return;
          this.tries = 0;
          this.enter('online');
          this.ports.on_login(payload);
        },
        (refusal: Refusal) => attempt === this.attempt && this.refused(refusal),
      );
    };
    socket.onmessage = (event) => this.came(event.data);
    socket.onclose = () => attempt === this.attempt && this.wait();
    this.listen_for_silence();
  }

  private refused(refusal: Refusal): void {
    if (passes(refusal.code) || this.ports.on_refused(refusal)) return this.wait(refusal.retryMs);
    this.stop();
  }

  private wait(at_least_ms = 0): void {
    if (this.state === 'stopped') return;
    this.drop();
    const pause = Math.max(at_least_ms, pause_before(this.tries++, this.ports.random()));
    this.enter('waiting', pause);
    this.stop_timer = this.ports.after(pause, () => this.connect());
  }

  // Ends what there is, whatever its state; what was asked is answered LOST.
  private drop(): void {
    this.attempt++;
    this.stop_timer();
    this.stop_silence();
    const socket = this.socket;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    const lost = [...this.asked.values()];
    this.asked.clear();
    for (const one of lost) {
      one.called_off();
      one.reject(new Refusal('LOST', 'the connection broke before the answer came'));
    }
  }

  private request(type: string, payload: Payload): Promise<Payload> {
    const id = String(this.next_id++);
    return new Promise((resolve, reject) => {
      const called_off = this.ports.after(kAnswerMs, () => this.wait());
      this.asked.set(id, { resolve, reject, called_off });
      this.socket?.send(JSON.stringify({ type, id, payload }));
    });
  }

  private came(frame: unknown): void {
    this.listen_for_silence();
    const envelope = typeof frame === 'string' ? envelope_of(frame) : null;
    if (envelope === null) return;
    if (envelope.id === undefined) return this.ports.on_push(envelope.type, envelope.payload);
    const asked = this.asked.get(envelope.id);
    if (asked === undefined) return;
    this.asked.delete(envelope.id);
    asked.called_off();
    if (envelope.type === 'error') return asked.reject(refusal_of(envelope.payload));
    asked.resolve(envelope.payload);
  }

  // A browser does not show the server's pings to its pages, so we ask; an answer that does not come
  // ends the connection.
  private listen_for_silence(): void {
    this.stop_silence();
    this.stop_silence = this.ports.after(kSilenceMs, () => {
      if (this.state === 'online') this.request('ping', {}).catch(() => {});
    });
  }
}
