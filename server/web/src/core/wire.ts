// What goes over the wire, read in one place. Ids and times are strings of digits in the server's
// JSON, and what is empty or zero is left out; ids stay strings here, times become numbers.

export type Payload = Record<string, unknown>;

export interface Envelope {
  type: string;
  id?: string;
  payload: Payload;
}

// One entry of a conversation's log: a message, or something that was done.
export interface Entry {
  id: string;
  sessionId: string;
  seq: number;
  kind: string;
  type: string;
  from: string;
  to: string;
  groupId: string;
  subject: string;
  content: string;
  fileId: string;
  at: number;
  clientId: string;
  state: string;
  ref: string;
}

export interface ConversationRow {
  sessionId: string;
  groupId: string;
  peerId: string;
  name: string;
  unread: number;
  member: boolean;
  last: Entry | null;
  at: number;
}

export interface Member {
  userId: string;
  name: string;
  role: string;
}

// What a refused request is told. `code` is one of the server's registry, or one of ours:
// OFFLINE (never sent) and LOST (sent, and the answer did not come).
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly retryMs = 0,
  ) {
    super(message);
  }
}

export const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

export function number(value: unknown): number {
  const got = typeof value === 'string' ? Number(value) : value;
  return typeof got === 'number' && Number.isFinite(got) ? got : 0;
}

export const id = (value: unknown): string => {
  const got = text(value);
  return got === '0' ? '' : got;
};

export const object = (value: unknown): Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Payload) : {};

export const objects = (value: unknown): Payload[] =>
  Array.isArray(value) ? value.map(object) : [];

// An envelope, or null for what is none.
export function envelope_of(frame: string): Envelope | null {
  try {
    const got = object(JSON.parse(frame));
    if (typeof got.type !== 'string') return null;
    const asked = text(got.id);
    return { type: got.type, payload: object(got.payload), ...(asked === '' ? {} : { id: asked }) };
  } catch {
    return null;
  }
}

export function entry_of(payload: Payload): Entry {
  return {
    id: id(payload.messageId),
    sessionId: id(payload.sessionId),
    seq: number(payload.seq),
    kind: text(payload.kind) || 'message',
    type: text(payload.messageType) || 'text',
    from: id(payload.fromUserId),
    to: id(payload.toUserId),
    groupId: id(payload.groupId),
    subject: id(payload.userId),
    content: text(payload.content),
    fileId: id(payload.fileId),
    at: number(payload.timestamp),
    clientId: text(payload.clientMessageId),
    state: text(payload.state) || 'as_sent',
    ref: id(payload.ref),
  };
}

export function conversation_row_of(payload: Payload): ConversationRow {
  const last = payload.last === undefined ? null : entry_of(object(payload.last));
  return {
    sessionId: id(payload.sessionId),
    groupId: id(payload.groupId),
    peerId: id(payload.userId),
    name: text(payload.name),
    unread: number(payload.unread),
    member: payload.member === true || id(payload.groupId) === '',
    last,
    at: number(payload.timestamp) || (last?.at ?? 0),
  };
}

export const member_of = (payload: Payload): Member => ({
  userId: id(payload.userId),
  name: text(payload.name),
  role: text(payload.role) || 'member',
});

export function refusal_of(payload: Payload): Refusal {
  return new Refusal(
    text(payload.code) || 'INTERNAL',
    text(payload.message) || 'the server refused this',
    number(payload.retryMs),
  );
}

// Trying again may succeed, and is safe: sends carry their client id.
const kPassing = new Set(
  'RATE_LIMITED BUSY UNAVAILABLE DRAINING UNKNOWN DEADLINE OFFLINE LOST REPLACED NOT_LOGGED_IN'.split(' '),
);
export const passes = (code: string): boolean => kPassing.has(code);
