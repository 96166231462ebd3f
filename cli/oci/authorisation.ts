import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { type Challenge, parseChallenges } from "./challenge.js";
import { type Answer, type Connection, isLoopback } from "./connection.js";
import { type Credential, describe, type Found } from "./credentials.js";

/** What is to be done in a repository. */
export type Access = "pull" | "pull,push";

interface Token {
  header: string;
  /** When it ends, in milliseconds since 1970. */
  expires: number;
}

/**
 * Answers what a registry asks of its clients: basic authentication, or a token of the server that it names
 * (https://distribution.github.io/distribution/spec/auth/token/, with its OAuth2 form for identity tokens).
 */
export class Authorisation {
  private header: Token | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly repository: string,
    private readonly access: Access,
    private readonly found: Found,
  ) {
    const { credential } = found;
    if (credential !== null && "registryToken" in credential)
      this.header = { header: `Bearer ${credential.registryToken}`, expires: Infinity };
  }

  /** The `Authorization` of a request; none as long as the registry asked for none. */
  current(): string | undefined {
    return this.header !== undefined && this.header.expires > Date.now() ? this.header.header : undefined;
  }

  /** After a 401: gets what was asked for. Throws with a sentence when there is no way to get it. */
  async renew(answer: Answer): Promise<void> {
    const { credential } = this.found;
    if (credential !== null && "registryToken" in credential) throw this.refused();
    const challenges = parseChallenges(answer.headers.get("www-authenticate") ?? "");
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer !== undefined) {
      this.header = await this.token(bearer);
      return;
    }
    if (!challenges.some(({ scheme }) => scheme === "basic"))
      throw new WrongUse(
        `${this.connection.host} asks for ${challenges.map(({ scheme }) => scheme).join(", ") || "credentials in a way that it does not say"}, and apw knows basic and bearer`,
      );
    if (credential === null) throw this.wantsLogin();
    if (!("username" in credential)) throw this.refused();
    this.header = { header: basic(credential), expires: Infinity };
  }

  /** Said when the registry goes on to refuse what it was shown. */
  refused(): MissingPrerequisite {
    const { credential } = this.found;
    if (credential === null) return this.wantsLogin();
    return new MissingPrerequisite(
      `${this.connection.host} does not take the credentials (${describe(credential)}): log in anew with docker login ${this.connection.host} (apw image also takes --username and --password-stdin)`,
    );
  }

  private wantsLogin(): MissingPrerequisite {
    const { host } = this.connection;
    const trouble = this.found.trouble.map((sentence) => `; ${sentence}`).join("");
    return new MissingPrerequisite(
      `${host} wants a login for ${this.repository}: docker login ${host} (apw image also takes --username and --password-stdin)${trouble}`,
    );
  }

  private async token({ parameters }: Challenge): Promise<Token> {
    const realm = this.realm(parameters["realm"]);
    const query = new URLSearchParams();
    if (parameters["service"]) query.set("service", parameters["service"]);
    const scope = `repository:${this.repository}:${this.access}`;
    const asked = parameters["scope"];
    const scopes = asked !== undefined && asked !== "" && asked !== scope ? [scope, asked] : [scope];
    const { credential } = this.found;
    if (credential !== null) this.mayLeave(realm);
    const answer = await this.askFor(realm, query, scopes, credential);
    if (answer.status === 401 || answer.status === 403 || (answer.status === 400 && credential !== null))
      throw this.refused();
    if (answer.status !== 200)
      throw new MissingPrerequisite(
        `${realm.host}, which gives tokens for ${this.connection.host}, answers ${answer.status}: try again later`,
      );
    return readToken(answer, realm);
  }

  private async askFor(
    realm: URL,
    query: URLSearchParams,
    scopes: string[],
    credential: Credential | null,
  ): Promise<Answer> {
    if (credential !== null && "identityToken" in credential)
      return this.post(realm, query, scopes, {
        grant_type: "refresh_token",
        refresh_token: credential.identityToken,
      });
    const url = new URL(realm);
    for (const [name, value] of query) url.searchParams.set(name, value);
    for (const scope of scopes) url.searchParams.append("scope", scope);
    const login = credential !== null && "username" in credential ? credential : null;
    const answer = await this.connection.send({
      method: "GET",
      url,
      ...(login !== null && { headers: { authorization: basic(login) } }),
    });
    // Servers that know the OAuth2 form alone.
    if (login === null || (answer.status !== 404 && answer.status !== 405)) return answer;
    const { username, password } = login;
    return this.post(realm, query, scopes, { grant_type: "password", username, password });
  }

  private post(
    realm: URL,
    query: URLSearchParams,
    scopes: string[],
    fields: Record<string, string>,
  ): Promise<Answer> {
    const form = new URLSearchParams([
      ...query,
      ["scope", scopes.join(" ")],
      ["client_id", "apw"],
      ...Object.entries(fields),
    ]);
    return this.connection.send({
      method: "POST",
      url: realm,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: form.toString(),
    });
  }

  private realm(text: string | undefined): URL {
    let realm: URL | null = null;
    try {
      realm = new URL(text ?? "");
    } catch {
      // Said below.
    }
    if (realm === null || !["http:", "https:"].includes(realm.protocol))
      throw new WrongUse(
        `${this.connection.host} sends clients to ${text ?? "nowhere"} for a token, which is no http address`,
      );
    return realm;
  }

  /** A registry must not make us show a password to whoever listens on the way. */
  private mayLeave(realm: URL): void {
    if (realm.protocol === "https:" || this.connection.isPlain || isLoopback(realm.hostname)) return;
    throw new WrongUse(
      `${this.connection.host} sends clients to ${realm.origin} for a token, without https: no credentials are sent there`,
    );
  }
}

const basic = ({ username, password }: { username: string; password: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

function readToken(answer: Answer, realm: URL): Token {
  try {
    const read = JSON.parse(new TextDecoder().decode(answer.body)) as {
      token?: string;
      access_token?: string;
      expires_in?: number;
    };
    const token = read.token ?? read.access_token;
    if (typeof token === "string" && token !== "" && !/\s/.test(token)) {
      // By the specification 60 seconds where nothing is said; a little less than said, for the way.
      const life = typeof read.expires_in === "number" ? read.expires_in : 60;
      return { header: `Bearer ${token}`, expires: Date.now() + Math.max(life - 5, 5) * 1000 };
    }
  } catch {
    // Said below.
  }
  throw new WrongUse(`${realm.host} answers without a token, where one was asked for`);
}
