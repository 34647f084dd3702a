// What the page knows of conversations and people. No I/O: entries, receipts and signals go in, and
// what is shown comes out.
import type { ConversationRow, Entry, Member } from './wire';

export interface Person {
  id: string;
  name: string;
  display: string;
  presence: string; // online, away, offline; empty: not told
  friend: string; // none, asked, requested, friends
}

export interface Conversation {
  key: string; // u<user id> or g<group id>
  sessionId: string; // empty: nothing was written yet
  peerId: string;
  groupId: string;
  name: string; // a group's
  member: boolean;
  entries: Entry[]; // ascending by seq, without holes but at the beginning
  older: boolean; // there may be more before the first
  opened: boolean; // its newest page was read
  unread: number;
  counted: number; // entries through this seq are in `unread` already
  read: number; // how far this user has read
  peer_delivered: number; // in a direct talk: how far the other side has received, and read
  peer_read: number;
  group_marks: Map<number, GroupMark>; // in a group: by seq of own messages
  at: number;
  last: Entry | null;
  typing: Map<string, number>; // who, until when
  members: Member[];
}

export interface GroupMark {
  recipients: number;
  delivered: number;
  read: number;
}

export type Mark = 'pending' | 'failed' | 'stored' | 'delivered' | 'read';

const kTypingMs = 5_000;
const kHeldMax = 600; // entries of a conversation that is not shown

export class Model {
  me = '';
  people = new Map<string, Person>();
  conversations = new Map<string, Conversation>();
  private keys = new Map<string, string>(); // session id -> key

  forget(): void {
    this.conversations.clear();
    this.keys.clear();
  }

  // By time, the newest first.
  sorted(): Conversation[] {
    return [...this.conversations.values()].sort((a, b) => b.at - a.at || (a.key < b.key ? -1 : 1));
  }

  person(id: string): Person {
    let found = this.people.get(id);
    if (found === undefined) {
      found = { id, name: '', display: '', presence: '', friend: 'none' };
      this.people.set(id, found);
    }
    return found;
  }

  name_of(id: string): string {
    const person = this.people.get(id);
    return person?.display || person?.name || `user ${id}`;
  }

  title_of(one: Conversation): string {
    if (one.groupId !== '') return one.name || `group ${one.groupId}`;
    return one.peerId === this.me ? 'Notes to myself' : this.name_of(one.peerId);
  }

  by_session(session_id: string): Conversation | undefined {
    return this.conversations.get(this.keys.get(session_id) ?? '');
  }

  conversation(key: string): Conversation {
    let found = this.conversations.get(key);
    if (found === undefined) {
      found = fresh(key);
      this.conversations.set(key, found);
    }
    return found;
  }

  link_session(one: Conversation, session_id: string): void {
    if (session_id === '') return;
    one.sessionId = session_id;
    this.keys.set(session_id, one.key);
  }

  // Which conversation an entry belongs to; null: only the server can tell.
  private home_of(entry: Entry): Conversation | null {
    if (entry.groupId !== '') return this.conversation(`g${entry.groupId}`);
    const known = this.by_session(entry.sessionId);
    if (known !== undefined) return known;
    const peer = entry.from === this.me ? entry.to : entry.from;
    return peer === '' ? null : this.conversation(`u${peer}`);
  }

  take_row(row: ConversationRow): void {
    const key = row.groupId !== '' ? `g${row.groupId}` : `u${row.peerId}`;
    const one = this.conversation(key);
    this.link_session(one, row.sessionId);
    if (row.groupId !== '') one.name = row.name || one.name;
    else if (row.name !== '') this.person(row.peerId).name ||= row.name;
    one.member = row.member;
    one.unread = row.unread;
    if (row.last !== null) {
      one.counted = Math.max(one.counted, row.last.seq);
      if (one.last === null || one.last.seq <= row.last.seq) one.last = row.last;
    }
    one.at = Math.max(one.at, row.at);
  }

  // What was pushed. Answers where it belongs; null: nowhere that is known. `repeat`: it was here.
  take_push(entry: Entry): { home: Conversation; repeat: boolean } | null {
    const home = this.home_of(entry);
    if (home === null) return null;
    this.link_session(home, entry.sessionId);
    const repeat = !this.put(home, entry);
    if (repeat) return { home, repeat };
    home.typing.delete(entry.from);
    if (entry.seq > home.counted) {
      home.counted = entry.seq;
      if (entry.kind === 'message' && entry.from !== this.me && entry.seq > home.read) home.unread++;
    }
    this.apply(home, entry);
    return { home, repeat };
  }

  // A page of history. `older`: the server says that there is more before it.
  take_page(home: Conversation, entries: Entry[], older: boolean): void {
    for (const entry of entries) this.put(home, entry);
    home.older = older;
    if (home.read === 0) home.read = this.read_through(home);
  }

  // The server says how many are unread, not from where on: as many of the others' newest.
  private read_through(home: Conversation): number {
    const theirs = home.entries.filter((entry) => this.counts(entry));
    return theirs.at(-1 - home.unread)?.seq ?? 0;
  }

