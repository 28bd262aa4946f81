/** Short-lived tokens for people who have a session here. */

import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";

const LIFETIME_SECONDS = 300;
const CLOCK_SKEW_SECONDS = 30; // API Gateway refuses a token from the future, and its clock may be behind

export class InvalidToken extends Error {}

export class Tokens {
  #issuer;
  #audience;
  #keys;

  /** `keys`: private RSA keys as PEM texts. The first one signs, and the public halves of all are published. */
  constructor({ issuer, audience, keys }) {
    this.#issuer = issuer;
    this.#audience = audience;
    this.#keys = keys.map(readKey);
  }

  get issuer() {
    return this.#issuer;
  }

  /** A token of this person, as `sub`. */
  issue(personId) {
    const [{ privateKey, jwk }] = this.#keys;
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.#issuer,
      aud: this.#audience,
      sub: personId,
      iat: now - CLOCK_SKEW_SECONDS,
      exp: now + LIFETIME_SECONDS,
    };
    const signed = `${encode({ alg: "RS256", typ: "JWT", kid: jwk.kid })}.${encode(claims)}`;
    return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), privateKey).toString("base64url")}`;
  }

  /** The person of a token, for endpoints of your own that take it. Throws InvalidToken. */
  verify(token) {
    const [header, claims, signature, ...rest] = String(token).split(".");
    const { alg, kid } = decode(header);
    const key = this.#keys.find(({ jwk }) => jwk.kid === kid);
    const isSigned =
      alg === "RS256" &&
      rest.length === 0 &&
      key !== undefined &&
      verify("RSA-SHA256", Buffer.from(`${header}.${claims}`), key.publicKey, Buffer.from(signature ?? "", "base64url"));
    if (!isSigned) throw new InvalidToken("not signed by us");
    const { iss, aud, sub, exp } = decode(claims);
    if (iss !== this.#issuer || aud !== this.#audience || typeof sub !== "string") throw new InvalidToken("not for us");
    if (!(exp > Date.now() / 1000)) throw new InvalidToken("expired");
    return sub;
  }

  /** A JSON Web Key Set. */
  publishedKeys() {
    return { keys: this.#keys.map(({ jwk }) => jwk) };
  }
}

function readKey(pem) {
  const privateKey = createPrivateKey(pem);
  const publicKey = createPublicKey(privateKey);
  const { e, kty, n } = publicKey.export({ format: "jwk" });
  if (kty !== "RSA") throw new TypeError("API Gateway verifies RSA signatures only.");
  // RFC 7638: a name of the key that follows from the key alone.
  const kid = createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
  return { privateKey, publicKey, jwk: { e, kty, n, kid, use: "sig", alg: "RS256" } };
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function decode(part) {
  try {
    return Object(JSON.parse(Buffer.from(part, "base64url").toString()));
  } catch {
    throw new InvalidToken("not a token");
  }
}
