// One logged-in user: puts what the link brings into the model, and what people do onto the link.
import { Account, socket_url } from './account';
import { Acknowledgements } from './acknowledgements';
import { account_ports, after, file_url, get, load, open_socket, random_name, save } from './browser';
import { Link, type LinkState } from './link';
import { learn_marks } from './marks';
import { Model, type Conversation } from './model';
import { Outbox, type Pending } from './outbox';
import {
  conversation_row_of, entry_of, id, member_of, number, object, objects, Refusal, text, type Entry, type Payload,
} from './wire';

const kPage = 50;
const kTypingEveryMs = 2_500;

// Whom a request is about.
const recipient = (key: string): Payload => (key.startsWith('g') ? { groupId: key.slice(1) } : { toUserId: key.slice(1) });

export class Client {
  readonly model = new Model();
  readonly account = new Account(account_ports);
  outbox: Outbox | null = null;
  link_state: LinkState = 'stopped';
  retry_at = 0;
  shown = ''; // the key of the conversation on the screen
  ended = ''; // why this page does not connect any more: REPLACED, or a refusal's sentence
  register_open = true;
  server_version = '';
  onchange: () => void = () => {};
  onnews: (sentence: string) => void = () => {};
  onfile: (url: string, picture: boolean, instead_of: HTMLElement) => void = () => {};

  private readonly link: Link;
  private readonly acks = new Acknowledgements((ids) => this.tell('ack', { messageIds: ids, ackType: 'received' }), after);
  private epoch = '';
  private version = '';
  private socket_place = '';
  private asked_profiles = new Set<string>();
  private loading = new Set<string>();
  private typed_at = new Map<string, number>();

  constructor() {
    this.link = new Link({
      prepare: () => this.prepare(),
      open: open_socket,
      after,
      random: Math.random,
      on_state: (state, retry_ms) => this.link_changed(state, retry_ms),
      on_login: (payload) => this.logged_in(payload),
      on_push: (type, payload) => this.pushed(type, payload),
      on_refused: (refusal) => this.login_refused(refusal),
    });
  }

  get online(): boolean {
    return this.link_state === 'online';
  }

  // What everybody may know of the server.
  async look(): Promise<void> {
    const { body } = await get('/api/server');
    this.socket_place = text(body.websocket);
    this.server_version = text(body.version);
    this.register_open = body.registerOpen !== false;
  }

  connect(): void {
    if (this.account.kept === null) return;
    this.ended = '';
    this.link.start();
  }

  hurry(): void {
    this.link.hurry();
  }

  // After another tab or device took this one's place.
  take_over(): void {
    this.model.forget();
    this.connect();
  }

  async leave(): Promise<void> {
    const outbox_key = this.outbox_key();
    this.link.stop();
    this.acks.clear();
    this.outbox?.set_online(false);
    this.outbox = null;
    save(outbox_key, null);
    this.model.forget();
    this.model.people.clear();
    this.asked_profiles.clear();
    this.shown = this.epoch = this.version = '';
    const left = this.account.leave();
    this.onchange();
    await left;
  }

  ask(type: string, payload: Payload = {}): Promise<Payload> {
    return this.link.ask(type, payload);
  }

  // Asks, and lets the answer go: what is lost here is told again by itself.
  private tell(type: string, payload: Payload): void {
    this.link.ask(type, payload).catch(() => {});
  }

  // ---- the link

  private async prepare(): Promise<{ url: string; login: Payload } | null> {
    if (this.socket_place === '') await this.look();
    const token = await this.account.token();
    const kept = this.account.kept;
    if (token === null || kept === null) {
      this.ended = 'Your session has ended. Please log in again.';
      this.account.forget();
      return null;
    }
    const login: Payload = { token, device: kept.device, sync: 'auto', ack: 'client' };
    if (this.version !== '') login.since = this.version;
    return { url: socket_url(this.socket_place, location), login };
  }

  private link_changed(state: LinkState, retry_ms: number): void {
    this.link_state = state;
    this.retry_at = Date.now() + retry_ms;
    if (state !== 'online') {
      this.outbox?.set_online(false);
      this.acks.clear();
      this.loading.clear();
      for (const person of this.model.people.values()) person.presence = ''; // nobody tells any more
    }
    if (state === 'waiting') this.socket_place = ''; // it may come back elsewhere
    this.onchange();
  }

