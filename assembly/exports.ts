/**
 * Every callback of the ABI, one line each. The transform makes this file part of a program and drops the exports that
 * no context of the program overrides, so that the host does not call them.
 */
import { configured, validated, vmStarted } from "./context/configuration";
import { contextCreated, contextDeleted, contextDone, contextLogged, ticked } from "./context/dispatch";
import * as callouts from "./context/dispatch-callouts";
import { foreignFunction, queueReady, statsUpdated } from "./context/dispatch-events";
import * as http from "./context/dispatch-http";
import * as tcp from "./context/dispatch-tcp";
import { allocateInArena } from "./runtime/arena";

export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return allocateInArena(size);
}

export function proxy_on_context_create(context: u32, parent: u32): void {
  contextCreated(context, parent);
}

export function proxy_on_vm_start(context: u32, size: u32): bool {
  return vmStarted(context, size);
}

export function proxy_on_configure(context: u32, size: u32): bool {
  return configured(context, size);
}

export function proxy_validate_configuration(context: u32, size: u32): bool {
  return validated(context, size);
}

export function proxy_on_tick(context: u32): void {
  ticked(context);
}

export function proxy_on_request_headers(context: u32, count: u32, endOfStream: bool): i32 {
  return http.sideCalled(context, http.SideCallback.RequestHeaders, 0, endOfStream);
}

export function proxy_on_request_body(context: u32, size: u32, endOfStream: bool): i32 {
  return http.sideCalled(context, http.SideCallback.RequestBody, size, endOfStream);
}

export function proxy_on_request_trailers(context: u32, count: u32): i32 {
  return http.sideCalled(context, http.SideCallback.RequestTrailers, 0, true);
}

export function proxy_on_response_headers(context: u32, count: u32, endOfStream: bool): i32 {
  return http.sideCalled(context, http.SideCallback.ResponseHeaders, 0, endOfStream);
}

export function proxy_on_response_body(context: u32, size: u32, endOfStream: bool): i32 {
  return http.sideCalled(context, http.SideCallback.ResponseBody, size, endOfStream);
}

export function proxy_on_response_trailers(context: u32, count: u32): i32 {
  return http.sideCalled(context, http.SideCallback.ResponseTrailers, 0, true);
}

export function proxy_on_request_metadata(context: u32, elements: u32): i32 {
  return http.requestMetadata(context, elements);
}

export function proxy_on_response_metadata(context: u32, elements: u32): i32 {
  return http.responseMetadata(context, elements);
}

export function proxy_on_new_connection(context: u32): i32 {
  return tcp.sideCalled(context, tcp.SideCallback.NewConnection, 0, false);
}

export function proxy_on_downstream_data(context: u32, size: u32, endOfStream: bool): i32 {
  return tcp.sideCalled(context, tcp.SideCallback.DownstreamData, size, endOfStream);
}

export function proxy_on_upstream_data(context: u32, size: u32, endOfStream: bool): i32 {
  return tcp.sideCalled(context, tcp.SideCallback.UpstreamData, size, endOfStream);
}

export function proxy_on_downstream_connection_close(context: u32, peer: u32): void {
  tcp.downstreamClosed(context, peer);
}

export function proxy_on_upstream_connection_close(context: u32, peer: u32): void {
  tcp.upstreamClosed(context, peer);
}

export function proxy_on_http_call_response(
  root: u32,
  token: u32,
  headers: u32,
  bodySize: u32,
  trailers: u32,
): void {
  callouts.httpCallResponse(root, token, headers);
}

export function proxy_on_grpc_receive_initial_metadata(root: u32, token: u32, headers: u32): void {
  callouts.grpcInitialMetadata(root, token);
}

export function proxy_on_grpc_receive(root: u32, token: u32, size: u32): void {
  callouts.grpcReceived(root, token);
}

export function proxy_on_grpc_receive_trailing_metadata(root: u32, token: u32, trailers: u32): void {
  callouts.grpcTrailingMetadata(root, token);
}

export function proxy_on_grpc_close(root: u32, token: u32, status: u32): void {
  callouts.grpcClosed(root, token, status);
}

export function proxy_on_queue_ready(root: u32, queue: u32): void {
  queueReady(root, queue);
}

export function proxy_on_foreign_function(context: u32, functionId: u32, size: u32): void {
  foreignFunction(context, functionId, size);
}

export function envoy_on_stats_update(root: u32, size: u32): void {
  statsUpdated(root, size);
}

export function envoy_on_resolve_dns(root: u32, token: u32, size: u32): void {
  callouts.dnsResolved(root, token, size);
}

export function proxy_on_log(context: u32): void {
  contextLogged(context);
}

export function proxy_on_done(context: u32): bool {
  return contextDone(context);
}

export function proxy_on_delete(context: u32): void {
  contextDeleted(context);
}
