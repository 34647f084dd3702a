-- What has ended keeps its row, and is no longer passed over one by one. sql/mysql has the same.

-- Whether a count is full, and lists of what is open, look at rows of one state alone.
CREATE INDEX friendships_by_state ON friendships (user, state);
CREATE INDEX blocks_by_state ON blocks (user, state, blocked);
CREATE INDEX group_requests_by_state ON group_requests (group_id, kind, state, user);
CREATE INDEX group_requests_of_user ON group_requests (user, kind, state, version);

-- Nobody could let others into a group that its last member has left: it is dissolved.
DELETE FROM group_requests WHERE group_id IN
  (SELECT id FROM `groups` WHERE members = 0 AND dissolved_at = 0);
UPDATE `groups` SET dissolved_at = CAST(strftime('%s', 'now') AS INTEGER) * 1000
  WHERE members = 0 AND dissolved_at = 0;

-- A changed message names its last change, so that who could not read that is not shown its text.
UPDATE messages SET ref = x.seq FROM
  (SELECT p.pos AS pos, MAX(e.seq) AS seq FROM messages e
   JOIN messages_by_seq p ON p.id = e.conversation * 1073741824 + e.ref
   WHERE e.kind IN (4, 5) GROUP BY p.pos) x
  WHERE messages.pos = x.pos AND messages.kind = 0 AND messages.state <> 0;
