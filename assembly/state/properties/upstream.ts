import { bytes, integer, nanoseconds, text } from "./read";

/** The connection to the upstream, once a host of it was chosen. */

/** The host's address and port. */
export function address(): string | null {
  return text("upstream\0address");
}

/** The host's port; -1 where that is not known. */
export function port(): i64 {
  return integer("upstream\0port");
}

/** The own address and port. */
export function localAddress(): string | null {
  return text("upstream\0local_address");
}

/** `TLSv1.2`, `TLSv1.3`; null without TLS. */
export function tlsVersion(): string | null {
  return text("upstream\0tls_version");
}

/** The subject of the own certificate. */
export function subjectLocalCertificate(): string | null {
  return text("upstream\0subject_local_certificate");
}

/** The subject of the peer's certificate. */
export function subjectPeerCertificate(): string | null {
  return text("upstream\0subject_peer_certificate");
}

/** The first DNS name in the own certificate. */
export function dnsSanLocalCertificate(): string | null {
  return text("upstream\0dns_san_local_certificate");
}

/** The first DNS name in the peer's certificate. */
export function dnsSanPeerCertificate(): string | null {
  return text("upstream\0dns_san_peer_certificate");
}

/** The first URI in the own certificate. */
export function uriSanLocalCertificate(): string | null {
  return text("upstream\0uri_san_local_certificate");
}

/** The first URI in the peer's certificate: in a mesh, who it is (`spiffe://...`). */
export function uriSanPeerCertificate(): string | null {
  return text("upstream\0uri_san_peer_certificate");
}

/** The SHA-256 of the peer's certificate in hexadecimal. */
export function sha256PeerCertificateDigest(): string | null {
  return text("upstream\0sha256_peer_certificate_digest");
}

/** Where the host is: a serialized `envoy.config.core.v3.Locality`. */
export function locality(): Uint8Array | null {
  return bytes("upstream\0locality");
}

/** Why no connection could be made. */
export function transportFailureReason(): string | null {
  return text("upstream\0transport_failure_reason");
}

/** How often the request was tried; -1 where that is not known. */
export function requestAttemptCount(): i64 {
  return integer("upstream\0request_attempt_count");
}

/** How long it took until a connection was there, in nanoseconds; -1 where that is not known. */
export function connectionPoolReadyDuration(): i64 {
  return nanoseconds("upstream\0cx_pool_ready_duration");
}

/** How many hosts the cluster has; -1 where that is not known. */
export function numEndpoints(): i64 {
  return integer("upstream\0num_endpoints");
}
