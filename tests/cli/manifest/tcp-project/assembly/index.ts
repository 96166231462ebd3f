// A project is known by this file; nothing compiles it.
export {};
