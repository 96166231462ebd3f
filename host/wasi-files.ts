/**
 * WASI's functions for files, sockets and threads, which proxies have to no purpose: programs of other languages import
 * them, and Envoy answers the same whatever they ask for. (cpp-host, `src/exports.cc`)
 */
export interface Refusal {
  /** `params -> results`. */
  signature: string;
  errno: number;
}

const success = 0;
const badFile = 8;
const noEntry = 44;
const notDirectory = 20;
const noSystem = 52;
const notSupported = 58;

const takes = (params: string, errno: number): Refusal => ({ signature: `${params} -> i32`, errno });

export const refusals: ReadonlyMap<string, Refusal> = new Map([
  ["fd_fdstat_set_flags", takes("i32 i32", noSystem)],
  ["fd_fdstat_set_rights", takes("i32 i64 i64", badFile)],
  ["fd_advise", takes("i32 i64 i64 i32", success)],
  ["fd_allocate", takes("i32 i64 i64", badFile)],
  ["fd_datasync", takes("i32", badFile)],
  ["fd_sync", takes("i32", badFile)],
  ["fd_tell", takes("i32 i32", badFile)],
  ["fd_filestat_get", takes("i32 i32", badFile)],
  ["fd_filestat_set_size", takes("i32 i64", badFile)],
  ["fd_filestat_set_times", takes("i32 i64 i64 i32", badFile)],
  ["fd_pread", takes("i32 i32 i32 i64 i32", noSystem)],
  ["fd_pwrite", takes("i32 i32 i32 i64 i32", badFile)],
  ["fd_readdir", takes("i32 i32 i32 i64 i32", notDirectory)],
  ["fd_renumber", takes("i32 i32", badFile)],
  ["fd_prestat_get", takes("i32 i32", badFile)],
  ["fd_prestat_dir_name", takes("i32 i32 i32", noSystem)],
  ["path_create_directory", takes("i32 i32 i32", notSupported)],
  ["path_filestat_get", takes("i32 i32 i32 i32 i32", notSupported)],
  ["path_filestat_set_times", takes("i32 i32 i32 i32 i64 i64 i32", notSupported)],
  ["path_link", takes("i32 i32 i32 i32 i32 i32 i32", notSupported)],
  ["path_open", takes("i32 i32 i32 i32 i32 i64 i64 i32 i32", noEntry)],
  ["path_readlink", takes("i32 i32 i32 i32 i32 i32", notSupported)],
  ["path_remove_directory", takes("i32 i32 i32", notSupported)],
  ["path_rename", takes("i32 i32 i32 i32 i32 i32", notSupported)],
  ["path_symlink", takes("i32 i32 i32 i32 i32", notSupported)],
  ["path_unlink_file", takes("i32 i32 i32", notSupported)],
  ["sock_accept", takes("i32 i32 i32", notSupported)],
  ["sock_recv", takes("i32 i32 i32 i32 i32 i32", notSupported)],
  ["sock_send", takes("i32 i32 i32 i32 i32", notSupported)],
  ["sock_shutdown", takes("i32 i32", notSupported)],
  ["clock_res_get", takes("i32 i32", notSupported)],
  ["poll_oneoff", takes("i32 i32 i32 i32", success)],
  ["sched_yield", { signature: "-> i32", errno: success }],
]);
