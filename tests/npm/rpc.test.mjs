// Calls of a real mpimd by Connect's own client and by buf, and its answers against its own
// OpenAPI document.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Code, createClient, ConnectError } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import Ajv from "ajv/dist/2020.js";
import { GroupService } from "./gen/mpim/v1/group_service_pb.js";
import { MessageService } from "./gen/mpim/v1/message_service_pb.js";
import { UserService } from "./gen/mpim/v1/user_service_pb.js";

const run = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), "mpim-rpc-"));
let server;
let line;
let base;
let ann;
let bob;

// The addresses stand in what the server logs when it is ready.
async function start() {
  server = spawn(
    process.env.MPIMD,
    ["--data-dir", dir, "--admin-socket", join(dir, "admin.sock"), "--line", "127.0.0.1:0", "--ws", "127.0.0.1:0", "--http", "127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  return new Promise((resolve, reject) => {
    let said = "";
    const read = (bytes) => {
      said += bytes;
      const found = {
        line: /line[ =:"]+(?:tcp:\/\/)?(127\.0\.0\.1:\d+)/.exec(said),
        http: /http[ =:"]+(?:http:\/\/)?(127\.0\.0\.1:\d+)/.exec(said),
      };
      if (found.line && found.http) resolve({ line: found.line[1], http: found.http[1] });
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.on("exit", (code) => reject(new Error(`mpimd ended with ${code}: ${said}`)));
  });
}

async function enroll(name) {
  const [host, port] = line.split(":");
  const socket = net.connect(Number(port), host);
  socket.write(`REGISTER ${name} password\nQUIT\n`);
  for await (const text of createInterface({ input: socket })) {
    const made = /^\+OK uid=(\d+).* token=(\S+)/.exec(text);
    if (made) return { id: BigInt(made[1]), token: made[2] };
  }
  throw new Error(`${name} could not register`);
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
  const at = await start();
  line = at.line;
  base = `http://${at.http}`;
  ann = await enroll("ann");
  bob = await enroll("bob");
});

after(() => {
  server?.removeAllListeners("exit");
  server?.kill();
  rmSync(dir, { recursive: true, force: true });
});

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

  test(`a time-out travels in ${format}`, async () => {
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

test("answers are as the OpenAPI document says", async () => {
  const document = await (await fetch(`${base}/openapi.json`)).json();
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(document, "openapi");
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const content = operation.responses["200"].content;
      if (!content) continue;
      const place = [path, method].map((part) => part.replaceAll("/", "~1")).join("/");
      const schema = `openapi#/paths/${place}/responses/200/content/application~1json/schema`;
      const check = ajv.compile({ $ref: schema });
      if (path.includes("AdminService") || (method === "post" && !path.includes("/List"))) continue;
      const answer = await fetch(base + path + (path === "/api/search" ? "?words=hi" : ""), {
        method,
        headers: { Authorization: `Bearer ${bob.token}`, "Content-Type": "application/json" },
        body: method === "post" ? "{}" : undefined,
      });
      const body = await answer.json();
      if (answer.status === 200) assert.ok(check(body), `${path}: ${ajv.errorsText(check.errors)}`);
      else assert.equal(answer.status, 400, `${path}: ${JSON.stringify(body)}`);
    }
  }
});
