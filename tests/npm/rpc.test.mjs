// Calls of a real mpimd by Connect's own client and by buf, and its answers against its own
// OpenAPI document.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Code, createClient, ConnectError } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import Ajv from "ajv/dist/2020.js";
import { GroupService } from "./gen/mpim/v1/group_service_pb.js";
import { MessageService } from "./gen/mpim/v1/message_service_pb.js";
import { UserService } from "./gen/mpim/v1/user_service_pb.js";
import { Server } from "./server.mjs";

const run = promisify(execFile);
let server;
let base;
let ann;
let bob;

async function enroll(name) {
  const answer = await fetch(`${server.url}/api/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, password: "password" }),
  });
  assert.equal(answer.status, 201);
  const made = await answer.json();
  return { id: BigInt(made.userId), token: made.accessToken };
}

function client(service, who, useBinaryFormat) {
  const interceptors = [
    (next) => (request) => {
      request.header.set("Authorization", `Bearer ${who.token}`);
      return next(request);
    },
  ];
  return createClient(
    service,
    createConnectTransport({ baseUrl: base, httpVersion: "1.1", useBinaryFormat, interceptors }),
  );
}

before(async () => {
  server = await Server.start();
  base = server.url;
  ann = await enroll("ann");
  bob = await enroll("bob");
});

after(() => server.stop());

for (const binary of [false, true]) {
  const format = binary ? "binary" : "JSON";

  test(`Connect's client sends and reads in ${format}`, async () => {
    const from = client(MessageService, ann, binary);
    const to = client(MessageService, bob, binary);
    const sent = await from.sendMessage({ toUserId: bob.id, content: `hi in ${format}` });
    assert.ok(sent.messageId > 0n);
    const inbox = await to.readInbox({});
    assert.equal(inbox.messages.at(-1).content, `hi in ${format}`);
    assert.equal(inbox.messages.at(-1).fromUserId, ann.id);
    await to.confirmMessages({ messageIds: [sent.messageId] });
    assert.equal((await to.readInbox({})).messages.length, 0);
  });

  test(`Connect's client understands refusals in ${format}`, async () => {
    const groups = client(GroupService, ann, binary);
    await assert.rejects(groups.getGroup({ groupId: 4000n }), (error) => {
      assert.equal(ConnectError.from(error).code, Code.NotFound);
      return true;
    });
    const nobody = client(UserService, { token: "x" }, binary);
    await assert.rejects(nobody.listDevices({}), { code: Code.Unauthenticated });
  });

  test(`a call with a time-out is answered in ${format}`, async () => {
    const messages = client(MessageService, ann, binary);
    await messages.listUnread({}, { timeoutMs: 5_000 });
  });
}

test("buf curl calls by the contract's own schema", async () => {
  const { stdout } = await run("buf", [
    "curl", "--schema", process.env.CONTRACT, "-H", `Authorization: Bearer ${ann.token}`,
    "--data", '{"userName":"bob"}', `${base}/mpim.v1.UserService/GetProfile`,
  ]);
  assert.equal(JSON.parse(stdout).profile.userId, String(bob.id));
});

// What a call needs to be answered at all; the others need nothing.
function needed(path, { group, session }) {
  return {
    "/api/history": `?groupId=${group}`,
    "/api/search": "?words=hi",
    "/message/pull": `?sessionId=${session}`,
    "/mpim.v1.GroupService/GetGroup": { groupId: group },
    "/mpim.v1.GroupService/ListMembers": { groupId: group },
    "/mpim.v1.GroupService/ListJoinRequests": { groupId: group },
    "/mpim.v1.MessageService/ReadHistory": { groupId: group },
    "/mpim.v1.MessageService/SearchMessages": { words: "hi" },
    "/mpim.v1.UserService/GetProfile": { userName: "ann" },
  }[path];
}

// Answers "METHOD path" of each operation that could be asked.
async function ask_all(document, ajv, asks, talk) {
  const asked = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const json = operation.responses["200"]?.content?.["application/json"];
      if (!json || !asks(path, method)) continue;
      const place = [path, method].map((part) => part.replaceAll("/", "~1")).join("/");
      const check = ajv.compile({ $ref: `openapi#/paths/${place}/responses/200/content/application~1json/schema` });
      const args = needed(path, talk);
      const answer = await fetch(base + path + (method === "get" ? args ?? "" : ""), {
        method,
        headers: { Authorization: `Bearer ${bob.token}`, "Content-Type": "application/json" },
        body: method === "post" ? JSON.stringify(args ?? {}) : undefined,
      });
      const body = await answer.json();
      assert.equal(answer.status, 200, `${path}: ${JSON.stringify(body)}`);
      assert.ok(check(body), `${path}: ${ajv.errorsText(check.errors)}`);
      asked.push(`${method} ${path}`);
    }
  }
  return asked;
}

test("answers are as the OpenAPI document says", async () => {
  const document = await (await fetch(`${base}/openapi.json`)).json();
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(document, "openapi");
  const { group } = await client(GroupService, bob, false).createGroup({ name: "tea" });
  const { conversations } = await client(MessageService, bob, false).listConversations({});
  const talk = { group: String(group.groupId), session: String(conversations[0].sessionId) };
  const reads = (path, method) =>
    (method === "get" && !path.includes("{")) ||
    (!path.includes("AdminService") && /Service[/](Get|List|Read|Search)/.test(path) && !path.endsWith("ListReceipts"));
  const asked = await ask_all(document, ajv, reads, talk);
  assert.ok(asked.includes("get /api/files") && asked.includes("get /readyz"));
  assert.ok(asked.length > 20, asked.join(" "));
});

test("accounts and tokens are as the OpenAPI document says", async () => {
  const document = await (await fetch(`${base}/openapi.json`)).json();
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(document, "openapi");
  const post = async (path, status, body, headers = {}) => {
    const answer = await fetch(base + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    assert.equal(answer.status, status);
    const content = document.paths[path].post.responses[status]?.content;
    const told = await answer.json();
    if (!content) return told;
    const check = ajv.compile({ $ref: content["application/json"].schema.$ref.replace("#", "openapi#") });
    assert.ok(check(told), `${path}: ${ajv.errorsText(check.errors)}`);
    return told;
  };
  await post("/api/register", 201, { name: "cleo", password: "password" });
  const first = await post("/api/login", 200, { name: "cleo", password: "password", device: "phone" });
  const second = await post("/api/refresh", 200, { refreshToken: first.refreshToken });
  const bearer = { Authorization: `Bearer ${second.accessToken}` };
  await post("/api/files", 201, "tea", { ...bearer, "Content-Type": "text/plain" });
  await post("/api/logout", 200, {}, bearer);
});
