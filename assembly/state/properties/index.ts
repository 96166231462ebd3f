import * as connection from "./connection";
import * as plugin from "./plugin";
import * as request from "./request";
import * as response from "./response";
import * as upstream from "./upstream";
import * as xds from "./xds";
import { dynamicMetadata, dynamicMetadataBytes, filterState, upstreamFilterState } from "./filter-state";
import { join } from "./join";
import { bytes, double, entries, flag, integer, nanoseconds, text } from "./read";
import { set, setBytes } from "./set";

export {
  bytes,
  connection,
  double,
  dynamicMetadata,
  dynamicMetadataBytes,
  entries,
  filterState,
  flag,
  integer,
  join,
  nanoseconds,
  plugin,
  request,
  response,
  set,
  setBytes,
  text,
  upstream,
  upstreamFilterState,
  xds,
};
