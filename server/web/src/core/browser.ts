// The browser's own means, as the rest takes them.
import type { AccountPorts } from './account';
import type { Socket } from './link';
import { object, Refusal, type Payload } from './wire';

export function load(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is forbidden: the session ends with the page
  }
}

export function save(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // as above, or full: what is kept is a convenience
  }
}

export function after(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

export function random_name(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function asked(path: string, how: RequestInit): Promise<{ status: number; body: Payload }> {
  const answer = await fetch(path, { ...how, credentials: 'omit', cache: 'no-store' });
  const body = object(await answer.json().catch(() => ({})));
  return { status: answer.status, body };
}

export function post(path: string, body: Payload, token = ''): Promise<{ status: number; body: Payload }> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (token !== '') headers.Authorization = `Bearer ${token}`;
  return asked(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

export const get = (path: string): Promise<{ status: number; body: Payload }> => asked(path, {});

export const account_ports: AccountPorts = { post, get, load, save, now: Date.now, random_name };

export function open_socket(url: string): Socket {
  return new WebSocket(url, 'mpim.v1') as unknown as Socket;
}

// A file's bytes, as something an element can show. The caller lets go of it.
export async function file_url(file_id: string, token: string): Promise<string> {
  const answer = await fetch(`/api/files/${encodeURIComponent(file_id)}`, {
    headers: { Authorization: `Bearer ${token}` },
    credentials: 'omit',
  });
  if (!answer.ok) throw new Refusal('NOT_FOUND', 'this file cannot be fetched');
  return URL.createObjectURL(await answer.blob());
}
