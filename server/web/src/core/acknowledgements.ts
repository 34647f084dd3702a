// Tells the server what has come, not one by one: one acknowledgement stands for everything before it
// in its conversation, so the newest of each conversation is enough, after 32 entries or 50 ms.

const kEntries = 32;
const kMs = 50;

export class Acknowledgements {
  private newest = new Map<string, { seq: number; id: string }>(); // by session id
  private count = 0;
  private stop_timer: (() => void) | null = null;

  constructor(
    private readonly send: (ids: string[]) => void,
    private readonly after: (ms: number, call: () => void) => () => void,
  ) {}

  add(session_id: string, seq: number, id: string): void {
    const held = this.newest.get(session_id);
    if (held === undefined || held.seq < seq) this.newest.set(session_id, { seq, id });
    if (++this.count >= kEntries) return this.flush();
    this.stop_timer ??= this.after(kMs, () => this.flush());
  }

  // What is not acknowledged when the connection goes is pushed again.
  clear(): void {
    this.stop_timer?.();
    this.stop_timer = null;
    this.newest.clear();
    this.count = 0;
  }

  private flush(): void {
    const ids = [...this.newest.values()].map((one) => one.id);
    this.clear();
    if (ids.length > 0) this.send(ids);
  }
}
