import { MissingPrerequisite, WrongUse } from "../terminal.js";
import { type Access, Authorisation } from "./authorisation.js";
import { type Answer, Connection, type ConnectionOptions, type Request } from "./connection.js";
import { type Credential, findCredentials } from "./credentials.js";
import {
  digestOf,
  type Descriptor,
  type Image,
  maxBlob,
  maxManifest,
  mediaTypes,
  openImage,
} from "./image.js";
import { format, identifier, type Reference } from "./reference.js";
import { type Progress, uploadBlob } from "./upload.js";

export interface RegistryOptions extends ConnectionOptions {
  /** In place of what `docker login` left. */
  credential?: Credential;
  environment?: NodeJS.ProcessEnv;
}

const accepted = [
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
  mediaTypes.ociIndex,
  mediaTypes.dockerList,
].join(", ");

/** One repository of a registry (OCI distribution specification 1.1). */
export class Repository {
  private constructor(
    readonly reference: Reference,
    private readonly connection: Connection,
    private readonly authorisation: Authorisation,
    private readonly access: Access,
  ) {}

  static async open(
    reference: Reference,
    access: Access,
    options: RegistryOptions = {},
  ): Promise<Repository> {
    const { host, repository } = reference;
    const connection = new Connection(host, options);
    const found =
      options.credential !== undefined
        ? { credential: options.credential, trouble: [] }
        : await findCredentials(host, repository, options.environment);
    return new Repository(
      reference,
      connection,
      new Authorisation(connection, repository, access, found),
      access,
    );
  }

  /** `/v2/<repository>/<rest>` of the registry. */
  path(rest: string): string {
    return `/v2/${this.reference.repository}/${rest}`;
  }

  locate(answer: Answer): URL {
    const location = answer.headers.get("location");
    if (location === null)
      throw new WrongUse(
        `${this.connection.host} accepts an upload without saying where it goes on: it is no registry, or a broken one`,
      );
    return this.connection.locate(location, answer);
  }

  /** Sends a request with what the registry asks for to be shown; 401 and 403 become errors with a sentence. */
  async send(request: Request): Promise<Answer> {
    for (let renewed = false; ; renewed = true) {
      const answer = await this.connection.send(this.authorised(request));
      // An answer to HEAD has no words: what comes next is told why.
      if (answer.status === 403 && request.method !== "HEAD") throw this.forbidden(answer);
      if (answer.status !== 401) return answer;
      // The first may say that a token has expired; the one after has seen a fresh one.
      if (renewed) throw this.authorisation.refused();
      await this.authorisation.renew(answer);
    }
  }

  private authorised(request: Request): Request {
    const header = this.authorisation.current();
    if (header === undefined || (request.url instanceof URL && !this.connection.isOwn(request.url)))
      return request;
    return { ...request, headers: { ...request.headers, authorization: header } };
  }

  private forbidden(answer: Answer): MissingPrerequisite {
    const verb = this.access === "pull" ? "pulling from" : "pushing to";
    return new MissingPrerequisite(
      `${this.connection.host} forbids ${verb} ${this.reference.repository}${said(answer)}: see the rights of who is logged in, and whether the repository exists`,
    );
  }

  /** What an answer that was not expected means. */
  unexpected(answer: Answer, doing: string): MissingPrerequisite {
    const { host } = this.connection;
    const passing = answer.status === 429 || answer.status >= 500;
    return new MissingPrerequisite(
      `${host} does not take ${doing}: it answers ${answer.status}${said(answer)}${passing ? ": try again later" : ""}`,
    );
  }

  /** The manifest under a tag or a digest, with the digest that the registry claims checked. */
  async manifest(digest?: string): Promise<{ bytes: Uint8Array; mediaType?: string }> {
    const wanted = digest ?? identifier(this.reference);
    const answer = await this.send({
      method: "GET",
      url: this.path(`manifests/${wanted}`),
      headers: { accept: accepted },
      limit: maxManifest,
    });
    if (answer.status === 404) throw this.unknown(answer, wanted);
    if (answer.status !== 200) throw this.unexpected(answer, `a question for ${wanted}`);
    const found = digestOf(answer.body);
    const claimed = wanted.includes(":") ? wanted : answer.headers.get("docker-content-digest");
    if (claimed !== null && claimed.startsWith("sha256:") && claimed !== found)
      throw new WrongUse(
        `${this.connection.host} gives a manifest with the digest ${found} for ${claimed}: it was damaged or changed on the way`,
      );
    const mediaType = answer.headers.get("content-type");
    return { bytes: answer.body, ...(mediaType !== null && { mediaType }) };
  }

  private unknown(answer: Answer, wanted: string): WrongUse {
    const { repository, host } = this.reference;
    if (/NAME_UNKNOWN/.test(new TextDecoder().decode(answer.body)))
      return new WrongUse(
        `${host} has no repository ${repository}: see whether the name is spelt right, or push an image first`,
      );
    return new WrongUse(
      `${host} has no ${repository}${wanted.includes(":") ? "@" : ":"}${wanted}: see whether the name and the tag are spelt right`,
    );
  }

  async blob(descriptor: Descriptor, received?: (bytes: number) => void): Promise<Uint8Array> {
    const answer = await this.send({
      method: "GET",
      url: this.path(`blobs/${descriptor.digest}`),
      limit: Math.min(descriptor.size, maxBlob),
      ...(received !== undefined && { received }),
    });
    if (answer.status === 404)
      throw new WrongUse(
        `${this.reference.host} has the image, and lacks its blob ${descriptor.digest}: push it anew`,
      );
    if (answer.status !== 200) throw this.unexpected(answer, "a question for a blob");
    return answer.body;
  }

  /** The image that the reference names. */
  async image(): Promise<Image> {
    return openImage({
      name: format(this.reference),
      manifest: (digest) => this.manifest(digest),
      blob: (descriptor) => this.blob(descriptor),
    });
  }

  /** Puts an image under the reference's tag: the blobs that are not there yet, then the manifest. */
  async push(image: Image, progress: Progress): Promise<void> {
    const { manifest } = image;
    const parts = new Map([...manifest.layers, manifest.config].map((part) => [part.digest, part]));
    for (const part of parts.values()) await uploadBlob(this, part.digest, await image.blob(part), progress);
    const answer = await this.send({
      method: "PUT",
      url: this.path(`manifests/${this.reference.tag ?? "latest"}`),
      headers: { "content-type": image.mediaType },
      body: image.bytes,
    });
    if (answer.status !== 201 && answer.status !== 200) throw this.unexpected(answer, "the manifest");
    const stored = answer.headers.get("docker-content-digest");
    if (stored !== null && stored !== image.digest)
      throw new WrongUse(
        `${this.connection.host} stored the manifest under ${stored}, where its digest is ${image.digest}: it changed the image, and spec.sha256 would not fit`,
      );
  }
}

/** The registry's own words, where it has some (distribution specification, 'Error Codes'). */
function said(answer: Answer): string {
  try {
    const { errors } = JSON.parse(new TextDecoder().decode(answer.body)) as {
      errors?: { code?: string; message?: string }[];
    };
    const [first] = errors ?? [];
    const words = [first?.code, first?.message].filter((word) => typeof word === "string" && word !== "");
    return words.length > 0 ? ` (${words.join(": ").replace(/\s+/g, " ").slice(0, 200)})` : "";
  } catch {
    return "";
  }
}
