// A real OpenID provider (npm `oidc-provider`) for a run of the suite. Whoever types a name at its sign-in page is that
// person: `ada@example.org` has that address, checked; a name without @ has no address. Its own pages ask for consent.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

export const CLIENT = { id: "matinee", secret: "a secret of the browser tests" };

export interface RunningProvider {
  issuer: string;
  stop: () => Promise<void>;
}

/** Starts it on a free port, for the client that comes back to `redirectUri`. */
export async function startProvider(redirectUri: string): Promise<RunningProvider> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
    cookies: { keys: ["for the browser tests alone"] },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => {
        const address = id.includes("@") ? { email: id, email_verified: true } : {};
        return { sub: id, name: id.split("@")[0], ...address };
      },
    }),
  });
  server.on("request", provider.callback());
  return { issuer, stop: () => close(server) };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