  private login_refused(refusal: Refusal): boolean {
    if (refusal.code === 'BAD_TOKEN' || refusal.code === 'NOT_LOGGED_IN') {
      if (this.account.spoil()) return true;
      this.account.forget();
    }
    this.ended = refusal.message;
    return false;
  }

  private logged_in(payload: Payload): void {
    const epoch = text(payload.epoch);
    if (this.epoch !== '' && this.epoch !== epoch) this.model.forget(); // the server was restored
    this.epoch = epoch;
    this.model.me = id(payload.userId);
    this.account.logged_in(this.model.me, text(payload.token));
    this.model.person(this.model.me).name ||= this.account.kept?.name ?? '';
    for (const change of objects(payload.changes)) this.take_change(change);
    this.version = text(payload.version) || this.version;
    this.open_outbox();
    void this.learn_name(this.model.me);
    void this.read_conversations();
    this.read_friends().catch(() => {});
    this.onchange();
  }

  private outbox_key(): string {
    return `mpim.outbox.${this.model.me}`;
  }

  private open_outbox(): void {
    const key = this.outbox_key();
    this.outbox ??= new Outbox({
      send: (one) =>
        this.ask('chat', {
          ...recipient(one.to), messageType: 'text', content: one.content,
          clientMessageId: one.clientId, clientTimestamp: String(one.at),
        }),
      stored: (one, answer) => this.stored(one, answer),
      changed: () => this.onchange(),
      after,
      load: () => load(key),
      save: (all) => save(key, all),
    });
    for (const to of this.outbox.recipients()) this.model.conversation(to);
    this.outbox.set_online(true);
  }

  private async read_conversations(): Promise<void> {
    try {
      const answer = await this.ask('conversations', { limit: 200 });
      for (const row of objects(answer.conversations)) this.model.take_row(conversation_row_of(row));
      this.watch_peers();
      if (this.shown !== '') await this.open(this.shown);
    } catch {
      // The link went: the next log-in asks again.
    }
    this.onchange();
  }

  private async read_friends(): Promise<void> {
    const answer = await this.ask('friends', { limit: 1_000 });
    for (const row of objects(answer.friends)) this.take_friend(row);
    this.onchange();
  }

  // Friends are told when the other one is there; strangers are not.
  private take_friend(row: Payload): void {
    const person = this.model.person(id(row.userId));
    person.name ||= text(row.name);
    person.friend = text(row.state) || 'none';
    if (person.friend === 'friends') this.watch([person.id]);
    else person.presence = '';
  }

  private watch_peers(): void {
    const users = [...this.model.conversations.values()].map((one) => one.peerId);
    this.watch(users.filter((user) => user !== '' && user !== this.model.me).slice(0, 500));
  }

  private watch(users: string[]): void {
    if (users.length === 0) return;
    this.ask('watch', { userIds: users }).then(
      (answer) => {
        for (const row of objects(answer.users)) this.take_presence(row);
        this.onchange();
      },
      () => {},
    );
  }

  // ---- what the server says by itself

  private pushed(type: string, payload: Payload): void {
    if (type === 'message' || type === 'event') this.take_entry(entry_of(payload));
    if (type === 'receipt') this.take_receipt(payload);
    if (type === 'presence') this.take_presence(payload);
    if (type === 'typing') this.take_typing(payload);
    if (type === 'change') this.take_change(payload);
    if (type === 'notice') this.take_notice(payload);
    this.onchange();
  }

  private take_entry(entry: Entry): void {
    if (entry.sessionId === '' || entry.seq === 0) return;
    this.acks.add(entry.sessionId, entry.seq, entry.id); // a repeat too: its acknowledgement was lost
    const taken = this.model.take_push(entry);
    if (taken === null) return void this.read_conversations();
    if (taken.repeat) return;
    if (taken.home.peerId !== '' && taken.home.entries.length === 1) this.watch([taken.home.peerId]);
    this.model.trim(this.shown);
    if (entry.kind !== 'message' && taken.home.members.length > 0) void this.members(taken.home.key);
  }

  private take_receipt(payload: Payload): void {
    const home = this.model.by_session(id(payload.sessionId));
    if (home !== undefined) this.model.take_receipt(home, text(payload.kind), number(payload.seq));
  }

