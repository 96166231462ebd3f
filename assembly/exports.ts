/**
 * Every callback of the ABI, one line each. The transform makes this file part of a program and drops the exports that
 * no context of the program overrides, so that the host does not call them.
 */
import { configured, vmStarted } from "./context/configuration";
import { contextCreated, contextDeleted, contextDone, contextLogged, ticked } from "./context/dispatch";
import * as http from "./context/dispatch-http";
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

export function proxy_on_tick(context: u32): void {
  ticked(context);
}

export function proxy_on_request_headers(context: u32, count: u32, endOfStream: bool): i32 {
  return http.requestHeaders(context, endOfStream);
}

export function proxy_on_request_body(context: u32, size: u32, endOfStream: bool): i32 {
  return http.requestBody(context, size, endOfStream);
}

export function proxy_on_request_trailers(context: u32, count: u32): i32 {
  return http.requestTrailers(context);
}

export function proxy_on_response_headers(context: u32, count: u32, endOfStream: bool): i32 {
  return http.responseHeaders(context, endOfStream);
}

export function proxy_on_response_body(context: u32, size: u32, endOfStream: bool): i32 {
  return http.responseBody(context, size, endOfStream);
}

export function proxy_on_response_trailers(context: u32, count: u32): i32 {
  return http.responseTrailers(context);
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
