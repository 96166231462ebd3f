/** The log levels as configurations name them, at the index that the ABI gives them. */
// @ts-ignore: decorator
@lazy
export const LOG_LEVELS: string[] = ["trace", "debug", "info", "warn", "error", "critical"];

/** What every plugin's configuration may say beside the plugin's own keys. */
@final
export class CommonSettings {
  /** `log_level`, or `debug` for `debug: true`, as a `LogLevel`; -1 where neither is there: the host's own decides. */
  logLevel: i32 = -1;
  /** `version`: free text that tells which configuration is live; "" where it is not there. */
  version: string = "";
  /** `strict_mode`: a key that nobody knows refuses the configuration. */
  strictMode: bool = false;
  /** `audit_logging`: one line for each denial or bypass. */
  auditLogging: bool = false;
  /** `shadow`: decide, count and log, but change nothing. */
  shadow: bool = false;

  /** `measure`: show what the plugin costs, and what it answers. */
  measure: bool = false;

  /** The same settings, to be changed apart from these. */
  copy(): CommonSettings {
    const copy = new CommonSettings();
    copy.logLevel = this.logLevel;
    copy.version = this.version;
    copy.strictMode = this.strictMode;
    copy.auditLogging = this.auditLogging;
    copy.shadow = this.shadow;
    copy.measure = this.measure;
    return copy;
  }
}
