const MAPPED: string = "::ffff:";

/**
 * The host of an address as Envoy writes it, `10.0.0.1:4711` or `[::1]:4711`, without brackets and port. An IPv4 address
 * in the clothes of IPv6 (`[::ffff:10.0.0.1]:4711`, from a listener for both) is the IPv4 address. Of a Unix domain
 * socket, which has no port, all of it.
 */
export function hostOfAddress(address: string): string {
  if (address.startsWith("[")) {
    const end = address.indexOf("]");
    if (end < 0) return address;
    const host = address.substring(1, end);
    return host.startsWith(MAPPED) && host.includes(".") ? host.substring(MAPPED.length) : host;
  }
  const colon = address.lastIndexOf(":");
  if (colon < 0 || address.indexOf(":") != colon) return address;
  for (let i = colon + 1; i < address.length; i++) {
    if (<u32>(address.charCodeAt(i) - 0x30) > 9) return address;
  }
  return address.substring(0, colon);
}
