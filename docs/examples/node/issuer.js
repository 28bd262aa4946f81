/**
 * An OIDC issuer that is as small as API Gateway permits, and the token of the session's user.
 *
 * The handler is for `node:http` and for Express: `app.use("/feedback-identity", issuer(tokens, personId))`. The issuer of
 * `tokens` is then `https://www.example.com/feedback-identity`, without a slash at its end.
 */

/** `personId(request)` returns the id of the session's user, or null if nobody is signed in. It may be async. */
export const issuer = (tokens, personId) => async (request, response, next) => {
  try {
    await answer(tokens, personId, request, response, next ?? (() => response.writeHead(404).end()));
  } catch (error) {
    if (next) return next(error);
    console.error("The issuer could not answer:", error);
    response.writeHead(500).end();
  }
};

async function answer(tokens, personId, request, response, next) {
  if (request.method !== "GET" && request.method !== "HEAD") return next();
  switch (request.url.split("?")[0]) {
    case "/.well-known/openid-configuration":
      return json(response, {
        issuer: tokens.issuer,
        jwks_uri: `${tokens.issuer}/jwks.json`,
        response_types_supported: ["id_token"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    case "/jwks.json":
      return json(response, tokens.publishedKeys());
    case "/session-token":
      return sessionToken(response, tokens, await personId(request));
    default:
      return next();
  }
}

/** Needs no CORS headers: only pages of this site may read it. */
function sessionToken(response, tokens, id) {
  const headers = { "Cache-Control": "no-store", "Content-Type": "text/plain" };
  if (id === null) return response.writeHead(401, headers).end();
  return response.writeHead(200, headers).end(tokens.issue(id));
}

const json = (response, body) =>
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