  private take_presence(payload: Payload): void {
    const user = id(payload.userId);
    if (user !== '') this.model.person(user).presence = text(payload.state);
  }

  private take_typing(payload: Payload): void {
    const home = this.model.by_session(id(payload.sessionId));
    const user = id(payload.userId);
    if (home === undefined || user === '' || user === this.model.me) return;
    after(this.model.take_typing(home, user, Date.now()) + 50, () => this.onchange());
  }

  private take_change(payload: Payload): void {
    this.version = text(payload.version) || this.version;
    const kind = text(payload.kind);
    const user = id(payload.userId);
    if (kind === 'read') {
      const home = this.model.by_session(id(payload.sessionId));
      if (home !== undefined) this.model.take_read(home, number(payload.seq));
    }
    if (kind === 'profile') {
      this.asked_profiles.delete(this.model.me);
      void this.learn_name(this.model.me);
    }
    if (kind === 'invite' && text(payload.state) === 'open') {
      this.onnews(`You are invited to group ${id(payload.groupId)}: join it with “New”.`);
    }
    if (kind === 'friend') this.take_friend(payload);
    if (kind === 'friend' && text(payload.state) === 'requested') {
      void this.learn_name(user).then(() => this.onnews(`${this.model.name_of(user)} asks to be your friend: accept in your talk with them.`));
    }
  }

  private take_notice(payload: Payload): void {
    const kind = text(payload.kind);
    if (kind === 'gap') {
      const home = this.model.by_session(id(payload.sessionId));
      if (home === undefined) return;
      this.model.take_gap(home, number(payload.throughSeq));
      if (this.shown === home.key) void this.open(home.key);
    }
    if (kind === 'closing' && text(payload.code) === 'REPLACED') {
      this.ended = 'REPLACED';
      this.link.stop();
    }
  }

  private stored(one: Pending, answer: Payload): void {
    const home = this.model.conversation(one.to);
    const entry = entry_of({ ...answer, content: one.content, clientMessageId: one.clientId });
    this.model.take_own(home, {
      ...entry, kind: 'message', type: 'text', from: this.model.me, to: home.peerId, groupId: home.groupId,
      at: entry.at || one.at,
    });
    home.opened ||= entry.seq === 1;
    if (home.peerId !== '' && entry.seq === 1) this.watch([home.peerId]);
  }

  // ---- what people do

  // Shows a conversation: reads its newest page, if it was not read yet.
  async open(key: string): Promise<void> {
    this.shown = key;
    const home = this.model.conversation(key);
    this.onchange();
    if (!home.opened) await this.load_older(home);
    await learn_marks(this.model, home, (type, payload) => this.ask(type, payload)).catch(() => {});
    this.onchange();
  }

  async load_older(home: Conversation): Promise<void> {
    if (!this.online || this.loading.has(home.key) || !home.older) return;
    this.loading.add(home.key);
    const whom: Payload = home.groupId === '' ? { userId: home.peerId } : { groupId: home.groupId };
    const of: Payload = home.sessionId === '' ? whom : { sessionId: home.sessionId };
    const first = home.entries[0];
    try {
      const answer = await this.ask('history', { ...of, limit: kPage, ...(first ? { before: first.id } : {}) });
      const entries = objects(answer.messages).map(entry_of);
      this.model.link_session(home, id(answer.sessionId) || (entries[0]?.sessionId ?? ''));
      this.model.take_page(home, entries, answer.hasMore === true);
      home.opened = true;
    } catch (error) {
      // Nothing was written there yet, or it is nobody's business of ours.
      if (error instanceof Refusal && error.code === 'NOT_FOUND') home.older = false;
    }
    this.loading.delete(home.key);
    this.onchange();
  }

  send(key: string, content: string): void {
    const home = this.model.conversation(key);
    home.at = Date.now();
    this.outbox?.add({ clientId: `w-${random_name()}`, to: key, content, at: Date.now(), failed: '' });
  }

  typing(key: string): void {
    const now = Date.now();
    if (now - (this.typed_at.get(key) ?? 0) < kTypingEveryMs) return;
    this.typed_at.set(key, now);
    this.tell('typing', recipient(key));
  }

