// What an operator's token may ask: the admin service over HTTP, and the metrics.
import { post } from '../core/browser';
import { number, objects, Refusal, refusal_of, text, type Payload } from '../core/wire';
import { read_metrics, type Sample } from './metrics';

export interface NodeRow {
  name: string;
  state: string;
  version: string;
  startedAt: number;
  connections: number;
  sessions: number;
}

export interface SessionRow {
  user: string;
  device: string;
  protocol: string;
  peer: string;
  behind: boolean;
  since: number;
}

async function call(method: string, token: string): Promise<Payload> {
  const answer = await post(`/mpim.v1.AdminService/${method}`, {}, token).catch(() => {
    throw new Refusal('OFFLINE', 'The server cannot be reached.');
  });
  if (answer.status === 200) return answer.body;
  const refusal = refusal_of({ ...answer.body, code: answer.body.mpimCode ?? answer.body.code });
  if (answer.status === 404) throw new Refusal(refusal.code, 'This server does not take admin calls here.');
  throw new Refusal(answer.status === 401 || answer.status === 403 ? 'BAD_TOKEN' : refusal.code, refusal.message);
}

export async function ask_node(token: string): Promise<NodeRow> {
  const told = await call('GetServer', token);
  return {
    name: text(told.node),
    state: text(told.state),
    version: text(told.version),
    startedAt: number(told.startedAtMs),
    connections: number(told.connections),
    sessions: number(told.sessions),
  };
}

export async function ask_sessions(token: string): Promise<SessionRow[]> {
  const told = await call('ListSessions', token);
  return objects(told.sessions).map((one) => {
    const user = (one.user ?? {}) as Payload;
    return {
      user: text(user.name) || text(user.id),
      device: text(one.deviceName),
      protocol: text(one.protocol),
      peer: text(one.peer),
      behind: one.behind === true,
      since: number(one.sinceMs),
    };
  });
}

export async function ask_metrics(token: string): Promise<Sample> {
  const answer = await fetch('/metrics', { credentials: 'omit', cache: 'no-store', headers: { Authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Refusal('UNAVAILABLE', 'The metrics cannot be read.');
  return read_metrics(await answer.text(), Date.now());
}