  // A message of this page's own was stored.
  take_own(home: Conversation, entry: Entry): void {
    this.link_session(home, entry.sessionId);
    this.put(home, entry);
    home.counted = Math.max(home.counted, entry.seq);
  }

  // Entries through `seq` will not be pushed. What is held from before would leave a hole: it is let
  // go, and read again when somebody scrolls there.
  take_gap(home: Conversation, seq: number): void {
    if (home.entries[0] !== undefined && home.entries[0].seq > seq) return;
    home.entries = home.entries.filter((entry) => entry.seq > seq);
    home.older = true;
    home.opened = false;
  }

  take_receipt(home: Conversation, kind: string, seq: number): void {
    if (kind === 'read') home.peer_read = Math.max(home.peer_read, seq);
    home.peer_delivered = Math.max(home.peer_delivered, seq);
  }

  take_typing(home: Conversation, user: string, now: number): number {
    home.typing.set(user, now + kTypingMs);
    return kTypingMs;
  }

  typists(home: Conversation, now: number): string[] {
    for (const [user, until] of home.typing) if (until <= now) home.typing.delete(user);
    return [...home.typing.keys()];
  }

  // Read up to `seq`, here or on another device.
  take_read(home: Conversation, seq: number): void {
    if (seq <= home.read) return;
    home.read = seq;
    const first = home.entries[0]?.seq ?? Infinity;
    const newer = home.entries.filter((entry) => entry.seq > seq && this.counts(entry)).length;
    // What is not held was counted by the server, and is unread still only if it lies above.
    if (first <= seq + 1 || seq >= (home.last?.seq ?? 0)) home.unread = newer;
  }

  // The newest entry that a reader who sees the end of the log has read; 0: nothing new.
  readable(home: Conversation): Entry | null {
    for (let at = home.entries.length - 1; at >= 0; at--) {
      const entry = home.entries[at]!;
      if (entry.seq <= home.read) return null;
      if (this.counts(entry)) return entry;
    }
    return null;
  }

  mark_of(home: Conversation, entry: Entry): Mark {
    if (home.groupId === '') {
      if (entry.seq <= home.peer_read) return 'read';
      return entry.seq <= home.peer_delivered ? 'delivered' : 'stored';
    }
    const mark = home.group_marks.get(entry.seq);
    if (mark === undefined || mark.recipients === 0) return 'stored';
    if (mark.read >= mark.recipients) return 'read';
    return mark.delivered >= mark.recipients ? 'delivered' : 'stored';
  }

  // Lets go of what is far up in conversations that are not shown.
  trim(shown: string): void {
    for (const one of this.conversations.values()) {
      if (one.key === shown || one.entries.length <= kHeldMax) continue;
      one.entries = one.entries.slice(-kHeldMax / 2);
      one.older = true;
    }
  }

  private counts(entry: Entry): boolean {
    return entry.kind === 'message' && entry.from !== this.me;
  }

  // False: an entry with this seq is here already.
  private put(home: Conversation, entry: Entry): boolean {
    let at = home.entries.length;
    while (at > 0 && home.entries[at - 1]!.seq > entry.seq) at--;
    if (at > 0 && home.entries[at - 1]!.seq === entry.seq) return false;
    home.entries.splice(at, 0, entry);
    if (shows(entry) && (home.last === null || home.last.seq <= entry.seq)) home.last = entry;
    home.at = Math.max(home.at, entry.at);
    return true;
  }

  // What an event changes elsewhere.
  private apply(home: Conversation, event: Entry): void {
    if (event.kind === 'rename') home.name = event.content;
    if (event.kind === 'dissolve') home.member = false;
    if (event.subject === this.me && (event.kind === 'leave' || event.kind === 'kick')) home.member = false;
    if (event.subject === this.me && event.kind === 'join') home.member = true;
    if (event.kind !== 'recall' && event.kind !== 'edit') return;
    this.change(home, event.ref, event.kind === 'recall' ? null : event.content);
  }

  // A message has another text now; null: none any more.
  change(home: Conversation, id: string, content: string | null): void {
    const held = home.entries.find((entry) => entry.id === id);
    for (const entry of home.last?.id === id ? [held, home.last] : [held]) {
      if (entry === undefined) continue;
      entry.state = content === null ? 'recalled' : 'edited';
      entry.content = content === null ? '' : content || entry.content;
    }
  }
}

// Recalls and edits are seen in the message that they change.
export const shows = (entry: Entry): boolean => entry.kind !== 'recall' && entry.kind !== 'edit';

function fresh(key: string): Conversation {
  const number = key.slice(1);
  return {
    key,
    sessionId: '',
    peerId: key.startsWith('u') ? number : '',
    groupId: key.startsWith('g') ? number : '',
    name: '',
    member: true,
    entries: [],
    older: true,
    opened: false,
    unread: 0,
    counted: 0,
    read: 0,
    peer_delivered: 0,
    peer_read: 0,
    group_marks: new Map(),
    at: 0,
    last: null,
    typing: new Map(),
    members: [],
  };
}