  // Everything that is held of it was seen.
  mark_read(home: Conversation): void {
    const newest = this.model.readable(home);
    if (newest === null || !this.online) return;
    this.tell('ack', { messageId: newest.id, sessionId: home.sessionId, ackType: 'read' });
    this.model.take_read(home, newest.seq);
    this.onchange();
  }

  // Another text, or none: then it is recalled for everybody.
  async change_message(home: Conversation, entry: Entry, content: string | null): Promise<void> {
    try {
      if (content === null) await this.ask('recall', { messageId: entry.id });
      else await this.ask('edit', { messageId: entry.id, content });
      this.model.change(home, entry.id, content);
    } catch (error) {
      this.onnews(error instanceof Error ? error.message : 'This did not work.');
    }
    this.onchange();
  }

  async hide_message(home: Conversation, entry: Entry): Promise<void> {
    try {
      await this.ask('hide', { messageId: entry.id });
      home.entries = home.entries.filter((one) => one.id !== entry.id);
    } catch (error) {
      this.onnews(error instanceof Error ? error.message : 'This did not work.');
    }
    this.onchange();
  }

  // A picture takes the place of the button that asked for it; anything else is saved.
  async show_file(file_id: string, type: string, instead_of: HTMLElement): Promise<void> {
    try {
      const url = await file_url(file_id, (await this.account.token()) ?? '');
      this.onfile(url, type === 'image', instead_of);
    } catch (error) {
      this.onnews(error instanceof Error ? error.message : 'This did not work.');
    }
  }

  // Asks somebody to be a friend, or accepts what he asked.
  async befriend(user: string): Promise<void> {
    try {
      const type = this.model.person(user).friend === 'requested' ? 'accept_friend' : 'add_friend';
      this.take_friend({ userId: user, ...(await this.ask(type, { userId: user })) });
    } catch (error) {
      this.onnews(error instanceof Error ? error.message : 'This did not work.');
    }
    this.onchange();
  }

  // Answers the key of the talk with who has this name. Throws a Refusal.
  async start_talk(name: string): Promise<string> {
    const profile = await this.ask('profile', { userName: name.replace(/^@/, '') });
    this.take_profile(profile);
    const key = `u${id(object(profile.profile).userId)}`;
    this.watch([key.slice(1)]);
    return key;
  }

  async create_group(name: string): Promise<string> {
    const answer = await this.ask('create_group', { name });
    const made = object(answer.group);
    const home = this.model.conversation(`g${id(made.groupId)}`);
    this.model.link_session(home, id(made.sessionId));
    home.name = name;
    home.at = Date.now();
    return home.key;
  }

  async join_group(group_id: string): Promise<string> {
    const answer = await this.ask('join_group', { groupId: group_id });
    if (answer.pending === true) throw new Refusal('PENDING', 'The admins were asked: you are in once one of them agrees.');
    await this.read_conversations();
    return `g${group_id}`;
  }

  async members(key: string): Promise<void> {
    const home = this.model.conversation(key);
    const all = [];
    let after_user = '';
    for (let pages = 0; pages < 10; pages++) {
      const page: Payload = { groupId: home.groupId, limit: 100 };
      if (after_user !== '') page.after = after_user;
      const answer = await this.ask('members', page);
      const rows = objects(answer.members).map(member_of);
      all.push(...rows);
      after_user = rows.at(-1)?.userId ?? '';
      if (answer.hasMore !== true || after_user === '') break;
    }
    home.members = all;
    for (const one of all) this.model.person(one.userId).name ||= one.name;
    this.watch(all.map((one) => one.userId).filter((user) => user !== this.model.me).slice(0, 200));
    this.onchange();
  }

  // Asks for the profile of somebody whose name is shown; once.
  async learn_name(user: string): Promise<void> {
    if (user === '' || this.asked_profiles.has(user) || !this.online) return;
    this.asked_profiles.add(user);
    try {
      this.take_profile(await this.ask('profile', { userId: user }));
      this.onchange();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'NOT_FOUND') this.asked_profiles.delete(user);
    }
  }

  private take_profile(answer: Payload): void {
    const profile = object(answer.profile);
    const person = this.model.person(id(profile.userId));
    person.name = text(profile.name) || person.name;
    person.display = text(profile.displayName);
    this.asked_profiles.add(person.id);
  }
}
