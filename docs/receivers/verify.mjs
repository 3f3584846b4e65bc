// Receive webhooks of Luneo Hub in JavaScript (Node 18 or newer). Copy this file; it needs nothing else.
//
// Try it:  WEBHOOK_KEYS="whsec_…" node verify.mjs     (several keys while they rotate, separated by blanks; PORT=8080)

import { createHmac, createPublicKey, timingSafeEqual, verify as verifyWith } from "node:crypto";
import { createServer } from "node:http";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TOLERANCE = 300; // seconds that our clock may differ from the sender's
const LARGEST = 8 * 1024 * 1024; // bytes

// Throws unless one of our keys signed this request.
// header: function from a header's name to its value, or undefined. body: a Buffer of the bytes as they came, before any parsing.
// keys: the endpoint's whsec_… secrets, or whpk_… public keys of the sender's JWKS.
export function verify(header, body, keys, now = Date.now() / 1000) {
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) => header(`webhook-${name}`) ?? "");
  if (!/^[!-\-/-~]{1,256}$/.test(id) || !/^[0-9]{1,12}$/.test(timestamp)) {
    throw new Error("webhook-id or webhook-timestamp is missing or malformed");
  }
  if (!/^\w+,[\w+/]+={0,2}( \w+,[\w+/]+={0,2}){0,15}$/.test(signatures)) {
    throw new Error("webhook-signature is missing or malformed");
  }
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const tokens = signatures.split(" ");
  // filter, not some: all are tried, whichever fits
  if (keys.flatMap((key) => tokens.filter((token) => fits(key, signed, token))).length === 0) {
    throw new Error("no signature fits: another key signed it, or it was changed on its way");
  }
  const skew = Math.round(now - Number(timestamp));
  if (Math.abs(skew) > TOLERANCE) {
    throw new Error(`webhook-timestamp is ${skew} s off: this clock is wrong, or an old message comes again`);
  }
}

// Whether this token (v1,<base64> or v1a,<base64>) is that key's signature.
function fits(key, signed, token) {
  const [version, value] = token.split(",");
  const [prefix, encoded] = [key.split("_", 1)[0], key.slice(key.indexOf("_") + 1)];
  if (prefix === "whsec" && version === "v1") {
    const ours = createHmac("sha256", Buffer.from(encoded, "base64")).update(signed).digest("base64");
    return ours.length === value.length && timingSafeEqual(Buffer.from(ours), Buffer.from(value));
  }
  if (prefix === "whpk" && version === "v1a") {
    const x = Buffer.from(encoded, "base64").toString("base64url");
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    const signature = Buffer.from(value, "base64");
    // base64 has several spellings of one value: only one is right
    return signature.toString("base64") === value && verifyWith(null, signed, publicKey, signature);
  }
  return false;
}

// The whpk_… keys of a JWKS document (GET /jwks/{organisation}), parsed.
export function keysOf(jwks) {
  return jwks.keys.map((key) => "whpk_" + Buffer.from(key.x, "base64url").toString("base64"));
}

// Answers 204 to what is genuine, 400 to the rest.
export async function receive(request, response) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LARGEST) return response.writeHead(413, { connection: "close" }).end();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  try {
    // headersDistinct keeps a header that came twice apart; request.headers would hide it
    verify((name) => request.headersDistinct[name]?.join(", "), body, process.env.WEBHOOK_KEYS.split(" "));
  } catch (error) {
    console.log("refused:", error.message);
    return response.writeHead(400).end();
  }
  const event = JSON.parse(body);
  // Here: put (webhook-id, event) into a queue or table whose unique key is webhook-id, then answer.
  // Work that takes longer than a second belongs behind that queue; an id you know already is fine: answer 204 again.
  console.log(request.headers["webhook-id"], event.type);
  return response.writeHead(204).end();
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const server = createServer(receive).listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${server.address().port}`);
  });
}
