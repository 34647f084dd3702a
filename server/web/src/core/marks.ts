// How far the others are, of what is on the screen: pushes tell what changes, this what was before.
import type { Conversation, Model } from './model';
import { number, type Payload } from './wire';

type Ask = (type: string, payload: Payload) => Promise<Payload>;

// In a direct talk what was delivered and read are beginnings of the log, so the ends are found by
// halving. In a group it is counts, of the newest own message.
export async function learn_marks(model: Model, home: Conversation, ask: Ask): Promise<void> {
  const own = home.entries.filter((entry) => entry.from === model.me && entry.kind === 'message');
  const newest = own.at(-1);
  if (newest === undefined || home.peerId === model.me) return;
  const look = async (message_id: string) => {
    const answer = await ask('receipts', { messageId: message_id, limit: 1 });
    return {
      recipients: number(answer.recipients),
      delivered: number(answer.delivered),
      read: number(answer.read),
    };
  };
  if (home.groupId !== '') {
    home.group_marks.set(newest.seq, await look(newest.id));
    return;
  }
  for (const kind of ['delivered', 'read'] as const) {
    let none = own.length; // the first that is not
    let reached = own.filter((entry) => entry.seq <= (kind === 'read' ? home.peer_read : home.peer_delivered)).length;
    for (let at = own.length - 1; reached < none; at = (reached + none) >> 1) {
      const seen = await look(own[at]!.id);
      if (seen.delivered > 0) model.take_receipt(home, 'delivered', own[at]!.seq);
      if (seen.read > 0) model.take_receipt(home, 'read', own[at]!.seq);
      if (seen[kind] > 0) reached = at + 1;
      else none = at;
    }
  }
}
