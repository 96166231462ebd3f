import { flag, integer, text } from "./read";

/** The connection from the client. */

/** Envoy's number for it; -1 where that is not known. */
export function connectionId(): i64 {
  return integer("connection\0id", "connection_id");
}

/** Whether the client showed a certificate. */
export function mtls(): bool {
  return flag("connection\0mtls");
}

/** The server name that the client asked for (SNI). */
export function requestedServerName(): string | null {
  return text("connection\0requested_server_name");
}

/** `TLSv1.2`, `TLSv1.3`; null without TLS. */
export function tlsVersion(): string | null {
  return text("connection\0tls_version");
}

/** The subject of the own certificate. */
export function subjectLocalCertificate(): string | null {
  return text("connection\0subject_local_certificate");
}

/** The subject of the peer's certificate. */
export function subjectPeerCertificate(): string | null {
  return text("connection\0subject_peer_certificate");
}

/** The first DNS name in the own certificate. */
export function dnsSanLocalCertificate(): string | null {
  return text("connection\0dns_san_local_certificate");
}

/** The first DNS name in the peer's certificate. */
export function dnsSanPeerCertificate(): string | null {
  return text("connection\0dns_san_peer_certificate");
}

/** The first URI in the own certificate. */
export function uriSanLocalCertificate(): string | null {
  return text("connection\0uri_san_local_certificate");
}

/** The first URI in the peer's certificate: in a mesh, who it is (`spiffe://...`). */
export function uriSanPeerCertificate(): string | null {
  return text("connection\0uri_san_peer_certificate");
}

/** The SHA-256 of the peer's certificate in hexadecimal. */
export function sha256PeerCertificateDigest(): string | null {
  return text("connection\0sha256_peer_certificate_digest");
}

/** Why this proxy ended it; null when it did not. */
export function terminationDetails(): string | null {
  return text("connection\0termination_details");
}

/** What went wrong with TLS. */
export function transportFailureReason(): string | null {
  return text("connection\0transport_failure_reason");
}

/** The client's address and port, `10.0.0.1:4711` or `[::1]:4711`, by whatever Envoy trusts for it. */
export function sourceAddress(): string | null {
  return text("source\0address");
}

/** The client's port; -1 where that is not known. */
export function sourcePort(): i64 {
  return integer("source\0port");
}

/** The address and port that the client connected to. */
export function destinationAddress(): string | null {
  return text("destination\0address");
}

/** The port that the client connected to; -1 where that is not known. */
export function destinationPort(): i64 {
  return integer("destination\0port");
}
